"""The public corpora with labels of their own: which columns hold what, and what their values mean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.errors import InputError

TEXTS = ("text", "sentence")
DOCUMENTS = ("doc", "article")
OUTLETS = ("outlet", "publisher", "source")
LEANINGS = ("leaning", "type")
_LOADERS = {".jsonl": "json", ".json": "json", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
_YES, _NO = ("true", "1"), ("false", "0")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
HUB_SECONDS = 10
"""What the hub has to answer in; `datasets` would try for half a minute."""


@dataclass(frozen=True)
class Task:
    """A question that a corpus answers for every sentence.

    Attributes:
        columns: where the answer may stand, ours first, then those of the published versions.
        yes, no, unsure: its values in lower case; sentences that are `unsure` are left out.
        head: the network's logit that was trained on it, by which a model's answer to the question is known.
        mark: the mark that is nearest to it.

    """

    name: str
    columns: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    head: str
    mark: str
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True)
class Benchmark:
    """A corpus: its file below a data folder for a split, the split that was held back, and its tasks."""

    file: str
    split: str
    tasks: tuple[Task, ...]


_BABE = Task(
    "biased",
    ("biased", "label", "label_bias"),
    (*_YES, "biased"),
    (*_NO, "non-biased"),
    "babe_biased",
    "framing",
    ("no agreement",),
)
_CHECKTHAT = Task(
    "subjective", ("subjective", "label"), (*_YES, "subj"), (*_NO, "obj"), "checkthat_subjective", "framing"
)
_POLNEAR = Task("attributed", ("attributed",), _YES, _NO, "polnear_attributed", "sourced")
_MPQA = Task("writer_subjective", ("writer_subjective",), _YES, _NO, "mpqa_writer", "framing")
_SPEECH = Task("speech", ("speech",), (*_YES, "speech"), (*_NO, "na"), "newsdiscourse_speech", "sourced")
_ROLES = (
    *("na", "main", "main_consequence", "cause_specific", "cause_general"),
    *("distant_historical", "distant_anecdotal", "distant_evaluation"),
)
_EXPECTATION = Task(
    "expectation",
    ("discourse",),
    ("distant_expectations_consequences",),
    _ROLES,
    "newsdiscourse_expectation",
    "speculation",
)

BENCHMARKS = {
    "babe": Benchmark("framing/babe_{split}.jsonl", "dev", (_BABE,)),
    "checkthat": Benchmark("framing/checkthat_{split}.jsonl", "devtest", (_CHECKTHAT,)),
    "polnear": Benchmark("attribution/polnear_{split}.jsonl", "dev", (_POLNEAR,)),
    "newsdiscourse": Benchmark("speculation/newsdiscourse_{split}.jsonl", "validation", (_SPEECH, _EXPECTATION)),
    "mpqa": Benchmark("framing/mpqa.jsonl", "train", (_MPQA,)),
}


@dataclass(frozen=True)
class Row:
    """A sentence and its answers by task; `article` groups sentences that stand together, in order."""

    text: str
    article: str
    answers: Mapping[str, bool]
    outlet: str = ""
    leaning: str = ""


def read(name: str, data: str, split: str | None = None) -> list[Row]:
    """Read a benchmark through `datasets`.

    Args:
        name: one of BENCHMARKS.
        data: a folder that holds the benchmark's file, a .jsonl, .json, .csv, .tsv or .parquet file, a folder that
            `datasets` reads, or the id OWNER/NAME of a dataset on the hub; OWNER/NAME:CONFIG for one configuration.
        split: of a folder or hub id; the benchmark's own held-back one, "test", or the only one, unless given.

    Raises:
        InputError: an unknown benchmark, data that cannot be read, a hub that does not answer, or columns or values
            that are not the corpus's.

    """
    if name not in BENCHMARKS:
        raise InputError(f"no benchmark {name!r}; choose one of {', '.join(BENCHMARKS)}")
    benchmark = BENCHMARKS[name]
    try:
        raw = list(_load(benchmark, data, split))
    except InputError:
        raise
    except Exception as error:  # datasets lets errors of many packages through
        raise InputError(
            f"cannot read {name} from {data}: {_reason(error)}; give a file, a folder or a hub id"
        ) from error
    rows = [row for row in _rows(f"{name} in {data}", benchmark, raw) if row.answers]
    if not rows:
        raise InputError(f"{name} in {data} holds no labelled sentence; give another --split or --data")
    return rows


def digest(rows: Sequence[Row]) -> str:
    """SHA-256 over the texts and answers of rows."""
    found = hashlib.sha256()
    for row in rows:
        found.update(repr((row.text, sorted(row.answers.items()))).encode())
    return f"sha256:{found.hexdigest()}"


def _load(benchmark: Benchmark, data: str, split: str | None) -> Iterable[dict[str, Any]]:
    """Rows as dictionaries, straight from the file or hub: nothing is put into a cache."""
    path = Path(data)
    inside = path / benchmark.file.format(split=split or benchmark.split)
    path = inside if inside.is_file() else path
    if path.is_file():
        return _load_file(path)
    if path.is_dir():
        return _pick(_load_folder(path), benchmark, split)
    if path.suffix in _LOADERS:
        raise InputError(f"{path} does not exist; check the name")
    return _pick(_load_from_hub(data), benchmark, split)


def _load_folder(path: Path) -> Any:
    from datasets import load_dataset, load_from_disk

    if (path / "dataset_dict.json").exists() or (path / "state.json").exists():
        return load_from_disk(str(path))
    return load_dataset(str(path), streaming=True)


def _load_from_hub(data: str) -> Any:
    from datasets import load_dataset

    name, _, config = data.partition(":")
    if not _HUB_ID.fullmatch(name):
        raise InputError(f"no file or folder {data}, and no id OWNER/NAME of a dataset on the hub; check the name")
    _try_hub(name)
    return load_dataset(name, config or None, streaming=True)


def _try_hub(name: str) -> None:
    """Ask the hub once; what it answers, or has left in a cache, is for `datasets` to read."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        HfApi().dataset_info(name, timeout=HUB_SECONDS)
    except (HfHubHTTPError, OfflineModeIsEnabled):
        return
    except Exception as error:  # those of the HTTP client, which is not always the same
        raise InputError(
            f"there is no folder {name}, and the hub cannot be reached to look for it there"
            f" ({_reason(error)}); give a file or a folder, or connect"
        ) from error


