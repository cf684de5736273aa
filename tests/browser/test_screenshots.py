"""The pictures of the README: `make screenshots` puts them into docs/, a test run only looks that they can be taken."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = os.environ.get("ANNOTATOR_SCREENSHOTS")
VIEWS: dict[str, dict[str, Any]] = {
    "screenshot.png": {"viewport": {"width": 1280, "height": 1400}, "color_scheme": "light"},
    "screenshot-dark.png": {"viewport": {"width": 1280, "height": 1400}, "color_scheme": "dark"},
    "screenshot-phone.png": {
        **{"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
        **{"has_touch": True, "is_mobile": True, "device_scale_factor": 2},
    },
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_page_has_its_picture_taken(browser: Browser, address: str, tmp_path: Path, name: str) -> None:
    """The demo article with the details of a sentence whose source is a pronoun."""
    context = browser.new_context(**VIEWS[name])
    tab = context.new_page()
    tab.goto(address)
    she = tab.locator(".sentence", has_text="She said")
    she.wait_for()
    tab.evaluate("document.fonts.ready")
    she.focus()
    tab.mouse.move(2, 2)
    tab.get_by_text("stands for").wait_for()
    tab.wait_for_timeout(300)
    path = Path(FOLDER or tmp_path) / name
    tab.screenshot(path=path)
    context.close()
    assert path.stat().st_size > 10_000
