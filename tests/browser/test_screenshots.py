"""The pictures of the README: `make screenshots` puts them into docs/, a test run only looks that they can be taken."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = os.environ.get("ANNOTATOR_SCREENSHOTS")
LARGEST, LARGEST_ALL = 250_000, 1_200_000
"""Bytes of one picture, and of all of them."""
README = (ROOT / "README.md").read_text(encoding="utf-8")
DESK = {"viewport": {"width": 1280, "height": 1400}}
PROJECTOR = {"viewport": {"width": 1920, "height": 1080}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@dataclass(frozen=True)
class View:
    """A picture: the browser's window and theme, how to come to what it shows, and the part of the page it shows."""

    come: Callable[[Page], None]
    window: dict[str, Any]
    scheme: str = "light"
    part: str | None = None


def read(tab: Page) -> None:
    """The details of a sentence whose source is a pronoun."""
    tab.locator(".sentence", has_text="She said").focus()
    tab.get_by_text("stands for").wait_for()


def framed(tab: Page) -> None:
    """The details of a framed sentence, with the thresholds open."""
    tab.get_by_text("Thresholds").click()
    tab.get_by_role("switch").click()
    tab.locator(".sentence", has_text="stark reminder").focus()


def correct(tab: Page) -> None:
    """A correction that is being made: words are chosen."""
    tab.locator(".sentence", has_text="The dispute could").focus()
    tab.get_by_role("button", name="Correct this sentence").click()
    for word in ("local", "elections"):
        tab.locator(".word", has_text=word).click()


def profile(tab: Page) -> None:
    """The profile, once its charts are drawn."""
    tab.get_by_role("tab", name="Profile").click()
    tab.get_by_role("heading", name="Hedging words").wait_for()
    tab.locator("canvas, svg.marks").nth(3).wait_for()


def compare(tab: Page) -> None:
    """The demo pair side by side."""
    tab.get_by_role("tab", name="Compare").click()
    tab.get_by_role("button", name="Show a demo pair").click()
    tab.locator(".comparison").wait_for()


VIEWS = {
    "screenshot.png": View(read, DESK),
    "screenshot-dark.png": View(read, DESK, "dark"),
    "screenshot-projector.png": View(read, PROJECTOR),
    "screenshot-phone.png": View(read, PHONE),
    "screenshot-details.png": View(framed, DESK, part=".reader"),
    "screenshot-correct.png": View(correct, DESK, part=".reader"),
    "screenshot-profile.png": View(profile, DESK, part="[role=tabpanel]:visible"),
    "screenshot-compare.png": View(compare, DESK, part=".comparison"),
}


def take(tab: Page, view: View) -> bytes:
    """A picture as a PNG of 256 colours; of a part of the page, its top."""
    tab.locator(".sentence").first.wait_for()
    tab.evaluate("document.fonts.ready")
    view.come(tab)
    tab.mouse.move(2, 2)
    tab.wait_for_timeout(500)
    if view.part is None:
        return fewer_colours(tab.screenshot())
    clear_of_the_header = "node => { node.style.scrollMarginTop = '5rem'; node.scrollIntoView(); }"
    tab.locator(view.part).first.evaluate(clear_of_the_header)
    box = tab.locator(view.part).first.bounding_box()
    assert box
    top = max(0.0, box["y"] - 16)
    height = min(box["height"] + 32, view.window["viewport"]["height"] - top)
    clip: Any = {"x": max(0.0, box["x"] - 16), "y": top, "width": box["width"] + 32, "height": height}
    return fewer_colours(tab.screenshot(clip=clip))


def fewer_colours(picture: bytes) -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        made, "PNG", optimize=True
    )
    return made.getvalue()


@pytest.mark.parametrize("name", VIEWS)
def test_the_page_has_its_picture_taken(browser: Browser, address: str, tmp_path: Path, name: str) -> None:
    view = VIEWS[name]
    scheme: Any = view.scheme
    context = browser.new_context(**view.window, color_scheme=scheme)
    tab = context.new_page()
    tab.goto(address)
    picture = take(tab, view)
    context.close()
    Path(FOLDER or tmp_path, name).write_bytes(picture)
    assert 10_000 < len(picture) <= LARGEST


def test_the_readme_shows_all_that_is_taken_and_nothing_else() -> None:
    assert set(re.findall(r"docs/([\w-]+\.png)", README)) == set(VIEWS)
    sizes = [(ROOT / "docs" / name).stat().st_size for name in VIEWS]
    assert max(sizes) <= LARGEST
    assert sum(sizes) <= LARGEST_ALL
    assert {path.name for path in (ROOT / "docs").glob("*.png")} == set(VIEWS)


def test_the_target_takes_them_all_and_cannot_skip() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^screenshots:.*\n\t(.+)$", makefile, flags=re.MULTILINE)
    assert "CI=true ANNOTATOR_SCREENSHOTS=docs " in recipe
    assert str(Path(__file__).relative_to(ROOT)) in recipe
