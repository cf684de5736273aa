"""Sentence segmentation: a case for each rule that splits and one that does not, properties, and very large input."""

from __future__ import annotations

import json
import random
import textwrap
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from annotator import segment
from annotator.places import folder
from annotator.segment import Segmenter
from annotator.training import data
from annotator.training import segmenter as segmenter_training

# A broken bar stands where a sentence ends and another follows; it is no part of the text.
CASES = """
The ferry left at noon.¦ It came back at dusk.
Did the ferry leave?¦ It did!¦ Nobody waved.
The fare rose by 3.5 per cent.¦ 12 people complained.
The fare rose.¦ $5 is too much.
The bill was £3m.¦ €5 is left.
It ended 3-2.¦Next week they meet.
Approx. 40 people and approx. 20 dogs came.
We won!¦ The crowd sang. 🎉
A short headline without a full stop
"What a disgrace!" the senator said.
“What a disgrace!” the senator said.¦ She sat down.
'Who pays?' asked the baker.
"Stop!" Smith said.
"Stop!" Jane Roe, 42, shouted.
“Why now?” Mayor Anna van Dorn asked the clerk.
"Where is it?" said Roe.¦ Nobody knew.
"It was …" Lind said, and fell silent.
"Is it over?"¦ Smith said he did not know.
"Is it over?"¦ The crowd went home.
"We won!"¦ He said nothing more.
"It is over."¦ Smith walked out.
"It is over." said the guard.
“We lost.¦ We will be back,” she said.
“We lost.”¦ “You did not,” he said.
"Did you see it?¦ I did," she said.
He asked "why now?" and left.
Did he say "stop"?¦ The driver did.
The tower (who built it?) fell down.
The tower fell.¦ (Nobody was hurt.)¦ It was old.
The tower [sic!] fell down.
She said "this is the end."¦The next day she left.
He left.¦“We won,” she said.
He left.¦"We won," she said.
The vote was lost.¦The mayor wept.
Was it lost?¦Nobody counted.
The firm runs on Node.Js and ASP.NET today.
Read it on Example.Com or write to Desk@Paper.Org today.
See https://paper.example/a.b?Page=Two!End for more.
Write to a.b@paper.example.¦ We answer.
The site is paper.example.¦ It is slow.
He left at 6 p.m. Monday.
He left at 6 p.m.¦ The mayor stayed.
He left at 6 p.m. EST and slept.
He left at 6 p.m.¦ Anna stayed until 9 a.m.¦ Then she left.
They sold nails, screws, etc.¦ Bolts were gone.
They sold nails, etc. and left.
U.S. Rep. Smith voted no.
He came back to the U.S.¦ The trial began.
The U.S. Senate met.¦ It adjourned.
Soldiers of the U.S., the U.K. and the U.N. met.
A U.S.-led force moved in.
Gov. Lind met Sen. Roe and Lt. Gov. Dorn.
He spoke to the Gov.¦The crowd left.
Dr. No is a film.¦ Mr. Lind saw it.
Mrs. The was late.
Acme Inc. Chairman Jane Roe resigned.
He sold Acme Inc.¦ The buyer paid cash.
He sold Acme Corp.¦ “Roe paid,” he said.
The U.S. “war” on waste began.
Acme Corp. said it would pay.
She lives on Main St.¦ It is quiet.
She lives in St. Ives.
Sammy Lind Jr. Day was dull.
He named him Sammy Lind Jr.¦ They moved away.
No. 5 won the race.
Did he win?¦ No.¦ He lost.
See Fig. 3 and Vol. IV of the report.
The case of Roe v. Lind was heard.
On Jan. 5 it snowed.
It snowed all Jan.¦ In March it rained.
They met in Salem, Ore.¦ Police were told.
They met Ore. Gov. Roe in Salem.
AUGUSTA, Me. — The mayor resigned.
SALEM, Ore. -- Two people were hurt.
Katherine Lind (Mass.), Anna Roe (N.J.) and others signed.
J.K. Rowley wrote it.¦ John F. Kane read it.
The novelist J. K. Rowley wrote it.
They chose plan B.¦ The board agreed.
She met him, not Roe's.¦ Later they left.
It is Lind's.¦ Maybe Roe knows.
We waited … and waited.
We waited ... and waited.
We waited . . . and waited.
We waited …¦ The bus came.
We waited ...¦ The bus came.
"Well … I guess so," he said.
… and so it goes.
"... And so it goes," he said.
Yahoo! shares fell.¦ Others rose.
Shares of Yahoo! Inc. rose.¦ Nobody wept.
The firm, Wham! Ltd, was fined.
Did Lind sell it to Yahoo! Inc.?¦ Roe did.
We won!¦ Incas of old sang.
"It's over!" Sen. Dorn (R., Utah) shouted.
“It's over!” Lind (pictured above), 42, said.¦ She sat down.
"Who pays?" Rep. Ann Roe (D., N.Y.) asked the clerk.¦ Nobody knew.
"Is it over?"¦ Sen. Dorn (R., Utah) said he did not know.
"Is it over?"¦ Lind (pictured above) went home.
The rate rose from 3.5 per cent. to 4 in May.
The rate rose to 4 per cent.¦ The bank was blamed.
[Ed. note: Roe has since left the bank.]
She paid £5 [Ed. note: this was later put at £6] for it.
He left [Ed. Note: she stayed].
She met Ed.¦ The mayor stayed.
Who pays? and when?¦ Nobody knows.
he left. ¦she stayed.
It sold well.¦ iPhone prices rose.
She left.¦ al-Qadir stayed.
1. Close the harbour.
(a.) Close the harbour.
iv. Close the harbour.
12. Why now?¦ Nobody knows.
2019.¦ The harbour closed.
We won!!!¦ Nobody slept?!¦ Good.
We won [3].¦ Nobody slept.[4]¦ Good.
‘It is late.’¦ The clock stopped.
He cried “Wolf! ” ¦ Nobody came.
"We won ! " ¦ The crowd sang.
We won! 🎉¦ The crowd sang.
She knew.¦ "'Tis late," he said.
We won! 😂😂¦ Roe lost. :)¦ They danced.
He left Acme Inc.¦ Nobody at the bank was told.
He retired from Acme Ltd.¦ Others stayed at the firm.
The bill went to the U.S. House of Representatives.
She moved to the U.S.¦ After a year she came back.
“Who pays?”¦ He did not say.
Lind Jr. Day fell on a Monday.
The team won 3-2.¦ It lost the next match 0-1.
"""

