"""A model folder on disk: its configuration, checked, and the digest over the files that decide an answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.errors import ModelError
from annotator.marks import Model, check_thresholds
from annotator.places import folder

FORMAT = 1
DEFAULT = "news-en-small"
FILES = ("config.json", "encoder.onnx", "heads.skops", "tokenizer.json")
"""The files that decide an answer; the model's digest is taken over them in this order."""


@dataclass(frozen=True)
class Config:
    """`config.json`: the model's name and version, the network's sentence `logits` and token `tags` in column order,
    the number of `features` that its heads expect, label thresholds and tag thresholds.
    """

    name: str
    version: str
    logits: tuple[str, ...]
    tags: tuple[str, ...]
    features: int
    thresholds: dict[str, float]
    tag_thresholds: dict[str, float]


def find(model: str | Path | None) -> Path:
    """The folder of a model given by path, by the name of a shipped one, or the default one."""
    path = Path(model or DEFAULT)
    found = path if path.is_dir() else folder("models") / path
    if not found.is_dir():
        shipped = sorted(entry.name for entry in folder("models").iterdir() if entry.is_dir())
        raise ModelError(f"no model {str(model)!r}; give a model folder or one of: {', '.join(shipped)}")
    return found


def read_config(path: Path) -> Config:
    """Read and check `config.json` in a model folder."""
    try:
        raw: dict[str, Any] = json.loads((path / "config.json").read_text(encoding="utf-8"))
        if raw.pop("format") != FORMAT:
            raise ModelError(f"{path} is a model of another format than {FORMAT}; install the annotator made for it")
        raw["thresholds"] = check_thresholds(raw["thresholds"])
        return Config(**{**raw, "tags": tuple(raw["tags"]), "logits": tuple(raw["logits"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"cannot read {path / 'config.json'}: {error}; restore the model folder") from error


def identity(path: Path, config: Config) -> Model:
    """Name, version and digest (SHA-256 over FILES) of the model in a folder."""
    digest = hashlib.sha256()
    for name in FILES:
        try:
            content = (path / name).read_bytes()
        except OSError as error:
            raise ModelError(f"cannot read {path / name}: {error.strerror}; restore the model folder") from error
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return Model(config.name, config.version, f"sha256:{digest.hexdigest()}")
