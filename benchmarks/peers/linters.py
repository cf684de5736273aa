"""Peers that lint prose: proselint and write-good."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np

from benchmarks.peers.peer import Answer, Articles, Missing, Peer, Places, Reader, flatten, given, package, release

HEDGING = ("hedging",)
FORM = ("typography", "spelling", "dates_times", "lexical_illusions", "misc.capitalization", "misc.phrasal_adjectives")
"""Checks of proselint that concern the form of what is written, not what it says."""

SCRIPT = """
const lint = require(process.argv[1]);
const every = ["weasel", "illusion", "so", "thereIs", "passive", "adverb", "tooWordy", "cliches", "eprime"];
const count = (text, names) =>
  lint(text, Object.fromEntries(every.map((name) => [name, names.includes(name)]))).length;
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = texts.map((text) =>
  [count(text, ["weasel", "adverb", "tooWordy", "cliches"]), count(text, ["weasel"])]);
process.stdout.write(JSON.stringify(answers));
"""


def open_proselint(_: Places) -> Reader:
    """Findings that concern what is written (framing), and those of hedging (speculation)."""
    checks = package("proselint", "proselint.checks").__register__
    package("proselint", "proselint.registry").CheckRegistry().register_many(checks)
    lint_file = package("proselint", "proselint.tools").LintFile

    def score(text: str) -> list[int]:
        paths = [found.check_result.check_path for found in lint_file("sentence", text).lint()]
        hedging = sum(path.startswith(HEDGING) for path in paths)
        return [sum(not path.startswith(HEDGING + FORM) for path in paths), hedging]

    def read(articles: Articles) -> Answer:
        return Answer(np.array([score(text) for text in flatten(articles)], dtype=float))

    return read


def open_write_good(places: Places) -> Reader:
    """Findings of weasel words, adverbs, wordiness and clichés (framing), and of weasel words alone (speculation)."""
    folder = _write_good(places)
    node = shutil.which("node")
    if node is None:
        raise Missing("node is not installed; write-good needs it")

    def read(articles: Articles) -> Answer:
        texts = json.dumps(flatten(articles))
        command = [node, "-e", SCRIPT, str(folder)]
        done = subprocess.run(command, input=texts, capture_output=True, text=True, check=True)  # noqa: S603 - ours
        return Answer(np.array(json.loads(done.stdout), dtype=float))

    return read


def _write_good(places: Places) -> Path:
    inside = "node_modules/write-good/package.json"
    option = "--write-good FOLDER, where npm installed write-good"
    return (given(places.write_good, option, inside) / inside).parent


def _write_good_version(places: Places) -> str:
    return "write-good " + str(
        json.loads((_write_good(places) / "package.json").read_text(encoding="utf-8"))["version"]
    )


PEERS = (
    Peer(
        "proselint",
        ("framing", "speculation"),
        "findings about what is said; findings of hedging",
        release("proselint"),
        open_proselint,
    ),
    Peer(
        "write-good",
        ("framing", "speculation"),
        "weasel words, adverbs, wordiness and clichés; weasel words",
        _write_good_version,
        open_write_good,
    ),
)
