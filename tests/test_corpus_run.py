"""Whole runs: what is found and how it is cut, exactly once however often a run is broken off, bad input."""

from __future__ import annotations

import errno
import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import accumulate
from multiprocessing import util
from pathlib import Path
from queue import Queue
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from annotator import Annotator
from annotator.corpus import engines, files, inputs, lock, shards, spill, streams, worker
from annotator.corpus.cache import CachedAnnotator, CachedEncoder
from annotator.corpus.inputs import Input
from annotator.corpus.output import NOTE, Place
from annotator.corpus.rows import BadRow, Broken, Columns, MissingColumn, Row
from annotator.corpus.worker import Job
from annotator.encoder import Encoder
from annotator.errors import InputError, ModelError
from annotator.model_folder import find
from tests.conftest import ROOT
from tests.test_cli import Run, Toy, put, refused
from tests.test_cli_label import run  # noqa: F401

OUT = Path("out")
NOTES = ".annotator"
DOCS = ROOT / "docs" / "corpus.md"
PYTHON = re.compile("```python\n(.*?)```", re.DOTALL)
KILLS = int(os.environ.get("ANNOTATOR_KILLS", "1"))
"""How often a real run is killed; each costs some seconds."""


def write_lines(name: str, count: int, text: str = "Two said {}.\nNo {}.") -> Path:
    rows = [{"id": f"d{number}", "text": text.format(number, number)} for number in range(count)]
    return put(name, "".join(json.dumps(row) + "\n" for row in rows))


def sentences(out: Path = OUT) -> list[tuple[str, str]]:
    """Id and text of every sentence, in order."""
    table = parquet.read_table(out / "labels" if out.is_dir() else out)
    return list(zip(table["document_id"].to_pylist(), table["sentence"].to_pylist(), strict=True))


def tree(out: Path) -> dict[str, bytes]:
    """All files of an output with their bytes, but for the times in its manifest."""
    files = {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    for name in ("manifest.json", f"{NOTES}/run.json"):
        files[name] = json.dumps({**json.loads(files[name]), "times": None}).encode()
    return files


# --- encodings ---


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "utf-8"),
        ("Plain – “é” 😀".encode(), "utf-8"),
        ("\ufeffPlain".encode(), "utf-8"),
        ("Plain é".encode("utf-16"), "utf-16"),
        ("Plain é".encode("utf-32"), "utf-32"),
        ("“Grüße”, said the café – £5".encode("cp1252"), "cp1252"),
        ("Grüße".encode("cp1252") + "é".encode(), "utf-8"),
        (b"abc\xff", "utf-8"),
        (b"\x89PNG\0\0", "utf-8"),
    ],
)
def test_an_encoding_is_detected_by_all_bytes(tmp_path: Path, data: bytes, encoding: str) -> None:
    for name, content in (("a.txt", data), ("a.txt.gz", gzip.compress(data))):
        (tmp_path / name).write_bytes(content)
        assert streams.detect(tmp_path / name) == encoding


@given(st.text(), st.integers(1, 7))
def test_utf_8_is_never_taken_for_anything_else(text: str, size: int) -> None:
    data = text.encode("utf-8", "replace")
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert streams._judge(chunks) == "utf-8"


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_another_encoding_is_read_and_reported(run: Run, name: str, encoding: str) -> None:  # noqa: F811
    text = {
        "a.txt": "“Grüße,” two said.",
        "a.jsonl": '{"text": "“Grüße,” two said."}',
        "a.csv": 'text\n"“Grüße,” two said."',
        "a.html": '<meta charset="windows-1252"><p>“Grüße,” two said.</p>',
    }
    put(name, text[name].encode(encoding))
    code, _, err = run("label", name, "--out", "out.parquet")
    assert code == 0
    assert f"{name} is not in UTF-8; it is read as {encoding}" in err.splitlines()[0]
    assert [text for _, text in sentences(Path("out.parquet"))] == ["“Grüße,” two said."]


def test_an_encoding_that_is_said_is_believed_or_refused(run: Run) -> None:  # noqa: F811
    put("a.txt", "Привет said.".encode("koi8-r"))
    assert run("label", "a.txt", "--out", "a.parquet", "--encoding", "KOI8-R")[0] == 0
    assert sentences(Path("a.parquet")) == [("a.txt", "Привет said.")]
    code, _, err = run("label", "a.txt", "--out", "b.parquet", "--encoding", "ascii")
    assert code == 2
    assert "a.txt cannot be read to its end: 'ascii' codec" in err.splitlines()[-1]


# --- what is found, and how it is cut ---


def test_folders_and_patterns_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b/2.jsonl.gz", "b/1.txt", "b/c/3.PARQUET", "b/x.pdf", "b/.hidden/4.txt", "a.csv", "b/5.parquet.gz"):
        Path(name).parent.mkdir(exist_ok=True, parents=True)
        put(name, "")
    found = inputs.find(["b", "*.csv"], Path("out"))
    assert [(one.name, one.kind) for one in found] == [
        ("b/1.txt", "txt"),
        ("b/2.jsonl.gz", "jsonl"),
        ("b/c/3.PARQUET", "parquet"),
        ("a.csv", "csv"),
    ]
    with pytest.raises(InputError, match=r"1\.txt is given twice"):
        inputs.find(["b/1.txt", "b/*.txt"], Path("out"))
    with pytest.raises(InputError, match="would be read as an input"):
        inputs.find(["b"], Path("b/out"))


def test_a_folder_may_lie_under_a_hidden_one_or_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".cache" / "news").mkdir(parents=True)
    put(str(tmp_path / ".cache" / "news" / "a.txt"), "")
    (tmp_path / ".cache" / "here").mkdir()
    monkeypatch.chdir(tmp_path / ".cache" / "here")
    assert [one.name for one in inputs.find(["../news"], Path("out"))] == ["../news/a.txt"]


@pytest.mark.parametrize("out", ["data/labelled", "data/labelled.jsonl"])
def test_a_pattern_does_not_take_what_the_run_itself_has_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("data/a.jsonl", "data/labelled/labels/part-000000.jsonl", "data/labelled.jsonl.errors.jsonl"):
        Path(name).parent.mkdir(exist_ok=True, parents=True)
        put(name, "")
    found = {one.name for one in inputs.find(["data/**/*.jsonl"], Path(out))}
    own = {"labels/part-000000.jsonl"} if out == "data/labelled" else {"labelled.jsonl.errors.jsonl"}
    assert "data/a.jsonl" in found
    assert not [name for name in found if name.endswith(tuple(own))]


def test_a_pattern_of_everything_leaves_out_what_stands_beside_the_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.jsonl", "out.csv.errors.jsonl", "out.csv.manifest.json"):
        put(name, "")
    assert [one.name for one in inputs.find(["*"], Path("out.csv"))] == ["a.jsonl"]


def test_a_small_corpus_is_shared_out_and_the_shares_of_packed_files_are_those_of_their_bytes(tmp_path: Path) -> None:
    table = pa.table({"text": ["The mill is old. " * 40] * 4000})
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path, row_group_size=50, compression="zstd", use_dictionary=False)
    found = plan(path, shards.ROWS, tmp_path)
    assert len(found) > shards.PARTS
    assert sum(shard.share for shard in found) == pytest.approx(1, abs=0.01)


