"""Reading rows from files, good and bad, and writing documents."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from annotator import Document, Mark, Sentence, Source
from annotator.corpus import kept, readers
from annotator.corpus.readers import read, read_text
from annotator.corpus.rows import BadRow, Columns, MissingColumn, Row, Rows
from annotator.corpus.run import Tally, annotate_rows
from annotator.corpus.tables import read_dataset
from annotator.corpus.writers import (
    COLUMNS,
    DOCUMENT_COLUMNS,
    Labelled,
    Layout,
    guard,
    join,
    json_line,
    open_writer,
    schema,
    unguard,
)
from annotator.errors import InputError
from annotator.marks import Model, text_digest

SCORES = {"sourced": 0.9, "framing": 0.125, "speculation": 0.25}
PRIMARY = {"sourced": 0.5, "framing": 0.125, "speculation": 0.25, "plain": 0.125}
MODEL = Model("toy", "1", "sha256:0")
THRESHOLDS = dict.fromkeys(SCORES, 0.5)


def document(text: str = "Two said so.", id: str | None = "a", start: int = 0) -> Document:
    """A document of one sourced sentence with a mark, a source and its referent."""
    mark = Mark(start + 4, start + 8, "sourced", "writer", 0.75)
    source = Source(start, start + 3, "unnamed", 0.5, 0, (start, start + 3))
    sentence = Sentence(start, len(text), "sourced", 0.5, ("sourced",), SCORES, PRIMARY, "unnamed", (mark,), (source,))
    return Document(text, (sentence,), MODEL, THRESHOLDS, id, "en")


class Echo:
    """Stands in for an Annotator: one sentence a text, nothing before the second next text has been asked for."""

    def annotate_many(self, texts: Iterable[str], *, unit: str) -> Iterator[Document]:
        pending: list[Document] = []
        for text in texts:
            pending.append(document(text, None))
            if len(pending) > 2:
                yield pending.pop(0)
        yield from pending


def rows_of(path: Path, columns: Columns | None = None, **options: Any) -> list[Row | BadRow]:
    return list(read(path, columns or Columns(), **options))


def texts_of(path: Path, columns: Columns | None = None, **options: Any) -> list[tuple[str, str] | str]:
    """Id and text of good rows, the reason of bad ones."""
    return told(read(path, columns or Columns(), **options))


def told(rows: Rows) -> list[tuple[str, str] | str]:
    return [(row.id, row.text) if isinstance(row, Row) else f"{row.number}: {row.reason}" for row in rows]


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


# --- text files ---


def test_a_text_file_is_one_row_exactly_as_it_is(tmp_path: Path) -> None:
    path = put(tmp_path, "A.TXT", b"\xef\xbb\xbfOne \xf0\x9f\x98\x80\r\n\r\nTwo.\n")
    assert rows_of(path) == [Row(1, "A.TXT", "One 😀\r\n\r\nTwo.\n", 1.0)]


def test_each_line_of_a_text_file_is_a_row_where_rows_are_sentences(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", b"\xef\xbb\xbfOne.\r\n\n  \nTw\xffo.\nThr\0ee.\n Four.")
    assert texts_of(path, unit="sentence") == [
        ("1", "One."),
        "4: has invalid UTF-8 at byte 2 (0xff)",
        "5: 'line' contains NUL at character 3 and is no text",
        ("6", " Four."),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is blank"),
        (b" \n\t\n", "is blank"),
        (b"\x89PNG\r\n\x1a\n\0\0", "contains NUL at byte 8 and is no text; save it as UTF-8 text"),
        ("Grüße".encode("latin-1"), "has invalid UTF-8 at byte 2 (0xfc); save it as UTF-8"),
        (b"\xef\xbb\xbfab\xff", "has invalid UTF-8 at byte 5 (0xff); save it as UTF-8"),
        ("Hello".encode("utf-16"), "is in UTF-16; save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"x.txt {reason}")):
        read_text(io.BytesIO(data), "x.txt")


def test_too_long_a_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "LONGEST", 10)
    assert read_text(io.BytesIO(b"x" * 10), "x.txt") == "x" * 10
    with pytest.raises(InputError, match="is longer than"):
        read_text(io.BytesIO(b"x" * 11), "x.txt")


# --- JSON lines ---

BAD_LINES = [
    (b'{"text": null}', "'text' is null, not a text"),
    (b'{"text": 3}', "'text' is a number, not a text"),
    (b'{"text": 3.5}', "'text' is a number, not a text"),
    (b'{"text": true}', "'text' is true or false, not a text"),
    (b'{"text": ["a"]}', "'text' is a list, not a text"),
    (b'{"text": {}}', "'text' is an object, not a text"),
    (b'{"text": " \\n "}', "'text' is blank"),
    (b'{"text": "a\\u0000b"}', "'text' contains NUL at character 1 and is no text"),
    (b'{"text": "a", "id": []}', "'id' is a list, not an id"),
    (b'{"body": "a"}', "has no column 'text', only 'body'"),
    (b"{}", "has no column 'text', only none"),
    (b'{"text": "a"', "is not JSON: Expecting ',' delimiter"),
    (b"[1]", "is JSON, but not an object in braces"),
    (b'"text"', "is JSON, but not an object in braces"),
    (b'{"text": "\xff"}', "has invalid UTF-8 at byte 10 (0xff)"),
    (b"[" * 100_000, "is not JSON: maximum recursion depth exceeded"),
    (b'{"text": ' + b"1" * 5000 + b"}", "is not JSON: Exceeds the limit"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_json_line_is_reported_and_the_next_is_read(tmp_path: Path, line: bytes, reason: str) -> None:
    path = put(tmp_path, "a.jsonl", b'{"text": "one", "id": 7}\n' + line + b'\n\n{"text": "two"}')
    first, bad, last = rows_of(path)
    assert isinstance(bad, BadRow)
    assert bad.number == 2
    assert bad.reason.startswith(reason)
    assert (first, last) == (Row(1, "7", "one", first.share), Row(4, "4", "two", 1.0))  # type: ignore[union-attr]


def test_json_lines_may_begin_with_a_byte_order_mark_and_hold_lone_surrogates(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"text": "a \\ud800 \xe2\x80\xa8 b"}\r\n')
    assert texts_of(path) == [("1", "a \ud800 \u2028 b")]


def test_json_lines_without_the_column_are_told_from_other_bad_ones(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", '{"a": 1}\n{"text": 1}\n')
    assert [type(row) for row in rows_of(path)] == [MissingColumn, BadRow]


def test_a_bad_row_shows_the_beginning_of_its_value(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", '{"text": null}\n{"text": {"a": "é"}}\n' + '{"text": "' + "x" * 5000)
    values = [row.value for row in rows_of(path) if isinstance(row, BadRow)]
    assert values == ["null", '{"a": "é"}', '{"text": "' + "x" * 990]


@pytest.mark.parametrize("text", ["word " * 10**6, "Yes. " * 500_000])
def test_what_could_not_be_read_in_bounded_memory_is_a_bad_row(tmp_path: Path, text: str) -> None:
    (row,) = rows_of(put(tmp_path, "a.jsonl", json.dumps({"text": text[:-1]})))
    assert isinstance(row, BadRow)
    assert row.reason.endswith("; split it")
    assert len(row.value) == 1000


def test_columns_are_carried_through_as_text(tmp_path: Path) -> None:
    columns = Columns(keep=("outlet", "year", "none"))
    path = put(
        tmp_path, "a.jsonl", '{"text": "a", "outlet": "é", "year": 2024, "none": null}\n{"text": "b", "year": [1]}\n'
    )
    assert [row.kept for row in rows_of(path, columns) if isinstance(row, Row)] == [
        ("é", "2024", None),
        (None, "[1]", None),
    ]
    table = {"text": ["a"], "outlet": ["é"], "year": [2024], "none": pa.nulls(1)}
    parquet.write_table(pa.table(table), tmp_path / "a.parquet")
    assert [row.kept for row in rows_of(tmp_path / "a.parquet", columns) if isinstance(row, Row)] == [
        ("é", "2024", None)
    ]
    (row,) = rows_of(put(tmp_path, "a.tsv", "year\ttext\toutlet\tnone\n2024\ta\té\t\n"), columns)
    assert row == Row(1, "1", "a", 1.0, ("é", "2024", ""))


@pytest.mark.parametrize(
    ("several", "one"),
    [
        ([], None),
        ([pa.null()], None),
        ([pa.int8(), pa.null(), pa.int32()], pa.int32()),
        ([pa.uint8(), pa.uint64()], pa.uint64()),
        ([pa.int64(), pa.uint64()], None),
        ([pa.int64(), pa.float64()], None),
        ([pa.float32(), pa.float64()], pa.float64()),
        ([pa.date32(), pa.date64()], pa.date32()),
        ([pa.timestamp("s"), pa.timestamp("ms")], pa.timestamp("ms")),
        ([pa.dictionary(pa.int8(), pa.int32())], pa.int32()),
        ([pa.dictionary(pa.int8(), pa.string())], None),
        ([pa.large_string()], None),
        ([pa.int8(), None], None),
        ([pa.month_day_nano_interval()], None),
        ([pa.struct([])], None),
    ],
)
def test_types_that_hold_all_values_exactly(several: list[pa.DataType | None], one: pa.DataType | None) -> None:
    assert kept.common(several) == one


def test_an_id_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", '{"text": "a", "url": "u"}\n{"text": "b"}\n{"text": "c", "url": null}\n')
    assert texts_of(path, Columns(id="url")) == [
        ("u", "a"),
        "2: has no column 'url', only 'text'",
        "3: 'url' is null",
    ]


@pytest.mark.parametrize("long", [b'{"text": "' + b"x" * 100 + b'"}', b"x" * 64])
def test_too_long_a_json_line_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bytes) -> None:
    monkeypatch.setattr(readers, "LONGEST", 32)
    path = put(tmp_path, "a.jsonl", b'{"text": "a"}\n' + long + b'\n{"text": "b"}\n')
    _, bad, last = rows_of(path)
    assert isinstance(bad, BadRow)
    assert "is longer than" in bad.reason
    assert last == Row(3, "3", "b", 1.0)


def test_shares_grow_to_one(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", '{"text": "a"}\n' * 4)
    assert [row.share for row in rows_of(path) if isinstance(row, Row)] == [0.25, 0.5, 0.75, 1.0]


# --- CSV ---


def test_csv_rows_may_run_over_lines_and_hold_anything_quoted(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", '\ufefftext,id\r\n"One,\r\n""two""",x\r\n\r\nThree,\r\n')
    assert texts_of(path) == [("x", 'One,\r\n"two"'), ("", "Three")]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b",x", "'text' is blank"),
        (b"a,b,c", "has 3 cells, the header 2; put texts in quotation marks"),
        (b"a", "has 1 cells, the header 2"),
        (b"a\0b,c", "'text' contains NUL at character 1 and is no text"),
        (b"a\xffb,c", "has bytes that are not UTF-8"),
        (b"a,\xff", "has bytes that are not UTF-8"),
        (b'"a" b,c', "is not CSV: "),
        (b"a\rb,c", "is not CSV: "),
        (b"x" * 200 + b",a", "is longer than"),
    ],
)
def test_a_bad_csv_row_is_reported_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: bytes, reason: str
) -> None:
    monkeypatch.setattr(readers, "LONGEST", 100)
    path = put(tmp_path, "a.csv", b"text,id\none,1\n" + record + b"\ntwo,2\n")
    first, bad, last = texts_of(path)
    assert (first, last) == (("1", "one"), ("2", "two"))
    assert isinstance(bad, str)
    assert bad.startswith(f"2: {reason}")


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("three,3\n\nfour,4\n", "unexpected end of data"),
        ("three,3\nfour,4", "unexpected end of data"),
        ('three,3\n"fo\nur",4\n', "',' expected after '\"'"),
    ],
)
def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path: Path, after: str, reason: str) -> None:
    path = put(tmp_path, "a.csv", f'text,id\n\none,1\n"two,2\n{after}')
    first, bad, *rest = rows_of(path)
    hint = "(line 4: is a quotation mark not closed?)"
    assert bad == BadRow(2, f"is not CSV: {reason} {hint}", '"two,2\n')
    assert [(row.number, row.id, row.text) for row in (first, *rest) if isinstance(row, Row)] == [
        (1, "1", "one"),
        (3, "3", "three"),
        (4, "4", "fo\nur" if '"' in after else "four"),
    ]


