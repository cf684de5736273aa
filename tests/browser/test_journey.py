"""One reader's way through the page: paste, annotate, filter, read with the keyboard, take the result home."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from annotator import Document, page
from tests.browser.conftest import axe_findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

ARTICLE = """Ferry line to lose its night boats 🚢

The regional ferry company will end its night service on 1 October. "We cannot find crews," its \
director, Olga Lindqvist, told reporters on Friday. She said 14 <b>captains</b> had left since spring.

The decision is a slap in the face for the islands, a shameful retreat by a company that lives on public money.

The move could leave two hospitals without supplies. A meeting will be held on Tuesday & Wednesday."""
CLEAR = "rgba(0, 0, 0, 0)"


def test_journey(context: BrowserContext, address: str, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    sent: list[str | bytes] = []
    tab.on("websocket", lambda socket: asked.append(socket.url))
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    tab.goto(address)
    text = tab.get_by_role("article")
    expect(text).to_contain_text(page.demo()[:40])

    tab.get_by_role("textbox").fill(ARTICLE)
    tab.get_by_role("button", name="Annotate").click()
    expect(text).to_contain_text("Ferry line")
    assert text.evaluate("node => node.textContent") == ARTICLE
    expect(tab.get_by_text(re.compile(r"^\d+ sentences: \d+ sourced"))).to_be_visible()

    sent.clear()
    filter_with_the_legend(tab, text)
    read_with_the_keyboard(tab, text)
    assert sent == [], "filters, keys and details are the browser's own affair"
    assert download(tab, tmp_path).text == ARTICLE
    return_to_the_demo_article(tab, text)

    assert {urlsplit(url.removeprefix("blob:")).hostname for url in asked} == {"127.0.0.1"}
    assert any(url.startswith("ws://127.0.0.1") for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_served_reading_view(browser: Browser, address: str, scheme: Any) -> None:
    tab = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 1100})
    tab.goto(address)
    tab.locator(".sentence").nth(6).focus()
    tab.get_by_text("Thresholds").click()
    tab.mouse.move(2, 2)
    assert axe_findings(tab, "[data-testid=stBidiComponentIsolated]") == ""
    tab.close()


def test_a_correction_reaches_the_download_and_can_be_undone(
    context: BrowserContext, address: str, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    tab.goto(address)
    tab.locator(".sentence", has_text="stark reminder").focus()
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="Correct this sentence").press("Enter")
    tab.get_by_role("checkbox", name="Sourced claim").press("Space")
    tab.get_by_label("To be seen first").select_option("Sourced claim")
    tab.get_by_role("button", name="Save").press("Enter")
    expect(tab.get_by_text("1 corrected by hand")).to_be_visible()
    expect(tab.get_by_role("complementary")).to_contain_text("your correction")
    corrected = [one for one in download(tab, tmp_path).sentences if one.corrected]
    assert [(one.label, one.labels) for one in corrected] == [("sourced", ("sourced", "framing"))]
    tab.keyboard.press("Escape")
    tab.locator(".sentence", has_text="stark reminder").focus()
    tab.get_by_role("button", name="Undo the correction").click()
    expect(tab.get_by_text("1 corrected by hand")).to_have_count(0)
    expect(tab.get_by_role("complementary")).to_contain_text("Likeliest label")
    assert {urlsplit(url.removeprefix("blob:")).hostname for url in asked} == {"127.0.0.1"}


def filter_with_the_legend(tab: Page, text: Locator) -> None:
    """Pressing a label leaves only its sentences tinted; pressing it again brings the others back."""
    from playwright.sync_api import expect

    sourced = text.locator(".sentence[data-label=sourced]").first
    framing = text.locator(".sentence[data-label=framing]").first
    button = tab.get_by_role("button", name="Editorial framing")
    expect(sourced).not_to_have_css("background-color", CLEAR)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(sourced).to_have_css("background-color", CLEAR)
    expect(framing).not_to_have_css("background-color", CLEAR)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(sourced).not_to_have_css("background-color", CLEAR)


def read_with_the_keyboard(tab: Page, text: Locator) -> None:
    """From the legend, Tab reaches the first sentence and the arrows the next ones; the details follow."""
    from playwright.sync_api import expect

    details = tab.get_by_role("complementary")
    tab.get_by_text("Thresholds").focus()
    tab.keyboard.press("Tab")
    expect(text.locator(".sentence").first).to_be_focused()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    expect(text.locator(".sentence").nth(2)).to_be_focused()
    for words in ("Sourced claim", "Olga Lindqvist", "named source", "in the writer's voice"):
        expect(details).to_contain_text(words)
    expect(details).to_contain_text(re.compile(r"Speculation\s*\d+%"))
    tab.keyboard.press("Escape")
    expect(details).not_to_contain_text("Olga Lindqvist")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowDown")
    expect(details).to_contain_text("Olga Lindqvist")


def download(tab: Page, folder: Path) -> Document:
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download").click()
        tab.get_by_role("button", name="JSON", exact=True).click()
    file = folder / "annotated.json"
    started.value.save_as(file)
    return Document.from_dict(json.loads(file.read_text(encoding="utf-8")))


def return_to_the_demo_article(tab: Page, text: Locator) -> None:
    """A demo article comes back, and the pointer shows the details as the keyboard does."""
    from playwright.sync_api import expect

    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="The same story, rewritten").click()
    expect(text).to_contain_text(page.demo()[:40])
    text.locator(".sentence[data-label=framing]").first.hover()
    expect(tab.get_by_role("complementary")).to_contain_text("Editorial framing, in the writer's voice")