def _reason(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _load_file(path: Path) -> Iterable[dict[str, Any]]:
    from datasets import load_dataset

    if path.suffix not in _LOADERS:
        raise InputError(f"{path} has the suffix {path.suffix!r}; give one of {', '.join(_LOADERS)}")
    separator = {"sep": "\t"} if path.suffix == ".tsv" else {}
    rows: Iterable[dict[str, Any]] = load_dataset(
        _LOADERS[path.suffix], data_files=str(path), split="train", streaming=True, **separator
    )
    return rows


def _pick(loaded: Any, benchmark: Benchmark, split: str | None) -> Iterable[dict[str, Any]]:
    """The rows of one split; what was saved without splits is one."""
    splits: dict[str, Iterable[dict[str, Any]]] = loaded if isinstance(loaded, dict) else {split or "all": loaded}
    wanted = (
        (split,) if split else (benchmark.split, "test", *splits) if len(splits) == 1 else (benchmark.split, "test")
    )
    chosen = next((name for name in wanted if name in splits), None)
    if chosen is None:
        raise InputError(f"no split {' or '.join(wanted)} in the data, but {', '.join(splits)}; give --split")
    return splits[chosen]


def _rows(place: str, benchmark: Benchmark, raw: Sequence[Mapping[str, Any]]) -> list[Row]:
    columns = list(raw[0]) if raw else []
    text, document, outlet, leaning = (_column(columns, names) for names in (TEXTS, DOCUMENTS, OUTLETS, LEANINGS))
    tasks = [(task, _column(columns, task.columns)) for task in benchmark.tasks]
    missing = ["/".join(task.columns) for task, column in tasks if column is None] + ["/".join(TEXTS)] * (text is None)
    if raw and missing:
        raise InputError(f"{place} has no column {', '.join(missing)}, but {', '.join(columns)}; rename its columns")
    return [
        Row(
            text=_text(f"{place}, row {number}", row, text),
            article=str(row[document]) if document else str(number),
            answers=_answers(f"{place}, row {number}", row, tasks),
            outlet=str(row[outlet] or "") if outlet else "",
            leaning=str(row[leaning] or "") if leaning else "",
        )
        for number, row in enumerate(raw, 1)
    ]


def _column(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of `names` among the columns, blind to case."""
    found = {column.casefold(): column for column in columns}
    return next((found[name] for name in names if name in found), None)


def _text(place: str, row: Mapping[str, Any], column: str | None) -> str:
    text = row[column] if column else None
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{place}: the text is {text!r}; take the row out")
    return text


def _answers(place: str, row: Mapping[str, Any], tasks: Iterable[tuple[Task, str | None]]) -> dict[str, bool]:
    answers = {}
    for task, column in tasks:
        value = str(row[column or ""]).strip().casefold()
        if value in task.unsure:
            continue
        if value not in (*task.yes, *task.no):
            raise InputError(
                f"{place}: {column} is {value!r}, not one of {', '.join((*task.yes, *task.no))}; correct it"
            )
        answers[task.name] = value in task.yes
    return answers
