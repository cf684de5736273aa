"""The page's logic, run without a browser."""

import csv
import io
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import streamlit as st
from streamlit.config import get_config_options
from streamlit.runtime.scriptrunner import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from annotator import Annotator, Document, extract, page
from annotator.compare import compare
from annotator.corrections import Correction, correct
from annotator.errors import ModelError
from annotator.extract import Extract
from annotator.page import intake, takeaway
from annotator.page.server import HOSTS, SETTINGS, command
from annotator.pipeline import Reading
from annotator.places import folder
from tests.test_extract import changed_docx, docx_file, pdf_file

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


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def annotate(app: AppTest, text: str) -> AppTest:
    if "draft" not in keys(app.text_area):
        press(app, "New text")
    app.text_area(key="draft").set_value(text)
    return press(app, "Annotate")


def keys(widgets: Any) -> list[str]:
    return [one.key for one in widgets]


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader(key="file").set_value((name, content, "text/plain"))
    return app.run()


def cut_short_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a click come in while the first file is being read."""
    whole = intake.uploaded

    def uploaded(name: str, content: bytes) -> Extract:
        monkeypatch.setattr(intake, "uploaded", whole)
        raise RerunException(RerunData())

    monkeypatch.setattr(intake, "uploaded", uploaded)


def shown(app: AppTest) -> str:
    """The text in the reading view, put together from its pieces."""
    assert not app.exception
    reader: Any = app.get("bidi_component")[0]
    parts = json.loads(reader.proto.json)["parts"]
    pieces = ([{"text": part}] if isinstance(part, str) else part["pieces"] for part in parts)
    return "".join(piece["text"] for run in pieces for piece in run)


def summary(app: AppTest) -> str:
    return str(next(line.value for line in app.text if "sentence" in line.value))


def test_the_demo_article_is_there_at_first_with_all_four_labels(app: AppTest) -> None:
    assert shown(app.run()) == page.demo()
    line = summary(app)
    assert all(f" {label}" in line for label in ("sourced to", "framing", "speculation", "plain"))
    assert app.text_area[0].value == ""
    assert not app.error
    assert not app.warning


def test_a_pasted_text_is_annotated_and_kept_to_the_letter(app: AppTest) -> None:
    annotate(app.run(), NEWS)
    assert shown(app) == NEWS
    assert "sourced" in summary(app)


def test_the_text_area_folds_away_and_comes_back_with_the_text(app: AppTest) -> None:
    annotate(app.run(), NEWS)
    assert "draft" not in keys(app.text_area)
    assert "file" not in keys(app.file_uploader)
    assert "draft" not in app.session_state
    press(app, "Edit text")
    assert app.text_area[0].value == NEWS
    assert shown(app) == NEWS
    annotate(app, f"{NEWS} The end.")
    assert shown(app) == f"{NEWS} The end."
    press(app, "New text")
    assert app.text_area[0].value == ""


@pytest.mark.parametrize("name", intake.DEMOS)
def test_each_demo_article_is_one_click_away(app: AppTest, name: str) -> None:
    annotate(app.run(), NEWS)
    press(app, name)
    assert shown(app) == intake.demo(name)


@pytest.mark.parametrize("blank", ["", " \n\t "])
def test_blank_text_is_refused_and_the_last_result_stays(app: AppTest, blank: str) -> None:
    annotate(app.run(), NEWS)
    annotate(app, blank)
    assert [error.value for error in app.error] == ["There is no text to annotate: paste an article first."]
    assert shown(app) == NEWS
    assert app.text_area[0].value == blank


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


def test_a_file_is_read_and_named(app: AppTest) -> None:
    upload(app.run(), "story.md", NEWS.replace("\n\n", "\n\n# ").encode())
    assert shown(app) == NEWS
    assert app.session_state.document.id == "story.md"
    assert not app.info


def test_a_file_in_another_encoding_is_reported(app: AppTest) -> None:
    text = "Le café de Zoë rouvrira jeudi, a déclaré l’hôtelière à la presse, après une année très agitée. " * 5
    upload(app.run(), "a.txt", text.encode("cp1252"))
    assert shown(app) == text
    assert "not in UTF-8" in app.info[0].value
    annotate(app, NEWS)
    assert not app.info


def test_a_file_without_text_is_refused_and_the_last_result_stays(app: AppTest) -> None:
    upload(app.run(), "![x](http://example.org/x.png)<img src=x>\u202e.txt", b"\0")
    message = app.error[0].value
    assert message.startswith(r"\!\[x\]\(http\:\/\/example")
    assert "no text in any known encoding" in message
    assert "\u202e" not in message
    assert shown(app) == page.demo()


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Lets a long text be interrupted after its first step, as a click on Stop does; lists the sentences done."""
    with monkeypatch.context() as patch:
        yield interrupt(patch)