LAYOUTS = {
    "blank line": "The mayor of the town\n\nresigned today",
    "windows blank line": "The mayor of the town\r\n \t\r\nresigned today",
    "paragraph separator": "The mayor of the town\u2029resigned today",
    "headline, byline, lead": "Harbour bridge to close\nBy Jane Roe\nThe bridge will close, the council said.",
    "long headline": f"{'Harbour bridge to close' * 6}\nPolice were told.",
    "bullets": "- a longer walk to the old school at the far end of the harbour town\n- and a shorter one\n- rain",
    "typographic bullets": "• Taxes rise by three per cent for all people of the town, the mayor,\n• Schools close",
    "numbers": "1. Close the bridge\n2. Open the ferry\n3. Wait",
    "line separator": "Harbour bridge to close\u2028By Jane Roe",
    "old line ends": "Harbour bridge to close\rBy Jane Roe",
    "one sentence a line": "The council closed the bridge on Monday.\nThe mayor opened the ferry on Tuesday.",
}

WRAPPED = (
    "The harbour bridge of the old town will stay closed until the end of the summer, the council said on Monday. "
    "Engineers found cracks in two of its seven arches. “We had no choice,” said Jane Roe, who leads the council, and "
    "who had been warned by them in March. Ferries will run every 10 minutes from 6 a.m. Monday. They are free."
)


MODEL = folder("models") / segment.MODEL


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


