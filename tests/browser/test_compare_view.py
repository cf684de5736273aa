"""Two texts side by side in Chromium: the standalone page, and the tab of the served page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from annotator.compare import compare
from annotator.page import intake
from annotator.render_compare import to_html
from tests.browser.conftest import axe_findings
from tests.test_compare import REWRITE, WIRE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("comparison") / "comparison.html"
    path.write_text(to_html(compare(WIRE, REWRITE), WIRE, REWRITE), encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_everybody_can_read_the_file(browser: Browser, made: Path, scheme: Any, width: int) -> None:
    tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(made.as_uri())
    assert axe_findings(tab) == ""
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [made.as_uri()]
    assert said == []
    tab.close()


def test_texts_stand_side_by_side_and_on_a_phone_below_each_other(browser: Browser, made: Path) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto(made.as_uri())
    assert left(tab, "td:last-child") > left(tab, "td:first-child") + 300
    tab.set_viewport_size({"width": 390, "height": 800})
    assert left(tab, "td:last-child") == left(tab, "td:first-child")
    tab.close()


def left(tab: Page, cell: str) -> float:
    box = tab.locator(f".texts {cell}").first.bounding_box()
    assert box
    return box["x"]


def open_pair(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.get_by_role("tab", name="Compare").click()
    tab.get_by_role("button", name="Show a demo pair").click()
    tab.locator(".comparison").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_in_the_served_comparison(browser: Browser, address: str, scheme: Any, width: int) -> None:
    tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 844})
    tab.goto(address)
    tab.get_by_role("tab", name="Compare").click()
    tab.get_by_role("button", name="Show a demo pair").wait_for()
    assert axe_findings(tab, "[role=tabpanel]") == ""
    open_pair(tab, address)
    assert axe_findings(tab, "[role=tabpanel]") == ""
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()


def test_a_comparison_is_taken_home_and_asks_nobody(context: BrowserContext, address: str, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    open_pair(tab, address)
    expect(tab.locator(".comparison")).to_contain_text("Claim without its source")
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download the comparison").click()
        tab.get_by_role("button", name="JSON", exact=True).click()
    started.value.save_as(tmp_path / "comparison.json")
    found = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert [found[side]["id"] for side in "ab"] == [*intake.DEMO_PAIR]
    tab.keyboard.press("Escape")
    tab.get_by_role("tab", name="Read").click()
    expect(tab.get_by_role("article")).to_contain_text(intake.demo(intake.DEMO_PAIR[0])[:40])
    assert {urlsplit(url.removeprefix("blob:")).hostname for url in asked} == {"127.0.0.1"}
