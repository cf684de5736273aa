"""The page as a whole, not only our part of it: what axe-core finds, what a screen reader meets in which order, and
what is left of it at 200 %.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import PATIENCE, axe_findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WAYS_IN = (
    *('heading "Three voices" [level=1]', 'textbox "Article"', 'button "Annotate"', 'region "Or open a file"'),
    *('button "Upload"', 'button "Wire report"', 'button "Science story"'),
)
TAKE_AWAY = ("sentences: ", 'button "Download"', "tablist")
READING = (
    *('tabpanel "Read"', 'group "Show only"', 'button "Sourced claim', 'button "Plain', "switch", "Thresholds"),
    *("Keys in the text", 'img "Map: ', 'article "Annotated text"', 'group "Sourced claim', "mark: "),
    *('complementary "Details"', 'heading "Editorial framing', 'heading "Why"', 'button "Correct this sentence"'),
)
PROFILE = tuple(
    f'heading "{name}" [level=2]'
    for name in ("Shares of the labels", "Sources", "Where the labels apply", "Framing words", "Hedging words")
)
LEVELS = "nodes => nodes.map((node) => Number(node.localName.slice(1)))"
TOO_WIDE = """() => {
  const wide = (node) => node.scrollWidth > node.clientWidth + 1;
  const scrolls = (node) => /auto|scroll/.test(getComputedStyle(node).overflowX) && wide(node);
  const root = document.scrollingElement;
  return [...(wide(root) ? [root] : []), ...[...document.querySelectorAll("body *")].filter(scrolls)]
    .map((node) => `${node.localName}.${node.className}`);
}"""
FIND_STOPS = """() => {
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((node) =>
    [node, ...(node.shadowRoot ? inside(node.shadowRoot) : [])]);
  const stop = (node) => node.tabIndex >= 0 && !node.disabled && node.getClientRects().length > 0;
  window.stops = inside(document).filter((node) => stop(node) && node.checkVisibility({ visibilityProperty: true }));
  window.active = () => {
    let node = document.activeElement;
    while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    return node;
  };
  document.activeElement.blur();
  return stops.length;
}"""
MEET = "() => { window.stops = stops.filter((node) => node !== active()); return stops.length; }"
IN_VIEW = """() => {
  const box = active().getBoundingClientRect();
  const at = (x, y) => {
    let node = document.elementFromPoint(x, y);
    for (let inner; (inner = node?.shadowRoot?.elementFromPoint(x, y)) && inner !== node; ) node = inner;
    return node;
  };
  const within = (node) => node && (node === active() || within(node.parentNode ?? node.host));
  const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)];
  const places = [[box.left + box.width / 2, box.top + box.height / 2], [left + 6, top + 6], [left + 24, top + 10]];
  return places.some(([x, y]) => within(at(x, y)));
}"""
LEFT_OVER = "stops.map((node) => `${node.localName}.${node.className} ${node.textContent.slice(0, 40)}`)"


def opened(browser: Browser, address: str, **window: Any) -> Page:
    """The page with its demo article, all of it there."""
    tab = browser.new_page(**{"viewport": {"width": 1280, "height": 1100}, **window})
    tab.set_default_timeout(PATIENCE)
    tab.goto(address)
    tab.get_by_role("button", name="Download").wait_for()
    tab.locator(".sentence").first.wait_for()
    return tab


def show_profile(tab: Page) -> None:
    """The profile with its charts drawn and its tables unfolded."""
    tab.get_by_role("tab", name="Profile").click()
    tab.get_by_role("heading", name="Hedging words").wait_for()
    tab.locator("canvas, svg.marks").nth(3).wait_for()
    for table in tab.locator("details.figures summary").all():
        table.click()


def show_comparison(tab: Page) -> None:
    tab.get_by_role("tab", name="Compare").click()
    tab.get_by_role("button", name="Show a demo pair").click()
    tab.locator(".comparison").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_whole_page(browser: Browser, address: str, scheme: Any) -> None:
    """Nothing is left out: neither rules nor parts of the page, those that Streamlit draws included."""
    tab = opened(browser, address, color_scheme=scheme)
    tab.locator(".sentence[data-label=framing]").first.focus()
    tab.get_by_text("Thresholds").click()
    tab.mouse.move(2, 2)
    findings = {"reading": axe_findings(tab)}
    tab.get_by_role("button", name="Download").click()
    tab.get_by_role("button", name="JSON", exact=True).wait_for()
    findings["formats"] = axe_findings(tab)
    tab.keyboard.press("Escape")
    show_profile(tab)
    findings["profile"] = axe_findings(tab)
    show_comparison(tab)
    findings["comparison"] = axe_findings(tab)
    tab.close()
    assert findings == dict.fromkeys(findings, "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_beside_an_error(browser: Browser, address: str, scheme: Any) -> None:
    tab = opened(browser, address, color_scheme=scheme)
    tab.get_by_role("button", name="Annotate").click()
    tab.get_by_role("alert").wait_for()
    findings = axe_findings(tab)
    tab.close()
    assert findings == ""


def order(tab: Page, *parts: str) -> list[str]:
    """The parts as they follow one another in the accessibility tree; each must be there."""
    tree = tab.locator("body").aria_snapshot()
    assert [part for part in parts if part not in tree] == []
    return sorted(parts, key=tree.index)


def test_a_screen_reader_meets_the_page_in_order(browser: Browser, address: str) -> None:
    """Title, ways in, what was found and how to take it away, the legend, the text, and last its details.

    Taking away stands before the text: behind it, a listener would have the whole article to pass.
    """
    tab = opened(browser, address)
    tab.locator(".sentence[data-label=framing]").first.focus()
    tab.get_by_role("heading", name="Why").wait_for()
    expected = [*WAYS_IN, *TAKE_AWAY, *READING]
    assert order(tab, *expected) == expected
    main = tab.get_by_role("main")
    assert main.count() == 1
    for role in ("heading", "textbox", "article", "complementary", "tabpanel"):
        one: Any = role
        assert main.get_by_role(one).count() == tab.get_by_role(one).count() > 0
    show_profile(tab)
    expected = [*TAKE_AWAY, 'tabpanel "Profile"', *PROFILE]
    assert order(tab, *expected) == expected
    tab.close()


def test_no_level_of_headings_is_left_out(browser: Browser, address: str) -> None:
    tab = opened(browser, address)
    tab.locator(".sentence[data-label=framing]").first.focus()
    tab.get_by_role("heading", name="Why").wait_for()
    assert_steps(tab.get_by_role("heading").evaluate_all(LEVELS), least=4)
    show_profile(tab)
    assert_steps(tab.get_by_role("heading").evaluate_all(LEVELS), least=6)
    tab.close()


def assert_steps(levels: list[int], least: int) -> None:
    """One title, and below it no heading more than one level under the one before."""
    assert len(levels) >= least
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(lower <= upper + 1 for upper, lower in pairwise(levels)), levels


def test_at_200_percent_nothing_scrolls_sideways(browser: Browser, address: str) -> None:
    """A window of 1280 pixels at 200 % has the room of 640."""
    tab = opened(browser, address, viewport={"width": 640, "height": 550}, device_scale_factor=2)
    tab.get_by_text("Thresholds").click()
    tab.locator(".sentence[data-label=framing]").first.focus()
    wide = tab.evaluate(TOO_WIDE)
    show_profile(tab)
    wide += tab.evaluate(TOO_WIDE)
    show_comparison(tab)
    wide += tab.evaluate(TOO_WIDE)
    tab.close()
    assert wide == []


def test_at_200_percent_every_control_can_be_reached_and_is_seen_there(browser: Browser, address: str) -> None:
    """Tab leads to every control, and none lies under something else when it has the focus."""
    tab = opened(browser, address, viewport={"width": 640, "height": 550}, device_scale_factor=2)
    tab.get_by_text("Thresholds").click()
    count = tab.evaluate(FIND_STOPS)
    assert count > 15
    for _ in range(2 * count):
        tab.keyboard.press("Tab")
        if tab.evaluate("active() !== document.body"):
            tab.wait_for_function(IN_VIEW)
        if not tab.evaluate(MEET):
            break
    assert tab.evaluate(LEFT_OVER) == []
    tab.close()