def test_an_open_record_is_held_no_further_than_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "LONGEST", 100)
    path = put(tmp_path, "a.csv", 'text,id\n"one,1\n' + "two,2\n" * 50)
    bad, *rest = texts_of(path)
    assert bad == "1: is longer than 32 MB; split it (line 2: is a quotation mark not closed?)"
    assert rest == [("2", "two")] * 50


def test_lines_of_a_broken_csv_file_are_not_read_again_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0

    def decoded(record: Any) -> str:
        nonlocal read
        read += 1
        return real(record)

    real = readers._Record.__next__
    monkeypatch.setattr(readers._Record, "__next__", decoded)
    path = put(tmp_path, "a.csv", "a,text\n" + 'x","y\n' * 2000)
    found = texts_of(path)
    assert read < 2000 * (readers._AGAIN + 2)
    assert "(line 2: is a quotation mark not closed?)" in str(found[0])
    assert "to 2,001: is a quotation mark not closed?)" in str(found[-1])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty; its first line must name the columns"),
        (b"a,b\n1,2\n", "has no column 'text', only 'a', 'b'; name one with --text-column"),
        (b"text,text\n1,2\n", "has 2 columns 'text'; rename all but one"),
        (b"t\xffxt\n1\n", "has bytes that are not UTF-8"),
        (b"\xff\xfet\0e\0x\0t\0", "is in UTF-16; save it as UTF-8"),
    ],
)
def test_a_csv_file_without_a_usable_header_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = put(tmp_path, "a.csv", data)
    with pytest.raises(InputError, match=re.escape(f"{path} {reason}")):
        rows_of(path)