def sentences(segmenter: Segmenter, text: str) -> list[str]:
    return [text[start:end] for start, end in segmenter.spans(text)]


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_sentence_ends(segmenter: Segmenter, case: str) -> None:
    expected = [part.strip() for part in case.split("¦")]
    assert sentences(segmenter, case.replace("¦", "")) == expected


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_where_every_line_is_a_unit(segmenter: Segmenter, name: str) -> None:
    text = LAYOUTS[name]
    assert sentences(segmenter, text) == [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("width", [60, 72, 80])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028"])
def test_wrapped_prose_splits_as_if_it_stood_on_one_line(segmenter: Segmenter, width: int, line_end: str) -> None:
    found = sentences(segmenter, line_end.join(textwrap.wrap(WRAPPED, width)))
    assert [" ".join(sentence.split()) for sentence in found] == sentences(segmenter, WRAPPED)
    assert len(found) == 5


def test_headline_above_wrapped_prose_stands_alone(segmenter: Segmenter) -> None:
    text = "Bridge stays closed\nBy Jane Roe\n" + textwrap.fill(WRAPPED, 72)
    assert sentences(segmenter, text)[:2] == ["Bridge stays closed", "By Jane Roe"]
    assert len(segmenter.spans(text)) == 7


def test_wrapped_line_before_a_name_goes_on(segmenter: Segmenter) -> None:
    text = "The school board met on Tuesday at the request of its new head, Mr.\nLind, and voted."
    assert len(segmenter.spans(text)) == 1
    text = "The school board of the harbour town met on Tuesday at the request of John\nLind and voted."
    assert len(segmenter.spans(text)) == 1


def test_blank_text_has_no_sentences(segmenter: Segmenter) -> None:
    assert segmenter.spans("") == []
    assert segmenter.spans(" \r\n\t\u2029\u2028\x0c\xa0\n") == []


def test_offsets_count_code_points(segmenter: Segmenter) -> None:
    assert segmenter.spans("\ufeff🎉 Yes. \x00No.\ud800 שלום. End") == [(0, 7), (8, 19), (20, 23)]


def test_threads_agree(segmenter: Segmenter) -> None:
    texts = [f"{WRAPPED} Text {number}." for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(segmenter.spans, texts)) == [segmenter.spans(text) for text in texts]


SIGNS = " \n\r\t.!?…\"'“”’)(—-aBI,\x00\u2028\u2029\x85🎉\ud800ש"
WORDS = ["Roe", "said", "the", "U.S.", "p.m.", "Mr.", "“We", "won!”", '"No."', "…", "...", "harbour", "(a", "b.)", "\n"]
texts = st.one_of(
    st.text(st.one_of(st.sampled_from(SIGNS), st.characters())),
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
)


def check(text: str, spans: list[tuple[int, int]]) -> None:
    """Spans are inside the text, sorted, disjoint and trimmed, and only white space is outside them."""
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert not any(text[start:end].strip() for start, end in zip(edges[::2], edges[1::2], strict=True))


@given(texts)
def test_spans_are_sorted_trimmed_and_lose_nothing(segmenter: Segmenter, text: str) -> None:
    check(text, segmenter.spans(text))


@given(texts, texts, st.sampled_from(["\n\n", "\r\n\r\n", "\r\r", "\n \t\n", "\u2029", "\n\n\n"]))
def test_a_paragraph_splits_the_same_wherever_it_stands(
    segmenter: Segmenter, first: str, second: str, blank: str
) -> None:
    shift = len(first) + len(blank)
    apart = segmenter.spans(first) + [(start + shift, end + shift) for start, end in segmenter.spans(second)]
    assert segmenter.spans(first + blank + second) == apart


@given(st.lists(st.sampled_from(WORDS[:-1]), max_size=60), st.sampled_from(["  ", "\t", " \xa0", "\u3000"]))
def test_white_space_inside_a_line_decides_nothing(segmenter: Segmenter, words: list[str], space: str) -> None:
    wide = [" ".join(sentence.split()) for sentence in sentences(segmenter, space.join(words))]
    assert wide == sentences(segmenter, " ".join(words))


@given(st.text(st.sampled_from(SIGNS)))
def test_a_reading_knows_where_its_words_stand(unit: str) -> None:
    read = segment.reading(unit)
    places = [read.place(match.start()) for match in segment.WORD.finditer(read.text)]
    assert places == [match.start() for match in segment.WORD.finditer(unit)]


def test_what_is_read_together_changes_nothing(segmenter: Segmenter) -> None:
    paragraphs = [f"{WRAPPED[: 60 + number]} Roe, aged {number}, left. Nobody saw it." for number in range(200)]
    apart = [sentence for paragraph in paragraphs for sentence in sentences(segmenter, paragraph)]
    assert sentences(segmenter, "\n\n".join(paragraphs)) == apart


def test_the_model_is_small_and_runs_no_code(segmenter: Segmenter) -> None:
    files = {path for path in MODEL.rglob("*") if path.is_file()}
    assert sum(path.stat().st_size for path in files) < 8_000_000
    assert {path.suffix for path in files} <= {"", ".bin", ".cfg", ".json", ".md"}
    for path in files:
        assert b"pickle" not in path.read_bytes()
    assert {"README.md", "LICENSE.md"} <= {path.name for path in files}


@given(st.lists(st.sampled_from(["It rained.", "“Go!” Lind said.", "a" * 70, "Who knew? Roe did.", "\n"]), max_size=40))
def test_small_pieces_keep_the_properties(segmenter: Segmenter, parts: list[str]) -> None:
    text = " ".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "PIECE", 50)
        check(text, segmenter.spans(text))


