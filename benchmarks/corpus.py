"""A corpus from file to file: `python -m benchmarks.corpus [--articles FILE] [--sizes N...]`.

For each size, sentences a second of `annotator label`, Parquet in and out, start and model included, the processor
time of a sentence, and the peak memory of all its processes, and with `--fast` of its faster level. No two sentences
are alike, as each begins with a number of its own; with `--real` they are as they stand in the file, each once. Beside
it, of the same sentences with the same context, written nowhere:

- `--peer`: the `transformers` fp32 pipeline of `benchmarks.speed`, padded batches of 32 (needs the extra `train`);
- `--bare`: ONNX Runtime alone on sentences that are tokenised already, one a run, in several arrangements;
- `--dask`: the same run on one worker and on two of a Dask cluster of this machine (needs the extra `dask`).

A machine's own speed changes with time, so the faster level and the network alone are read before `label` and after it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from typing import Any

from annotator import model_folder
from annotator.corpus.engines import cores
from annotator.encoder import Encoder, Window, own_mask
from annotator.places import folder
from annotator.segment import Segmenter
from benchmarks.speed import fp32_pipeline, read_articles, sentence_pairs

INTERVAL = 2.0
"""Seconds between looks at the memory: each stops its processes for some milliseconds."""
BATCH = 32
NAME = 26
"""Characters of a measurement's name."""


@dataclass(frozen=True)
class Reading:
    """A way of reading, sentences a second, and where known bytes of `memory` and processor seconds a sentence."""

    name: str
    rate: float
    memory: int = 0
    effort: float = 0.0


@dataclass(frozen=True)
class Arrangement:
    """How ONNX Runtime is used: processes, and threads of each. The network takes one window a run."""

    processes: int
    threads: int

    def __str__(self) -> str:
        return f"bare, {self.processes} x {self.threads}"


def main() -> None:
    """Measure each size and print a line for each way of reading it."""
    options = read_options()
    for size in options.sizes:
        found = read_articles(options.articles, size)
        texts = found if options.real else list(unlike(found, size))
        report(size, measured(texts, options))


def measured(texts: list[str], options: argparse.Namespace) -> Iterator[Reading]:
    """Each way that is asked for, one after the other."""
    read = pairs(texts) if options.bare or options.peer else []
    windows = list(tokenised(read)) if options.bare else []
    alone = arrangements(cores()) if options.bare else []
    levels = ["fast"] if options.fast else []
    yield from (bare(windows, len(read), one) for one in reversed(alone))
    yield from (label(f"label, {level} level", texts, ["--level", level]) for level in levels)
    for processes in options.processes:
        more = ["--processes", str(processes)] if processes else []
        yield label(f"label, {processes or 'all'} processes", texts, more)
    if options.processes:
        yield from (label(f"label, {level} level", texts, ["--level", level]) for level in levels)
        yield from (bare(windows, len(read), one) for one in alone[:1])
    yield from (on_dask(texts, number) for number in ((1, 2) if options.dask else ()))
    if options.peer:
        yield Reading(f"fp32 pipeline, batch {BATCH}", piped(read))


def read_options() -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=main.__doc__)
    gold = folder("labels") / "gold" / "train" / "articles.jsonl"
    parser.add_argument("--articles", type=Path, default=gold, help="JSON lines with `text` and `article` or `doc`")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000], metavar="SENTENCES")
    parser.add_argument(
        "--processes", type=int, nargs="*", default=[0], help="1 is threads in one process, 0 one a core, none is none"
    )
    parser.add_argument("--real", action="store_true", help="the sentences as they stand in the file, each once")
    for name in ("fast", "peer", "bare", "dask"):
        parser.add_argument(f"--{name}", action="store_true", help="measure this too")
    return parser.parse_args()


def report(size: int, readings: Iterable[Reading]) -> None:
    """Print each reading as it comes, then the rate of `label` as a multiple of each other way's (its mean, if it was
    read twice).
    """
    rates: dict[str, list[float]] = {}
    for one in readings:
        rates.setdefault(one.name, []).append(one.rate)
        told = f"{one.memory >> 20:6} MB" if one.memory else f"{'':9}"
        effort = f"{1000 * one.effort:6.2f} ms of processor time a sentence" if one.effort else ""
        print(f"{one.name:{NAME}} {size:>9,} sentences {one.rate:8.1f}/s  {told}  {effort}".rstrip(), flush=True)
    means = {name: mean(found) for name, found in rates.items()}
    first = next((name for name in means if name.endswith("processes")), None)
    if first is None:
        return
    for name, rate in means.items():
        if name != first:
            print(f"{first} / {name}: {means[first] / rate:.2f}", flush=True)


def unlike(texts: list[str], size: int) -> Iterator[str]:
    """Texts of `size` lines in all, each line with a number of its own, so that nothing can be remembered."""
    numbers = count(1)
    left = size
    while left > 0:
        for text in texts:
            lines = text.split("\n")[:left]
            left -= len(lines)
            if lines:
                yield "\n".join(f"{next(numbers)} {line}" for line in lines)