# --- Parquet, datasets ---


def test_parquet_rows_in_order_with_bad_ones_reported(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(200)]
    table = pa.table({"id": pa.array(range(200)), "text": pa.array([*texts[:150], None, " ", *texts[152:]])})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=70)
    rows = texts_of(tmp_path / "a.parquet")
    assert rows[:150] == [(str(number), text) for number, text in enumerate(texts[:150])]
    assert rows[150:152] == ["151: 'text' is null, not a text", "152: 'text' is blank"]
    assert rows[-1] == ("199", "text 199")


def test_a_parquet_column_of_numbers_or_broken_text_is_reported_row_by_row(tmp_path: Path) -> None:
    broken = pa.array([b"a\xff", b"ok"], pa.binary()).view(pa.string())
    parquet.write_table(pa.table({"number": [1, 2], "text": broken}), tmp_path / "a.parquet")
    assert texts_of(tmp_path / "a.parquet", Columns("number")) == [
        "1: 'number' is a number, not a text",
        "2: 'number' is a number, not a text",
    ]
    bad, good = texts_of(tmp_path / "a.parquet")
    assert good == ("2", "ok")
    assert isinstance(bad, str)
    assert bad.startswith("1: 'text' cannot be read: 'utf-8' codec can't decode byte 0xff")