def plan(path: Path, most: int, work: Path) -> list[shards.Shard]:
    (one,) = inputs.inspect(inputs.find([str(path)], work / "out"), None)
    return list(shards.plan([one], Columns(), "document", work, most))


def rows_of(found: list[shards.Shard]) -> list[Row | BadRow]:
    return [replace(row, file="") for shard in found for row in shards.rows_of(shard, Columns(), Path.cwd())]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_json_lines_are_cut_in_place_between_lines(tmp_path: Path, newline: bytes, end: bytes) -> None:
    lines = [b'{"text": "one \xf0\x9f\x98\x80"}', b"", b"bad", b'{"text": "\xe2\x80\xa8two"}', b'{"text": "three"}']
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + newline.join(lines) + end)
    whole = rows_of(plan(path, 100, tmp_path))
    assert [row.number for row in whole] == [1, 3, 4, 5]
    for most in (1, 2, 3):
        found = plan(path, most, tmp_path)
        assert {shard.kind for shard in found} == {"jsonl"}
        assert len(found) == -(-5 // most)
        assert [shard.name for shard in found] == [f"part-{number:06}" for number in range(len(found))]
        assert [shard.stop for shard in found[:-1]] == [shard.start for shard in found[1:]]
        assert rows_of(found) == whole
        assert sum(shard.share for shard in found) == pytest.approx(1.0)


def test_the_last_shards_are_small_so_that_all_cores_end_together(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "The mill is old, and nobody knows who owns it."}\n' * 60_000, encoding="utf-8")
    for found in (plan(path, shards.ROWS, tmp_path), plan(compressed(path), shards.ROWS, tmp_path)):
        shares = [shard.share for shard in found]
        assert sum(shares) == pytest.approx(1)
        assert max(shares) <= 1.5 / shards.PARTS  # text is counted where the lines are not
        fewest = shards.FEWEST_BYTES / path.stat().st_size
        assert shares[0] > 2 * fewest
        assert max(shares[-shards.PARTS // 2 :]) < 2 * fewest


def compressed(path: Path) -> Path:
    packed = path.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(path.read_bytes(), 0))
    return packed


def table_file(path: Path, table: pa.Table, sizes: list[int]) -> None:
    """Write a table in groups of these sizes."""
    starts = list(accumulate(sizes, initial=0))
    groups = [table.slice(start, size) for start, size in zip(starts, sizes, strict=False)]
    if path.suffix == ".parquet":
        with parquet.ParquetWriter(path, table.schema) as writer:
            for group in groups:
                writer.write_table(group)
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            for group in groups:
                for batch in group.to_batches() or [pa.RecordBatch.from_pylist([], table.schema)]:
                    writer.write_batch(batch)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(sizes=st.lists(st.integers(0, 150), min_size=1, max_size=6), most=st.integers(1, 200))
def test_tables_are_cut_between_any_rows(tmp_path: Path, name: str, sizes: list[int], most: int) -> None:
    table = pa.table({"text": pa.array([f"text {number}" for number in range(1, sum(sizes) + 1)], pa.string())})
    table_file(tmp_path / name, table, sizes)
    found = plan(tmp_path / name, most, tmp_path)
    assert [(row.number, row.text) for row in rows_of(found) if isinstance(row, Row)] == [
        (number, f"text {number}") for number in range(1, sum(sizes) + 1)
    ]
    assert {shard.kind for shard in found} == {name[2:]}
    assert max(shard.stop - shard.start for shard in found) <= most
    assert [shard.stop for shard in found[:-1]] == [shard.start for shard in found[1:]]


def test_parquet_and_arrow_are_cut_in_place_and_large_groups_are_spilled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pa.table({"text": [f"text {number}" for number in range(10)]})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=3)
    with pa.ipc.new_file(str(tmp_path / "a.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    for name in ("a.parquet", "a.arrow"):
        found = plan(tmp_path / name, 6, tmp_path)
        assert [(shard.start, shard.stop, shard.first) for shard in found] == [(0, 6, 1), (6, 10, 7)]
        assert [(row.number, row.text) for row in rows_of(found) if isinstance(row, Row)] == [
            (number, f"text {number - 1}") for number in range(1, 11)
        ]
    monkeypatch.setattr(shards, "BYTES", 1)
    assert {shard.kind for shard in plan(tmp_path / "a.parquet", 6, tmp_path)} == {"spill"}


def test_spilled_rows_come_back_as_they_were(tmp_path: Path) -> None:
    rows: list[Row | BadRow] = [
        Row(1, "\ud800", "a \udc80 😀\n", 0.25, ("x", None, "\ud800"), "é.csv"),
        BadRow(2, "is bad", "\udfff", "é.csv"),
        MissingColumn(3, "has none", "", "é.csv"),
        Broken(0, "is damaged", "", "é.csv"),
        Row(4, "4", "b", 1.0, ("y", "", "z"), "f"),
    ]
    columns = Columns(keep=("a", "b", "c"))
    parts = list(spill.spill(rows, columns, tmp_path, "spill", 2, lambda _: 1000))
    assert [part.share for part in parts] == [0.25, 0.0, 0.75]
    back = [row for part in parts for row in spill.read(part.path, columns)]
    assert back == [replace(row, share=0.0) if isinstance(row, Row) else row for row in rows]
    again = list(spill.spill(iter([]), columns, tmp_path, "spill", 2, lambda _: 1000))
    assert [part.path for part in again] == [part.path for part in parts]
    (tmp_path / "spill.json").unlink()
    with pytest.raises(InputError, match="the input is not what it was"):
        list(spill.spill(rows[1:], columns, tmp_path, "spill", 2, lambda _: 1000))


# --- runs ---


def test_a_folder_gets_parts_a_manifest_and_errors(run: Run) -> None:  # noqa: F811
    write_lines("a.jsonl", 5)
    put("b.csv", "id,text\nx,Two said.\ny,\n")
    code, _, _ = run("label", "a.jsonl", "b.csv", "--out", "out", "--shard-rows", "2")
    assert code == 1
    assert sorted(path.name for path in OUT.iterdir()) == [NOTES, "errors.jsonl", "labels", "manifest.json"]
    assert [path.name for path in sorted((OUT / "labels").iterdir())] == [f"part-00000{n}.parquet" for n in range(4)]
    error = {"file": "b.csv", "row": 2, "reason": "'text' is blank", "value": ""}
    assert json.loads((OUT / "errors.jsonl").read_text(encoding="utf-8")) == error
    manifest = json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["totals"]["documents"] == 6
    assert manifest["totals"]["failed"] == 1
    assert [one["name"] for one in manifest["inputs"]] == ["a.jsonl", "b.csv"]
    assert all(one["digest"].startswith("sha256:") for one in manifest["inputs"])
    assert sentences()[:2] == [("d0", "Two said 0."), ("d0", "No 0.")]
    assert sentences()[-1] == ("x", "Two said.")


def test_a_second_run_labels_nothing_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    write_lines("a.jsonl", 5)
    put("b.txt", "Two said.")
    command = ("label", "a.jsonl", "b.txt", "--out", "out", "--shard-rows", "2")
    assert run(*command)[0] == 0
    before = tree(OUT)
    monkeypatch.setattr(worker, "label_shard", None)
    code, _, err = run(*command)
    assert (code, err) == (
        0,
        "annotator: 6 documents, 11 sentences (sourced 54.5%, framing 0.0%, speculation 0.0%, plain 45.5%): out\n",
    )
    assert tree(OUT) == before


@pytest.mark.parametrize(
    "lost", ["labels/part-000001.parquet", f"{NOTES}/part-000003.json", f"{NOTES}/part-000000.ids"]
)
def test_what_was_lost_or_damaged_is_done_again(run: Run, lost: str) -> None:  # noqa: F811
    write_lines("a.jsonl", 5)
    put("b.txt", "Two said.")
    command = ("label", "a.jsonl", "b.txt", "--out", "out", "--shard-rows", "2")
    run(*command)
    before = tree(OUT)
    (OUT / lost).unlink()
    (OUT / "labels" / "part-000002.parquet").write_bytes(b"damaged")
    assert run(*command)[0] == 0
    assert tree(OUT) == before


@pytest.mark.parametrize("place", ["part-000001.json", "part-000000.json"])
def test_a_damaged_note_has_its_shard_labelled_again(run: Run, place: str) -> None:  # noqa: F811
    write_lines("a.jsonl", 5)
    command = ("label", "a.jsonl", "--out", "out", "--shard-rows", "2")
    run(*command)
    before = tree(OUT)
    (OUT / NOTES / place).write_bytes(bytes(20))
    (OUT / "manifest.json").unlink()
    assert run(*command)[0] == 0
    assert tree(OUT) == before
    (OUT / NOTES / NOTE).write_bytes(bytes(20))
    assert refused(run(*command), "run.json is damaged")
    assert run(*command, "--overwrite")[0] == 0
    assert tree(OUT) == before


def test_a_file_that_grows_or_goes_while_it_is_read_ends_the_run_in_one_line(
    run: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_lines("a.jsonl", 3)
    plan = shards.plan

    def grown(*given: Any) -> Iterator[shards.Shard]:
        with Path("a.jsonl").open("a") as handle:
            handle.write("\n")
        return plan(*given)

    monkeypatch.setattr(shards, "plan", grown)
    assert refused(run("label", "a.jsonl", "--out", "out"), "a.jsonl has changed while it was read")

    def gone(*given: Any) -> Iterator[shards.Shard]:
        for shard in plan(*given):
            Path("b.jsonl").unlink(missing_ok=True)
            yield shard

    write_lines("b.jsonl", 3)
    monkeypatch.setattr(shards, "plan", gone)
    assert refused(run("label", "b.jsonl", "--out", "two"), "b.jsonl was there when the run began")


def test_a_saved_dataset_is_known_by_its_files(run: Run) -> None:  # noqa: F811
    from datasets import Dataset

    for name, text in (("news", "Two said one."), ("more", "Two said none.")):
        Dataset.from_dict({"text": [text]}).save_to_disk(name)
    assert run("label", "news", "--out", "out")[0] == 0
    Path("news").rename("old")
    Path("more").rename("news")
    assert refused(run("label", "news", "--out", "out"), "other inputs (news is new or has changed)")


def test_runs_are_never_mixed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    write_lines("a.jsonl", 3)
    command = ("label", "a.jsonl", "--out", "out")
    assert run(*command)[0] == 0
    before = tree(OUT)
    assert refused(run(*command, "--unit", "sentence"), "other options (unit was 'document', is 'sentence')")
    assert refused(run(*command, "--threshold", "framing=0.9"), "other options (thresholds was {}")
    write_lines("a.jsonl", 4)
    assert refused(run(*command), "other inputs (a.jsonl is new or has changed)")
    write_lines("a.jsonl", 3)
    with monkeypatch.context() as patch:
        patch.setattr("annotator.corpus.label.FORMAT", 99)
        assert refused(run(*command), "notes in another format (3, not 99)")
    monkeypatch.setattr("annotator.model_folder.FILES", ("config.json",))
    assert refused(run(*command), "another model (news-en-small sha256:")
    assert tree(OUT) == before
    assert run(*command, "--overwrite")[0] == 0
    assert tree(OUT) != before


def test_a_stopped_run_goes_on_where_it_was(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    put("a.csv", "text\nTwo said 0.\nTwo said 1.\nstop\nTwo said 3.\n")
    command = ("label", "a.csv", "--out", "out.parquet", "--shard-rows", "1")
    code, _, err = run(*command)
    assert (code, err) == (
        130,
        "annotator: stopped; 2 documents, 2 sentences are kept; the same command goes on from there\n",
    )
    assert not Path("out.parquet").exists()
    real, labelled = worker.label_shard, []

    def label(annotator: Any, job: Job, shard: shards.Shard) -> worker.Done:
        labelled.append(shard.name)
        monkeypatch.setattr(annotator, "annotate_many", lambda texts, unit: (annotator.annotate(one) for one in texts))
        return real(annotator, job, shard)

    monkeypatch.setattr(worker, "label_shard", label)
    assert run(*command)[0] == 0
    assert labelled == ["part-000002", "part-000003"]
    assert [text for _, text in sentences(Path("out.parquet"))] == ["Two said 0.", "Two said 1.", "stop", "Two said 3."]
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv", "out.parquet", "out.parquet.manifest.json"]
    manifest = json.loads(Path("out.parquet.manifest.json").read_text(encoding="utf-8"))
    assert (manifest["totals"]["documents"], manifest["inputs"][0]["name"], len(manifest["shards"])) == (4, "a.csv", 4)


@pytest.mark.parametrize(
    "harm",
    [
        lambda work: (work / "spill-000.json").write_bytes(bytes(20)),
        lambda work: (work / "spill-000-000002.parquet").unlink(),
        lambda work: (work / "kept.arrow").write_bytes(bytes(20)),
    ],
)
def test_what_was_spilled_and_is_lost_or_damaged_is_read_again(
    run: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path], object],
) -> None:
    put("a.csv", "text,day\nTwo said 0.,1\nTwo said 1.,2\nTwo said 2.,3\nNo.,4\n")
    command = ("label", "a.csv", "--shard-rows", "1", "--keep", "day", "--out")
    with monkeypatch.context() as patched:
        patched.setattr("annotator.corpus.label._finish", stop)
        assert run(*command, "out")[0] == 130
    assert (OUT / NOTES / "spill-000.json").exists()
    (OUT / NOTES / "part-000002.json").unlink()
    harm(OUT / NOTES)
    assert run(*command, "out")[0] == 0
    assert run(*command, "unbroken")[0] == 0
    assert tree(OUT) == tree(Path("unbroken"))


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_spilled_part_that_is_damaged_ends_the_run_and_is_written_again(
    run: Run,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put("a.csv", "text\nTwo said 0.\nNo.\n")
    real = spill._write

    def write(path: Path, *rest: Any) -> None:
        real(path, *rest)
        path.write_bytes(path.read_bytes()[:-30])

    monkeypatch.setattr(spill, "_write", write)
    assert refused(run("label", "a.csv", "--out", "out"), "spill-000-000000.parquet is lost or damaged; the same comm")
    monkeypatch.setattr(spill, "_write", real)
    assert run("label", "a.csv", "--out", "out")[0] == 0
    assert [text for _, text in sentences()] == ["Two said 0.", "No."]


def test_overwrite_begins_anew_with_a_dataset_that_has_changed(run: Run) -> None:  # noqa: F811
    Path("news").mkdir()
    write_lines("news/train.jsonl", 3)
    put("news/train.jsonl", '{"text": "Two said."}\n{"text": "stop"}\n')
    command = ("label", "--dataset", "news", "--split", "train", "--out", "out", "--shard-rows", "1")
    assert run(*command)[0] == 130
    put("news/train.jsonl", '{"text": "Three said."}\n{"text": "No."}\n')
    assert refused(run(*command), "is not what it was when spill-000-000000.parquet was read; give --overwrite")
    assert run(*command, "--overwrite")[0] == 0
    assert [text for _, text in sentences()] == ["Three said.", "No."]


def test_a_split_of_a_saved_dataset_is_labelled(run: Run, capfd: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    from datasets import Dataset, DatasetDict

    train = Dataset.from_dict({"body": ["Two said one.", None], "url": ["a", "b"], "day": [4, 5]})
    DatasetDict({"train": train, "test": train.select([0])}).save_to_disk("news")
    capfd.readouterr()
    command = ("label", "--dataset", "news", "--text-column", "body", "--id-column", "url", "--keep", "day", "--out")
    assert refused(run(*command, "out"), "news has several splits; give --split with one of train, test")
    code, _, err = run(*command, "out", "--split", "train")
    assert (code, err.splitlines()[0]) == (1, "annotator: news:2: 'body' is null, not a text")
    assert sentences() == [("a", "Two said one.")]
    assert parquet.read_table(OUT / "labels")["day"].to_pylist() == [4]
    manifest = json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))
    assert {manifest["inputs"][0][name] for name in ("name", "kind", "split")} == {"news", "dataset", "train"}
    assert refused(run(*command, "two", "--split", "train", "--keep", "outlet"), "news has no column 'outlet', only")


@pytest.mark.parametrize(("name", "content"), [("a.jsonl.zst", '{{"text": "{}"}}\n'), ("a.csv.zst", 'text\n"{}"\n')])
def test_what_zstd_compressed_is_read(run: Run, name: str, content: str) -> None:  # noqa: F811
    said = f"“Grüße,” said {'Ada ' * 500}Cole."
    data = content.format(said).encode()
    put(name, b"".join(pa.compress(frame, "zstd", asbytes=True) for frame in (data[:50], data[50:])))
    assert run("label", name, "--out", "out")[0] == 0
    assert [text for _, text in sentences()] == [said]


def test_an_unreadable_file_among_many_is_reported(run: Run) -> None:  # noqa: F811
    write_lines("a.jsonl", 2)
    put("b.jsonl.gz", gzip.compress(write_lines("c.jsonl", 2000, "Two said {}{}.").read_bytes())[:-20])
    put("d.parquet", b"PAR1 and no more")
    code, _, err = run("label", "a.jsonl", "b.jsonl.gz", "d.parquet", "--out", "out")
    assert code == 1
    broken = [json.loads(line) for line in (OUT / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["file"], one["row"]) for one in broken[-2:]] == [("b.jsonl.gz", None), ("d.parquet", None)]
    assert "annotator: d.parquet: d.parquet is damaged" in err or "d.parquet is damaged" in err
    assert {name for name, _ in sentences()} >= {"d0", "d1", "d100"}


@pytest.mark.parametrize(("length", "shards"), [(700, 3), (20, 1)])
def test_rows_lost_with_a_damaged_part_of_a_table_are_told(run: Run, length: int, shards: int) -> None:  # noqa: F811
    texts = [f"Two said {number} {'x' * length}." for number in range(400)]
    parquet.write_table(pa.table({"text": texts}), "a.parquet", row_group_size=100, compression="none")
    begin = parquet.read_metadata("a.parquet").row_group(2).column(0).dictionary_page_offset
    data = Path("a.parquet").read_bytes()
    put("a.parquet", data[:begin] + b"\xff" * 400 + data[begin + 400 :])
    assert run("label", "a.parquet", "--out", "out")[0] == 1
    broken = [json.loads(line) for line in (OUT / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [re.match(r"rows (\d+) to (\d+) are lost: a.parquet is damaged", one["reason"]) for one in broken]
    lost = {row for one in told if one for row in range(int(one[1]), int(one[2]) + 1)}
    read = {int(text.split()[2]) + 1 for _, text in sentences()}
    assert len(broken) == shards
    assert lost >= set(range(201, 301))
    assert not read & lost
    assert read | lost == set(range(1, 401))


def test_a_table_without_its_column_has_lost_no_rows(run: Run) -> None:  # noqa: F811
    parquet.write_table(pa.table({"body": ["Two said."] * 9}), "a.parquet")
    parquet.write_table(pa.table({"text": ["Two said."]}), "b.parquet")
    run("label", "a.parquet", "b.parquet", "--out", "out")
    (reason,) = [json.loads(line)["reason"] for line in (OUT / "errors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert reason.startswith("a.parquet has no column 'text'")


def test_a_million_bad_rows_cost_twenty_lines(run: Run) -> None:  # noqa: F811
    put("a.csv", "text,id\nTwo said.,1\n" + ",2\n" * 10_000)
    code, _, err = run("label", "a.csv", "--out", "out")
    assert code == 1
    assert len(err.splitlines()) == 22
    assert len((OUT / "errors.jsonl").read_bytes().splitlines()) == 10_000


def test_fail_fast_ends_at_the_first_bad_row(run: Run) -> None:  # noqa: F811
    put("a.jsonl", '{"text": "Two said."}\n{"text": 3}\n')
    code, _, err = run("label", "a.jsonl", "--out", "out", "--fail-fast")
    assert (code, err) == (2, "annotator: a.jsonl:2: 'text' is a number, not a text; --fail-fast ends the run here\n")
    assert not OUT.exists()


def test_repeated_ids_are_told_and_nothing_is_lost(run: Run) -> None:  # noqa: F811
    put("a.jsonl", '{"text": "One.", "id": 1}\n{"text": "Two.", "id": "1"}\n{"text": "Three.", "id": 1}\n')
    code, _, err = run("label", "a.jsonl", "--out", "out", "--shard-rows", "1")
    assert code == 0
    assert "2 documents repeat an id" in err
    assert parquet.read_table(OUT / "labels")["row"].to_pylist() == [1, 2, 3]


def test_without_text_no_error_holds_any(run: Run) -> None:  # noqa: F811
    put("a.jsonl", '{"text": "One."}\n{"text": ["harbour"]}\n')
    assert run("label", "a.jsonl", "--out", "out", "--no-text")[0] == 1
    assert all(b"harbour" not in content for content in tree(OUT).values())


def test_another_folder_is_never_written_into(run: Run) -> None:  # noqa: F811
    write_lines("a.jsonl", 1)
    OUT.mkdir()
    put("out/mine.txt", "mine")
    assert refused(run("label", "a.jsonl", "--out", "out", "--overwrite"), "out is a folder of something else")
    put("file", "mine")
    assert refused(run("label", "a.jsonl", "--out", "file", "--overwrite"), "file is a file")


def test_a_folder_of_labels_loads_with_datasets_and_pandas(run: Run) -> None:  # noqa: F811
    from datasets import load_dataset

    pandas = pytest.importorskip("pandas")
    write_lines("a.jsonl", 4)
    assert run("label", "a.jsonl", "--out", "out", "--shard-rows", "2", "--keep", "id")[0] == 0
    frame = pandas.read_parquet("out/labels")
    assert list(frame["id"]) == [f"d{number}" for number in range(4) for _ in range(2)]
    loaded = load_dataset("parquet", data_files="out/labels/*.parquet", split="train", cache_dir="cache")
    assert loaded["sentence"][:2] == ["Two said 0.", "No 0."]


def test_a_folder_of_labels_loads_as_the_documentation_shows(run: Run) -> None:  # noqa: F811
    write_lines("a.jsonl", 4)
    assert run("label", "a.jsonl", "--out", "labelled", "--shard-rows", "2")[0] == 0
    (code,) = (block for block in PYTHON.findall(DOCS.read_text(encoding="utf-8")) if "duckdb" in block)
    code = code.replace("duckdb.sql", "found = duckdb.sql") + "print(sorted(found.fetchall()), len(sentences))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "[('plain', 4), ('sourced', 4)] 8\n"


def test_the_function_for_spark_labels_frames(annotator: Annotator) -> None:
    pandas = pytest.importorskip("pandas")
    (code,) = (block for block in PYTHON.findall(DOCS.read_text(encoding="utf-8")) if "mapInPandas" in block)
    names: dict[str, Any] = {}
    exec(code[: code.index("spark = ")].replace("from pyspark.sql import SparkSession", ""), names)  # noqa: S102
    texts = ["The ministry said no. The council met.", "It may rain."]
    labels = [sentence.label for text in texts for sentence in annotator.annotate(text).sentences]
    frames = [pandas.DataFrame({"id": ["a", "b"], "text": texts})] * 2
    found = [frame.to_dict("list") for frame in names["label"](iter(frames))]
    assert len(found) == 2
    for one in found:
        assert one["document_id"] == ["a", "a", "b"]
        assert one["index"] == [0, 1, 0]
        assert one["label"] == labels == ["sourced", "plain", "speculation"]
    columns = [word.split()[0] for word in names["SCHEMA"].split(", ")]
    assert list(found[0]) == columns


# --- one run at a time ---


@pytest.mark.parametrize("target", ["out", "out.csv"])
def test_an_output_that_another_run_writes_is_left_alone(run: Run, target: str) -> None:  # noqa: F811
    write_lines("a.jsonl", 2)
    place = Place.of(Path(target))
    with lock.held(place.work, place.out):
        for more in ((), ("--overwrite",)):
            result = run("label", "a.jsonl", "--out", target, *more)
            assert refused(result, f"{target} is being written by process {os.getpid()} on ")
    assert not place.work.exists()
    assert run("label", "a.jsonl", "--out", target)[0] == 0


HOLDER = """
import sys, time
from pathlib import Path
from annotator.corpus import lock
with lock.held(Path(sys.argv[1]), Path("out")):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_lock_of_a_killed_run_blocks_nobody(run: Run) -> None:  # noqa: F811
    write_lines("a.jsonl", 2)
    command = [sys.executable, "-c", HOLDER, str(OUT / NOTES)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert refused(run("label", "a.jsonl", "--out", "out"), f"written by process {holder.pid} on ")
        holder.kill()
    assert (OUT / NOTES / lock.NAME).exists()
    assert run("label", "a.jsonl", "--out", "out")[0] == 0
    assert not (OUT / NOTES / lock.NAME).exists()


def test_a_lock_that_vanishes_as_it_is_taken_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, ends = lock._lock, iter([True])

    def take(handle: Any) -> bool:
        if next(ends, False):  # the run before ends at this moment
            (tmp_path / "work" / lock.NAME).unlink()
            (tmp_path / "work").rmdir()
        return real(handle)

    monkeypatch.setattr(lock, "_lock", take)
    with lock.held(tmp_path / "work", tmp_path):
        assert str(os.getpid()) in (tmp_path / "work" / lock.NAME).read_text()
        with pytest.raises(InputError, match="is being written by"), lock.held(tmp_path / "work", tmp_path):
            pass
    assert not (tmp_path / "work").exists()


def test_a_file_system_without_locks_is_written_all_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    write_lines("a.jsonl", 1)
    assert run("label", "a.jsonl", "--out", "out")[0] == 0


def test_two_outputs_in_one_folder_do_not_touch_each_other(run: Run) -> None:  # noqa: F811
    write_lines("a.jsonl", 1)
    other = put(".b.csv.0a1b.part", "of a run that writes b.csv")
    own = put(".out.csv.0a1b.part", "of a run that was killed")
    assert run("label", "a.jsonl", "--out", "out.csv")[0] == 0
    assert other.exists()
    assert not own.exists()


# --- hostile places and inputs ---

TOY = """
import sys
from annotator.cli import main
from annotator.corpus import engines, worker
from tests.test_cli import Toy

worker.load = lambda job, threads: Toy()
engines.cores = lambda: 1
print("exit", main(sys.argv[1:]), flush=True)
"""


def in_a_mount(script: str) -> list[str]:
    """What a shell script says that may mount; nothing of that is seen outside, nor left behind."""
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "."]
    if subprocess.run(["sh", "-c", 'exec "$@"', "-", *probe], capture_output=True, check=False).returncode:
        pytest.skip("needs to be allowed to mount a tmpfs")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable, "TOY": TOY}
    command = ["unshare", "-m", "sh", "-euc", script]
    told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return told.stdout.decode().splitlines()


def test_a_run_on_a_full_disk_goes_on_when_there_is_room(run: Run, tmp_path: Path) -> None:  # noqa: F811
    write_lines("a.jsonl", 40)
    command = ("label", "a.jsonl", "--shard-rows", "2", "--out")
    assert run(*command, "unbroken")[0] == 0
    Path("small").mkdir()
    again = f'"$PYTHON" -c "$TOY" {" ".join(command)} small/out'
    first, code, _, code_again = in_a_mount(
        f"mount -t tmpfs -o size=200k tmpfs small; {again}; mount -o remount,size=50m small; {again};"
        "cp -R small/out copied"
    )
    assert "No space left on device" in first
    assert (code, code_again) == ("exit 2", "exit 0")
    assert tree(tmp_path / "copied") == tree(tmp_path / "unbroken")


def test_a_read_only_output_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_lines("a.jsonl", 1)
    Path("fixed").mkdir()
    for out in ("fixed/out", "fixed/out.csv"):
        line, code = in_a_mount(f'mount -t tmpfs -o ro tmpfs fixed; "$PYTHON" -c "$TOY" label a.jsonl --out {out}')
        assert "Read-only file system" in line
        assert line.startswith("annotator: ")
        assert code == "exit 2"


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.parquet"])
def test_a_sentence_of_ten_megabytes_costs_only_its_row(run: Run, name: str) -> None:  # noqa: F811
    endless = ("word " * 2 * 2**20).strip()
    if name == "a.txt":
        put(name, f"Two said.\n{endless}\nNo.")
    elif name == "a.csv":
        put(name, f"text\nTwo said.\n{endless}\nNo.\n")
    elif name == "a.jsonl":
        put(name, "".join(json.dumps({"text": text}) + "\n" for text in ("Two said.", endless, "No.")))
    else:
        parquet.write_table(pa.table({"text": ["Two said.", endless, "No."]}), name)
    code, _, err = run("label", name, "--out", "out", "--unit", "sentence")
    assert code == 1
    assert f"{name}:2: " in err
    assert "split it" in err
    assert [text for _, text in sentences()] == ["Two said.", "No."]
    assert len((OUT / "errors.jsonl").read_bytes()) < 2000


def test_a_million_empty_rows_are_passed_over_or_reported(run: Run) -> None:  # noqa: F811
    put("blank.jsonl", b"\n" * 10**6 + b'{"text": "Two said."}\n')
    assert run("label", "blank.jsonl", "--out", "blank.csv")[0] == 0
    parquet.write_table(pa.table({"text": pa.array(["Two said.", *[None] * EMPTY])}), "empty.parquet")
    code, _, err = run("label", "empty.parquet", "--out", "out")
    assert code == 1
    assert f"1 document, 1 sentence, {EMPTY:,} failed rows" in err
    assert len((OUT / "errors.jsonl").read_bytes().splitlines()) == EMPTY


EMPTY = int(os.environ.get("ANNOTATOR_EMPTY_ROWS", "20000"))


def test_files_in_several_encodings_are_read_in_one_run(run: Run) -> None:  # noqa: F811
    said = "“Grüße,” two said."
    put("a.txt", said)
    put("b.txt", said.encode("cp1252"))
    put("c.txt", said.encode("utf-16"))
    put("d.jsonl", f'{{"text": "{said}"}}\n'.encode() + b'{"text": "Gr\xfc\xdfe"}\n')
    code, _, err = run("label", "a.txt", "b.txt", "c.txt", "d.jsonl", "--out", "out")
    assert code == 1
    assert "b.txt is not in UTF-8; it is read as cp1252" in err
    assert "c.txt is not in UTF-8; it is read as utf-16" in err
    assert "d.jsonl:2: has invalid UTF-8 at byte 12 (0xfc)" in err
    assert [text for _, text in sentences()] == [said] * 4


def test_nul_is_reported_and_the_other_rows_are_done(run: Run) -> None:  # noqa: F811
    put("a.jsonl", '{"text": "Two \\u0000 said."}\n{"text": "No."}\n')
    put("b.csv", "text\nTwo \0 said.\nNo.\n")
    code, _, err = run("label", "a.jsonl", "b.csv", "--out", "out")
    assert code == 1
    assert "a.jsonl:1: 'text' contains NUL at character 4" in err
    assert "b.csv:1: 'text' contains NUL at character 4" in err
    assert [text for _, text in sentences()] == ["No.", "No."]


def test_of_a_page_the_article_is_labelled(run: Run) -> None:  # noqa: F811
    story = "<p>The ministry said on Monday that fourteen bridges had been closed after the flood.</p>"
    put(
        "page.html",
        "<html><head><title>Bridges closed</title></head><body><nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav>"
        f"<article><h1>Bridges closed</h1>{story * 3}</article><footer>All rights reserved</footer></body></html>",
    )
    assert run("label", "page.html", "--out", "out", "--keep", "outlet")[0] == 0
    found = [text for _, text in sentences()]
    assert found[0] == "Bridges closed"
    assert any("fourteen bridges" in text for text in found)
    assert not any(word in text for text in found for word in ("Sport", "rights"))
    assert parquet.read_table(OUT / "labels")["outlet"].null_count == len(found)


# --- columns that are carried through ---

TYPED = {
    "truth": ([True, None, False], pa.bool_()),
    "small": ([1, None, -3], pa.int8()),
    "large": ([2**63, None, 1], pa.uint64()),
    "share": ([0.1, float("nan"), None], pa.float32()),
    "day": ([0, None, 29_328_970], pa.date32()),
    "moment": ([123_456_789, None, 0], pa.timestamp("ns", "UTC")),
    "price": ([Decimal("1.50"), None, Decimal("-2.00")], pa.decimal128(10, 2)),
    "tags": ([["a", None], None, []], pa.list_(pa.string())),
    "pairs": ([[[1], None], None, []], pa.list_(pa.list_(pa.int8()))),
    "place": ([{"x": 1}, None, {"x": None}], pa.struct({"x": pa.int64()})),
    "raw": ([b"\xff", None, b""], pa.binary()),
    "outlet": (["é", None, ""], pa.string()),
}


def typed(**more: Any) -> pa.Table:
    columns = {name: pa.array(values, type) for name, (values, type) in TYPED.items()}
    return pa.table({"text": ["Two said 1.", "Two said 2.", "Two said 3."], **columns, **more})


@pytest.mark.parametrize("source", ["a.parquet", "a.arrow", "saved", "spilled.parquet"])
@pytest.mark.parametrize("target", ["out", "out.parquet"])
def test_kept_columns_keep_their_types(run: Run, source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    table = typed()
    if source == "saved":
        from datasets import Dataset

        table = table.drop_columns(["price"])  # which datasets reads as another type
        Dataset(table).save_to_disk("saved")
        table = pa.table(Dataset.load_from_disk("saved").with_format("arrow")[:])
    elif source == "a.arrow":
        with pa.ipc.new_file(source, table.schema) as writer:
            writer.write_table(table)
    else:
        parquet.write_table(table, source)
    if source.startswith("spilled"):
        monkeypatch.setattr(shards, "BYTES", 1)
    names = [name for name in table.column_names if name != "text"]
    command = ["label", source, "--out", target, "--shard-rows", "2", *(f"--keep={name}" for name in names)]
    assert run(*command)[0] == 0
    found = parquet.read_table(OUT / "labels" if target == "out" else target)
    for name in names:
        assert found.schema.field(name).type == table.schema.field(name).type, name
        if name == "share":  # a NaN is unlike itself
            assert str(found[name].to_pylist()) == str(table[name].to_pylist())
        else:
            assert found[name].equals(table[name]), name
    if target == "out":
        manifest = json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))
        assert {**manifest["keep"]}.keys() == set(names)
        assert manifest["keep"]["small"] == "int8"
        assert set(manifest["thresholds"]) == {"sourced", "framing", "speculation"}


def test_inputs_that_disagree_about_a_type_share_one(run: Run) -> None:  # noqa: F811
    parquet.write_table(
        pa.table({"text": ["One."], "year": pa.array([1], pa.int16()), "day": [date(2024, 3, 1)]}), "a.parquet"
    )
    parquet.write_table(
        pa.table({"text": ["Two."], "year": pa.array([2], pa.int32()), "day": pa.nulls(1)}), "b.parquet"
    )
    put("c.txt", "Three.")
    kept = ("--keep", "year", "--keep", "day")
    assert run("label", "a.parquet", "b.parquet", "c.txt", "--out", "out", *kept)[0] == 0
    found = parquet.read_table(OUT / "labels")
    assert found.schema.field("year").type == pa.int32()
    assert found["year"].to_pylist() == [1, 2, None]
    assert found["day"].to_pylist() == [date(2024, 3, 1), None, None]
    put("d.csv", "text,year,day\nFour.,4,5\n")
    assert run("label", "a.parquet", "d.csv", "--out", "texts", *kept)[0] == 0
    found = parquet.read_table("texts/labels")
    assert found["year"].to_pylist() == ["1", "4"]
    assert found["day"].to_pylist() == ["2024-03-01", "5"]


def test_an_input_without_a_kept_column_has_nulls_and_is_named_once(run: Run) -> None:  # noqa: F811
    put("a.csv", "text,id,outlet\nOne.,a,Gull\n")
    put("b.csv", "text,id,day\nTwo.,b,3\nThree.,c,4\n")
    parquet.write_table(pa.table({"text": ["Four."], "id": ["d"], "day": [5]}), "c.parquet")
    put("d.jsonl", '{"text": "Five.", "id": "e"}\n')
    command = ("label", "a.csv", "b.csv", "c.parquet", "d.jsonl", "--keep", "outlet", "--keep", "day")
    code, _, err = run(*command, "--out", "out", "--shard-rows", "1")
    assert code == 0
    assert err.splitlines()[:-1] == [
        "annotator: a.csv has no column 'day'; its rows have nothing there",
        "annotator: b.csv has no column 'outlet'; its rows have nothing there",
        "annotator: c.parquet has no column 'outlet'; its rows have nothing there",
    ]
    found = parquet.read_table(OUT / "labels")
    assert found["outlet"].to_pylist() == ["Gull", None, None, None, None]
    assert found["day"].to_pylist() == [None, "3", "4", "5", None]
    manifest = json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["lacking"] == {"a.csv": ["day"], "b.csv": ["outlet"], "c.parquet": ["outlet"]}
    before = tree(OUT)
    assert run(*command, "--out", "out", "--shard-rows", "1")[::2] == (0, err)
    assert tree(OUT) == before
    assert refused(run(*command, "--out", "two", "--fail-fast"), "a.csv has no column 'day'; --fail-fast ends the run")
    assert not Path("two").exists()


def test_a_kept_column_that_no_input_has_is_refused(run: Run) -> None:  # noqa: F811
    put("a.csv", "text,outlet\nOne.,Gull\n")
    parquet.write_table(pa.table({"text": ["Two."], "day": [5]}), "b.parquet")
    command = ("label", "a.csv", "b.parquet", "--out", "out", "--keep", "outlet", "--keep", "paper")
    said = "a.csv, as every other input, has no column 'paper', only 'text', 'outlet', 'day'; name one with --keep"
    assert refused(run(*command), said)
    assert not OUT.exists()


def test_many_inputs_without_a_kept_column_cost_twenty_lines(run: Run) -> None:  # noqa: F811
    put("0.csv", "text,id,outlet\nOne.,0,Gull\n")
    for number in range(1, 30):
        put(f"{number}.csv", f"text,id\nOne.,{number}\n")
    code, _, err = run("label", "*.csv", "--out", "out", "--keep", "outlet")
    assert code == 0
    assert len(err.splitlines()) == 22
    assert len(json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))["lacking"]) == 29


@pytest.mark.parametrize("rows", ["sentences", "documents"])
def test_kept_values_in_json_are_json(run: Run, rows: str) -> None:  # noqa: F811
    parquet.write_table(typed(), "a.parquet")
    command = ["label", "a.parquet", "--out", "out.jsonl", "--rows", rows, *(f"--keep={name}" for name in TYPED)]
    assert run(*command)[0] == 0
    lines = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    first, second, _ = (line if rows == "sentences" else line["origin"]["kept"] for line in lines)
    assert [first[name] for name in ("truth", "small", "large", "tags", "place")] == [
        True,
        1,
        2**63,
        ["a", None],
        {"x": 1},
    ]
    assert (first["day"], first["price"], first["outlet"]) == ("1970-01-01", "1.50", "é")
    assert second["share"] == "nan"
    assert second["outlet"] is None


def test_a_run_with_nan_goes_on_with_what_it_had_spilled(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(shards, "BYTES", 1)
    texts = pa.array(["Two said.", "stop", "No."])
    parquet.write_table(pa.table({"text": texts, "share": [float("nan"), 1.0, None]}), "a.parquet")
    command = ("label", "a.parquet", "--out", "out", "--shard-rows", "1", "--keep", "share")
    assert run(*command)[0] == 130
    monkeypatch.setattr("tests.test_cli.Toy.annotate_many", lambda toy, texts, unit: map(toy.annotate, texts))
    (OUT / NOTES / "spill-000.json").unlink(missing_ok=True)
    assert run(*command)[0] == 0
    assert str(parquet.read_table(OUT / "labels")["share"].to_pylist()) == "[nan, 1.0, None]"


# --- killed ---

KILLED = """
import os, signal, sys
from pathlib import Path
from annotator.cli import main
from annotator.corpus import engines, worker
from tests.test_cli import Toy

left = int(sys.argv[1])

def counted(function):
    def step(*args, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return step

worker.load = lambda job, threads: Toy()
engines.cores = lambda: 1
os.fsync, os.unlink, os.rmdir = counted(os.fsync), counted(os.unlink), counted(os.rmdir)
Path.replace, Path.mkdir, Path.unlink = counted(Path.replace), counted(Path.mkdir), counted(Path.unlink)
Toy.annotate = counted(Toy.annotate)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("target", ["out", "out.csv"])
def test_a_run_killed_again_and_again_ends_as_if_it_had_not_been(run: Run, target: str, tmp_path: Path) -> None:  # noqa: F811
    write_lines("a.jsonl", 5)
    put("b.jsonl.gz", gzip.compress(b'{"text": 1}\n' + write_lines("b", 5).read_bytes()))
    command = ("label", "a.jsonl", "b.jsonl.gz", "--shard-rows", "2", "--out")
    assert run(*command, f"unbroken{Path(target).suffix}")[0] == 1
    draw, killed = random.Random(target), 0  # noqa: S311
    for _ in range(40):
        step = str(draw.randrange(5, 120))
        done = subprocess.run(
            [sys.executable, "-c", KILLED, step, *command, target],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != -signal.SIGKILL:
            assert done.returncode == 1 or b"exists already" in done.stderr, done.stderr
            break
        killed += 1
    assert killed > 1
    if target == "out":
        assert tree(tmp_path / "out") == tree(tmp_path / "unbroken")
    else:
        for end in (".csv", ".csv.errors.jsonl"):
            assert Path(f"out{end}").read_bytes() == Path(f"unbroken{end}").read_bytes()
        assert not list(Path().glob(".*"))


@pytest.mark.parametrize("level", ["standard", "fast"])
def test_processes_killed_at_random_end_as_if_they_had_not_been(tmp_path: Path, level: str) -> None:
    """With the shipped model and two processes; every second time it is one of them that is killed."""
    source = tmp_path / "in.jsonl"
    texts = [f"The ministry said {n} bridges had closed. It may close {n} more." for n in range(40)]
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    start_run(source, tmp_path / "unbroken", level).wait()
    draw = random.Random(7)  # noqa: S311
    for number in range(KILLS):
        out = tmp_path / f"out{number}"
        process = start_run(source, out, level)
        wait_for_parts(process, out, draw.randrange(8))
        time.sleep(draw.random() / 4)
        victim = draw.choice(children(process.pid) or [process.pid]) if number % 2 else process.pid
        os.kill(victim, signal.SIGKILL)
        assert process.wait() in (2, 0, -signal.SIGKILL)
        assert start_run(source, out, level).wait() == 0
        assert tree(out) == tree(tmp_path / "unbroken")


def start_run(source: Path, out: Path, level: str = "standard") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "annotator", "label", str(source), "--out", str(out), "--level", level]
    command += ["--shard-rows", "4", "--processes", "2"]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def children(parent: int) -> list[int]:
    """The processes that label for another one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"spawn_main" in line:
            found.append(int(entry.name))
    return found


def wait_for_parts(process: subprocess.Popen[Any], out: Path, count: int) -> None:
    for _ in range(6000):
        if len(list(out.glob("labels/part-*"))) >= count or process.poll() is not None:
            return
        time.sleep(0.1)
    pytest.fail("waited for ten minutes in vain")


# --- engines and cache ---


@pytest.fixture
def job(tmp_path: Path) -> Job:
    from annotator import model_folder
    from annotator.corpus.writers import Layout

    folder = find(None)
    digest = model_folder.identity(folder, model_folder.read_config(folder)).digest
    (tmp_path / "labels").mkdir()
    (tmp_path / NOTE).write_text("{}")
    noted, version = files.digest(tmp_path / NOTE), worker.package_version()
    what = ((), "document", Columns(), Layout(), tmp_path / "labels", tmp_path)
    return Job(str(folder), digest, "standard", version, noted, tmp_path, *what)


def test_a_worker_refuses_another_model(job: Job) -> None:
    with pytest.raises(ModelError, match="the run has sha256:other; use one model"):
        worker.load(replace(job, digest="sha256:other"), 1)
    with pytest.raises(ModelError, match=f"the run has {job.digest}; use one model"):
        worker.load(replace(job, level="fast"), 1)


def test_a_worker_refuses_another_version(job: Job) -> None:
    with pytest.raises(ModelError, match=r"the run has 0\.0\.0; install one version"):
        worker.load(replace(job, annotator="0.0.0"), 1)


def shard_of(folder: Path) -> shards.Shard:
    source = folder / "a.jsonl"
    source.write_text('{"text": "Two said."}\n{"text": "No."}\n', encoding="utf-8")
    (found,) = shards.plan([Input("a.jsonl", "jsonl", size=1)], Columns(), "document", folder, 5)
    return found


def test_a_worker_left_over_from_a_killed_run_writes_nothing_into_another(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shard = shard_of(tmp_path)
    toy: Any = Toy()
    files.write_json(tmp_path / NOTE, {"another": "run"})
    with pytest.raises(InputError, match="is of another run now"):
        worker.label_shard(toy, job, shard)
    job = replace(job, run=files.digest(tmp_path / NOTE))
    real = toy.annotate

    def annotate(text: str, unit: str) -> Any:
        files.remove_parts(job.parts)  # another run begins, while this worker labels on
        return real(text, unit=unit)

    monkeypatch.setattr(toy, "annotate", annotate)
    with pytest.raises(FileNotFoundError):
        worker.label_shard(toy, job, shard)
    assert not list(job.parts.iterdir())
    assert not job.record(shard.name).exists()


def test_a_process_that_dies_is_one_line_and_what_is_done_stays(job: Job, tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"text": "The ministry said no."}\n' * 3, encoding="utf-8")
    found = list(shards.plan([Input(str(source), "jsonl", size=1)], Columns(), "document", tmp_path, 1))

    def shards_with_a_kill() -> Iterator[shards.Shard]:
        yield from found[:2]
        for child in children(os.getpid()):
            os.kill(child, signal.SIGKILL)
        yield found[2]

    with pytest.raises(engines.WorkerError, match="a process that was labelling is gone"):
        list(engines.in_processes(1)(job, shards_with_a_kill()))
    assert not children(os.getpid())


def test_a_process_that_dies_while_the_next_one_begins_is_told_too(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "The ministry said no."}\n' * 3, encoding="utf-8")
    source = Input(str(tmp_path / "a.jsonl"), "jsonl", size=1)
    begin, spawn = ProcessPoolExecutor._spawn_process, util.spawnv_passfds  # type: ignore[attr-defined]
    pools: list[Any] = []

    def begin_in(pool: Any) -> None:
        pools.append(pool)
        begin(pool)

    def spawn_late(*arguments: Any) -> int:
        earlier = children(os.getpid())
        pid: int = spawn(*arguments)
        for child in earlier:
            os.kill(child, signal.SIGKILL)
            while not pools[0]._call_queue._closed:  # the pool has ended those that it knew
                time.sleep(0.01)
        return pid

    monkeypatch.setattr(ProcessPoolExecutor, "_spawn_process", begin_in)
    monkeypatch.setattr(util, "spawnv_passfds", spawn_late)
    ended: Queue[str] = Queue()

    def label() -> None:
        try:
            list(engines.in_processes(2)(job, shards.plan([source], Columns(), "document", tmp_path, 1)))
        except engines.WorkerError as error:
            ended.put(str(error))

    threading.Thread(target=label, daemon=True).start()
    try:
        assert "a process that was labelling is gone" in ended.get(timeout=120)
    finally:
        for child in children(os.getpid()):
            os.kill(child, signal.SIGKILL)


def test_what_was_read_once_is_not_read_again_and_the_answer_is_the_same() -> None:
    remembering = CachedAnnotator(find(None), 1)
    text = "The ministry said no. The talks may collapse. The ministry said no. The talks may collapse."
    first = remembering.annotate(text)
    assert (remembering.cache.asked, remembering.cache.known) == (4, 2)
    assert remembering.annotate(text) == first
    assert (remembering.cache.asked, remembering.cache.known) == (8, 6)
    assert Annotator.load().annotate(text) == first


def test_a_cache_stays_in_its_bounds() -> None:
    encoder = CachedEncoder(Encoder(find(None)), 10_000)
    for number in range(20):
        encoder.encode(encoder.tokenizer.pieces(f"The ministry closed {number} bridges."), None)
    assert 0 < encoder._size <= 10_000
    assert 0 < len(encoder._answers) < 20