def label(name: str, texts: list[str], options: Sequence[str], others: Sequence[int] = ()) -> Reading:
    """A whole run of the command line; the memory is that at the peak, with those of the processes `others`."""
    import pyarrow as pa
    from pyarrow import parquet

    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place, "in.parquet"), Path(place, "out.parquet")
        parquet.write_table(pa.table({"text": texts}), source, row_group_size=100)
        command = [sys.executable, "-m", "annotator", "label", str(source), "--out", str(out), *options]
        start, before = time.perf_counter(), child_seconds()
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603
            peak = max(memories(process, others))
        passed, worked = time.perf_counter() - start, child_seconds() - before
        rows = parquet.read_metadata(out).num_rows
        return Reading(name, rows / passed, peak, 0.0 if others else worked / rows)


def child_seconds() -> float:
    """Seconds of processor time of this process's children, and of theirs, that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memories(process: subprocess.Popen[bytes], others: Sequence[int] = ()) -> Iterator[int]:
    """The memory of a process, those it began and `others`, now and then until it ends; what they share counts once."""
    yield 0
    while process.poll() is None:
        yield sum(map(held, [process.pid, *children(process.pid), *others]))
        time.sleep(INTERVAL)


def children(parent: int) -> Iterable[int]:
    """The processes that a process began and that still run (Linux)."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for path in tasks for child in path.read_text().split()]


def held(process: int) -> int:
    """Bytes of memory that a process holds, with its part of what it shares with others (Linux)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def on_dask(texts: list[str], number: int) -> Reading:
    """As `label`, on a cluster of `number` workers of one thread each, which have begun before."""
    import distributed

    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "scheduler.json")
        worker = ["worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", place]
        with running("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)) as scheduler:
            while not file.exists() or not (told := file.read_text()):
                time.sleep(0.1)
            address = json.loads(told)["address"]
            with ExitStack() as stack:
                workers = [stack.enter_context(running(*worker, address)) for _ in range(number)]
                with distributed.Client(address, set_as_default=False) as client:
                    client.wait_for_workers(number)
                more = ["--engine", "dask", "--scheduler", address]
                return label(f"label, {number} Dask workers", texts, more, [scheduler, *workers])


@contextmanager
def running(*arguments: str) -> Iterator[int]:
    """A `dask` command that runs as long as the block; its process id."""
    command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as process:  # noqa: S603
        try:
            yield process.pid
        finally:
            process.terminate()


def pairs(texts: list[str]) -> list[dict[str, str]]:
    """Each sentence with the context that it is read with."""
    segmenter = Segmenter()
    return [pair for text in texts for pair in sentence_pairs(segmenter, text)]


def piped(read: list[dict[str, str]]) -> float:
    """Sentences a second of the pipeline, its model loaded before."""
    reader = fp32_pipeline()
    start = time.perf_counter()
    reader(read, batch_size=BATCH)
    return len(read) / (time.perf_counter() - start)


def bare(windows: list[Window], sentences: int, one: Arrangement) -> Reading:
    """The network alone in one arrangement, on the windows of so many sentences."""
    return Reading(str(one), sentences / seconds(windows, one))


def arrangements(most: int) -> list[Arrangement]:
    """Those that can be the fastest on `most` cores, the likeliest first."""
    return [Arrangement(most, 1), *([Arrangement(1, most)] if most > 1 else [])]


def tokenised(read: Iterable[dict[str, str]]) -> Iterator[Window]:
    """What the network reads of each sentence and its context."""
    tokenizer = Encoder(model_folder.find(None)).tokenizer
    for pair in read:
        before = tokenizer.pieces(pair["text_pair"]) if pair["text_pair"] else None
        yield from tokenizer.windows(tokenizer.pieces(pair["text"]), before)


def seconds(windows: list[Window], one: Arrangement) -> float:
    """How long an arrangement takes to read all windows once its processes are ready."""
    context = get_context("spawn")
    barrier = context.Barrier(one.processes + 1)
    shares = [(barrier, windows[at :: one.processes], one.threads) for at in range(one.processes)]
    processes = [context.Process(target=read_all, args=share) for share in shares]
    for process in processes:
        process.start()
    barrier.wait()
    start = time.perf_counter()
    barrier.wait()
    passed = time.perf_counter() - start
    for process in processes:
        process.join()
    return passed


def read_all(barrier: Any, windows: list[Window], threads: int) -> None:
    """Load the network, wait for the others, read, and wait for the others, who do not wait for one that fails."""
    try:
        read_between(barrier, windows, threads)
    except BaseException:
        barrier.abort()
        raise


def read_between(barrier: Any, windows: list[Window], threads: int) -> None:
    """Read all windows between two waits."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.x64quantprecision", "1")  # as the annotator's
    session = ort.InferenceSession(str(model_folder.find(None) / "encoder.onnx"), options)
    names = ("input_ids", "token_type_ids", "own")
    feeds = [dict(zip(names, (one.ids[None], one.types[None], own_mask(one)[None]), strict=True)) for one in windows]
    barrier.wait()
    for feed in feeds:
        session.run(["vector", "logits", "tags"], feed)
    barrier.wait()


if __name__ == "__main__":
    main()