def interrupt(patch: pytest.MonkeyPatch) -> list[int]:
    done: list[int] = []
    step = Reading.step

    def interrupted(self: Reading) -> None:
        if self.done:
            raise StopException
        step(self)
        done.append(self.done)

    patch.setattr(Reading, "step", interrupted)
    return done


def test_a_long_text_can_be_stopped_and_gone_on_with(app: AppTest, slowly: list[int]) -> None:
    text = f"{NEWS}\n\n" * 60
    annotate(app.run(), text)
    assert [button.label for button in app.button if button.label == "Stop"]
    press(app, "Stop")
    part = app.session_state.document
    assert len(part.sentences) == slowly[-1]
    assert shown(app) == text
    assert [line for line in app.text if f"Stopped after {slowly[-1]:,} of" in line.value]


def test_a_long_text_is_annotated_to_its_end(app: AppTest) -> None:
    text = f"{NEWS}\n\n" * 60
    annotate(app.run(), text)
    assert app.session_state.document == Annotator.load().annotate(text)
    assert not app.info
    assert not [button for button in app.button if button.label == "Stop"]


def test_the_profile_is_drawn_when_it_is_asked_for(app: AppTest) -> None:
    app.run()
    assert not app.get("vega_lite_chart")
    app.session_state.view = "Profile"
    app.run()
    assert not app.exception
    assert {"Sources", "Framing words", "Hedging words"} <= {one.value for one in app.header}
    assert len(app.get("vega_lite_chart")) == 4
    assert any("no bias score" in one.value for one in app.markdown)


def test_every_format_can_be_taken_away(app: AppTest) -> None:
    annotate(app.run(), NEWS)
    document = app.session_state.document
    made = {file: make(document) for _, file, _, make in takeaway.FORMATS}
    assert Document.from_dict(json.loads(made["annotated.json"])) == document
    assert Document.from_dict(json.loads(made["annotated.jsonl"])) == document
    assert b"&lt;b&gt;" in made["annotated.html"]
    assert b"<b>It" not in made["annotated.html"]
    rows = list(csv.DictReader(io.StringIO(made["annotated.csv"].decode("utf-8"), newline="")))
    assert [row["sentence"] for row in rows] == [NEWS[one.start : one.end] for one in document.sentences]
    assert rows[0]["sources"] == "The mayor"
    assert rows[0]["cues"] == "said"


REWRITE = "The pool opens in June. It is a disgraceful delay, and heads may roll."


def beside(app: AppTest, text: str) -> AppTest:
    """Compare with a pasted second text, in the tab for it."""
    app.session_state.view = "Compare"
    app.run().text_area(key="second_draft").set_value(text)
    return press(app, "Compare")


def comparison(app: AppTest) -> str:
    """The comparison on the page, as HTML; nothing is empty."""
    assert not app.exception
    elements: Any = app.get("html")
    return next((str(one.proto.body) for one in elements if 'class="comparison"' in one.proto.body), "")


def test_a_second_text_is_compared_and_told_apart(app: AppTest) -> None:
    beside(annotate(app.run(), NEWS), REWRITE)
    first, second = Annotator.load().annotate(NEWS), Annotator.load().annotate(REWRITE)
    assert compare(first, second).line() in comparison(app)
    assert "second_draft" not in keys(app.text_area)
    press(app, "Swap the texts")
    assert compare(second, first).line() in comparison(app)
    made = {file: make(compare(first, second), first, second) for _, file, _, make in takeaway.COMPARISON_FORMATS}
    assert json.loads(made["comparison.json"])["aligned"]
    assert compare(first, second).line().encode() in made["comparison.html"]


def test_the_demo_pair_is_one_click_away(app: AppTest) -> None:
    app.session_state.view = "Compare"
    press(app.run(), "Show a demo pair")
    assert app.session_state.document.text == intake.demo(intake.DEMO_PAIR[0])
    for words_of_both in (*intake.DEMO_PAIR, "Claim without its source", "hammer blow", "transport office"):
        assert words_of_both in comparison(app)


