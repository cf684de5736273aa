"""Names in running text, found by capitals, titles and a few lists of words: no parser is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from annotator.name_lists import (
    APPOSITION_ENDS,
    BODIES,
    COMPANY_ENDINGS,
    COMPANY_NOUNS,
    DOTTED,
    FIRST_NAMES,
    GENDERS,
    HONORIFICS,
    OPENERS,
    PARTICLES,
    PLACE_ENDINGS,
    ROLES,
    UNJOINED,
)

PERSON, BODY, COMPANY, PLACE, UNSURE = "person", "body", "company", "place", "unsure"
"""What a name may name."""

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_SPACE = re.compile(r"\s{1,3}")
_BEFORE = re.compile(r"([\w-]+),?\s\Z")
_THE = re.compile(r"\b(?:[Tt]he|THE)\s\Z")
_BODY_NOUN = re.compile(r"\s([a-z]+)\b")
_OF_NAME = re.compile(r"\s(?:of|for)\s(?:the\s)?[A-Z][\w-]*(?:\s(?:and\s)?[A-Z][\w-]*){0,4}")
_APPOSITION = re.compile(r",\s(?:\d{1,3}\b|who\b|whose\b|((?:[\w'’-]+\s){0,5}[\w-]+))")
_WIDE = 100
"""Characters after a name in which what it is may be said."""
_HEADLINE = 0.75
"""Share of capitalised words from which a sentence is taken for a headline."""
_FINAL = ".!?…:;,\"'”’)]"


@dataclass(frozen=True)
class Name:
    """A name and where it stands.

    Attributes:
        words: its words casefolded, without titles.
        roles: titles and roles that stand with it, casefolded: ("deputy", "mayor").
        kind: PERSON, BODY, COMPANY, PLACE or UNSURE.
        gender: "m", "f" or "" where nothing tells.

    """

    start: int
    end: int
    words: tuple[str, ...]
    roles: tuple[str, ...] = ()
    kind: str = UNSURE
    gender: str = ""


class _Word(NamedTuple):
    start: int
    end: int
    text: str
    folded: str
    possessive: bool


def find_names(text: str, start: int, end: int) -> list[Name]:
    """The names in the sentence `text[start:end]`, in order.

    Headlines and bylines, without a full stop or with capitals throughout, are left out: capitals say nothing there.
    """
    words = list(_WORD.finditer(text, start, end))
    capitals = sum(text[word.start()].isupper() for word in words)
    if text[end - 1] not in _FINAL or (len(words) > 4 and capitals >= _HEADLINE * len(words)):
        return []
    return [name for run in _runs(text, words) for name in _named(text, start, end, run)]


def body_of(text: str, end: int, name: Name) -> tuple[int, int, str] | None:
    """Where a body is named in full, up to `end`, and its head: "the Bank of Norvik", "Denby Vale council"."""
    following = _BODY_NOUN.match(text, name.end, min(end, name.end + _WIDE))
    if following and following[1] in BODIES:
        stop, head = following.end(), following[1]
    elif name.words[-1] in BODIES:
        rest = _OF_NAME.match(text, name.end, min(end, name.end + _WIDE))
        stop, head = rest.end() if rest else name.end, name.words[-1]
    elif name.kind == COMPANY:
        stop, head = name.end, COMPANY
    elif name.kind == BODY:
        stop, head = name.end, name.words[-1]
    else:
        return None
    the = _THE.search(text, max(0, name.start - 5), name.start)
    return the.start() if the else name.start, stop, head


def gender_of(words: Iterable[str]) -> str:
    """What titles and roles, casefolded, tell of a person's gender: "m", "f" or ""."""
    return next((GENDERS[word] for word in words if word in GENDERS), "")


def is_role(word: str) -> bool:
    """Whether a casefolded word is what a person is: "minister", "co-host"."""
    return word in ROLES or word.rsplit("-", 1)[-1] in ROLES


def _word(match: re.Match[str]) -> _Word:
    text = match.group()
    possessive = text.endswith(("'s", "’s"))
    text = text[:-2] if possessive else text
    return _Word(match.start(), match.start() + len(text), text, text.casefold(), possessive)