@pytest.mark.parametrize("kept", [0, 3, 200, -20])
def test_a_truncated_parquet_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"text": ["some text"] * 500}), path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="is damaged"):
        rows_of(path)


def test_a_parquet_file_damaged_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"text": [f"text {number}" for number in range(500)]}), path)
    data = path.read_bytes()
    path.write_bytes(data[:4] + b"\xff" * 400 + data[404:])
    with pytest.raises(InputError, match="is damaged"):
        rows_of(path)


def test_a_parquet_file_without_the_column_is_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"body": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match="has no column 'text', only 'body'"):
        rows_of(tmp_path / "a.parquet")
    assert texts_of(tmp_path / "a.parquet", Columns("body", "body")) == [("a", "a")]


@pytest.mark.parametrize("suffix", [".arrow", ".stream.arrow"])
def test_arrow_files_of_both_formats_are_read(tmp_path: Path, suffix: str) -> None:
    table = pa.table({"id": [4, 5, 6], "text": ["one", None, "two"]})
    path = tmp_path / f"a{suffix}"
    make = pa.ipc.new_stream if "stream" in suffix else pa.ipc.new_file
    with make(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    assert texts_of(path) == [("4", "one"), "2: 'text' is null, not a text", ("6", "two")]


def test_a_saved_dataset_and_a_split_of_several_are_read(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict

    dataset = Dataset.from_dict({"text": ["one", None, "two"], "id": [4, 5, 6]})
    dataset.save_to_disk(tmp_path / "one")
    DatasetDict({"train": dataset, "test": dataset.select([2])}).save_to_disk(tmp_path / "many")

    def read_split(name: str, split: str | None = None, columns: Columns | None = None) -> list[tuple[str, str] | str]:
        return told(read_dataset(str(tmp_path / name), columns or Columns(), split, None))

    expected = [("4", "one"), "2: 'text' is null, not a text", ("6", "two")]
    assert read_split("one") == expected
    assert read_split("many", "train") == expected
    assert read_split("many", "test") == [("6", "two")]
    for folder, split, reason in [
        ("many", None, "several splits; give --split with one of train, test"),
        ("many", "dev", "no split 'dev'; give --split with one of train, test"),
        ("one", "train", "no splits; leave --split out"),
    ]:
        with pytest.raises(InputError, match=reason):
            read_split(folder, split)
    with pytest.raises(InputError, match="has no column 'body', only 'text', 'id'"):
        read_split("one", None, Columns("body"))


def test_a_folder_of_data_files_is_a_dataset_that_streams(tmp_path: Path) -> None:
    put(tmp_path, "train.jsonl", '{"text": "one", "id": "a"}\n{"text": " ", "id": "b"}\n')
    rows = list(read_dataset(str(tmp_path), Columns(keep=("id",)), "train", None))
    assert rows == [Row(1, "a", "one", 0.0, ("a",)), BadRow(2, "'text' is blank", " ")]
    with pytest.raises(InputError, match="cannot be loaded"):
        list(read_dataset(str(tmp_path / "none"), Columns(), None, None))


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("none.csv", {}, "does not exist; check the name"),
        ("folder", {}, "does not exist; check the name"),
        ("a.pdf", {}, "has the suffix '.pdf'; give one of .txt, .jsonl, .csv, .tsv, .parquet, .arrow, .html"),
    ],
)
def test_an_input_of_no_known_kind_is_refused(tmp_path: Path, name: str, options: dict[str, Any], reason: str) -> None:
    (tmp_path / "folder").mkdir()
    put(tmp_path, "a.pdf", "%PDF")
    put(tmp_path, "a.txt", "A text.")
    with pytest.raises(InputError, match=re.escape(reason)):
        rows_of(tmp_path / name, **options)


