"""Labelled outputs read back in every form, what a report counts, and the page that shows it."""

from __future__ import annotations

import csv
import json
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from annotator import Document, Mark, Sentence, Source
from annotator.cli import main
from annotator.corpus.writers import FORMATS, ROWS, Labelled, Layout, open_writer
from annotator.errors import InputError
from annotator.labels import load_labels
from annotator.marks import LABELS, MARK_LABELS, Model
from annotator.report import charts, page, results, totals
from annotator.report.results import Result, find, read
from annotator.report.totals import Frequent, clean, gather, read_date
from tests.conftest import NASTY, hostile_text

MODEL = Model("toy", "1", "sha256:0123456789abcdef")
THRESHOLDS = {"sourced": 0.5, "framing": 0.42, "speculation": 0.5}
EVIL = "<img src=x onerror=alert(1)>"
SAID, SHAME, MAY, MET = (
    "Ilse Brandt said no.",
    "It was a sorry spectacle.",
    "The pier may close.",
    "The board met.",
)
WORDS = {SAID: ("sourced", "said"), SHAME: ("framing", "sorry spectacle"), MAY: ("speculation", "may")}

Run = Callable[..., tuple[int, str]]


def sentence(text: str, words: str, start: int) -> Sentence:
    """One of the sentences above, its marks on its words; a sourced one names what stands before its cue."""
    label, cue = WORDS.get(words, ("plain", ""))
    labels = () if label == "plain" else (label,)
    place = start + words.find(cue)
    marks = (Mark(place, place + len(cue), label, "writer", 0.75),) if labels else ()
    named = (Source(start, place - 1, "named", 0.5, 0),) if label == "sourced" else ()
    primary = {**dict.fromkeys(LABELS, 0.1), label: 0.7}
    scores = {**dict.fromkeys(MARK_LABELS, 0.25), **dict.fromkeys(labels, 0.75)}
    attribution = "named" if named else "none"
    assert text[start : start + len(words)] == words
    return Sentence(start, start + len(words), label, 0.7, labels, scores, primary, attribution, marks, named)


def document(*sentences: str, id: str | None = "a", between: str = " ") -> Document:
    text, found = "", []
    for words in sentences:
        start = len(text)
        text += words + between
        found.append(sentence(text, words, start))
    return Document(text, tuple(found), MODEL, THRESHOLDS, id, "en")


def put(
    path: Path, documents: Iterable[Document], kept: Sequence[Mapping[str, str | None]] = (), **options: Any
) -> Path:
    """Write documents as `annotator label` does, with columns that were carried through."""
    rows = [*documents]
    columns = [*kept] or [{}] * len(rows)
    layout = Layout(path.suffix[1:], keep=tuple(columns[0]) if columns else (), **options)
    with open_writer(path, layout) as writer:
        for number, (one, values) in enumerate(zip(rows, columns, strict=True), 1):
            writer.write(Labelled(one, "in.jsonl", number, tuple(values.values())))
    return path


def back(path: Path, *columns: str) -> list[Result]:
    return list(read(find(path), columns))


class Reader(HTMLParser):
    """The elements of a page, its attributes, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command, its exit code and what it says."""

    def run(*arguments: object) -> tuple[int, str]:
        code = main(["report", *map(str, arguments)])
        return code, capsys.readouterr().err

    return run


# --- reading outputs ---


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("rows", ROWS)
def test_every_form_of_output_is_read_back_as_it_was(tmp_path: Path, format: str, rows: str) -> None:
    documents = [document(SAID, MET, id="a"), document(SHAME, id="=b"), document(MAY, SAID, id="=b")]
    kept = [{"outlet": "=North", "text" if rows == "sentences" else "label": "x"} for _ in documents]
    found = back(put(tmp_path / f"out.{format}", documents, kept, rows=rows), "outlet")
    assert [one.document.id for one in found] == ["a", "=b", "=b"]
    for one, other in zip(documents, found, strict=True):
        assert other.document.sentences == one.sentences
        assert other.document.text.rstrip() == one.text.rstrip()
        assert other.columns == {"language": "en", **kept[0]}
        assert other.has_text


