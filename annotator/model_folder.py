"""A model folder on disk: its configuration, checked, and the digest over the files that decide an answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator import segment
from annotator.errors import ModelError
from annotator.marks import Model, check_thresholds
from annotator.places import folder

FORMAT = 1
DEFAULT = "news-en-small"
FILES = ("config.json", "encoder.onnx", "heads.npz", "tokenizer.json")
"""The files that decide an answer; the model's digest is taken over them in this order, then over the segmenter's."""


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

    @property
    def pooled(self) -> int:
        """How many of the features are the pooled vector; the logits, and two numbers a tag, stand behind it."""
        return self.features - len(self.logits) - 2 * len(self.tags)


def find(model: str | Path | None) -> Path:
    """The folder of a model given by path, by the name of a shipped one, or the default one."""
    path = Path(model or DEFAULT)
    found = path if path.is_dir() else folder("models") / path
    if not found.is_dir():
        shipped = sorted(entry.parent.name for entry in folder("models").glob("*/encoder.onnx"))
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
    """Name, version and digest (SHA-256 over FILES and the segmenter's files) of the model in a folder."""
    digest = hashlib.sha256()
    for file in [*(path / name for name in FILES), *_segmenter_files()]:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ModelError(f"cannot read {file}: {error.strerror}; restore the model folder") from error
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return Model(config.name, config.version, f"sha256:{digest.hexdigest()}")


def _segmenter_files() -> list[Path]:
    files = sorted(file for file in (folder("models") / segment.MODEL).rglob("*") if file.is_file())
    return [file for file in files if file.suffix != ".md"]
