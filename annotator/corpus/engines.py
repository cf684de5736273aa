"""Who labels the shards: an engine takes a job and its shards, and yields what is done as it is done, in any order.

Another engine needs no more than that: `worker.load` once where it works, and `worker.label_shard` for each shard.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import lru_cache, partial
from itertools import chain, islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Protocol, TypeVar

from annotator.corpus import worker
from annotator.corpus.shards import Shard
from annotator.corpus.worker import Done, Job
from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from annotator.corpus.cache import CachedAnnotator

Engine = Callable[[Job, Iterable[Shard]], Generator[Done, None, None]]

AHEAD = 2
"""Shards that wait for each process, so that none is idle while the next is cut."""
_LOADING = threading.Lock()


class Pending(Protocol):
    """A shard that is being labelled somewhere."""

    def result(self) -> Done:
        """What was done, once it is."""


F = TypeVar("F", bound=Pending)


class WorkerError(AnnotatorError):
    """A process that was labelling is gone; what is done is kept."""


def fitting(processes: int | None = None) -> Engine:
    """Processes of this machine, one a core, or where there is only one core or shard this process alone."""

    def engine(job: Job, shards: Iterable[Shard]) -> Generator[Done, None, None]:
        rest = iter(shards)
        first = list(islice(rest, 2))
        count = (processes or cores()) if len(first) > 1 else 1
        run = in_processes(count) if count > 1 else in_this_process
        yield from run(job, chain(first, rest))

    return engine


def in_this_process(job: Job, shards: Iterable[Shard]) -> Generator[Done, None, None]:
    """Label one shard after the other; the annotator uses all cores by threads."""
    annotator: CachedAnnotator | None = None
    for shard in shards:
        annotator = annotator or worker.load(job, cores())
        yield worker.label_shard(annotator, job, shard)


def in_processes(count: int) -> Engine:
    """`count` processes of one thread each, while this one cuts shards; they end when it does, however it does."""

    def engine(job: Job, shards: Iterable[Shard]) -> Generator[Done, None, None]:
        context = get_context("spawn")
        alive, held = context.Pipe(duplex=False)
        pool = ProcessPoolExecutor(count, context, _begin, (alive,))
        try:
            yield from as_completed(partial(_submit, pool, job), _first, iter(shards), lambda: AHEAD * count)
        except BrokenProcessPool as error:
            held.close()  # the pool does not end a process that was beginning as it broke, and would wait for it
            raise WorkerError(
                "a process that was labelling is gone (killed, or out of memory); run the same command to go on"
            ) from error
        except BaseException:
            held.close()  # nobody waits for what is half done
            raise
        finally:
            pool.shutdown(cancel_futures=True)
            held.close()
            alive.close()

    return engine


def label(job: Job, shard: Shard) -> Done:
    """Label a shard in a process that keeps its annotator for the next one."""
    return worker.label_shard(_annotator(job), job, shard)


def cores() -> int:
    """The cores this process may use, where the system can tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def as_completed(
    submit: Callable[[Shard], F],
    first: Callable[[set[F]], tuple[set[F], set[F]]],
    shards: Iterator[Shard],
    most: Callable[[], int],
) -> Iterator[Done]:
    """What is done as it is done, with at most `most()` shards submitted; `first` waits until some of them are done,
    and tells these from the others.
    """
    running: set[F] = set()
    while True:
        running |= {submit(shard) for shard in islice(shards, max(0, most() - len(running)))}
        if not running:
            return
        finished, running = first(running)
        for future in finished:
            yield future.result()


def _submit(pool: ProcessPoolExecutor, job: Job, shard: Shard) -> Future[Done]:
    return pool.submit(label, job, shard)


def _first(running: set[Future[Done]]) -> tuple[set[Future[Done]], set[Future[Done]]]:
    finished, rest = wait(running, return_when=FIRST_COMPLETED)
    return finished, rest


def _annotator(job: Job) -> CachedAnnotator:
    """The annotator of this process for a job, loaded once even where several threads label."""
    with _LOADING:
        return _load(job)


@lru_cache(maxsize=1)
def _load(job: Job) -> CachedAnnotator:
    return worker.load(job, 1)


def _begin(alive: Connection) -> None:
    """Leave Ctrl-C to the process that began this one, and end at once when that one ends or lets go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        with suppress(EOFError, OSError):
            alive.recv()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