@pytest.mark.parametrize(
    ("text", "reason"), [(" \n", "no second text"), ("a" * 300_001, "300,001 characters")], ids=["blank", "long"]
)
def test_a_second_text_that_cannot_be_compared_is_refused(app: AppTest, text: str, reason: str) -> None:
    beside(app.run(), text)
    assert reason in app.error[0].value
    assert comparison(app) == ""
    assert app.text_area(key="second_draft").value == text


def test_a_second_file_is_read_and_named(app: AppTest) -> None:
    app.session_state.view = "Compare"
    app.run().file_uploader(key="second_file").set_value(("<b>.txt", REWRITE.encode(), "text/plain"))
    assert "&lt;b&gt;.txt" in comparison(app.run())
    press(app, "Another second text")
    assert app.text_area(key="second_draft").value == REWRITE
    app.file_uploader(key="second_file").set_value(("a.txt", b"\0", "text/plain"))
    assert "no text" in app.run().error[0].value


def bomb() -> bytes:
    return changed_docx(docx_file("First."), lambda xml: xml + b" " * (extract.MOST_XML_BYTES + 1))


@pytest.mark.usefixtures("fresh_cache")
def test_the_model_is_loaded_once_for_all_sessions() -> None:
    with patch.object(Annotator, "load", wraps=Annotator.load) as load:
        for _ in range(2):
            press(AppTest.from_file(str(folder("app.py")), default_timeout=120).run(), intake.FIRST_DEMO)
    assert load.call_count == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", lambda: pdf_file("Secret.", password=folder("app.py").name), "encrypted"),
        ("a.pdf", pdf_file, "a scan"),
        ("a.docx", bomb, "too much for an article"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    app: AppTest, name: str, content: Callable[[], bytes], reason: str
) -> None:
    upload(app.run(), name, content())
    assert reason in app.error[0].value
    assert shown(app) == page.demo()
    upload(app, "a.txt", REWRITE.encode())
    assert shown(app) == REWRITE
    assert not app.error


