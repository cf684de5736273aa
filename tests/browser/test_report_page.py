"""A report in Chromium: nothing is loaded, nothing is blocked, everybody can read it in both themes and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from annotator.cli import main
from annotator.labels import load_labels
from annotator.marks import LABELS
from tests.browser.conftest import axe_findings
from tests.test_report import EVIL, MAY, MET, SAID, SHAME, document, put

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    documents = [document(SAID, SHAME, MAY, MET, id=f"{EVIL} {number}") for number in range(12)]
    kept = [{"outlet": f"{EVIL} {number % 3}", "day": f"2024-03-{number + 1:02}"} for number in range(12)]
    path = put(folder / "out.parquet", documents, kept)
    assert main(["report", str(path), "--by", "outlet", "--date", "day"]) == 0
    return folder / "out.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_loads_nothing_and_has_the_colours_of_the_labels(browser: Browser, made: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme="light" if scheme == "light" else "dark")
    tab = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(made.as_uri())
    tab.wait_for_load_state("networkidle")
    assert asked == [made.as_uri()]
    assert said == []
    colour = "one => getComputedStyle(one).getPropertyValue('fill')"
    fills = set(tab.locator("svg path").evaluate_all(f"all => all.map({colour})"))
    for label in load_labels():
        ink = (label.light if scheme == "light" else label.dark).ink
        rgb = ", ".join(str(int(ink[place : place + 2], 16)) for place in (1, 3, 5))
        assert (f"rgb({rgb})" in fills) == (label.id != LABELS[-1])
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(browser: Browser, made: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme="light" if scheme == "light" else "dark")
    tab = context.new_page()
    tab.goto(made.as_uri())
    for summary in tab.locator("summary").all():
        summary.click()
    assert axe_findings(tab) == ""
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_a_narrow_window(browser: Browser, made: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    tab = context.new_page()
    tab.goto(made.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
