"""A corpus from file to file: `python -m benchmarks.corpus [--articles FILE] [--sizes N...]`.

For each size, sentences a second of `annotator label`, Parquet in and out, and the peak memory of all its processes.
No two sentences are alike. With `--peer`, beside it the `transformers` fp32 pipeline of `benchmarks.speed`, which reads
the same sentences with the same context and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

from annotator import Annotator
from annotator.places import folder
from benchmarks.speed import fp32_pipeline, read_articles, sentence_pairs

INTERVAL = 0.2
"""Seconds between looks at the memory."""
BATCH = 32


def main() -> None:
    """Measure each size and print a line for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=main.__doc__)
    gold = folder("labels") / "gold" / "train" / "articles.jsonl"
    parser.add_argument("--articles", type=Path, default=gold, help="JSON lines with `text` and `article` or `doc`")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000], metavar="SENTENCES")
    parser.add_argument(
        "--processes", type=int, nargs="+", default=[0], help="1 is threads in one process, 0 one a core"
    )
    parser.add_argument("--peer", action="store_true", help="measure the fp32 pipeline too (needs the extra train)")
    options = parser.parse_args()
    for size in options.sizes:
        texts = list(unlike(read_articles(options.articles, size), size))
        for processes in options.processes:
            seconds, memory, sentences = label(texts, processes)
            name = f"label, {processes or 'all'} processes"
            print(f"{name:24} {sentences:>9,} sentences {sentences / seconds:8.1f}/s  {memory >> 20:5} MB", flush=True)
        if options.peer:
            print(f"{'fp32 pipeline':24} {size:>9,} sentences {peer(texts):8.1f}/s", flush=True)


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


def label(texts: list[str], processes: int) -> tuple[float, int, int]:
    """Seconds, bytes of memory at the peak, and sentences, of a whole run of the command line."""
    import pyarrow as pa
    from pyarrow import parquet

    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place, "in.parquet"), Path(place, "out.parquet")
        parquet.write_table(pa.table({"text": texts}), source, row_group_size=100)
        command = [sys.executable, "-m", "annotator", "label", str(source), "--out", str(out)]
        start = time.perf_counter()
        command += ["--processes", str(processes)] if processes else []
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603
            peak = max(memories(process))
        return time.perf_counter() - start, peak, parquet.read_metadata(out).num_rows


def memories(process: subprocess.Popen[bytes]) -> Iterator[int]:
    """The memory of a process and those it began, now and then until it ends; shared pages count once for each."""
    yield 0
    while process.poll() is None:
        yield sum(map(resident, [process.pid, *children(process.pid)]))
        time.sleep(INTERVAL)


def children(parent: int) -> Iterable[int]:
    """The processes that a process began and that still run (Linux)."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for path in tasks for child in path.read_text().split()]


def resident(process: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def peer(texts: list[str]) -> float:
    """Sentences a second of the pipeline, its model loaded."""
    annotator, reader = Annotator.load(), fp32_pipeline()
    pairs = [pair for text in texts for pair in sentence_pairs(annotator, text)]
    start = time.perf_counter()
    reader(pairs, batch_size=BATCH)
    return len(pairs) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