# --- run ---


def test_documents_come_in_order_with_their_ids() -> None:
    rows = [Row(n, f"id {n}", f"Two said {n}.") for n in range(1, 8)]
    found = list(annotate_rows(Echo(), iter(rows), unit="document"))  # type: ignore[arg-type]
    assert [(row, one.id, one.text) for row, one in found] == [(row, row.id, row.text) for row in rows]


def test_rows_are_read_no_further_than_they_are_needed() -> None:
    read_so_far = []

    def endless() -> Iterator[Row]:
        for number in range(10**9):
            read_so_far.append(number)
            yield Row(number, str(number), "Two said so.")

    labelled = annotate_rows(Echo(), endless(), unit="document")  # type: ignore[arg-type]
    for _ in range(5):
        next(labelled)
    assert len(read_so_far) == 7
    labelled.close()


def test_a_tally_counts_sentences_by_label_and_foreign_documents() -> None:
    tally = Tally(failed=1)
    for one in (document(), replace(document(), language="de"), replace(document(), language="und")):
        tally.add(one)
    assert tally.line() == "3 documents, 3 sentences, 1 failed row"
    assert tally.shares() == {"sourced": 1.0, "framing": 0.0, "speculation": 0.0, "plain": 0.0}
    assert tally.foreign == 1
    assert Tally().shares() == dict.fromkeys(("sourced", "framing", "speculation", "plain"), 0.0)