def test_a_column_carried_through_may_have_a_name_of_the_other_shape(tmp_path: Path) -> None:
    rows = put(tmp_path / "a.jsonl", [document(SAID)], [{"sentences": "7"}], rows="sentences")
    whole = put(tmp_path / "b.csv", [document(SAID)], [{"start": "noon", "index": "="}], rows="documents")
    assert back(rows, "sentences")[0].columns["sentences"] == "7"
    assert back(whole, "start")[0].columns == {"language": "en", "start": "noon", "index": "="}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("rows", ROWS)
def test_without_text_the_offsets_are_read(tmp_path: Path, format: str, rows: str) -> None:
    one = document(SAID, SHAME)
    (found,) = back(put(tmp_path / f"out.{format}", [one], rows=rows, with_text=False))
    assert found.document.sentences == one.sentences
    assert not found.has_text
    assert not found.document.text.strip()


@given(st.lists(hostile_text, min_size=1, max_size=4), st.sampled_from(FORMATS), st.sampled_from(ROWS))
@settings(max_examples=25)
def test_hostile_ids_and_columns_come_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[str], format: str, rows: str
) -> None:
    documents = [document(SAID, id=value) for value in values]
    path = tmp_path_factory.mktemp("out") / f"out.{format}"
    found = back(put(path, documents, [{"<b>,\n": value} for value in values], rows=rows))
    lossless = format == "jsonl" and rows == "documents"
    expected = values if lossless else [re.sub("[\ud800-\udfff]", "\ufffd", one) for one in values]
    assert [one.document.id for one in found] == expected
    assert [one.columns["<b>,\n"] for one in found] == [one if one.strip() else None for one in expected]


def test_a_folder_is_its_parts_in_order_with_its_manifest_and_errors(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    put(tmp_path / "labels" / "part-000001.parquet", [document(MET, id="b")])
    put(tmp_path / "labels" / "part-000000.parquet", [document(SAID, id="a")])
    (tmp_path / "labels" / ".part-000002.parquet.1.part").write_bytes(b"half")
    (tmp_path / "manifest.json").write_text('{"model": {"name": "toy"}}')
    (tmp_path / "errors.jsonl").write_text('{"row": 1}\n\n{"row": 2}\n')
    output = find(tmp_path)
    assert [one.document.id for one in read(output)] == ["a", "b"]
    assert (output.errors, output.finished, output.manifest["model"]["name"]) == (2, True, "toy")


def test_shards_without_a_manifest_are_an_output_too(tmp_path: Path) -> None:
    put(tmp_path / "a.jsonl", [document(SAID, id="a")])
    put(tmp_path / "b.csv", [document(MET, id="b")])
    output = find(tmp_path)
    assert [one.document.id for one in read(output)] == ["a", "b"]
    assert (output.errors, output.finished) == (None, True)


def test_a_run_that_was_broken_off_is_told(tmp_path: Path) -> None:
    (tmp_path / ".annotator").mkdir()
    (tmp_path / ".annotator" / "run.json").write_text('{"model": {"name": "toy"}}')
    put(tmp_path / "a.parquet", [document(SAID)])
    assert not find(tmp_path).finished


def test_errors_beside_a_single_file_are_counted(tmp_path: Path) -> None:
    path = put(tmp_path / "out.parquet", [document(SAID)])
    (tmp_path / "out.parquet.errors.jsonl").write_text('{"row": 1}\n')
    assert find(path).errors == 1


def test_the_manifest_beside_a_single_file_is_read(tmp_path: Path) -> None:
    path = put(tmp_path / "out.csv", [document(SAID)])
    (tmp_path / "out.csv.manifest.json").write_text('{"model": {"name": "toy"}}')
    assert (find(path).manifest["model"]["name"], find(path).errors) == ("toy", 0)


def test_of_long_documents_few_are_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "out.parquet", [document(*[SAID] * 50, id=str(n)) for n in range(20)], rows="documents")
    peaks = []
    for size in (1 << 30, 1000):
        monkeypatch.setattr("annotator.report.results._BYTES", size)
        tracemalloc.start()
        assert sum(len(one.document.sentences) for one in read(find(path))) == 1000
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] / 3


