"""The numbers, dates and names of a text, in forms in which they can be looked for in another text.

Patterns and word lists, made to be predictable: a fact that is told in other words ("three weeks", "21 days";
"Tuesday", "yesterday") is not recognised as the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from annotator.marks import Document
from annotator.name_lists import BODIES, COMPANY_ENDINGS, PLACE_ENDINGS
from annotator.names import Name, find_names

FACTS = ("number", "date", "name")

_UNITS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPELLED = {word: number for number, word in enumerate(_UNITS.split(), 1)}
_SPELLED |= {word: 10 * number for number, word in enumerate(_TENS.split(), 2)}
_SCALES = {"dozen": 12, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
_LONGEST = 30
"""Characters of a number that is reckoned with; a longer one is compared as it is written."""

_SCALE = rf"(?:[\s-](?P<scale>{'|'.join(_SCALES)})\b)?"
_DIGITS = re.compile(rf"\b(?P<digits>\d+(?:[.,:]\d+)*)(?:(?P<letter>{'|'.join(_LETTERS)})\b)?{_SCALE}")
_WORDS = re.compile(rf"\b(?ai:(?P<first>{'|'.join(_SPELLED)})(?:-(?P<second>{'|'.join(_UNITS.split())}))?)\b{_SCALE}")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_SHORT_MONTHS = "Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_DATE = re.compile(
    rf"\b(?:(?P<day>{_DAY})(?:st|nd|rd|th)?\s(?:of\s)?)?(?P<month>{_MONTHS}|{_SHORT_MONTHS})\b"
    rf"(?:\.?\s(?P<after>{_DAY})(?:st|nd|rd|th)?\b(?![.,:]\d))?"
)
_ALONE = frozenset(_MONTHS.split("|")) - {"March", "May"}
"""Words that are always a month; others are one only with a day or where one is spoken of."""
_OF_MONTH = re.compile(r"\b(?:after|before|by|early|from|in|last|late|next|of|since|this|till|until)\s\Z")
_OF_NAME = re.compile(" [A-Z]")
_NEAR = 8
"""Characters before a month in which it is told that it is one."""
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_SHARED = BODIES | COMPANY_ENDINGS | PLACE_ENDINGS
"""Last words that many names have in common."""


@dataclass(frozen=True)
class Fact:
    """A number, date or name and where it stands; `kind` is one of FACTS."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Told:
    """A fact and the forms in which it can be told; if another text knows one of them, it has the fact."""

    fact: Fact
    forms: frozenset[str]


def missing(document: Document, other: Document) -> tuple[Fact, ...]:
    """The facts of one document that do not occur in the other: each once, in order of first mention."""
    known = _known(other)
    found: dict[frozenset[str], Fact] = {}
    for told in facts(document):
        if told.forms.isdisjoint(known):
            found.setdefault(told.forms, told.fact)
    return tuple(found.values())


def facts(document: Document) -> Iterator[Told]:
    """The facts of a document's sentences, in order.

    "One" is none, since it seldom counts anything; nor is a name of one word that opens its sentence, since its
    capital says nothing there.
    """
    text = document.text
    for sentence in document.sentences:
        own = [told for told in _figures(text, sentence.start, sentence.end) if "1" not in told.forms]
        own += _names(text, sentence.start, sentence.end)
        yield from sorted(own, key=lambda told: (told.fact.start, told.fact.end))


def _known(document: Document) -> frozenset[str]:
    """The forms of all facts that a document has: with "4 March" it has "March" too, and every word may be a name."""
    forms: set[str] = set()
    for sentence in document.sentences:
        for told in _figures(document.text, sentence.start, sentence.end):
            forms.update(told.forms, (form.split()[0] for form in told.forms))
        for match in _WORD.finditer(document.text, sentence.start, sentence.end):
            parts = _parts(match.group())
            forms.update(map(_word, parts), filter(str.isupper, parts))
    return frozenset(forms)


def _parts(word: str) -> tuple[str, ...]:
    """What of a word may be a name: "Roe-Hale's" holds "Roe-Hale", "Roe" and "Hale"."""
    word = word.replace("’", "'").removesuffix("'s")
    return (word, *word.split("-"))


def _word(word: str) -> str:
    return f"={word.casefold()}"


def _names(text: str, start: int, end: int) -> Iterator[Told]:
    for name in find_names(text, start, end):
        opens = not _WORD.search(text, start, name.start)
        if len(name.words) > 1 or not opens:
            yield Told(Fact(name.start, name.end, "name"), frozenset(_forms(name)))


def _forms(name: Name) -> Iterator[str]:
    """The last word that tells a name from others ("Oskar", the Bank of "Norvik"), and the initials of a long one."""
    telling = [word for word in name.words if word not in _SHARED] or name.words
    yield _word(telling[-1].replace("’", "'"))
    if len(name.words) > 2:
        yield "".join(word[0] for word in name.words).upper()


def _figures(text: str, start: int, end: int) -> Iterator[Told]:
    """Numbers and dates; what is part of a date is no number of its own."""
    taken: set[int] = set()
    for match in _DATE.finditer(text, start, end):
        if form := _date(text, match):
            taken.update(range(*match.span()))
            yield _told(match, "date", form)
    for match in _WEEKDAY.finditer(text, start, end):
        yield _told(match, "date", match.group()[:3])
    for match in _DIGITS.finditer(text, start, end):
        if match.start() not in taken:
            yield _told(match, "number", *_digits(match))
    for match in _WORDS.finditer(text, start, end):
        yield _told(match, "number", _spelled(match))


def _told(match: re.Match[str], kind: str, *forms: str) -> Told:
    return Told(Fact(match.start(), match.end(), kind), frozenset(forms))


def _date(text: str, match: re.Match[str]) -> str:
    """A month with its day, "Mar 4", or without, "Mar"; "" for a word that is no month here."""
    day = match["day"] or match["after"]
    before = text[max(0, match.start() - _NEAR) : match.start()]
    told = match["month"] in _ALONE or (_OF_MONTH.search(before) and not _OF_NAME.match(text, match.end()))
    if not day and not told:
        return ""
    return f"{match['month'][:3]} {int(day)}" if day else match["month"][:3]


def _digits(match: re.Match[str]) -> Iterator[str]:
    """What a number may come to: "14m" may be metres or millions."""
    yield _times(match["digits"], _SCALES.get(match["scale"], 1))
    if match["letter"]:
        yield _times(match["digits"], _LETTERS[match["letter"]])


def _spelled(match: re.Match[str]) -> str:
    number = _SPELLED[match["first"].lower()] + _SPELLED.get((match["second"] or "").lower(), 0)
    return str(number * _SCALES.get(match["scale"], 1))


def _times(digits: str, scale: int) -> str:
    """A number in one form: "1,500", "1500" and "1.5" thousand are "1500"; times and the like stay as they are."""
    plain = digits.replace(",", "") if _GROUPED.fullmatch(digits) else digits
    if len(plain) > _LONGEST or not _PLAIN.fullmatch(plain):
        return digits
    return format((Decimal(plain) * scale).normalize(), "f")