def test_pieces_do_not_show(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join([WRAPPED] * 20)
    whole = segmenter.spans(text)
    wrapped = segmenter.spans(textwrap.fill(text, 72))
    monkeypatch.setattr(segment, "PIECE", 500)
    assert segmenter.spans(text) == whole
    assert segmenter.spans(textwrap.fill(text, 72)) == wrapped


def test_words_are_cut_only_when_longer_than_a_piece(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "PIECE", 50)
    assert sentences(segmenter, "word " * 20) == [" ".join(["word"] * 10)] * 2
    assert sentences(segmenter, "w" * 120) == ["w" * 50, "w" * 50, "w" * 20]


def test_vocabulary_is_renewed_without_a_trace(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = segmenter.spans(WRAPPED)
    monkeypatch.setattr(segment, "MOST_STRINGS", 0)
    assert segmenter.spans(WRAPPED) == expected


def test_a_document_in_one_line_keeps_its_sentences(segmenter: Segmenter) -> None:
    text = "The ferry was late, said Dr. Lind. " * 60_000
    spans = segmenter.spans(text)
    assert len(spans) == 60_000
    assert spans == [(start, start + 34) for start in range(0, len(text), 35)]


@pytest.mark.parametrize("unit", ["a", "\n", " ", '"', '". ', ".", "!", ". ", "\n ", "🎉", "\ud800", "( ", "word "])
def test_ten_million_characters_of_one_kind(segmenter: Segmenter, unit: str) -> None:
    check_large(segmenter, unit * (10_000_000 // len(unit)))


@pytest.mark.parametrize("unit", ["a\r\n", "a\u2029", "!Xx.", "Mr. ", 'Go!" Roe, ', "It rained. "])
def test_very_many_short_units(segmenter: Segmenter, unit: str) -> None:
    check_large(segmenter, unit * 200_000)


def check_large(segmenter: Segmenter, text: str) -> None:
    spans = segmenter.spans(text)
    check(text, spans)
    assert all(end - start <= segment.PIECE for start, end in spans)


ARTICLE = [f"“It is {number} o'clock,” Roe said." if number % 2 else f"Was it {number}?" for number in range(12)]


@pytest.mark.parametrize("seed", range(40))
def test_joined_sentences_keep_their_starts(seed: int) -> None:
    article = segmenter_training.joined(ARTICLE, random.Random(seed))  # noqa: S311
    docs = segmenter_training.docs(segmenter_training.blank(), [article])
    found = [sentence.text for doc in docs for sentence in doc.sents]
    assert "".join("".join(found).split()) == "".join(article.text.split())
    starts, wanted = (
        set(accumulate(map(segmenter_training.visible, parts), initial=0)) for parts in (found, article.sentences)
    )
    assert wanted <= starts


def test_training_reads_corpora_and_writes_a_folder_that_splits(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = tmp_path / "not-to-release"
    text = "".join(f"# text = Roe saw {word}.\n1\tRoe\t_\n2\tsaw\t_\n3\t{word}.\t_\n\n" for word in ("it", "me"))
    for part in ("train", "dev"):
        (files / "file-lists").mkdir(parents=True, exist_ok=True)
        (files / "file-lists" / f"files.{part}").write_text("a.conllu\n", encoding="utf-8")
    (files / "sources").mkdir()
    (files / "sources" / "a.conllu").write_text(f"# newpar\n{text}", encoding="utf-8")
    rows = [{"doc": "d", "article": "d", "text": sentence} for sentence in ARTICLE]
    for name in (*segmenter_training.NEWS, *data.EVALUATION_FILES):
        (tmp_path / f"{name}.jsonl").parent.mkdir(exist_ok=True)
        held = [{"doc": "b", "article": "b", "text": ARTICLE[3]}] if name in data.EVALUATION_FILES else rows
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, held)), encoding="utf-8")
    assert list(segmenter_training.news(tmp_path)) == [ARTICLE[:3], ARTICLE[4:]]
    segmenter_training.write_corpora(tmp_path, tmp_path, tmp_path)
    few = {"training.max_steps": 20, "training.eval_frequency": 10}
    segmenter_training.save(segmenter_training.train(tmp_path, few), tmp_path / "model")
    assert "SENTS_F" in capfd.readouterr().out
    assert "Roe" not in json.loads((tmp_path / "model/vocab/strings.json").read_text(encoding="utf-8"))
    assert len(list(spacy.load(tmp_path / "model")("Roe saw it. Roe saw me.").sents)) >= 1