@pytest.mark.parametrize("missing", [float("nan"), None, "", "NaT"])
def test_a_value_that_is_none_is_not_given(tmp_path: Path, missing: Any) -> None:
    path = put(tmp_path / "out.jsonl", [document(SAID)], [{"outlet": "x"}], rows="sentences")
    path.write_text(json.dumps({**json.loads(path.read_text()), "outlet": missing}) + "\n")
    assert back(path)[0].columns["outlet"] is None


def test_numbers_are_read_from_a_parquet_that_pandas_wrote_back(tmp_path: Path) -> None:
    path = put(tmp_path / "out.parquet", [document(SAID), document(MET)], [{"year": "1"}, {"year": "2"}])
    table = parquet.read_table(path)
    years = pa.array([2021.0, float("nan")])
    parquet.write_table(table.set_column(table.schema.get_field_index("year"), "year", years), path)
    assert [one.columns["year"] for one in back(path)] == ["2021.0", None]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("out.parquet", b"no parquet", "is damaged"),
        ("out.jsonl", b"{\n", "out.jsonl:1: is not JSON"),
        ("out.jsonl", b"[1]\n", "out.jsonl:1: is JSON, but not an object"),
        ("out.jsonl", b'{"text": "a"}\n', "has no column 'document_id', only 'text'"),
        ("out.jsonl", b'{"sentences": 3, "document_id": 1}\n', "out.jsonl:1: "),
        ("out.jsonl", b'{"sentences": [], "text": ""}\n', "out.jsonl:1: lacks 'format'"),
        ("out.csv", b"a,b\n1\n", "out.csv:1: has more or fewer cells"),
        ("out.csv", b"a,b\n1,\xff\n", "is damaged near line"),
        ("out.txt", b"", "has the suffix '.txt'"),
    ],
)
def test_what_is_no_output_is_refused_with_its_place(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=re.escape(message)):
        back(tmp_path / name)


@pytest.mark.parametrize(
    "change",
    [
        {"start": 10**15, "end": 10**15 + 5},
        {"start": -1},
        {"start": "0"},
        {"end": 3},
        {"label": "bias"},
        {"marks": [{"start": 0}]},
        {"sources": [{"start": 0, "end": 4, "kind": "named", "score": 1, "cue": 0, "resolved": [0, 9**18]}]},
    ],
)
def test_a_row_that_contradicts_itself_is_refused_and_fills_no_memory(tmp_path: Path, change: dict[str, Any]) -> None:
    path = put(tmp_path / "out.jsonl", [document(SAID, MET)], rows="sentences")
    first, second = path.read_text().splitlines()
    path.write_text(f"{json.dumps({**json.loads(first), **change})}\n{second}\n")
    with pytest.raises(InputError, match=r"out\.jsonl:1: "):
        back(path)


def test_a_missing_output_an_empty_folder_and_a_broken_manifest_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        find(tmp_path / "none")
    with pytest.raises(InputError, match="holds no"):
        find(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match=r"manifest\.json is not JSON"):
        find(tmp_path)


# --- counting ---