@pytest.mark.parametrize("key", ["file", "second_file"])
def test_a_file_is_not_lost_when_its_reading_is_cut_short(
    app: AppTest, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.session_state.view = "Compare"
    app.run().file_uploader(key=key).set_value(("a.txt", REWRITE.encode(), "text/plain"))
    cut_short_once(monkeypatch)
    app.run()
    assert shown(app) == (REWRITE if key == "file" else page.demo())
    assert bool(comparison(app)) == (key == "second_file")


def test_a_second_text_in_another_language_is_pointed_out(app: AppTest) -> None:
    beside(app.run(), GERMAN)
    assert "de" in app.warning[0].value
    assert comparison(app)


def test_a_new_first_text_gives_the_second_one_back(app: AppTest) -> None:
    beside(app.run(), REWRITE)
    annotate(app, NEWS)
    assert comparison(app) == ""
    assert app.text_area(key="second_draft").value == REWRITE


@pytest.mark.usefixtures("slowly")
def test_a_part_of_a_text_is_not_compared(app: AppTest) -> None:
    annotate(app.run(), f"{NEWS}\n\n" * 60)
    press(app, "Stop")
    beside(app, REWRITE)
    assert "not been read to its end" in app.info[0].value
    assert comparison(app) == ""


def test_a_second_text_that_cannot_be_read_is_not_lost(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModelError("model small is damaged; install it again")

    app.run()
    monkeypatch.setattr(Annotator, "begin", fail)
    beside(app, REWRITE)
    assert [error.value for error in app.error] == ["model small is damaged; install it again"]
    assert app.text_area(key="second_draft").value == REWRITE


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the reading view would send: a button on the page stands for the browser."""
    sent: dict[str, object] = {}

    def shown(document: Document, *, on_corrected: Any, on_withdrawn: Any) -> None:
        page.reader(document)
        st.button("Save", on_click=lambda: on_corrected(sent["corrected"]))
        st.button("Undo", on_click=lambda: on_withdrawn(sent["withdrawn"]))

    monkeypatch.setattr(page, "show", shown)
    return sent


def plain(document: Document, place: int) -> dict[str, object]:
    """As a browser says that a sentence is plain."""
    one = document.sentences[place]
    text = document.text[one.start : one.end]
    return {"sentence": place, "text": text, "label": "plain", "labels": [], "marks": []}


def test_a_correction_is_shown_counted_and_taken_away(app: AppTest, sends: dict[str, object]) -> None:
    annotate(app.run(), NEWS)
    found = app.session_state.document
    sends.update(corrected=plain(found, 1), withdrawn=1)
    press(app, "Save")
    corrected = app.session_state.document
    assert corrected == correct(found, Correction.read(sends["corrected"]))
    assert summary(app).endswith("; 1 corrected by hand")
    made = {file: make(corrected) for _, file, _, make in takeaway.FORMATS}
    assert [one.get("corrected") for one in json.loads(made["annotated.json"])["sentences"]][:2] == [None, True]
    assert b'"corrected"' in made["annotated.jsonl"]
    assert b"1 corrected by hand" in made["annotated.html"]
    rows = list(csv.DictReader(io.StringIO(made["annotated.csv"].decode("utf-8"), newline="")))
    assert [row["corrected"] for row in rows][:2] == ["", "yes"]
    press(app, "Undo")
    assert app.session_state.document == found
    assert "corrected" not in summary(app)


@pytest.mark.parametrize("value", [{"sentence": 0}, {"sentence": 99}, "plain", ["x"]])
def test_a_hostile_correction_is_refused_and_nothing_changes(
    app: AppTest, sends: dict[str, object], value: object
) -> None:
    annotate(app.run(), NEWS)
    found = app.session_state.document
    sends.update(corrected={**plain(found, 1), **value} if isinstance(value, dict) else value, withdrawn={})
    press(app, "Save")
    assert app.error[0].value.startswith("Not corrected: ")
    assert press(app, "Undo").session_state.document == found


def test_a_correction_outlasts_the_rest_of_a_long_text(
    app: AppTest, sends: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt(patch)
        annotate(app.run(), f"{NEWS}\n\n" * 60)
        press(app, "Stop")
        sends["corrected"] = plain(app.session_state.document, 1)
        press(app, "Save")
    press(app, "Go on")
    document = app.session_state.document
    assert [place for place, one in enumerate(document.sentences) if one.corrected] == [1]
    assert len(document.sentences) > 100
    annotate(app, NEWS)
    assert not any(one.corrected for one in app.session_state.document.sentences)


def test_two_sessions_know_nothing_of_each_other(app: AppTest) -> None:
    other = AppTest.from_file(str(folder("app.py")), default_timeout=120)
    annotate(app.run(), NEWS)
    annotate(other.run(), GERMAN)
    assert (shown(app.run()), shown(other.run())) == (NEWS, GERMAN)


@pytest.mark.usefixtures("fresh_cache")
def test_a_missing_model_is_one_line_and_nothing_else(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModelError("model small is missing; install it")

    monkeypatch.setattr(Annotator, "load", fail)
    app.run()
    assert not app.exception
    assert [error.value for error in app.error] == ["model small is missing; install it"]
    assert not app.get("bidi_component")


@pytest.mark.usefixtures("fresh_cache")
def test_a_text_that_cannot_be_annotated_is_not_lost(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ModelError("model small is missing; install it")

    app.run()
    st.cache_resource.clear()
    monkeypatch.setattr(Annotator, "load", fail)
    annotate(app, NEWS)
    assert [error.value for error in app.error] == ["model small is missing; install it"]
    assert app.text_area[0].value == NEWS
    assert shown(app) == page.demo()


def test_lone_surrogates_and_controls_do_not_break_the_page(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "The mayor \ud800 said\0 so.\r\n\x1b[2J \u202eIt may rain.\udfff"
    monkeypatch.setattr(intake, "demo", lambda _: hostile)
    assert shown(app.run()) == hostile


def test_settings_keep_the_page_on_this_machine() -> None:
    assert SETTINGS["server.address"] == "127.0.0.1"
    assert SETTINGS["browser.gatherUsageStats"] is False
    assert set(SETTINGS) <= set(get_config_options())


def test_a_clone_is_served_with_the_same_settings() -> None:
    file = Path(__file__).parents[1] / ".streamlit" / "config.toml"
    assert flatten(tomllib.loads(file.read_text(encoding="utf-8"))) == SETTINGS | {"server.allowedHosts": HOSTS}


def flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        inner = flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
        flat |= {key: tuple(one) if isinstance(one, list) else one for key, one in inner.items()}
    return flat


def test_the_command_serves_quietly_unless_a_browser_is_asked_for() -> None:
    quiet, open_it = command(8123), command(browser=True)
    assert {"--server.port=8123", "--server.headless=true", "--browser.gatherUsageStats=false"} <= set(quiet)
    assert "--server.headless=false" in open_it
    assert not any(flag.startswith("--server.port") for flag in open_it)
    assert Path(quiet[quiet.index("run") + 1]).name == "app.py"