def _runs(text: str, words: Sequence[re.Match[str]]) -> Iterator[list[_Word]]:
    """Capitalised words that stand together; only a capital begins a run, and most words have none."""
    run: list[_Word] = []
    for index, match in enumerate(words):
        if not run and not text[match.start()].isupper():
            continue
        word = _word(match)
        if run and not _joins(text, run[-1], word):
            yield run
            run = []
        following = words[index + 1] if index + 1 < len(words) else None
        if _is_part(word, run, following):
            run.append(word)
    if run:
        yield run


def _is_part(word: _Word, run: Sequence[_Word], following: re.Match[str] | None) -> bool:
    if word.text[0].isupper():
        return bool(run) or word.folded not in OPENERS
    if not run or word.text not in PARTICLES or following is None:
        return False
    after = _word(following).text
    return after[0].isupper() or after in PARTICLES


def _joins(text: str, last: _Word, word: _Word) -> bool:
    """Whether `word` goes on with the run that ends with `last`."""
    gap = text[last.end : word.start]
    if last.possessive or word.folded in UNJOINED:
        return False
    if not word.text[0].isupper():
        return word.text in PARTICLES and _SPACE.fullmatch(gap) is not None
    if gap.startswith(".") and (last.folded in DOTTED or len(last.text) == 1):
        gap = gap[1:]
    return _SPACE.fullmatch(gap) is not None or gap == " & "


def _named(text: str, start: int, end: int, run: Sequence[_Word]) -> Iterator[Name]:
    """The name in a run, if there is more to it than titles."""
    titles = max((index for index, word in enumerate(run) if is_role(word.folded)), default=-1) + 1
    own = run[titles:]
    if not own:
        return
    roles = (*(word.folded for word in run[:titles] if is_role(word.folded)), *_roles_around(text, start, end, run))
    words = tuple(word.folded for word in own)
    first = run[_first_title(run, titles, len(own) > 1)]
    kind = _kind(text, end, run, roles)
    gender = (gender_of(roles) or _gender_by_first(words)) if kind in (PERSON, UNSURE) else ""
    yield Name(first.start, own[-1].end, words, roles, PERSON if gender else kind, gender)


def _gender_by_first(words: tuple[str, ...]) -> str:
    return FIRST_NAMES.get(words[0], "") if len(words) > 1 else ""


def _first_title(run: Sequence[_Word], titles: int, several: bool) -> int:
    """Where a name begins with those of its titles that belong to it: honorifics, or all where it is one word.

    In "Attorney General Ana Ruiz" a role precedes the rank, which is then none.
    """
    kept = HONORIFICS if several else ROLES
    first = titles
    while first and run[first - 1].folded in kept:
        first -= 1
    return titles if several and first else first


def _roles_around(text: str, start: int, end: int, run: Sequence[_Word]) -> Iterator[str]:
    """Roles just before a name ("the mayor, Yusra Kalim") and after it ("Ines Karvall, a spokeswoman for")."""
    before = _BEFORE.search(text, max(start, run[0].start - 30), run[0].start)
    if before and is_role(before[1].casefold()):
        yield before[1].casefold()
    after = _APPOSITION.match(text, run[-1].end, min(end, run[-1].end + _WIDE))
    for word in (after[1] or "").split() if after and not run[-1].possessive else ():
        if word in APPOSITION_ENDS or word[0].isupper():
            return
        if is_role(word):
            yield word


def _kind(text: str, end: int, run: Sequence[_Word], roles: Sequence[str]) -> str:
    last = run[-1]
    for kind, words in ((BODY, BODIES), (COMPANY, COMPANY_ENDINGS), (PLACE, PLACE_ENDINGS)):
        if last.folded in words:
            return kind
    before = [word.folded for word in run[:-1]] or _BEFORE.findall(text, max(0, run[0].start - 30), run[0].start)
    if "&" in text[run[0].start : last.end] or any(_is_company_noun(word) for word in before):
        return COMPANY
    apposed = _APPOSITION.match(text, last.end, min(end, last.end + _WIDE))
    introduced = not last.possessive and apposed and not apposed[1]
    if roles or introduced:
        return PERSON
    return BODY if _THE.search(text, max(0, run[0].start - 5), run[0].start) else UNSURE


def _is_company_noun(word: str) -> bool:
    return word in COMPANY_NOUNS or word.endswith("maker")
