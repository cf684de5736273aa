"""HTML and terminal text hold the exact text, and nothing in it can act."""

import base64
import hashlib
import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels import load_labels
from annotator.marks import LABELS, MARK_LABELS, PLAIN, Document, Mark, Model, Sentence, Source
from annotator.render import Segment, segments, to_html, to_terminal

HOSTILE = (
    "<script>alert(1)</script>",
    "</article></style>",
    "&amp;&#13;",
    "\U0001f469\u200d\U0001f692",
    "\r\n",
    "\r",
    "\n\n",
    "\t",
    "\0",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "\x7f\x08\x85",
    "\u202eeurt\u202c",
    "\u2067עברית",
    "\u2028",
    "\ud800",
    "\udc00\ud83d",
    "{style} %s [bold]",
    "said",
    " ",
    "word",
)
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "p", "ul", "li", "b", "span"),
    *("article", "bdi", "mark", "footer"),
}
MODEL = Model("test", "1.0.0", "sha256:0")
THRESHOLDS = dict.fromkeys(MARK_LABELS, 0.5)


def build(text: str, cuts: list[int], marks: list[tuple[str, str]], kind: str) -> Document:
    """A document whose sentences lie between every other cut, each with overlapping marks and a source."""
    places = sorted({cut % (len(text) + 1) for cut in cuts})
    spans = list(pairwise(places))[::2]
    return Document(text, tuple(sentence(*span, marks, kind) for span in spans), MODEL, THRESHOLDS)


def sentence(start: int, end: int, marks: list[tuple[str, str]], kind: str) -> Sentence:
    middle = (start + end) // 2
    found = tuple(
        Mark(*((start, end) if middle == start or place % 2 else (start, middle)), label, voice, 0.9)
        for place, (label, voice) in enumerate(marks)
    )
    labels = tuple(name for name in MARK_LABELS if (name, "writer") in marks)
    return Sentence(
        start,
        end,
        labels[0] if labels else PLAIN,
        0.9,
        labels,
        dict.fromkeys(MARK_LABELS, 0.9),
        dict.fromkeys(LABELS, 0.25),
        marks=tuple(sorted(found, key=lambda mark: (mark.start, mark.end))),
        sources=(Source(middle, end, kind, 0.9),),
    )


texts = st.one_of(st.lists(st.sampled_from(HOSTILE), max_size=12).map("".join), st.text(st.characters(codec=None)))
marks = st.lists(st.tuples(st.sampled_from(MARK_LABELS), st.sampled_from(("writer", "source"))), max_size=4)
documents = st.builds(
    build, texts, st.lists(st.integers(0, 99), max_size=8), marks, st.sampled_from(("named", "unnamed"))
)


