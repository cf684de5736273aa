"""A corpus from file to file: `python -m benchmarks.corpus [--articles FILE] [--sizes N...]`.

For each size, sentences a second of `annotator label`, Parquet in and out, start and model included, and the peak
memory of all its processes, and with `--fast` of its faster level. No two sentences are alike, as each begins with a
number of its own; with `--real` they are as they stand in the file, each once. Beside it, of the same sentences with
the same context, written nowhere:

- `--peer`: the `transformers` fp32 pipeline of `benchmarks.speed`, padded batches of 32 (needs the extra `train`);
- `--bare`: ONNX Runtime alone on sentences that are tokenised already, one a run, in several arrangements;
- `--dask`: the same run on one worker and on two of a Dask cluster of this machine (needs the extra `dask`).
"""

from __future__ import annotations

import argparse
import json
import os
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
from typing import Any

from annotator import Annotator, model_folder
from annotator.corpus.engines import cores
from annotator.encoder import Encoder, Window, own_mask
from annotator.places import folder
from benchmarks.speed import fp32_pipeline, read_articles, sentence_pairs

INTERVAL = 2.0
"""Seconds between looks at the memory: each stops its processes for some milliseconds."""
BATCH = 32
NAME = 26
"""Characters of a measurement's name."""


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


def measured(texts: list[str], options: argparse.Namespace) -> Iterator[tuple[str, float, int]]:
    """Name, sentences a second and bytes of memory of each way, where these are known."""
    for processes in options.processes:
        more = ["--processes", str(processes)] if processes else []
        yield f"label, {processes or 'all'} processes", *label(texts, more)
    if options.fast:
        yield "label, fast level", *label(texts, ["--level", "fast"])
    for number in (1, 2) if options.dask else ():
        yield f"label, {number} Dask workers", *on_dask(texts, number)
    if options.peer or options.bare:
        for name, rate in compared(texts, peer=options.peer, bare=options.bare):
            yield name, rate, 0


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


def report(size: int, ways: Iterable[tuple[str, float, int]]) -> None:
    """Print sentences a second and memory of each way, and the first one's speed as a multiple of its own."""
    first = 0.0
    for name, rate, memory in ways:
        first = first or rate
        told = f"{memory >> 20:6} MB" if memory else f"{'':9}"
        line = f"{name:{NAME}} {size:>9,} sentences {rate:8.1f}/s  {told}  {first / rate:6.2f}"
        print(line, flush=True)
    print("(last column: the first line / this one)", flush=True)


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


def label(texts: list[str], options: Sequence[str], others: Sequence[int] = ()) -> tuple[float, int]:
    """Sentences a second of a whole run of the command line, and bytes of memory at the peak, with those of the
    processes `others`.
    """
    import pyarrow as pa
    from pyarrow import parquet

    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place, "in.parquet"), Path(place, "out.parquet")
        parquet.write_table(pa.table({"text": texts}), source, row_group_size=100)
        command = [sys.executable, "-m", "annotator", "label", str(source), "--out", str(out), *options]
        start = time.perf_counter()
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603
            peak = max(memories(process, others))
        return parquet.read_metadata(out).num_rows / (time.perf_counter() - start), peak


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


def on_dask(texts: list[str], number: int) -> tuple[float, int]:
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
                return label(texts, ["--engine", "dask", "--scheduler", address], [scheduler, *workers])


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


def compared(texts: list[str], *, peer: bool, bare: bool) -> Iterator[tuple[str, float]]:
    """Sentences a second of the pipeline, and of ONNX Runtime in each arrangement; their models loaded before."""
    annotator = Annotator.load()
    pairs = [pair for text in texts for pair in sentence_pairs(annotator, text)]
    if peer:
        reader = fp32_pipeline()
        start = time.perf_counter()
        reader(pairs, batch_size=BATCH)
        yield f"fp32 pipeline, batch {BATCH}", len(pairs) / (time.perf_counter() - start)
    if bare:
        windows = list(tokenised(pairs))
        for one in arrangements(cores()):
            yield str(one), len(pairs) / seconds(windows, one)


def arrangements(most: int) -> list[Arrangement]:
    """Those that can be the fastest on `most` cores."""
    return [Arrangement(most, 1), *([Arrangement(1, most)] if most > 1 else [])]


def tokenised(pairs: Iterable[dict[str, str]]) -> Iterator[Window]:
    """What the network reads of each sentence and its context."""
    tokenizer = Encoder(model_folder.find(None)).tokenizer
    for pair in pairs:
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
