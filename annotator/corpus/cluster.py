"""Shards labelled by the workers of a Dask cluster (extra `dask`): one that runs already, or one of this machine.

The shards are the tasks. A worker that goes takes its shards with it, and the scheduler gives them to another one.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import partial
from typing import Any

from annotator.corpus.engines import AHEAD, Engine, WorkerError, as_completed, cores, label
from annotator.corpus.shards import Shard
from annotator.corpus.worker import Done, Job
from annotator.errors import InputError

PATIENCE = 60
"""Seconds that a run waits for a scheduler, and for the first worker or for another one when all are gone."""


def on_dask(scheduler: str | None = None, processes: int | None = None) -> Engine:
    """The workers of the `scheduler` at an address such as tcp://host:8786, else `processes` of this machine, one a
    core. Workers need this package in the same version, and the inputs and the output under the same names.

    Raises:
        InputError: the extra `dask` is missing.
    """
    distributed = _distributed()

    def engine(job: Job, shards: Iterable[Shard]) -> Generator[Done, None, None]:
        with _client(distributed, scheduler, processes or cores()) as client, _telling(distributed):
            _wait_for_workers(client)
            submit = partial(client.submit, label, job, pure=False)
            first = partial(_first, distributed, client)
            yield from as_completed(submit, first, iter(shards), lambda: AHEAD * max(1, _threads(client)))

    return engine


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise InputError(
            "--engine dask needs the extra `dask`, which is not installed; run: pip install 'three-voices[dask]'"
        ) from error


@contextmanager
def _client(distributed: Any, scheduler: str | None, processes: int) -> Iterator[Any]:
    if scheduler:
        with _connect(distributed, scheduler) as client:
            yield client
        return
    options = {"host": "127.0.0.1", "dashboard_address": None, "memory_limit": None, "silence_logs": "ERROR"}
    with (
        distributed.LocalCluster(n_workers=processes, threads_per_worker=1, **options) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _connect(distributed: Any, scheduler: str) -> Any:
    try:
        return distributed.Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {scheduler}: {error}; check --scheduler") from error


@contextmanager
def _telling(distributed: Any) -> Iterator[None]:
    """Turn what may befall a cluster into one line."""
    try:
        yield
    except distributed.KilledWorker as error:
        raise WorkerError(f"a shard has ended several workers (out of memory?): {error}; {_GO_ON}") from error
    except (CancelledError, distributed.comm.CommClosedError) as error:
        raise WorkerError(f"the Dask scheduler is gone; {_GO_ON}") from error
    except (ImportError, RuntimeError) as error:  # RuntimeError is how a scheduler says that it lacks a module
        reason = " ".join(str(error).split())
        raise WorkerError(f"the cluster cannot label: {reason}; install this package there in this version") from error


_GO_ON = "run the same command to go on"


def _wait_for_workers(client: Any) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise WorkerError(f"no Dask worker for {PATIENCE} seconds; start some, then {_GO_ON}") from error


def _first(distributed: Any, client: Any, running: set[Any]) -> tuple[set[Any], set[Any]]:
    """Wait until some shards are done; not on and on where nobody labels any more."""
    while True:
        try:
            with client.as_current():
                found = distributed.wait(running, timeout=PATIENCE, return_when="FIRST_COMPLETED")
        except TimeoutError:
            _wait_for_workers(client)
        else:
            return set(found.done), set(found.not_done)


def _threads(client: Any) -> int:
    """How many shards all workers label at a time."""
    return sum(client.nthreads().values())
