"""Labelling on a Dask cluster: a real scheduler and real workers of this machine, some of which do not live long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_cli import Run, put, refused
from tests.test_cli_label import run  # noqa: F401
from tests.test_corpus_run import tree, wait_for_parts

LABEL = "import sys; from annotator.cli import main; {}; sys.exit(main(['label', *sys.argv[1:]]))"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
ROWS = 5


@dataclass(frozen=True)
class Cluster:
    """A scheduler's address, and the workers that were begun for it."""

    address: str
    workers: list[subprocess.Popen[bytes]]

    @property
    def options(self) -> tuple[str, ...]:
        return ("--engine", "dask", "--scheduler", self.address)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers of one thread each, which work in another folder than the run."""
    place = tmp_path_factory.mktemp("cluster")
    scheduler = dask(place, "scheduler", "--scheduler-file", "scheduler.json", "--port", "0", "--no-dashboard")
    try:
        workers = [dask(place, "worker", *WORKER, "--local-directory", f"w{number}") for number in range(2)]
        try:
            yield Cluster(address(place / "scheduler.json"), workers)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
    finally:
        scheduler.kill()
        scheduler.wait()


WORKER = ("--scheduler-file", "scheduler.json", "--nthreads", "1", "--no-nanny", "--no-dashboard")


def dask(place: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"]
    log = (place / f"{arguments[0]}.log").open("ab")
    with log:
        return subprocess.Popen(command, cwd=place, env=ENVIRONMENT, stdout=log, stderr=log)


def address(file: Path) -> str:
    for _ in range(6000):
        if file.exists() and (text := file.read_text()):
            return str(json.loads(text)["address"])
        time.sleep(0.1)
    pytest.fail("no scheduler came up")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an input and what an unbroken run makes of it."""
    place = tmp_path_factory.mktemp("source")
    texts = [f"The ministry said {n} bridges had closed. It may close {n} more." for n in range(200)]
    rows = [json.dumps({"id": n, "text": text if n % 50 else None}) for n, text in enumerate(texts)]
    (place / "in.jsonl").write_text("\n".join(rows), encoding="utf-8")
    assert ended(start(place, "unbroken"))[0] == 1
    return place


def start(place: Path, out: str, *options: str, before: str = "pass") -> subprocess.Popen[str]:
    """A run of its own on the input, in its folder; `before` is what its process does first."""
    command = [sys.executable, "-c", LABEL.format(before), "in.jsonl", "--out", out, "--shard-rows", str(ROWS)]
    return subprocess.Popen([*command, *options], cwd=place, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code, and the last line on standard error."""
    _, err = process.communicate()
    assert "Traceback" not in err, err
    return process.returncode, err.splitlines()[-1]


def test_a_killed_run_goes_on_with_the_same_workers(cluster: Cluster, source: Path) -> None:
    first = start(source, "resumed", *cluster.options)
    wait_for_parts(first, source / "resumed", 3)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    assert ended(start(source, "resumed", *cluster.options))[0] == 1
    assert tree(source / "resumed") == tree(source / "unbroken")


def test_a_worker_of_another_model_refuses_to_label(cluster: Cluster, source: Path) -> None:
    other = "from annotator import model_folder; model_folder.FILES = ('config.json',)"
    code, line = ended(start(source, "refused", *cluster.options, before=other))
    assert code == 2
    assert line.startswith("annotator: news-en-small is sha256:")
    assert line.endswith("; use one model")
    assert not (source / "refused").exists()


def test_a_worker_killed_in_the_middle_costs_nothing(cluster: Cluster, source: Path) -> None:
    process = start(source, "killed", *cluster.options)
    wait_for_parts(process, source / "killed", 5)
    assert process.poll() is None
    victim = cluster.workers[0]
    assert victim.poll() is None
    victim.kill()
    assert ended(process)[0] == 1
    assert tree(source / "killed") == tree(source / "unbroken")


def test_without_a_scheduler_there_is_a_cluster_of_this_machine(source: Path) -> None:
    code, line = ended(start(source, "alone.jsonl", "--engine", "dask", "--processes", "2"))
    assert code == 1
    assert line.startswith("annotator: 196 documents, 392 sentences, 4 failed rows")
    assert ended(start(source, "local.jsonl"))[0] == 1
    assert (source / "alone.jsonl").read_bytes() == (source / "local.jsonl").read_bytes()


def test_a_scheduler_that_does_not_answer_is_one_line(source: Path) -> None:
    impatient = "from annotator.corpus import cluster; cluster.PATIENCE = 1"
    options = ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1")
    code, line = ended(start(source, "none", *options, before=impatient))
    assert code == 2
    assert line.startswith("annotator: no Dask scheduler answers at tcp://127.0.0.1:1: ")
    assert not (source / "none").exists()


def test_the_extra_is_asked_for_where_it_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setitem(sys.modules, "distributed", None)
    put("in.csv", "text\nTwo said.\n")
    assert refused(run("label", "in.csv", "--out", "out", "--engine", "dask"), "pip install 'three-voices[dask]'")


def test_options_that_do_not_go_together_are_refused(run: Run) -> None:  # noqa: F811
    put("in.csv", "text\nTwo said.\n")
    command = ("label", "in.csv", "--out", "out", "--scheduler", "tcp://127.0.0.1:1")
    assert refused(run(*command), "--scheduler is only for --engine dask")
    assert refused(run(*command, "--engine", "dask", "--processes", "2"), "--processes is for this machine")