class ArticleText(HTMLParser):
    """What a browser would give as the article's textContent; newlines are normalised before parsing, as it does."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.inside, self.tags = "", False, set[str]()
        self.feed(source.replace("\r\n", "\n").replace("\r", "\n"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside |= tag == "article"

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != "article"

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside else ""


@given(documents)
def test_segments_are_the_whole_text(document: Document) -> None:
    pieces = list(segments(document))
    assert "".join(piece.text for piece in pieces) == document.text
    assert all(piece.text for piece in pieces)


@given(documents)
def test_html_holds_the_exact_text_but_for_what_html_cannot_hold(document: Document) -> None:
    expected = re.sub("[\ud800-\udfff]", "\ufffd", document.text.replace("\0", "\u2400"))
    source = to_html(document)
    assert ArticleText(source).text == expected
    source.encode("utf-8")


@given(documents, st.text(), st.text(min_size=1))
def test_html_has_no_tag_but_its_own_and_loads_nothing(document: Document, caption: str, name: str) -> None:
    named = Document(document.text, document.sentences, MODEL, THRESHOLDS, id=name)
    source = to_html(named, caption)
    assert ArticleText(source).tags <= TAGS
    assert "default-src 'none'" in source
    assert "url(" not in source
    assert "@import" not in source


@given(documents, st.booleans(), st.integers(30, 200))
def test_terminal_text_cannot_move_the_cursor(document: Document, colour: bool, width: int) -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", to_terminal(document, width=width, colour=colour))
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", shown
    )
    shown.encode("utf-8")


@pytest.fixture
def quoted() -> Document:
    text = "The mayor said it may rain. Shameful!"
    scores, primary = dict.fromkeys(MARK_LABELS, 0.9), dict.fromkeys(LABELS, 0.25)
    said = Mark(10, 14, "sourced", "writer", 0.9)
    may = Mark(18, 21, "speculation", "source", 0.9)
    mayor = Source(0, 9, "named", 0.9, cue=0)
    first = Sentence(0, 27, "sourced", 0.93, ("sourced",), scores, primary, "named", (said, may), (mayor,))
    loaded = Mark(28, 37, "framing", "writer", 0.9)
    second = Sentence(28, 37, "framing", 0.8, ("framing",), scores, primary, "none", (loaded,))
    return Document(text, (first, second), MODEL, THRESHOLDS)


def test_segments_say_what_covers_them(quoted: Document) -> None:
    assert list(segments(quoted)) == [
        Segment("The mayor", 0, (), "named"),
        Segment(" ", 0),
        Segment("said", 0, (("sourced", "writer"),)),
        Segment(" it ", 0),
        Segment("may", 0, (("speculation", "source"),)),
        Segment(" rain.", 0),
        Segment(" "),
        Segment("Shameful!", 1, (("framing", "writer"),)),
    ]


def test_html_tells_whom_a_pronoun_stands_for() -> None:
    text = 'A "Lena" <b> & she said.'
    scores, primary = dict.fromkeys(MARK_LABELS, 0.9), dict.fromkeys(LABELS, 0.25)
    she = Source(15, 18, "named", 0.9, resolved=(2, 14))
    told = Sentence(0, 24, "sourced", 0.9, ("sourced",), scores, primary, "named", (), (she,))
    source = to_html(Document(text, (told,), MODEL, THRESHOLDS))
    assert 'data-kind="named" title="&quot;Lena&quot; &lt;b&gt; &amp;">she</span>' in source
    assert ArticleText(source).text == text


def test_html_tells_corrected_sentences_apart(quoted: Document) -> None:
    first, *rest = quoted.sentences
    page = to_html(replace(quoted, sentences=(replace(first, corrected=True), *rest)))
    assert page.count('class="sentence corrected"') == 1
    assert page.count(', corrected"') == 1


def test_html_tells_labels_apart_by_colour_line_and_symbol(quoted: Document) -> None:
    source = to_html(quoted, "2 sentences")
    assert '<mark data-label="sourced" data-voice="writer">said</mark>' in source
    assert '<span class="source" data-label="sourced" data-kind="named">The mayor</span>' in source
    assert 'title="Sourced claim, 93%"' in source
    assert '<p class="caption">2 sentences</p>' in source
    for label in load_labels():
        assert {label.light.ink, label.dark.ink, label.light.tint, label.dark.tint} <= set(
            re.findall("#[0-9a-f]{6}", source)
        )
        assert f'--line: {label.line}; --symbol: "{label.symbol}"' in source
        assert label.definition in html.unescape(source)


def test_the_style_is_the_one_the_policy_allows(quoted: Document) -> None:
    source = to_html(quoted)
    style = source.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in source


def test_terminal_shows_a_sentence_a_row(quoted: Document) -> None:
    assert to_terminal(quoted, colour=False).splitlines() == [
        " ❝ sourced   93%  The mayor said it may rain.",
        " ✎ framing   80%  Shameful!",
    ]


def test_terminal_marks_words_in_colour(quoted: Document) -> None:
    shown = to_terminal(quoted)
    assert re.search(r"\x1b\[1;38;5;\d+;48;5;\d+msaid\x1b\[0m", shown)
    assert "\x1b[4mThe mayor\x1b[0m" in shown
    assert "\x1b[3mmay\x1b[0m" in shown


def test_terminal_keeps_blank_lines_between_paragraphs() -> None:
    document = build("one\r\n\r\ntwo", [0, 3, 7, 10], [("framing", "writer")], "named")
    assert to_terminal(document, colour=False).splitlines()[1] == ""


def test_nothing_in_is_nothing_out() -> None:
    empty = Document("", (), MODEL, THRESHOLDS)
    assert list(segments(empty)) == []
    assert '<article class="text"></article>' in to_html(empty)
    assert to_terminal(empty).strip() == ""