# --- writers ---


def layout_of(path: Path, **options: Any) -> Layout:
    rows = "documents" if path.suffix == ".jsonl" else "sentences"
    return Layout(**{"format": path.suffix[1:], "rows": rows, **options})


def write_all(path: Path, documents: Iterable[Document], **options: Any) -> Path:
    kept = tuple(f"{name} value" for name in options.get("keep", ()))
    with open_writer(path, layout_of(path, **options)) as writer:
        for number, one in enumerate(documents, 1):
            writer.write(Labelled(one, "in.csv", number, kept))
    return path


def test_json_lines_hold_the_wire_format_and_read_back(tmp_path: Path) -> None:
    documents = [document(), document("One 😀 \u2028\ud800\n\udc80 x", None), document("Two said\r\n=\0.")]
    lines = write_all(tmp_path / "a.jsonl", documents).read_bytes().split(b"\n")
    assert [Document.from_dict(json.loads(line)) for line in lines[:-1]] == documents
    assert lines[-1] == b""


@given(st.text(min_size=9))
def test_a_json_line_reads_back_whatever_the_text(text: str) -> None:
    # A high surrogate before a low one is one character to JSON, and cannot come out of any reader either.
    one = document(re.sub("[\ud800-\udbff]+(?=[\udc00-\udfff])", "", text) + " " * 9)
    assert Document.from_dict(json.loads(json_line(one).decode("utf-8"))) == one


@given(st.text(st.sampled_from("='+-@\t\r\n a1é")) | st.text())
def test_a_guarded_cell_is_harmless_and_reversible(cell: str) -> None:
    guarded = guard(cell)
    assert unguard(guarded) == cell
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert guarded in (cell, f"'{cell}")


