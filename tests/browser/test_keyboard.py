"""The whole way by keyboard alone: a text is typed, annotated, read, and its annotation taken home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from annotator import Annotator, Document
from annotator.page import intake

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

SENTENCES = (
    "The mayor said the pool would open in June.",
    "The board meets on Tuesday.",
    "It is a disgraceful delay.",
    "The works may last until spring.",
)
TEXT = " ".join(SENTENCES)
LABELS = ["sourced", "plain", "framing", "speculation"]
FARTHEST = 60
"""Tab stops that the page may have; it has about 25."""
NO_POINTER = """window.pointed = [];
for (const kind of ["pointerdown", "mousedown", "touchstart"]) {
  addEventListener(kind, () => pointed.push(kind), { capture: true });
}"""
IN_FOCUS = """node => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active === node;
}"""


def reach(tab: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press a key until the focus is there; the page must not have it farther away than FARTHEST stops."""
    for _ in range(FARTHEST):
        tab.keyboard.press(key)
        if wanted.evaluate(IN_FOCUS):
            return
    raise AssertionError(f"{key} does not lead to {wanted}")


def test_the_whole_way_by_keyboard_alone(
    context: BrowserContext, address: str, annotator: Annotator, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    context.add_init_script(NO_POINTER)
    tab = context.new_page()
    tab.goto(address)
    expect(tab.get_by_role("article")).to_contain_text(intake.demo(intake.FIRST_DEMO)[:40])
    type_and_annotate(tab)
    expect(tab.get_by_role("article")).to_have_text(TEXT)
    expect(tab.get_by_role("textbox")).to_have_count(0)
    move_through_the_marks(tab)
    open_and_close_the_details(tab)
    assert take_home(tab, tmp_path) == annotator.annotate(TEXT)
    assert tab.evaluate("pointed") == []


def type_and_annotate(tab: Page) -> None:
    reach(tab, tab.get_by_role("textbox", name="Article"))
    tab.keyboard.type(TEXT)
    reach(tab, tab.get_by_role("button", name="Annotate"))
    tab.keyboard.press("Enter")


def move_through_the_marks(tab: Page) -> None:
    """Next and previous mark, and by label; where a key finds nothing more, the focus stays."""
    sentences = tab.locator(".sentence")
    reach(tab, sentences.first)
    assert sentences.evaluate_all("nodes => nodes.map((node) => node.dataset.label)") == LABELS
    walk = [("n", 2), ("n", 3), ("n", 3), ("p", 2), ("p", 0), ("3", 3), ("Shift+1", 0), ("2", 2), ("4", 2)]
    for key, place in walk:
        tab.keyboard.press(key)
        assert sentences.nth(place).evaluate(IN_FOCUS), f"{key} should lead to {SENTENCES[place]}"


def open_and_close_the_details(tab: Page) -> None:
    from playwright.sync_api import expect

    details = tab.get_by_role("complementary", name="Details")
    tab.keyboard.press("Enter")
    assert details.evaluate(IN_FOCUS)
    expect(details).to_contain_text("Editorial framing, in the writer's voice")
    tab.keyboard.press("Escape")
    assert tab.locator(".sentence").nth(2).evaluate(IN_FOCUS)
    expect(details).not_to_contain_text("in the writer's voice")


def take_home(tab: Page, folder: Path) -> Document:
    """Back to Download, on to a format; Escape leads back to where the list of formats was opened."""
    from playwright.sync_api import expect

    button = tab.get_by_role("button", name="Download", exact=True)
    reach(tab, button, "Shift+Tab")
    tab.keyboard.press("Enter")
    json_file = tab.get_by_role("button", name="JSON", exact=True)
    expect(json_file).to_be_visible()
    reach(tab, json_file)
    with tab.expect_download() as started:
        tab.keyboard.press("Enter")
    assert started.value.suggested_filename == "annotated.json"
    started.value.save_as(folder / "annotated.json")
    tab.keyboard.press("Escape")
    expect(json_file).to_have_count(0)
    assert button.evaluate(IN_FOCUS)
    return Document.from_dict(json.loads((folder / "annotated.json").read_text(encoding="utf-8")))
