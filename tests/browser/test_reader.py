"""The reading view by itself, without a model or a server: mounted as Streamlit does it, in Debian's Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from annotator import Document, corrections, page
from annotator.corrections import Correction, correct
from annotator.marks import MARK_LABELS, Mark, Model, Sentence, Source
from tests.browser.conftest import axe_findings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CASES = json.loads((Path(__file__).parents[1] / "labels_at.json").read_text(encoding="utf-8"))
CLEAR = "rgba(0, 0, 0, 0)"
SHEET = """<!doctype html><html lang="en"><title>Reading view</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { color-scheme: light dark; background: light-dark(#fdfcfa, #111419) } body { margin: 1rem }</style>
<body><main><h1 hidden>Reading view</h1><div id="host"></div></main></body></html>"""
MOUNT = """async ({ style, script, data, heard }) => {
  const host = document.querySelector("#host");
  window.shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  if (!shadow.firstChild) {
    const [sheet, root] = [document.createElement("style"), document.createElement("div")];
    sheet.textContent = style;
    root.className = "reader";
    shadow.append(sheet, root);
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    window.component = (await import(url)).default;
  }
  window.sent ??= [];
  component({ data, parentElement: shadow, setTriggerValue: heard ? (...one) => sent.push(one) : undefined });
}"""
LEFT = """node => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return range.getBoundingClientRect().left;
}"""
MODEL = Model("test", "1", "sha256:0")
THRESHOLDS = {"sourced": 0.5, "framing": 0.3, "speculation": 0.6}

SAID = ("said", "sourced", "writer")
Made = tuple[str, dict[str, float], list[tuple[str, str, str]], list[tuple[str, str]]]
MADE: list[Made] = [
    ("The ferry stopped on Friday.", {}, [], []),
    ("Olga Lind said it may return.", {"sourced": 0.97}, [SAID, ("may", "speculation", "source")],
     [("Olga Lind", "named")]),
    ("It is a shameful retreat.", {"framing": 0.8}, [("shameful", "framing", "writer")], []),
    ("She said two officials knew.", {"sourced": 0.9}, [SAID], [("She", "named")]),
    ("The move could leave it hollow.", {"framing": 0.35, "speculation": 0.9},
     [("could", "speculation", "writer"), ("hollow", "framing", "writer")], []),
    ("The crews are few.", {"framing": 0.2}, [("few", "framing", "writer")], []),
    ("The board meets on Tuesday.", {}, [], []),
]  # fmt: skip
"""Words, scores, marks (words, label, voice), sources (words, kind)."""


def made(sentences: list[Made] = MADE, gap: str = " ") -> Document:
    """A document whose labels are what its scores make them under THRESHOLDS."""
    text, built = "", []
    for words, scores, marks, sources in sentences:
        built.append(sentence(words, len(text), scores, marks, sources))
        text += words + gap
    return Document(text, tuple(built), MODEL, THRESHOLDS).at({})


def sentence(
    words: str, start: int, scores: dict[str, float], marks: list[tuple[str, str, str]], sources: list[tuple[str, str]]
) -> Sentence:
    def span(part: str) -> tuple[int, int]:
        return start + words.index(part), start + words.index(part) + len(part)

    full = {label: scores.get(label, 0.01) for label in MARK_LABELS}
    primary = {label: share / 4 for label, share in full.items()}
    primary["plain"] = 1 - sum(primary.values())
    found = sorted((Mark(*span(part), label, voice, 0.9) for part, label, voice in marks), key=lambda mark: mark.start)
    olga = {"She": (29, 38)}
    named = tuple(Source(*span(part), kind, 0.9, resolved=olga.get(part)) for part, kind in sources)
    end = start + len(words)
    return Sentence(start, end, "plain", primary["plain"], (), full, primary, "none", tuple(found), named)


Mounted = Callable[..., "Page"]


@pytest.fixture
def mounted(browser: Browser) -> Iterator[Mounted]:
    """Opens a tab, without any network, that shows a document."""
    tabs: list[Page] = []

    def mount(document: Document, scheme: Any = "light", width: int = 1280, height: int = 900) -> Page:
        tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height}, offline=True)
        tabs.append(tab)
        tab.on("pageerror", lambda error: pytest.fail(str(error)))
        tab.set_content(SHEET)
        put(tab, document)
        return tab

    yield mount
    for tab in tabs:
        tab.close()


def put(tab: Page, document: Document, *, heard: bool = True) -> None:
    """Show a document; what the view sends is kept in `sent`, unless nobody is to hear it."""
    data = {"style": page.style(), "script": page.script(), "data": page.view(document), "heard": heard}
    tab.evaluate(MOUNT, data)


def sentences(tab: Page) -> Locator:
    return tab.locator(".sentence")


def labels(tab: Page) -> list[str]:
    found: list[str] = sentences(tab).evaluate_all("nodes => nodes.map((node) => node.dataset.label)")
    return found


def lit(tab: Page, kind: str) -> list[str]:
    """The words of the marks or sources that stand out."""
    found: list[str] = tab.locator(f"{kind}:not(.muted)").all_text_contents()
    return found


def in_focus(tab: Page) -> str:
    words: str = tab.evaluate("shadow.activeElement.textContent")
    return words


def move(tab: Page, name: str, value: float) -> None:
    tab.get_by_role("slider", name=name).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def test_labels_under_moved_thresholds_are_those_of_python(mounted: Mounted) -> None:
    tab = mounted(made())
    tab.add_script_tag(content=page._HERE.joinpath("labelling.js").read_text(encoding="utf-8"))
    found = tab.evaluate(
        """cases => cases.map(({ sources, thresholds, ...sentence }) =>
          labelsAt({ ...sentence, sources: sources.map((kind) => ({ kind })) }, thresholds))""",
        CASES,
    )
    assert found == [case["expected"] for case in CASES]


@pytest.mark.parametrize(("label", "name"), [("framing", "Editorial framing"), ("speculation", "Speculation")])
@pytest.mark.parametrize("value", [0.05, 0.2, 0.36, 0.9, 0.95])
def test_a_slider_labels_as_the_document_does(mounted: Mounted, label: str, name: str, value: float) -> None:
    document = made()
    if label == "speculation" and value < 0.2:
        document = made(MADE[:5])
    tab = mounted(document)
    tab.get_by_text("Thresholds").click()
    move(tab, name, value)
    moved = document.at({label: value})
    assert labels(tab) == [one.label for one in moved.sentences]
    shown = [document.text[mark.start : mark.end] for one in moved.sentences for mark in one.shown_marks]
    assert lit(tab, "mark") == shown
    assert tab.locator(".chip .count").all_text_contents() == [
        str([one.label for one in moved.sentences].count(label)) for label in (*MARK_LABELS, "plain")
    ]
    tab.get_by_role("button", name="Reset").click()
    assert labels(tab) == [one.label for one in document.sentences]


def test_a_slider_moves_with_the_keys(mounted: Mounted) -> None:
    tab = mounted(made())
    tab.get_by_text("Thresholds").focus()
    for key in ("Enter", "Tab", "Tab", *["ArrowLeft"] * 10):
        tab.keyboard.press(key)
    assert tab.get_by_role("slider", name="Editorial framing").get_attribute("aria-valuetext") == "20%"
    assert labels(tab)[5] == "framing"


def test_the_document_is_shown_as_it_says_until_a_threshold_moves(mounted: Mounted) -> None:
    document = made()
    corrected = Document.from_dict(document.to_dict())
    object.__setattr__(corrected.sentences[2], "label", "plain")
    object.__setattr__(corrected.sentences[2], "labels", ())
    assert labels(mounted(corrected))[2] == "plain"


def test_the_legend_filters_sentences_and_marks(mounted: Mounted) -> None:
    from playwright.sync_api import expect

    tab = mounted(made())
    tab.get_by_role("button", name="Editorial framing").click()
    assert lit(tab, "mark") == ["shameful", "hollow"]
    assert lit(tab, ".source") == []
    expect(sentences(tab).nth(1)).to_have_css("background-color", CLEAR)
    expect(sentences(tab).nth(2)).not_to_have_css("background-color", CLEAR)
    tab.get_by_role("button", name="Speculation").click()
    assert lit(tab, "mark") == ["may", "shameful", "could", "hollow"]
    assert tab.locator(".map path[data-label=sourced]").get_attribute("d") == ""


def test_the_writers_voice_can_be_read_alone(mounted: Mounted) -> None:
    tab = mounted(made())
    assert lit(tab, "mark") == ["said", "may", "shameful", "said", "could", "hollow"]
    tab.get_by_role("switch", name="Writer's voice only").press("Space")
    assert lit(tab, "mark") == ["shameful", "could", "hollow"]
    assert lit(tab, ".source") == []
    assert sentences(tab).nth(1).evaluate("node => node.classList.contains('muted')")


def test_quoted_voices_are_quieter_than_the_writers(mounted: Mounted) -> None:
    from playwright.sync_api import expect

    tab = mounted(made())
    expect(tab.locator("mark", has_text="may")).to_have_css("background-color", CLEAR)
    expect(tab.locator("mark", has_text="could")).not_to_have_css("background-color", CLEAR)
    colours = [sentences(tab).nth(place).evaluate("node => getComputedStyle(node).color") for place in (0, 1)]
    assert colours[0] != colours[1]


def test_the_keys_move_through_the_text(mounted: Mounted) -> None:
    tab = mounted(made())
    said = [words for words, *_ in MADE]
    sentences(tab).first.focus()
    walk = [
        *(("ArrowDown", 1), ("ArrowRight", 2), ("ArrowUp", 1), ("n", 2), ("n", 3), ("p", 2), ("P", 1)),
        *(("3", 4), ("1", 4), ("Shift+Digit1", 3), ("4", 5), ("4", 6), ("4", 6), ("n", 6), ("Shift+2", 2)),
        *(("End", 6), ("ArrowDown", 6), ("Home", 0), ("ArrowUp", 0), ("Control+ArrowDown", 0)),
    ]
    for key, place in walk:
        tab.keyboard.press(key)
        assert in_focus(tab) == said[place], key


def test_the_keys_follow_the_filter(mounted: Mounted) -> None:
    tab = mounted(made())
    tab.get_by_role("button", name="Speculation").click()
    sentences(tab).first.focus()
    tab.keyboard.press("n")
    assert in_focus(tab) == MADE[4][0]


def test_the_text_is_one_stop_of_the_tab_key(mounted: Mounted) -> None:
    tab = mounted(made())
    sentences(tab).nth(2).focus()
    tab.keyboard.press("Tab")
    assert in_focus(tab) == "×"
    tab.keyboard.press("Shift+Tab")
    assert in_focus(tab) == MADE[2][0]
    assert sentences(tab).evaluate_all("nodes => nodes.filter((node) => node.tabIndex === 0).length") == 1


def test_the_help_line_names_the_keys(mounted: Mounted) -> None:
    tab = mounted(made())
    keys = tab.locator(".help kbd").all_text_contents()
    assert keys == ["↓", "↑", "N", "P", "1", "2", "3", "4", "Enter", "Esc"]


def test_details_say_why_and_whom_it_stands_for(mounted: Mounted) -> None:
    from playwright.sync_api import expect

    tab = mounted(made())
    details = tab.get_by_role("complementary", name="Details")
    sentences(tab).nth(3).focus()
    for words in ("said", "Cue, in the writer's voice, 90%", "named source, 90%", "stands for Olga Lind"):
        expect(details).to_contain_text(words)
    expect(details).to_contain_text(re.compile(r"Sourced claim\s*90% from 50%"))
    tab.keyboard.press("Enter")
    expect(details).to_be_focused()
    tab.keyboard.press("Escape")
    assert in_focus(tab) == MADE[3][0]
    expect(details).not_to_contain_text("Olga Lind")
    sentences(tab).nth(4).hover()
    expect(details).to_contain_text("Speculation, in the writer's voice")


def test_the_sentence_in_focus_is_named_whole(mounted: Mounted) -> None:
    tab = mounted(made())
    sentences(tab).nth(2).focus()
    assert sentences(tab).nth(2).get_attribute("aria-label") == "Editorial framing, 20%: It is a shameful retreat."
    tab.keyboard.press("ArrowUp")
    assert sentences(tab).nth(2).get_attribute("aria-label") == "Editorial framing, 20%"


def test_a_click_on_the_map_goes_there(mounted: Mounted) -> None:
    document = made(MADE * 40, "\n\n")
    tab = mounted(document)
    shape = tab.get_by_role("img", name=re.compile("Map: where 40 framing, 40 speculation"))
    box = shape.bounding_box()
    assert box
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.75)
    middle = len(document.text) * 0.75
    (place,) = [place for place, one in enumerate(document.sentences) if one.start - 2 <= middle < one.end][-1:]
    assert abs(sentences(tab).evaluate_all("nodes => nodes.indexOf(shadow.activeElement)") - place) <= 2
    assert tab.evaluate("scrollY") > 0


def test_a_long_text_is_drawn_where_it_is_read(mounted: Mounted) -> None:
    tab = mounted(made(MADE * 60, "\n\n"))
    drawn = "nodes => nodes.filter((node) => node.checkVisibility({ contentVisibilityAuto: true })).length"
    assert 0 < tab.locator(".sentence").evaluate_all(drawn) < 200
    last = sentences(tab).last
    sentences(tab).first.focus()
    tab.keyboard.press("End")
    tab.wait_for_timeout(200)
    box = last.bounding_box()
    assert box
    assert 0 <= box["y"] <= 900


def test_text_is_kept_to_the_letter_and_never_parsed(mounted: Mounted) -> None:
    hostile = "<img src=x onerror=alert(1)> said \u202eit may \r\n<b>fall</b>.\0 🚢\n"
    document = made([(hostile, {"sourced": 0.9}, [SAID], [("<img", "unnamed")])] * 3, "\u202e\n")
    tab = mounted(document)
    assert tab.get_by_role("article").evaluate("node => node.textContent") == document.text
    assert tab.locator("article img, article b").count() == 0


def test_controls_of_direction_stay_in_their_piece(mounted: Mounted) -> None:
    tab = mounted(made([("abc \u202edef said ghi.", {"sourced": 0.9}, [SAID], [])], "\u2067 "))
    turned = tab.locator("article bdi:not(.sentence)").all_text_contents()
    assert turned == ["abc \u202edef ", "\u2067 "]
    assert tab.locator("mark").evaluate(LEFT) > tab.locator("article bdi bdi").evaluate(LEFT)


def test_marks_that_are_not_shown_are_not_spoken_of(mounted: Mounted) -> None:
    tab = mounted(made())
    assert "mark: shameful" in sentences(tab).nth(2).aria_snapshot()
    assert "mark" not in sentences(tab).nth(5).aria_snapshot()
    tab.get_by_role("button", name="Speculation").click()
    assert "mark" not in sentences(tab).nth(2).aria_snapshot()


def test_what_was_chosen_outlasts_another_document(mounted: Mounted) -> None:
    tab = mounted(made())
    tab.get_by_role("button", name="Speculation").click()
    tab.get_by_text("Thresholds").click()
    move(tab, "Editorial framing", 0.15)
    first = sentences(tab).first.element_handle()
    put(tab, made())
    assert first.evaluate("node => node.isConnected"), "the same document is not drawn again"
    put(tab, made(MADE[1:]))
    assert labels(tab)[4] == "framing"
    assert lit(tab, "mark") == ["may", "could"]
    assert tab.get_by_role("button", name="Speculation").get_attribute("aria-pressed") == "true"


def test_a_growing_text_keeps_the_readers_place(mounted: Mounted) -> None:
    tab = mounted(made(MADE * 8, "\n\n"))
    tab.get_by_text("Thresholds").click()
    sentences(tab).nth(30).focus()
    nodes = sentences(tab).evaluate_all("nodes => { window.before = nodes; return nodes.length; }")
    scrolled = tab.evaluate("scrollY")
    put(tab, made(MADE * 16, "\n\n"))
    assert sentences(tab).count() == 2 * nodes
    assert in_focus(tab) == MADE[30 % 7][0]
    assert tab.evaluate("scrollY") == scrolled
    assert sentences(tab).evaluate_all("nodes => nodes.filter((node) => before.includes(node)).length") >= nodes - 8
    assert tab.get_by_role("slider").first.is_visible()
    tab.keyboard.press("End")
    assert sentences(tab).last.evaluate("node => node === shadow.activeElement")


def test_a_corrected_sentence_stays_in_focus(mounted: Mounted) -> None:
    from playwright.sync_api import expect

    tab = mounted(made())
    sentences(tab).nth(5).focus()
    put(tab, made([*MADE[:5], (MADE[5][0], {"framing": 0.9}, *MADE[5][2:]), MADE[6]]))
    assert in_focus(tab) == MADE[5][0]
    expect(tab.get_by_role("complementary")).to_contain_text("Editorial framing")


def edit(tab: Page, place: int) -> Locator:
    """Begin to correct a sentence."""
    sentences(tab).nth(place).focus()
    tab.get_by_role("button", name="Correct this sentence").click()
    return tab.get_by_role("form", name="Correct this sentence")


def sent(tab: Page) -> list[Any]:
    found: list[Any] = tab.evaluate("sent")
    return found


def test_a_sentence_is_corrected_with_the_keys_alone(mounted: Mounted) -> None:
    tab = mounted(made())
    sentences(tab).nth(2).focus()
    for key in ("Enter", "Tab", "Tab", "Enter"):
        tab.keyboard.press(key)
    for key in ("Space", *["Tab"] * 6, "ArrowRight", "ArrowRight", "Enter", "End", "Enter", "Tab", "Tab", "Enter"):
        tab.keyboard.press(key)
    assert tab.locator(".word[aria-pressed=true]").count() == 0
    assert tab.locator(".words .quoted").all_text_contents() == ["shameful", "a shameful retreat."]
    for key in ("Tab", "Tab", "Enter"):  # past the kind of the next mark, to Save: nothing is chosen to be marked
        tab.keyboard.press(key)
    marks = [
        {"first": 3, "last": 3, "label": "framing", "voice": "writer"},
        {"first": 2, "last": 4, "label": "framing", "voice": "writer"},
    ]
    expected = {"sentence": 2, "text": MADE[2][0], "label": "framing", "labels": ["sourced", "framing"]}
    assert [(name, without_marks(value)) for name, value in sent(tab)] == [("corrected", expected)]
    assert [{**mark} for mark in sent(tab)[0][1]["marks"]] == marks
    assert in_focus(tab) == MADE[2][0]


def without_marks(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name != "marks"}


def test_a_click_inside_what_was_chosen_lets_go_of_it(mounted: Mounted) -> None:
    tab = mounted(made())
    form = edit(tab, 6)
    for _ in range(3):
        form.locator(".word").nth(1).click()
    form.get_by_role("button", name="Save").click()
    ((_, value),) = sent(tab)
    assert (value["labels"], value["marks"]) == ([], [])


def test_the_pointer_can_cross_the_text_on_its_way_to_the_details(mounted: Mounted) -> None:
    tab = mounted(made())
    details = tab.get_by_role("complementary")
    sentences(tab).nth(2).click()
    sentences(tab).nth(0).hover()
    assert "Editorial framing" in (details.text_content() or "")
    tab.keyboard.press("Escape")
    assert "Point at a sentence" in (details.text_content() or "")
    tab.keyboard.press("Enter")
    assert "Editorial framing" in (details.text_content() or "")
    details.get_by_role("button", name="Close the details").click()
    sentences(tab).nth(0).hover()
    assert "Plain" in (details.text_content() or "")


def test_the_focus_stays_in_the_details_when_the_text_grows(mounted: Mounted) -> None:
    tab = mounted(made(MADE[:5]))
    sentences(tab).nth(2).focus()
    tab.get_by_role("button", name="Correct this sentence").focus()
    put(tab, made())
    assert tab.evaluate("shadow.activeElement.dataset.key") == "correct"


def test_words_that_were_chosen_are_marked_when_the_correction_is_saved(mounted: Mounted) -> None:
    tab = mounted(made())
    form = edit(tab, 6)
    form.locator(".word").first.click()
    form.get_by_role("button", name="Save").click()
    ((_, value),) = sent(tab)
    assert value["labels"] == ["framing"]
    assert {"first": 0, "last": 0, "label": "framing", "voice": "writer"} in value["marks"]


def test_what_is_sent_corrects_the_document(mounted: Mounted) -> None:
    document = made()
    tab = mounted(document)
    form = edit(tab, 4)
    form.get_by_label("What “hollow.” is").select_option("Speculation")
    form.get_by_role("button", name="Save").click()
    ((name, value),) = sent(tab)
    corrected = correct(document, Correction.read(value))
    assert (name, corrected.sentences[4].labels) == ("corrected", ("speculation",))
    assert [(document.text[one.start : one.end], one.label) for one in corrected.sentences[4].marks] == [
        ("could", "speculation"),
        ("hollow", "speculation"),
    ]
    put(tab, corrected)
    details = tab.get_by_role("complementary")
    assert "your correction" in (details.text_content() or "")
    assert "Likeliest label" not in (details.text_content() or "")
    assert sentences(tab).nth(4).get_attribute("aria-label") == f"Speculation, corrected: {MADE[4][0]}"
    tab.get_by_role("button", name="Undo the correction").click()
    assert sent(tab)[1:] == [["withdrawn", 4]]


def test_framing_goes_with_its_last_words_and_comes_with_its_first(mounted: Mounted) -> None:
    from playwright.sync_api import expect

    tab = mounted(made())
    form = edit(tab, 2)
    framing, save = form.get_by_role("checkbox", name="Editorial framing"), form.get_by_role("button", name="Save")
    form.get_by_role("button", name="Remove the mark of “shameful”").click()
    expect(framing).not_to_be_checked()
    expect(form).to_contain_text("None: the sentence is plain.")
    framing.check()
    expect(form.get_by_role("status")).to_contain_text("Editorial framing needs the words that do it")
    expect(save).to_be_disabled()
    for word in ("shameful", "retreat."):
        form.get_by_role("button", name=word, exact=True).click()
    form.get_by_role("button", name="Mark", exact=True).click()
    expect(save).to_be_enabled()
    form.get_by_label("What “shameful retreat.” is").select_option("Framing, a source's")
    expect(framing).not_to_be_checked()
    save.click()
    assert sent(tab)[0][1]["label"] == "plain"
    assert [(mark["first"], mark["voice"]) for mark in sent(tab)[0][1]["marks"]] == [(3, "source")]


def test_words_are_counted_as_python_counts_them(mounted: Mounted) -> None:
    hostile = "“🚢 said\u00a0\u202eit\u3000may\x85 <b>fall</b>,\x1f\ufeff\tno\u2028way.”"
    document = made([(hostile, {"sourced": 0.9}, [SAID, ("fall", "framing", "source")], [])] * 2)
    tab = mounted(document)
    form = edit(tab, 1)
    expected = [hostile[start:end] for start, end in corrections.words(hostile)]
    assert form.locator(".word").all_text_contents() == expected
    form.get_by_role("button", name="Save").click()
    corrected = correct(document, Correction.read(sent(tab)[0][1])).sentences[1]
    assert corrected.marks == document.sentences[1].marks


def test_a_correction_goes_on_until_it_is_saved_or_given_up(mounted: Mounted) -> None:
    from playwright.sync_api import expect

    tab = mounted(made())
    form = edit(tab, 2)
    form.get_by_role("checkbox", name="Speculation").check()
    sentences(tab).nth(0).hover()
    sentences(tab).nth(4).focus()
    put(tab, made([*MADE, MADE[0]]))
    expect(form.get_by_role("checkbox", name="Speculation")).to_be_checked()
    put(tab, made([*MADE[:2], (MADE[2][0], {"framing": 0.9}, *MADE[2][2:]), *MADE[3:]]))
    expect(form).to_have_count(0)
    form = edit(tab, 2)
    form.get_by_role("checkbox", name="Speculation").press("Escape")
    expect(form).to_have_count(0)
    assert in_focus(tab) == MADE[2][0]
    assert tab.locator(".edited").count() == 0
    edit(tab, 2).get_by_role("button", name="Cancel").click()
    assert sent(tab) == []


def test_where_nobody_hears_of_corrections_none_is_offered(mounted: Mounted) -> None:
    tab = mounted(made())
    put(tab, made(MADE[:3]), heard=False)
    sentences(tab).nth(2).focus()
    assert tab.get_by_role("button", name="Correct this sentence").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_while_correcting(mounted: Mounted, scheme: str, width: int) -> None:
    tab = mounted(made(), scheme, width)
    form = edit(tab, 4)
    form.get_by_role("checkbox", name="Sourced claim").check()
    form.locator(".word").nth(2).click()
    assert axe_findings(tab) == ""
    form.get_by_role("button", name="Save").click()
    put(tab, correct(made(), Correction.read(sent(tab)[0][1])))
    assert axe_findings(tab) == ""
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("document", [made(), Document("", (), MODEL, THRESHOLDS)], ids=["text", "empty"])
def test_the_map_of_a_text_that_is_not_laid_out_is_sound(mounted: Mounted, document: Document) -> None:
    tab = mounted(document)
    tab.locator("#host").evaluate(
        "host => { host.style.display = 'none'; document.dispatchEvent(new Event('scroll')); }"
    )
    put(tab, made(MADE[:4]) if document.sentences else document)
    tab.evaluate("shadow.querySelector('.map').dispatchEvent(new MouseEvent('click', { clientY: 5 }))")
    drawn = tab.evaluate("shadow.querySelector('.map').outerHTML")
    assert not re.search("NaN|Infinity|undefined", drawn)


def test_lines_stay_readable_on_a_projector(mounted: Mounted) -> None:
    tab = mounted(made(MADE * 5, " "), "light", 1920, 1080)
    ems = "node => node.getBoundingClientRect().width / parseFloat(getComputedStyle(node).fontSize)"
    assert tab.get_by_role("article").evaluate(ems) < 36


def test_another_text_begins_at_its_beginning(mounted: Mounted) -> None:
    tab = mounted(made())
    sentences(tab).nth(5).focus()
    put(tab, made(MADE[2:]))
    assert sentences(tab).first.get_attribute("tabindex") == "0"
    assert "Point at a sentence" in (tab.get_by_role("complementary").text_content() or "")
    put(tab, made(MADE[:1]))
    assert sentences(tab).count() == 1


def test_an_empty_document_is_shown(mounted: Mounted) -> None:
    tab = mounted(Document("", (), MODEL, THRESHOLDS))
    tab.get_by_role("button", name="Plain").click()
    assert tab.get_by_role("article").text_content() == ""
    put(tab, Document(" \n", (), MODEL, THRESHOLDS))
    assert tab.get_by_role("article").text_content() == " \n"


def test_axe_would_find_something(mounted: Mounted) -> None:
    tab = mounted(made())
    tab.evaluate("shadow.querySelector('.sentence').style.color = '#aaa'")
    tab.evaluate("shadow.querySelector('input[role=switch]').parentNode.lastChild.remove()")
    assert {line.split(":")[0] for line in axe_findings(tab).splitlines() if ": <" in line} == {
        "color-contrast",
        "label",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(mounted: Mounted, scheme: str, width: int) -> None:
    tab = mounted(made(), scheme, width)
    assert axe_findings(tab) == ""
    tab.get_by_text("Thresholds").click()
    tab.get_by_role("switch").click()
    sentences(tab).nth(3).focus()
    assert axe_findings(tab) == ""
    tab.get_by_role("switch").click()
    tab.get_by_role("button", name="Editorial framing").click()
    assert axe_findings(tab) == ""


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 256), (640, 450)], ids=["phone", "400%", "200%"])
def test_a_narrow_window_never_scrolls_sideways_and_shows_what_is_in_focus(
    mounted: Mounted, width: int, height: int
) -> None:
    tab = mounted(made(MADE * 5, "\n\n"), "light", width, height)
    tab.get_by_text("Thresholds").click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    sentences(tab).first.focus()
    for _ in range(12):
        tab.keyboard.press("ArrowDown")
    seen = """() => {
      const box = shadow.activeElement.getBoundingClientRect();
      const node = shadow.elementFromPoint(box.left + 20, box.top + 8);
      return shadow.activeElement.contains(node);
    }"""
    tab.wait_for_function(seen, timeout=5000)


def test_less_motion_where_less_is_asked_for(mounted: Mounted) -> None:
    from playwright.sync_api import expect

    tab = mounted(made())
    expect(sentences(tab).first).not_to_have_css("transition-duration", "0s")
    tab.emulate_media(reduced_motion="reduce")
    expect(sentences(tab).first).to_have_css("transition-duration", "0s")