def test_labels_groups_and_days_are_counted(tmp_path: Path) -> None:
    documents = [document(SAID, SHAME, MET), document(MAY, MET), document(MET)]
    kept: list[dict[str, str | None]] = [
        {"outlet": "Ferry", "day": "2024-03-31"},
        {"outlet": "Ferry", "day": "2024-03-31T23:59:59Z"},
        {"outlet": None, "day": "soon"},
    ]
    path = put(tmp_path / "out.parquet", documents, kept)
    found = gather(back(path), ["outlet", "outlet", "language"], "day")
    assert (found.documents, found.sentences, found.undated) == (3, 6, 1)
    assert found.labels == {"sourced": 1, "framing": 1, "speculation": 1, "plain": 3}
    assert found.marked == {"sourced": 1, "framing": 1, "speculation": 1}
    assert found.groups["outlet"]["Ferry"] == {"sourced": 1, "framing": 1, "speculation": 1, "plain": 2}
    assert found.groups["outlet"][None] == {"plain": 1}
    assert found.groups["language"]["en"].total() == 6
    assert found.days == {date(2024, 3, 31): Counter({"plain": 2, "sourced": 1, "framing": 1, "speculation": 1})}


def test_a_source_counts_in_every_document_under_its_full_name(tmp_path: Path) -> None:
    text = "Mayor Ilse Brandt spoke. She said no."
    place = text.index("She")
    mark = Mark(place + 4, place + 8, "sourced", "writer", 0.75)
    source = Source(place, place + 3, "named", 0.5, 0, (0, 17))
    scores, primary = dict.fromkeys(MARK_LABELS, 0.75), dict.fromkeys(LABELS, 0.25)
    said = Sentence(place, len(text), "sourced", 0.7, ("sourced",), scores, primary, "named", (mark,), (source,))
    spoke = Sentence(0, place - 1, "plain", 0.7, (), scores, primary)
    resolved = Document(text, (spoke, said), MODEL, THRESHOLDS, "b", "en")
    found = gather(back(put(tmp_path / "out.parquet", [document(SAID, SAID), resolved])))
    assert [(one.spelling, one.count) for one in found.named.most(9)] == [("Ilse Brandt", 3)]


def reported(text: str, *names: tuple[str, str]) -> Result:
    """A sourced sentence with sources of these words and kinds."""
    mark = Mark(0, 1, "sourced", "writer", 0.75)
    spans = [(text.index(name), text.index(name) + len(name), kind) for name, kind in names]
    sources = tuple(Source(start, end, kind, 0.5) for start, end, kind in sorted(spans))
    scores, primary = dict.fromkeys(MARK_LABELS, 0.75), dict.fromkeys(LABELS, 0.25)
    one = Sentence(0, len(text), "sourced", 0.7, ("sourced",), scores, primary, "named", (mark,), sources)
    return Result(Document(text, (one,), MODEL, THRESHOLDS), {})


def test_unnamed_sources_stand_apart_and_pronouns_and_bare_titles_are_left_out() -> None:
    found = gather([reported("Mr said that officials and they think so.", ("Mr", "named"), ("officials", "unnamed"))])
    found.add(reported("Officials and they said so.", ("Officials", "unnamed"), ("they", "unnamed")))
    assert found.named.most(9) == []
    assert [(one.spelling, one.count) for one in found.unnamed.most(9)] == [("officials", 2)]
    assert found.pronouns == 1


def test_phrases_are_the_writers_own_with_different_examples(tmp_path: Path) -> None:
    documents = [document(SHAME, MET, id=name) for name in "abcde"]
    found = gather(back(put(tmp_path / "out.parquet", documents)))
    (entry,) = found.phrases["framing"].most(9)
    assert (entry.spelling, entry.count) == ("sorry spectacle", 5)
    (example,) = entry.examples
    assert (example.before, example.phrase, example.after) == ("It was a ", "sorry spectacle", ".")
    assert example.document == "a"


def test_what_a_source_is_quoted_with_is_no_phrase_of_the_writer() -> None:
    (said,) = document(SAID).sentences
    loaded = Mark(said.start, said.start + 4, "framing", "source", 0.9)
    quoted = replace(said, marks=(loaded, *said.marks), sources=())
    found = gather([Result(Document(document(SAID).text, (quoted,), MODEL, THRESHOLDS), {})])
    assert len(found.phrases["framing"]) == 0


