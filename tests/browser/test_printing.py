"""What is taken home to be kept or printed: opened from the file as its reader would, on screen and on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from annotator import page
from annotator.labels import load_labels
from tests.browser.conftest import PATIENCE, axe_findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCHEMES = ["light", "dark"]
MARKED = [label for label in load_labels() if label.line != "none"]
WHITE = (255, 255, 255)
CLEAR = "rgba(0, 0, 0, 0)"
LOWEST_CONTRAST = 4.5
"""Of words on what they stand on, WCAG 2 AA."""
TINTS = "(nodes) => [...new Set(nodes.map((node) => getComputedStyle(node).backgroundColor))]"
SYMBOL = "(node) => getComputedStyle(node, '::before').content"
CONTRASTS = """(root) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const over = (under, colour) => {
    for (const one of [under, colour]) { canvas.fillStyle = one; canvas.fillRect(0, 0, 1, 1); }
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgb(${r}, ${g}, ${b})`;
  };
  const light = (colour) => {
    const [r, g, b] = colour.match(/\\d+/g).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // Backgrounds that a printer leaves out count as paper.
  const ground = (node) => {
    if (!node || node === root) return "rgb(255, 255, 255)";
    const { backgroundColor, printColorAdjust } = getComputedStyle(node);
    const under = ground(node.parentElement);
    return printColorAdjust === "exact" ? over(under, backgroundColor) : under;
  };
  return [root, ...root.querySelectorAll("*")].map((node) => {
    const paper = ground(node);
    return (light(paper) + 0.05) / (light(over(paper, getComputedStyle(node).color)) + 0.05);
  });
}"""


@pytest.fixture(scope="module")
def kept(browser: Browser, address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo article, taken home as a web page."""
    tab = browser.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(address)
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download").click()
        tab.get_by_role("button", name="Web page, to keep or print").click()
    path = tmp_path_factory.mktemp("kept") / started.value.suggested_filename
    started.value.save_as(path)
    tab.close()
    assert path.name == "annotated.html"
    return path


@pytest.fixture
def sheet(browser: Browser, kept: Path, scheme: Any) -> Iterator[Page]:
    """The file in a browser of its own, whose reader prefers a scheme."""
    tab = browser.new_page(color_scheme=scheme, offline=True)
    tab.set_default_timeout(PATIENCE)
    tab.goto(kept.as_uri())
    yield tab
    tab.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_file_asks_nobody_and_says_nothing(browser: Browser, kept: Path, scheme: Any) -> None:
    tab = browser.new_page(color_scheme=scheme)
    heard: list[str] = []
    tab.on("request", lambda request: heard.append(request.url))
    tab.on("console", lambda message: heard.append(message.text))
    tab.goto(kept.as_uri())
    tab.wait_for_load_state("networkidle")
    findings = axe_findings(tab)
    tab.close()
    assert heard == [kept.as_uri()]
    assert findings == ""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_file_shows_the_text_with_its_highlights(sheet: Page) -> None:
    assert sheet.get_by_role("article").text_content() == page.demo()
    assert sheet.get_by_text("18 sentences: ").is_visible()
    for label in MARKED:
        sentences = sheet.locator(f".sentence[data-label={label.id}]")
        (tint,) = sentences.evaluate_all(TINTS)
        assert tint != CLEAR
        assert sentences.first.is_visible()
    assert len(sheet.locator(".sentence").evaluate_all(TINTS)) == len(MARKED) + 1


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("medium", ["screen", "print"])
def test_labels_are_told_without_colour(sheet: Page, medium: Any) -> None:
    """By a symbol before the sentence that the legend explains, by the line under the words, and to who listens."""
    from playwright.sync_api import expect

    sheet.emulate_media(media=medium)
    symbols, lines = set(), set()
    for label in MARKED:
        sentence = sheet.locator(f".sentence[data-label={label.id}]").first
        symbols.add(sentence.evaluate(SYMBOL))
        entry = sheet.locator(f".legend [data-label={label.id}]")
        assert label.symbol in entry.locator(".chip").evaluate(SYMBOL)
        assert label.symbol in sentence.evaluate(SYMBOL)
        expect(entry.get_by_text(label.definition)).to_be_visible()
        mark = sheet.locator(f"mark[data-label={label.id}][data-voice=writer]").first
        lines.add(mark.evaluate("node => getComputedStyle(node).textDecorationStyle"))
        assert sheet.get_by_role("group", name=label.name).count() > 0
    assert len(symbols) == len(lines) == len(MARKED)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_file_is_dark_on_white_when_it_is_printed(sheet: Page) -> None:
    assert sheet.locator("button, input, select, textarea, summary, script").count() == 0
    sheet.emulate_media(media="print")
    assert corners(sheet) == {WHITE}
    assert min(sheet.locator("body").evaluate(CONTRASTS)) >= LOWEST_CONTRAST
    assert sheet.get_by_role("article").is_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_file_becomes_a_pdf_that_can_be_read_back(sheet: Page) -> None:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(sheet.pdf()))
    inks: set[tuple[float, ...]] = set()
    fills: set[tuple[float, ...]] = set()
    now: list[tuple[float, ...]] = [(0, 0, 0)]

    def follow(operator: bytes, operands: Any, *_: object) -> None:
        if operator == b"rg":
            now.append(tuple(float(one) for one in operands))
        elif operator in (b"f", b"f*"):
            fills.add(now[-1])
        elif operator in (b"Tj", b"TJ"):
            inks.add(now[-1])

    printed = "".join(leaf.extract_text(visitor_operand_before=follow) for leaf in reader.pages)
    for line in page.demo().splitlines():
        assert squeezed(line) in squeezed(printed)
    assert inks
    assert all(max(ink) < 0.7 for ink in inks)
    for label in MARKED:
        assert any(fill == pytest.approx(rgb(label.light.tint), abs=0.01) for fill in fills), label.id


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_itself_prints_the_text_dark_on_white_without_its_controls(
    browser: Browser, address: str, scheme: Any
) -> None:
    from playwright.sync_api import expect

    tab = browser.new_page(color_scheme=scheme, reduced_motion="reduce")
    tab.set_default_timeout(PATIENCE)
    tab.goto(address)
    tab.locator(".sentence").nth(7).focus()
    tab.emulate_media(media="print")
    for control in (".controls", ".map", ".details"):
        expect(tab.locator(control)).to_be_hidden()
    expect(tab.locator(".reader")).to_have_css("background-color", f"rgb{WHITE}")
    assert min(tab.get_by_role("article").evaluate(CONTRASTS)) >= LOWEST_CONTRAST
    tab.close()


def corners(tab: Page) -> set[tuple[int, ...]]:
    """The colours at the corners of the page as it is shown."""
    from PIL import Image

    picture: Any = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("RGB")
    right, bottom = picture.width - 1, picture.height - 1
    return {picture.getpixel(place) for place in ((0, 0), (right, 0), (0, bottom), (right, bottom))}


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))


def squeezed(text: str) -> str:
    """A text without white space and the symbols of the labels, which a printed one has before its sentences."""
    return re.sub(r"\s", "", text.translate({ord(label.symbol): None for label in MARKED}))
