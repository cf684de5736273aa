"""Documents of a Universal Dependencies treebank that keeps one file a document: their text and its sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from annotator.errors import InputError


@dataclass(frozen=True)
class Article:
    """A text and its sentences in order; nothing but white space is between them."""

    text: str
    sentences: tuple[str, ...]


def documents(treebank: Path, part: str, kind: str = "") -> list[Article]:
    """The documents of a part (train, dev, test) of a treebank, those whose file names begin with `kind`.

    Raises:
        InputError: the folder holds no such treebank.

    """
    files = treebank / "not-to-release"
    try:
        names = (files / "file-lists" / f"files.{part}").read_text(encoding="utf-8").split()
        paths = [
            files / "sources" / f"{name.removesuffix('.conllu')}.conllu" for name in names if name.startswith(kind)
        ]
        return [document(path.read_text(encoding="utf-8")) for path in paths]
    except OSError as error:
        raise InputError(f"cannot read {error.filename}: {error.strerror}; give a copy of the treebank") from error


def document(conllu: str) -> Article:
    """One CoNLL-U document, with a blank line between its paragraphs."""
    text, sentences = "", []
    for block in conllu.strip().split("\n\n"):
        lines = block.splitlines()
        if any(line.startswith("# newpar") for line in lines):
            text = text.rstrip() + "\n\n"
        (sentence,) = (line.removeprefix("# text =").strip() for line in lines if line.startswith("# text ="))
        text += sentence + ("" if _is_glued(lines) else " ")
        sentences.append(sentence)
    return Article(text.strip(), tuple(sentences))


def _is_glued(lines: list[str]) -> bool:
    """No space is after the sentence's last token, as its line says, or that of a range that it ends."""
    tokens = [line.split("\t") for line in lines if not line.startswith("#")]
    last = [fields for fields in tokens if "." not in fields[0]][-1][0]
    return any("SpaceAfter=No" in fields[-1].split("|") for fields in tokens if fields[0].split("-")[-1] == last)