def test_an_example_is_cut_between_words() -> None:
    long = "word " * 300
    text = f"{long}sorry {long}end."
    mark = Mark(len(long), len(long) + 5, "framing", "writer", 0.9)
    scores, primary = dict.fromkeys(MARK_LABELS, 0.75), dict.fromkeys(LABELS, 0.25)
    one = Sentence(0, len(text), "framing", 0.7, ("framing",), scores, primary, "none", (mark,))
    found = gather([Result(Document(text, (one,), MODEL, THRESHOLDS), {})])
    (example,) = found.phrases["framing"].most(1)[0].examples
    assert re.fullmatch(r"… (word )+", example.before)
    assert re.fullmatch(r"( word)+ …", example.after)
    assert len(example.before) + len(example.after) < 300


def test_values_beyond_those_told_apart_are_pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "MOST_VALUES", 3)
    rows = [Result(document(MET), {"outlet": str(number)}) for number in range(5)]
    found = gather([*rows, rows[0]], ["outlet"])
    assert [*found.groups["outlet"]] == ["0", "1", "2"]
    assert found.groups["outlet"]["0"].total() == 2
    assert found.other["outlet"] == {"plain": 2}
    html = page.to_html(found, results.Output(Path("x"), (), {}, None))
    assert page.OTHERS in Reader(html).text


@given(st.lists(st.integers(0, 40), max_size=300))
def test_a_frequent_count_is_at_most_too_low_by_what_was_missed(stream: list[int]) -> None:
    frequent = Frequent(room=8)
    for one in stream:
        frequent.add(str(one), str(one))
    truth = Counter(map(str, stream))
    assert len(frequent) <= 16
    for entry in frequent.most(16):
        assert truth[entry.spelling] - frequent.missed <= entry.count <= truth[entry.spelling]
    kept = {entry.spelling for entry in frequent.most(16)}
    assert all(count <= frequent.missed for key, count in truth.items() if key not in kept)