def test_cells_that_no_spreadsheet_runs_stay_as_they_are() -> None:
    for cell in ("", "'Yes,' he said", "a=b", " =1", "3-4", "''"):
        assert guard(cell) == cell
        assert unguard(cell) == cell


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=\r\n\",'"), min_size=9), max_size=4)
)
def test_csv_reads_back_whatever_the_text(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = write_all(tmp_path_factory.mktemp("csv") / "a.csv", [document(text, text) for text in texts])
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [unguard(row["sentence"]) for row in rows] == texts
    assert [unguard(row["document_id"]) for row in rows] == texts


def test_a_csv_row_has_every_column_with_json_for_what_is_nested(tmp_path: Path) -> None:
    path = write_all(tmp_path / "a.csv", [document("=Two said so.", "-1", 1)])
    header, row = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    cells = dict(zip(header, row, strict=True))
    assert tuple(header) == COLUMNS
    assert cells["document_id"] == "'-1"
    assert (cells["start"], cells["end"], cells["sentence"]) == ("1", "13", "Two said so.")
    assert json.loads(cells["scores"]) == SCORES
    assert json.loads(cells["marks"])[0]["label"] == "sourced"
    assert json.loads(cells["sources"])[0]["resolved"] == [1, 4]


def test_parquet_has_the_fixed_schema_even_when_empty(tmp_path: Path) -> None:
    empty = parquet.read_table(write_all(tmp_path / "none.parquet", []))
    full = parquet.read_table(write_all(tmp_path / "a.parquet", [document(), document("Two said \ud800.", None)]))
    assert empty.schema == full.schema == schema(Layout())
    assert tuple(full.column_names) == COLUMNS
    assert (empty.num_rows, full.num_rows) == (0, 2)
    first, second = full.to_pylist()
    expected = {**document().to_dict()["sentences"][0], "document_id": "a", "index": 0, "language": "en"}
    expected |= {"file": "in.csv", "row": 1}
    assert first == {**expected, "sentence": "Two said so."}
    assert (second["sentence"], second["document_id"]) == ("Two said \ufffd.", None)


def test_parquet_is_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.corpus.writers.GROUP", 2)
    path = write_all(tmp_path / "a.parquet", [document(id=str(number)) for number in range(5)])
    assert parquet.ParquetFile(path).metadata.num_row_groups == 3
    assert parquet.read_table(path)["document_id"].to_pylist() == ["0", "1", "2", "3", "4"]


def test_parquet_loads_with_datasets(tmp_path: Path) -> None:
    from datasets import Dataset

    path = write_all(tmp_path / "a.parquet", [document()])
    loaded = Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
    assert loaded[0]["marks"] == document().to_dict()["sentences"][0]["marks"]
    assert loaded[0]["scores"] == SCORES


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError, ValueError])
def test_a_run_that_breaks_off_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, name: str, fault: type[BaseException]
) -> None:
    out = put(tmp_path, name, "old")

    def documents() -> Iterator[Document]:
        yield document()
        raise fault

    with pytest.raises(fault):
        write_all(out, documents())
    assert out.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_an_output_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    out, other = write_all(tmp_path / "a.csv", []), put(tmp_path, "other", "")
    assert out.stat().st_mode == other.stat().st_mode


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
@pytest.mark.parametrize("rows", ["sentences", "documents"])
def test_without_text_there_is_a_digest_in_its_place(tmp_path: Path, name: str, rows: str) -> None:
    path = write_all(tmp_path / name, [document("Two said it at the harbour.")], rows=rows, with_text=False)
    raw = path.read_bytes()
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        assert "sentence" not in table.column_names
        assert "text" not in table.column_names
        raw = json.dumps(table.to_pylist()).encode()
    assert b"harbour" not in raw
    assert text_digest("Two said it at the harbour.").encode() in raw


def test_a_document_can_be_a_row_with_its_sentences_nested(tmp_path: Path) -> None:
    path = write_all(tmp_path / "a.parquet", [document()], rows="documents", keep=("outlet",))
    (row,) = parquet.read_table(path).to_pylist()
    assert tuple(row) == (*DOCUMENT_COLUMNS, "outlet")
    assert (row["text"], row["sentences"]) == (document().text, document().to_dict()["sentences"])
    assert (row["file"], row["row"], row["outlet"]) == ("in.csv", 1, "outlet value")


def test_a_line_of_json_can_be_a_sentence_and_says_where_it_is_from(tmp_path: Path) -> None:
    path = write_all(tmp_path / "a.jsonl", [document()], rows="sentences", keep=("outlet",))
    row = json.loads(path.read_text(encoding="utf-8"))
    assert tuple(row) == (*COLUMNS, "outlet")
    path = write_all(tmp_path / "b.jsonl", [document()], keep=("outlet",))
    origin = json.loads(path.read_text(encoding="utf-8"))["origin"]
    assert origin == {"file": "in.csv", "row": 1, "kept": {"outlet": "outlet value"}}


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_parts_join_to_what_would_have_been_written_at_once(tmp_path: Path, name: str) -> None:
    documents = [document(id=f"={number}") for number in range(5)]
    parts = [write_all(tmp_path / f"{number}{name[1:]}", [one]) for number, one in enumerate(documents)]
    join(parts, tmp_path / name, layout_of(tmp_path / name))
    whole = write_all(tmp_path / f"whole{name[1:]}", documents)
    if whole.suffix == ".parquet":
        joined, expected = parquet.read_table(tmp_path / name), parquet.read_table(whole)
        assert joined.drop("row") == expected.drop("row")
    else:
        strip = re.compile(rb'"row": [0-9]+|,[0-9]+\r')
        assert strip.sub(b"", (tmp_path / name).read_bytes()) == strip.sub(b"", whole.read_bytes())
