"""Document → counts, and who is quoted how often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from annotator.marks import LABELS, Document, Sentence, Source
from annotator.name_lists import BODIES, COMPANY_ENDINGS, ROLES

_PRONOUNS = {"he", "she", "they", "it", "i", "we", "who", "which", "him", "her", "them"}
_DETERMINERS = {"the", "a", "an", "this", "that", "his", "her", "its", "their", "our", "my"}
_COMMON_HEADS = {
    "agency", "association", "authority", "bank", "board", "centre", "center", "commission", "committee", "company",
    "council", "court", "department", "foundation", "government", "group", "institute", "ministry", "office", "party",
    "police", "report", "service", "survey", "union", "university",
}  # fmt: skip
"""Last words that many bodies share: two of them are one source only when the rest agrees too."""
_WORD = re.compile(r"\w[\w.-]*(?:['’](?!s\b)\w+)*(?:['’]s\b)?")
_AFTER_NAME = re.compile(r"\s+(?:of|for|from|at|with)\s")


@dataclass(frozen=True)
class Summary:
    """A document in numbers.

    Attributes:
        counts: sentences by primary label, all four of LABELS, zeros too.
        quoted: named sources of the sentences that are sourced first of all, each once as first written, with the
            number of those sentences; most quoted first. A pronoun or short name counts for whom it stands.
        unnamed: how many different unnamed sources those sentences have.
        unresolved: pronouns among their sources of which it is not known whom they stand for, casefolded, with the
            number of those sentences; most frequent first.

    """

    counts: tuple[tuple[str, int], ...]
    quoted: tuple[tuple[str, int], ...]
    unnamed: int
    unresolved: tuple[tuple[str, int], ...] = ()

    @property
    def sentences(self) -> int:
        """How many sentences there are."""
        return sum(count for _, count in self.counts)

    @property
    def named(self) -> int:
        """How many different named sources there are."""
        return len(self.quoted)

    def line(self) -> str:
        """The document in one line: "14 sentences: 5 sourced to 3 named sources, 6 framing, 3 plain"."""
        if not self.sentences:
            return "no sentences"
        parts = (f"{count} {label}{self._to() if label == 'sourced' else ''}" for label, count in self.counts if count)
        return f"{_plural(self.sentences, 'sentence')}: {', '.join(parts)}"

    def _to(self) -> str:
        pronouns = sum(times for _, times in self.unresolved)
        unclear = f" ({_plural(pronouns, 'pronoun')} unresolved)" if pronouns else ""
        if self.named:
            return f" to {_plural(self.named, 'named source')}{unclear}"
        return f" to unnamed sources{unclear}" if self.unnamed else unclear


def summarise(document: Document) -> Summary:
    """Count the sentences and the sources of a document."""
    sourced = [sentence for sentence in document.sentences if sentence.label == "sourced"]
    counts = Counter(sentence.label for sentence in document.sentences)
    unnamed = {_wording(name) for sentence in sourced for name in _names(document.text, sentence, "unnamed")}
    quoted, unresolved = _quoted(document.text, sourced), _unresolved(document.text, sourced)
    return Summary(tuple((label, counts[label]) for label in LABELS), quoted, len(unnamed), unresolved)


def _quoted(text: str, sourced: Iterable[Sentence]) -> tuple[tuple[str, int], ...]:
    """Each named source, as first written, with the number of sentences it is quoted in."""
    first: dict[str, tuple[str, ...]] = {}
    times: Counter[str] = Counter()
    for sentence in sourced:
        speakers = set()
        for name in _names(text, sentence, "named"):
            words = name_words(name)
            known = _known(first, name, words)
            first.setdefault(known, words)
            speakers.add(known)
        times.update(sorted(speakers))
    return _most_first(times)


def _known(first: Mapping[str, tuple[str, ...]], name: str, words: tuple[str, ...]) -> str:
    """Under which of the first names a source is known: its own, where none is the same or several may be."""
    exact = [one for one, its in first.items() if its == words]
    same = exact or [one for one, its in first.items() if _same(its, words)]
    return same[0] if len(same) == 1 else name


def _unresolved(text: str, sourced: Iterable[Sentence]) -> tuple[tuple[str, int], ...]:
    """Pronouns whose referent is not known, with the number of sentences that they are a source of."""
    said = ({_resolved(text, source).casefold() for source in one.shown_sources} & _PRONOUNS for one in sourced)
    return _most_first(Counter(pronoun for pronouns in said for pronoun in sorted(pronouns)))


def _most_first(times: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(times.items(), key=lambda item: -item[1]))


def _names(text: str, sentence: Sentence, kind: str) -> Iterator[str]:
    """What the sentence's sources of a kind are called; a pronoun counts only where its referent is known."""
    for source in sentence.shown_sources:
        name = _resolved(text, source)
        if source.kind == kind and name.casefold() not in _PRONOUNS and name_words(name):
            yield name


def _resolved(text: str, source: Source) -> str:
    start, end = source.resolved or (source.start, source.end)
    return " ".join(text[start:end].split())


def name_words(name: str) -> tuple[str, ...]:
    """The words that tell a named source from others, casefolded: its capitalised ones, or all of them if none is.

    "the regional governor, Danilo Arvest" → ("danilo", "arvest"); "the harbour board" → ("harbour", "board").
    A document stays apart from who wrote it: "a review by Ana Ruiz" → ("by ana ruiz", "review").
    """
    document, by, author = name.partition(" by ")
    if by and _wording(document) and not _capitals(document[1:]):
        return (f"by {' '.join(_wording(author))}", *_wording(document))
    capitals = next(filter(None, map(_name, name.split(","))), None)
    return tuple(map(_bare, capitals)) if capitals else _wording(name)


def _wording(name: str) -> tuple[str, ...]:
    return tuple(map(_bare, _content(name)))


def _name(part: str) -> list[str]:
    """The capitalised words of a part; once there are two of them, "of the union" no longer belongs to the name."""
    before = _capitals(_AFTER_NAME.split(part)[0])
    return before if len(before) > 1 else _capitals(part)


def _capitals(part: str) -> list[str]:
    return [word for word in _untitled(_content(part)) if word[0].isupper() and not _possessive(word)]


def _untitled(words: list[str]) -> list[str]:
    """What follows the last title, unless a body is named: "Governor Arvest" → "Arvest", but "Justice Department"."""
    titles = [index for index, word in enumerate(words) if _bare(word) in ROLES]
    rest = words[titles[-1] + 1 :] if titles else words
    return words if not rest or _bare(rest[-1]) in BODIES | COMPANY_ENDINGS else rest


def _content(part: str) -> list[str]:
    return [word for word in _WORD.findall(part) if word.casefold() not in _DETERMINERS]


def _possessive(word: str) -> bool:
    return word.endswith(("'s", "’s"))


def _bare(word: str) -> str:
    return (word[:-2] if _possessive(word) else word).rstrip(".-").casefold()


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two sources are one, by their last word ("Arvest", "Danilo Arvest") or by all of them.

    Two full names of which neither holds the other are two ("Ana Ruiz", "Luis Ruiz"), but for initials.
    """
    short, long = sorted((one, other), key=len)
    last_agrees = short[-1] == long[-1]
    if set(short) <= set(long):
        return last_agrees or short[-1] in _COMMON_HEADS or len(short) == len(long)
    return last_agrees and len(short) > 1 and 1 in map(len, (short[0], long[0])) and short[0][0] == long[0][0]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
