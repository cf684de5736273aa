"""Pronouns and short names stand for an earlier, fuller name, or for nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator import Annotator, Document
from annotator.marks import LABELS, MARK_LABELS, Model, Sentence, Source
from annotator.names import find_names
from annotator.resolve import resolve
from tests.conftest import hostile_text

THRESHOLDS = dict.fromkeys(MARK_LABELS, 0.5)
MODEL = Model("test", "1.0.0", "sha256:0")


def told(*lines: str) -> tuple[str, list[Sentence]]:
    """A text of one sentence a line; sources stand in [brackets], unnamed ones in {braces}."""
    text, sentences = "", []
    for line in lines:
        start, sources = len(text), []
        for piece in re.split(r"(\[.*?\]|\{.*?\})", line):
            words = piece.strip("[]{}") if piece[:1] in ("[", "{") else piece
            if words != piece:
                kind = "named" if piece[0] == "[" else "unnamed"
                sources.append(Source(len(text), len(text) + len(words), kind, 0.9))
            text += words
        sentences.append(sentence(start, len(text), sources))
        text += "\n"
    return text, sentences


def sentence(start: int, end: int, sources: list[Source]) -> Sentence:
    scores, primary = dict.fromkeys(MARK_LABELS, 0.1), dict.fromkeys(LABELS, 0.25)
    return Sentence(start, end, "plain", 0.9, (), scores, primary, sources=tuple(sources))


def meant(*lines: str) -> list[str | None]:
    """What each source of the text stands for."""
    text, sentences = told(*lines)
    sources = [source for one in resolve(text, sentences) for source in one.sources]
    return [text[slice(*source.resolved)] if source.resolved else None for source in sources]


@pytest.mark.parametrize(
    ("introduced", "short", "full"),
    [
        ("The mayor, Olka Brenn, opened the bridge.", "Brenn", "Olka Brenn"),
        ("Water Minister Olka Brenn opened the bridge.", "Ms Brenn", "Olka Brenn"),
        ("A bridge was opened by Dr. Olka van der Brenn.", "Brenn", "Dr. Olka van der Brenn"),
        ("Then Olka Brenn opened the bridge.", "BRENN", "Olka Brenn"),
        ("Chef Olka Brenn opened the bridge.", "Olka", "Olka Brenn"),
        ("Judge Brenn opened the bridge.", "Brenn", "Judge Brenn"),
        ("The World Kelp Council (WKC) opened the bridge.", "the WKC", "The World Kelp Council"),
        ("It belongs to Marlo Foods.", "Marlo", "Marlo Foods"),
        ("It belongs to Marlo Foods.", "The company", "Marlo Foods"),
        ("The Bank of Tessen opened the bridge.", "the bank", "The Bank of Tessen"),
        ("Kelp Bay council opened the bridge.", "the council", "Kelp Bay council"),
        ("The mayor, Olka Brenn, opened the bridge.", "The mayor", "Olka Brenn"),
        ("😀\r\nThe mayor, Olka Brenn, opened the bridge.", "Brenn", "Olka Brenn"),
    ],
)
def test_a_short_name_stands_for_the_full_one(introduced: str, short: str, full: str) -> None:
    assert meant(introduced, f"[{short}] said that it rained.") == [full]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["[Olka Brenn] said no.", "[She] said why."], "Olka Brenn"),
        (["[Olka Brenn] said no.", '"It rained.', 'It poured."', "[He] added that it was late."], "Olka Brenn"),
        (["[The mayor, Olka Brenn], said no.", "Maria Tull laughed.", "[he] said."], "Olka Brenn"),
        (["Alan Tull met [Olka Brenn], who agreed.", "[Maria Brask] said no.", "[She] said why."], "Maria Brask"),
        (["Mr Tull said it to Lena Osk.", "[Alan Tull] lost, [he] said."], "Alan Tull"),
        (["[A show insider] said no.", "[She] said why."], "A show insider"),
        (["[Alan Tull], who met Lena Osk, said no.", "[Tull] left.", "[He] said why."], "Alan Tull"),
        (
            ["[A study of moss by the institute] found it.", "[The same study] found more."],
            "A study of moss by the institute",
        ),
        (["[A study of moss] found it.", "And, [it] says, there is more."], "A study of moss"),
        (["{Two people close to the talks} said no.", "{One of them} laughed."], "Two people close to the talks"),
        (["{Supporters of the dam} hope, {they} say."], "Supporters of the dam"),
        (["[Tessen's health ministry] said no.", "[The ministry] said why."], "Tessen's health ministry"),
    ],
)
def test_a_pronoun_or_description_stands_for_who_spoke(lines: list[str], last: str) -> None:
    assert meant(*lines)[-1] == last


@pytest.mark.parametrize(
    "lines",
    [
        ["[He] said no."],
        ["[Brenn] said no."],
        ["[Olka Brenn] said no.", "[Olka Brenn] said why."],
        ["Ana Ruiz met Luis Ruiz.", "[Ruiz] said no."],
        ["[Olka Brenn] met [Ilar Vesk].", "[He] said why."],
        ["[Mr Alan Brenn] said no.", "[She] said why."],
        ["[Olka Brenn] said no.", *["It rained."] * 9, "[She] said why."],
        ["[Olka Brenn] said no.", "[I] said why."],
        ["[Tessen's health ministry] said no.", "[The foreign ministry] said why."],
        ["[Tessen's health ministry] and [the foreign ministry] said no.", "[The ministry] said why."],
        ["[Olka Brenn] said no.", "[Brenn's office] said why."],
        ["[Marlo Foods] said no.", "[He] said why."],
        ["[Olka Brenn] said no.", "{They} said why."],
        ["[A study of moss] and [a paper] agree.", "[It] says why."],
        ["At noon Mrs Clark met David Clark on the bridge.", "[Clark] said no."],
        ["The race was won by David Clark.", "[Mrs Clark] wept.", "[Clark] said no."],
        ["[Mrs Clark] wept.", "[David Clark] won it.", "[Clark] said no.", "[He] said why."],
        ["At noon Congresswoman Clark met David Clark on the bridge.", "[Clark] said no."],
        ["Olka Clark won it.", "Then Mr Clark met Mrs Clark on the bridge.", "[Clark] said no."],
        ["[he] asked.", "Alan Tull said that it was late."],
        ["The fall of Alan Tull followed.", "[he] said."],
        ["[He] laughed, then [Alan Tull] said no."],
    ],
)
def test_what_is_unsure_stands_for_nothing(lines: list[str]) -> None:
    assert meant(*lines)[-1] is None


def test_mr_and_mrs_of_one_name_are_told_apart() -> None:
    story = ["Alan Tull and Maria Tull won.", "[Mr Tull] said no.", "[Mrs Tull] said yes.", "[Tull] laughed."]
    assert meant(*story) == ["Alan Tull", "Maria Tull", None]


@pytest.mark.parametrize(
    ("introduced", "short", "full"),
    [
        ("At noon Mrs Clark met David Clark on the bridge.", "Mr Clark", "David Clark"),
        ("At noon Congresswoman Clark met David Clark on the bridge.", "Mr Clark", "David Clark"),
        ("It was won by Mr Clark, who is David Clark to us.", "Clark", "David Clark"),
        ("It was won by David Clark, who is Mr Clark to us.", "Clark", "David Clark"),
        ("It was won by Olka Clark, who is Mrs Clark to us.", "Clark", "Olka Clark"),
        ("At noon Mrs Tull met David Clark on the bridge.", "Clark", "David Clark"),
    ],
)
def test_a_title_tells_namesakes_apart(introduced: str, short: str, full: str) -> None:
    assert meant(introduced, f"[{short}] said no.") == [full]


def test_a_headline_names_nobody() -> None:
    assert find_names("Rider Brenn Wins Again In Tessen.", 0, 33) == []
    assert meant("Cyclist Brenn suspended", "The rider Olka Brenn was suspended.", "[Brenn] said no.") == ["Olka Brenn"]


words = st.sampled_from(["[he]", "[they]", "[it]", "[Ruiz]", "[the bank]", "Ana Ruiz", "Dr. Luis Ruiz", "Bank of Kelp"])
hostile_lines = st.lists(st.lists(st.one_of(words, hostile_text), max_size=6).map(" ".join), max_size=8)


@given(hostile_lines.map(lambda lines: [line for line in lines if line.strip("[]{} \t\r\n")]))
def test_what_is_meant_stands_before_and_is_another_name(lines: list[str]) -> None:
    text, sentences = told(*lines)
    found = resolve(text, sentences)
    assert [(one.start, one.end) for one in found] == [(one.start, one.end) for one in sentences]
    for source in (source for one in found for source in one.sources if source.resolved):
        start, end = source.resolved or (0, 0)
        assert 0 <= start < end <= source.start
        assert text[start:end].casefold() != text[source.start : source.end].casefold()
    document = Document(text, found, MODEL, THRESHOLDS)
    assert Document.from_dict(document.to_dict()) == document
    assert resolve(text, found) == found


@given(hostile_lines.map(lambda lines: [line for line in lines if line.strip("[]{} \t\r\n")]))
def test_what_follows_changes_nothing(lines: list[str]) -> None:
    text, sentences = told(*lines)
    longer, more = told(*lines, "Ana Ruiz and Dr. Luis Tull said it.", "[He] agreed.")
    assert resolve(longer, more)[: len(sentences)] == resolve(text, sentences)


def test_thresholds_keep_what_is_meant(annotator: Annotator) -> None:
    document = annotator.annotate("The mayor, Olka Brenn, said on Monday that it rained. She said that it was late.")
    resolved = [source.resolved for one in document.sentences for source in one.sources]
    assert (11, 21) in resolved
    lower = document.at({"sourced": 0.9}).at({"sourced": 0.1})
    assert [source.resolved for one in lower.sentences for source in one.sources] == resolved


def test_threads_do_not_change_what_is_meant() -> None:
    text = "The mayor, Olka Brenn, said that it rained. " + 'She said that it was late. "It rained," Brenn said. ' * 20
    one, many = Annotator.load(threads=1).annotate(text), Annotator.load(threads=4).annotate(text)
    assert one == many
    assert sum(bool(source.resolved) for found in one.sentences for source in found.sources) > 20


@pytest.mark.parametrize(
    "before",
    [
        ["[Olaf Tessen] said it rained.", "[Paul Brenn] said his reporter, Jane Kelp, was safe."],
        ["[Minister Ruven Tessen] said he trusted Petra Kelp."],
    ],
)
def test_a_woman_named_beside_the_speaker_competes_for_she(before: list[str]) -> None:
    assert meant(*before, "[She] said she had slept.")[-1] is None