def test_a_spelling_in_small_letters_is_preferred() -> None:
    frequent = Frequent()
    for spelling in ("Even so", "even so", "EVEN SO"):
        frequent.add("even so", spelling)
    assert [(one.spelling, one.count) for one in frequent.most(1)] == [("even so", 3)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-31", date(2024, 3, 31)),
        (" 2024-03-31 09:30:00+02:00", date(2024, 3, 31)),
        ("20240331", date(2024, 3, 31)),
        ("2024-03", date(2024, 3, 1)),
        ("2024", date(2024, 1, 1)),
        ("2024-02-30", None),
        ("0000-01-01", None),
        ("31.3.2024", None),
        ("202403311", None),
        ("", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert read_date(text) == day


def test_dates_that_cannot_be_read_at_all_are_refused() -> None:
    with pytest.raises(InputError, match="column 'day' holds no date that can be read, but 'last Tuesday'"):
        gather([Result(document(MET), {"day": "last Tuesday"})], (), "day")
    assert gather([Result(document(MET), {"day": None})], (), "day").undated == 1


@pytest.mark.parametrize(
    ("span", "unit", "bins"), [(1, "day", 1), (62, "day", 62), (63, "week", 9), (800, "month", 27), (9000, "year", 25)]
)
def test_bins_suit_the_span_and_lose_no_sentence(span: int, unit: str, bins: int) -> None:
    days = {date(2000, 1, 3) + timedelta(days=day): Counter({"plain": 1, "framing": 2}) for day in range(span)}
    name, found = charts.bins(days)
    assert (name, len(found)) == (unit, bins)
    assert sum(sum(counts.values()) for _, counts in found) == 3 * span
    assert [start for start, _ in found] == sorted(start for start, _ in found)


def test_bins_reach_the_ends_of_the_calendar() -> None:
    days = {day: Counter({"plain": 1}) for day in (date.min, date.max)}
    assert [start.year for start, _ in charts.bins(days)[1]] == [1, 9999]
    assert charts.bins({date.min: Counter(), date(1, 3, 1): Counter(), date(1, 3, 5): Counter()})[0] == "week"
    assert "<svg" in charts.trend(days, "all of it")


@given(hostile_text)
def test_cleaned_text_is_one_short_line_without_controls(text: str) -> None:
    line = clean(text, 20)
    assert len(line) <= 20
    assert all(one.isprintable() or one in "\u200c\u200d" for one in line)
    line.encode()


# --- charts and page ---


def test_charts_are_images_in_the_colours_of_the_page() -> None:
    rows = [(EVIL, {"plain": 3, "framing": 1}), (EVIL, {"plain": 1}), ("", {})]
    for svg in (charts.shares(rows, EVIL), charts.counts([(EVIL, 3), (EVIL, 2)], "framing", EVIL, EVIL)):
        assert svg.startswith('<svg role="img" aria-label="&lt;img')
        assert "var(--text)" in svg
        assert "var(--framing)" in svg
        assert set(Reader(svg).tags) <= {"svg", "g", "path", "rect", "text", "line"}
        assert "#0f0f" not in svg
        assert "http" not in svg


def test_rows_of_one_name_stay_two() -> None:
    texts = re.findall(
        "<text[^>]*>([^<]*)</text>", charts.counts([("a", 3), ("a", 2), ("a (2)", 1)], "sourced", "marks", "x")
    )
    assert {"a", "a (2)", "a (2) (2)"} <= set(texts)


def a_report(tmp_path: Path, run: Run, *options: object, **written: Any) -> str:
    """The page of an output whose names and texts are hostile."""
    names = [*NASTY, EVIL, "</style><script>", None]
    documents = [document(SAID, SHAME, MAY, MET, id=f"{name} 1") for name in names]
    kept = [{"<outlet>": name, "day": f"2024-0{1 + number % 9}-11"} for number, name in enumerate(names)]
    path = put(tmp_path / "<b>out.parquet", documents, kept, **written)
    code, said = run(path, "--by", "<outlet>", "--date", "day", "--page", tmp_path / "page.html", *options)
    assert code == 0, said
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_page_loads_nothing_and_runs_nothing(tmp_path: Path, run: Run) -> None:
    html = a_report(tmp_path, run)
    assert re.findall("https?:", html) == []
    assert "url(" not in html
    assert "@import" not in html
    found = Reader(html)
    assert not set(found.tags) & {"script", "img", "link", "iframe", "object", "a", "form", "image", "use", "b onerror"}
    assert [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "href", "style")] == []
    assert "default-src 'none'" in html


def test_the_page_shows_every_part_with_a_table_beside_every_chart(tmp_path: Path, run: Run) -> None:
    found = Reader(a_report(tmp_path, run))
    headings = ("How the sentences are written", "By <outlet>", "Over time", "Who is quoted", "The words that frame")
    for words in (
        *headings,
        "The words that hedge",
        "sorry spectacle",
        "Ilse Brandt",
        EVIL,
        page.CAVEAT,
        page.NOT_GIVEN,
    ):
        assert words in found.text, words
    assert found.tags["svg"] == found.tags["figure"] == found.tags["table"] == 6
    assert all(label.name in found.text for label in load_labels())
    assert "25.0%" in found.text


def test_the_page_names_model_thresholds_and_errors(tmp_path: Path, run: Run) -> None:
    path = put(tmp_path / "out.jsonl", [document(SAID)], rows="documents")
    (tmp_path / "out.jsonl.errors.jsonl").write_text('{"row": 1}\n')
    assert run(path)[0] == 0
    text = Reader((tmp_path / "out.html").read_text(encoding="utf-8")).text
    assert "toy 1 (sha256:0123456789ab…)" in text
    assert "sourced 0.5, framing 0.42, speculation 0.5" in text
    assert "1 document · 1 sentence · 1 failed row" in text


def test_a_folder_tells_model_and_thresholds_by_its_manifest(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    put(folder / "a.parquet", [document(SAID)])
    manifest = {
        "model": {"name": EVIL, "version": 2, "digest": "sha256:1"},
        "options": {"thresholds": {"framing": 0.6}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert run(folder)[0] == 0
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert EVIL in Reader(html).text
    assert "framing 0.6" in html
    assert "no failed rows" in html


def test_without_text_the_page_says_so_and_shows_shares_only(tmp_path: Path, run: Run) -> None:
    text = Reader(a_report(tmp_path, run, with_text=False)).text
    assert page.NO_TEXT in text
    assert "By <outlet>" in text
    assert "Who is quoted" not in text
    assert "The words that" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_output_gives_an_empty_page(tmp_path: Path, run: Run, format: str) -> None:
    path = put(tmp_path / f"out.{format}", [], rows="sentences")
    assert run(path, "--by", "outlet")[0] == 0
    text = Reader((tmp_path / "out.html").read_text(encoding="utf-8")).text
    assert "0 documents · 0 sentences" in text
    assert "no sentence" in text


def test_groups_stand_in_the_order_of_the_alphabet_the_rest_is_in_the_table() -> None:
    rows = [
        Result(document(*[SHAME if number % 2 else MET] * (1 + number % 3)), {"outlet": f"paper {99 - number}"})
        for number in range(page.SHOWN_VALUES + 6)
    ]
    html = page.to_html(gather(rows, ["outlet"]), results.Output(Path("x"), (), {}, None))
    by = html[html.index("By outlet") : html.index("Who is quoted")]
    drawn = re.findall(r">(paper \d+)</text>", by)
    listed = re.findall(r"<bdi>(paper \d+)</bdi>", by)
    assert len(drawn) == page.SHOWN_VALUES
    assert drawn == sorted(drawn)
    assert listed == sorted(f"paper {99 - number}" for number in range(len(rows)))


def test_the_page_is_the_same_each_time(tmp_path: Path, run: Run) -> None:
    assert a_report(tmp_path, run) == a_report(tmp_path, run, "--overwrite")


# --- the command ---


def test_a_column_that_is_not_there_is_refused_naming_those_that_are(tmp_path: Path, run: Run) -> None:
    path = put(tmp_path / "out.csv", [document(SAID)], [{"=outlet": "x"}], rows="sentences")
    for option in ("--by", "--date"):
        code, said = run(path, option, "paper")
        assert code == 2
        assert "has no column 'paper', only 'language', '=outlet'" in said
    assert not (tmp_path / "out.html").exists()
    assert run(path, "--by", "=outlet")[0] == 0


def test_nothing_is_replaced_unless_told(tmp_path: Path, run: Run) -> None:
    path = put(tmp_path / "out.parquet", [document(SAID)])
    (tmp_path / "out.html").write_text("mine")
    code, said = run(path)
    assert (code, "give --overwrite" in said) == (2, True)
    assert (tmp_path / "out.html").read_text() == "mine"
    assert run(path, "--overwrite")[0] == 0
    assert run(path, "--page", path, "--overwrite")[0] == 2
    assert run(path, "--page", tmp_path)[0] == 2
    assert run(path, "--page", tmp_path / "none" / "a.html")[0] == 2
    assert run(tmp_path / "none.parquet")[0] == 2


def test_a_run_broken_off_is_warned_of(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "out"
    (folder / ".annotator").mkdir(parents=True)
    (folder / ".annotator" / "run.json").write_text("{}")
    put(folder / "a.parquet", [document(SAID)])
    code, said = run(folder)
    assert (code, "was broken off" in said) == (0, True)
    assert "broken off" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_csv_that_a_spreadsheet_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = put(tmp_path / "out.csv", [document(SAID, id="-a")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    with path.open(encoding="utf-8-sig", newline="") as handle:
        assert next(csv.DictReader(handle))["document_id"] == "'-a"
    assert back(path)[0].document.id == "-a"
