"""The page's logic, run without a browser."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.config import get_config_options
from streamlit.testing.v1 import AppTest

from annotator import Annotator, page
from annotator.errors import ModelError
from annotator.page.server import SETTINGS, command
from annotator.places import folder

NEWS = 'The mayor said the pool would open in June.\n\n<b>It is a disgraceful delay.</b> "We are sorry," she said. 🏊'
GERMAN = "Der Bürgermeister teilte am Montag mit, dass das neue Schwimmbad der Stadt erst im Juni öffnen werde."


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(str(folder("app.py")), default_timeout=120)


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def annotate(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text)
    return app.button[0].click().run()


def shown(app: AppTest) -> str:
    """The text in the reading view, put together from its pieces."""
    assert not app.exception
    reader: Any = app.get("bidi_component")[0]
    parts = json.loads(reader.proto.json)["parts"]
    pieces = ([{"text": part}] if isinstance(part, str) else part["pieces"] for part in parts)
    return "".join(piece["text"] for run in pieces for piece in run)


def test_the_demo_article_is_there_at_first_with_all_four_labels(app: AppTest) -> None:
    assert shown(app.run()) == page.demo()
    line = app.text[0].value
    assert all(f" {label}" in line for label in ("sourced to", "framing", "speculation", "plain"))
    assert app.text_area[0].value == ""
    assert not app.error
    assert not app.warning


def test_a_pasted_text_is_annotated_and_kept_to_the_letter(app: AppTest) -> None:
    annotate(app.run(), NEWS)
    assert shown(app) == NEWS
    assert "sourced" in app.text[0].value


def test_the_demo_article_comes_back(app: AppTest) -> None:
    annotate(app.run(), NEWS)
    app.button[1].click().run()
    assert shown(app) == page.demo()


@pytest.mark.parametrize("blank", ["", " \n\t "])
def test_blank_text_is_refused_and_the_last_result_stays(app: AppTest, blank: str) -> None:
    annotate(app.run(), NEWS)
    annotate(app, blank)
    assert [error.value for error in app.error] == ["There is no text to annotate: paste an article first."]
    assert shown(app) == NEWS


def test_a_text_over_the_bound_is_refused_with_the_way_out(app: AppTest) -> None:
    annotate(app.run(), "a" * 1_000_001)
    message = app.error[0].value
    assert "1,000,001" in message
    assert "1,000,000" in message
    assert "annotator label" in message
    assert "\n" not in message


def test_another_language_is_pointed_out(app: AppTest) -> None:
    annotate(app.run(), GERMAN)
    assert "de" in app.warning[0].value
    assert shown(app) == GERMAN


@pytest.mark.usefixtures("fresh_cache")
def test_a_missing_model_is_one_line_and_nothing_else(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModelError("model small is missing; install it")

    monkeypatch.setattr(Annotator, "load", fail)
    app.run()
    assert not app.exception
    assert [error.value for error in app.error] == ["model small is missing; install it"]
    assert not app.get("bidi_component")


def test_lone_surrogates_and_controls_do_not_break_the_page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "The mayor \ud800 said\0 so.\r\n\x1b[2J \u202eIt may rain.\udfff"
    monkeypatch.setattr(page, "demo", lambda: hostile)
    assert shown(app.run()) == hostile


def test_settings_keep_the_page_on_this_machine() -> None:
    assert SETTINGS["server.address"] == "127.0.0.1"
    assert SETTINGS["browser.gatherUsageStats"] is False
    assert set(SETTINGS) <= set(get_config_options())


def test_a_clone_is_served_with_the_same_settings() -> None:
    file = Path(__file__).parents[1] / ".streamlit" / "config.toml"
    assert flatten(tomllib.loads(file.read_text(encoding="utf-8"))) == SETTINGS


def flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        inner = flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
        flat |= {key: one[0] if isinstance(one, list) else one for key, one in inner.items()}
    return flat


def test_the_command_serves_quietly_unless_a_browser_is_asked_for() -> None:
    quiet, open_it = command(8123), command(browser=True)
    assert {"--server.port=8123", "--server.headless=true", "--browser.gatherUsageStats=false"} <= set(quiet)
    assert "--server.headless=false" in open_it
    assert not any(flag.startswith("--server.port") for flag in open_it)
    assert Path(quiet[quiet.index("run") + 1]).name == "app.py"
