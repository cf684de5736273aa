"""Sources → who a pronoun or short name among them stands for: an earlier, fuller name of the same source.

Rules over names, titles, recency and turns of speech, made for precision: where two candidates compete, none is taken.
All found sources count, those of sentences below a threshold too, so that thresholds change nothing here.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile

from annotator.marks import Sentence, Source
from annotator.name_lists import COMPANY_NOUNS, COURTESIES, HEAD_ENDS, MANY
from annotator.names import COMPANY, PERSON, UNSURE, Name, body_of, find_names, gender_of, is_role

REACH = 5
"""A pronoun stands for somebody in its own sentence or in so many before it."""
MEMORY = 8
"""Bearers of one short name, or people of one sentence, that are told apart; two already make it ambiguous."""
LONGEST = 300
"""Characters of a source that are looked into; a longer one is no name."""

GROUP, THING = "group", "thing"
_GENDERS = {"he": "m", "she": "f"}
_SOME = frozenset({"they", "one", "one of them", "some of them", "two of them", "another"})
_POINTERS = frozenset({"the", "this", "that", "these", "those"})
_DETERMINERS = _POINTERS | {"a", "an", "same", "its", "his", "her", "their"}
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_HEAD_WORD = re.compile(r"(,?)\s*(\w+(?:['’-]\w+)*)")
_ACRONYM = re.compile(r"\s\(([A-Z][A-Za-z]{1,7})\)")
_OPENING = re.compile(r"(?:\w+\s+){0,3}")
_NEAR = 40
"""Characters before a name in which its titles stand, and a word or two that may open the sentence before it."""
_TITLES = 4
"""Words that may stand between a preposition and the name that it governs."""

Words = tuple[str, ...]


@dataclass(frozen=True)
class _Referent:
    """Somebody or something that may be meant: where it is named, its kind, its words casefolded and without "the",
    and a gender if the name tells.
    """

    start: int
    end: int
    kind: str
    words: Words
    gender: str = ""


@dataclass
class _Turn:
    """What a sentence offers to the pronouns after it.

    Attributes:
        sources: who speaks in it.
        subject: the person whose name opens it; `others` are named elsewhere in it, `rivals` only after a preposition.
        unresolved: its pronouns for which nobody was found.

    """

    sources: deque[_Referent] = field(default_factory=lambda: deque(maxlen=MEMORY))
    subject: _Referent | None = None
    others: deque[_Referent] = field(default_factory=lambda: deque(maxlen=MEMORY))
    rivals: deque[_Referent] = field(default_factory=lambda: deque(maxlen=MEMORY))
    unresolved: set[str] = field(default_factory=set)

    def people(self) -> list[_Referent]:
        """Who may be meant by "he" or "she": who speaks and whom the sentence is about, or else who is named in it."""
        about = [self.subject] if self.subject else []
        found = [*about, *(self.sources or self.others)]
        return list(dict.fromkeys(one for one in found if one.kind in (PERSON, UNSURE)))


def resolve(text: str, sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """The sentences of `text`, in order, with `resolved` filled in for every source where that is safe.

    A resolved span stands in the text before the source that it explains. Time is linear in the text.
    """
    story, found = _Story(text), tuple(sentences)
    # What is named after the last source explains none.
    heard = max((index for index, sentence in enumerate(found) if sentence.sources), default=-1) + 1
    return (*(story.read(sentence) for sentence in found[:heard]), *found[heard:])


class _Story:
    """A text as far as it has been read: who was named, and the last turns."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._register = _Register(text)
        self._turns: deque[_Turn] = deque(maxlen=REACH)

    def read(self, sentence: Sentence) -> Sentence:
        """The sentence with its sources resolved; what it says is remembered for the next."""
        turn = _Turn()
        names = deque(find_names(self._text, sentence.start, sentence.end))
        sources = []
        for source in sentence.sources:
            while names and names[0].end <= source.start:
                self._meet(names.popleft(), sentence, turn)
            meant = self._meant(source, turn) if source.end - source.start <= LONGEST else None
            meant = meant if meant and meant.end <= source.start else None
            self._hear(source, meant, turn, names)
            place = (meant.start, meant.end) if meant else None
            sources.append(source if source.resolved == place else replace(source, resolved=place))
        for name in names:
            self._meet(name, sentence, turn)
        self._turns.append(turn)
        found = tuple(sources)
        return sentence if found == sentence.sources else replace(sentence, sources=found)

    def _meet(self, name: Name, sentence: Sentence, turn: _Turn) -> None:
        """Remember a name, and whether the sentence is about its bearer."""
        self._register.add(name, sentence.end)
        person = self._register.bearer(name)
        if not person or not self._register.is_person(person) or self._text[name.end : name.end + 1] in ("'", "’"):
            return
        before = self._text[max(sentence.start, name.start - _NEAR) : name.start]
        words = _folded(before.rpartition(",")[2])[-_TITLES:]
        if not HEAD_ENDS.isdisjoint(words):
            turn.rivals.append(person)
        elif turn.subject is None and name.start - sentence.start < _NEAR and _OPENING.fullmatch(before):
            turn.subject = person
        else:
            turn.others.append(person)

    def _hear(self, source: Source, meant: _Referent | None, turn: _Turn, names: Iterable[Name]) -> None:
        """Remember who speaks."""
        said = self._text[source.start : min(source.end, source.start + LONGEST)].casefold()
        if meant:
            turn.sources.append(meant)
            self._register.tell_gender(meant, _GENDERS.get(said, ""))
        elif said in _GENDERS or said in _SOME or said == "it":
            turn.unresolved.add(said)
        elif source.end - source.start <= LONGEST:
            inside = takewhile(lambda name: name.end <= source.end, names) if source.kind == "named" else ()
            own = next((name for name in inside if self._names(source, name)), None)
            turn.sources.extend([self._register.person(own)] if own else self._register.describe(source))

    def _names(self, source: Source, name: Name) -> bool:
        """Whether a name inside a source is the source's own: "the governor, Rashid Menel", not "Menel's office"."""
        if name.kind not in (PERSON, UNSURE):
            return False
        before = _folded(self._text[source.start : name.start])
        after = self._text[name.end : source.end].lstrip()
        ends = not after or after[0] in ",(" or (after[0].isalpha() and _folded(after)[0] in HEAD_ENDS)
        return ends and not HEAD_ENDS.intersection(before)

    def _meant(self, source: Source, turn: _Turn) -> _Referent | None:
        """Who or what a source stands for, where it is no full name itself."""
        said = self._text[source.start : source.end]
        words = _folded(said)
        wording = " ".join(words)
        if wording in _GENDERS:
            return self._he(wording, turn)
        if wording in _SOME:
            return self._they(GROUP, turn)
        if wording == "it":
            return self._they(THING, turn)
        described = self._register.described(words) if words[:1] and words[0] in _POINTERS else None
        return described or self._register.short(said, words)

    def _he(self, pronoun: str, turn: _Turn) -> _Referent | None:
        """The nearest person of the pronoun's gender; None where two compete."""

        def fits(one: _Referent) -> bool:
            return self._register.gender(one) in ("", _GENDERS[pronoun])

        for past in (turn, *reversed(self._turns)):
            people = [one for one in past.people() if fits(one)]
            named = [one for one in past.others if fits(one) and one not in people]
            if pronoun in past.unresolved or (not people and any(map(fits, (*past.rivals, *named)))):
                return None
            if people:
                sure = [one for one in people if self._register.gender(one)]
                likely = sure if len(sure) == 1 else people
                alone = len(likely) == 1 and not named and len(likely[0].words) > 1
                return likely[0] if (sure and len(likely) == 1) or alone else None
        return None

    def _they(self, kind: str, turn: _Turn) -> _Referent | None:
        """The only source of this sentence, or else of the one before, if it is of the right kind."""
        for past in (turn, *islice(reversed(self._turns), 1)):
            found = list(dict.fromkeys(past.sources))
            if found or past.unresolved:
                return found[0] if [one.kind for one in found] == [kind] and not past.unresolved else None
        return None


class _Register:
    """Who and what was named so far, by last word, first name, acronym, role and head noun."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._named: dict[str, list[_Referent]] = defaultdict(list)
        self._described: dict[str, list[_Referent]] = defaultdict(list)
        self._titled: dict[str, set[str]] = defaultdict(set)
        self._people: set[_Referent] = set()
        self._genders: dict[_Referent, str] = {}

    def add(self, name: Name, end: int) -> None:
        """Remember a name of a sentence that ends at `end`."""
        self._add_body(name, end)
        if name.kind in (PERSON, UNSURE):
            self._add_person(name)

    def bearer(self, name: Name) -> _Referent | None:
        """Whom a name names: its only bearer so far."""
        known = [one for one in self._named.get(name.words[-1], ()) if _same(one.words, name.words)]
        found = self._only(known, name.gender)
        if found and len(name.words) == 1 and self._has_namesake(found, name.words[0], name.gender):
            return None
        return found

    def person(self, name: Name) -> _Referent:
        """Whom a source names; the name itself where its bearer is not known, or one of several."""
        self._add_person(name)
        return self.bearer(name) or _Referent(name.start, name.end, name.kind, name.words, name.gender)

    def describe(self, source: Source) -> list[_Referent]:
        """What a source that holds no name of its own describes, if it has any word; it is remembered."""
        said = self._text[source.start : source.end]
        head, many = _head(said)
        if not head:
            return []
        kind = GROUP if many else PERSON if is_role(head) else THING
        referent = _Referent(source.start, source.end, kind, _bare(_folded(said)), gender_of([head]))
        if len(referent.words) > 1:
            _remember(self._described[head], referent)
        return [referent]

    def described(self, words: Words) -> _Referent | None:
        """What "the health ministry" or "the mayor" stands for: the only one so far with that head and those words."""
        bare = _bare(words)
        if not bare or HEAD_ENDS.intersection(bare):
            return None
        if is_role(bare[-1]):
            known = fitting = self._described.get(" ".join(bare), [])
        else:
            head = COMPANY if bare[-1] in COMPANY_NOUNS else bare[-1]
            known = self._described.get(head, [])
            fitting = [one for one in known if {*bare[:-1]} <= {*one.words}]
        fuller = [one for one in fitting if _is_fuller(one, bare)]
        return fuller[0] if len(fitting) == len(fuller) == 1 else None

    def short(self, said: str, words: Words) -> _Referent | None:
        """The only bearer so far of "Menel", "Mr Menel" or "the WHO"."""
        titles = [word for word in words[:-1] if is_role(word)]
        own = [word for word in words if word not in titles and word not in _POINTERS]
        if len(own) != 1 or not said.split()[-1][0].isupper():
            return None
        gender = gender_of(titles)
        one = self._only(self._named.get(own[0], ()), gender)
        if one and self._has_namesake(one, own[0], gender):
            return None
        return one if one and (len(one.words) > 1 or (not titles and one.end - one.start > len(said))) else None

    def _only(self, known: Iterable[_Referent], gender: str) -> _Referent | None:
        """The only one whom a name may mean, given the gender that its title tells, if any."""
        fitting = [one for one in known if not gender or self.gender(one) in ("", gender)]
        return fitting[0] if len(fitting) == 1 else None

    def _has_namesake(self, one: _Referent, word: str, gender: str) -> bool:
        """Whether a bare `word` may mean somebody else too, since a title told of another: "Mrs Clark", David Clark."""
        genders = self._titled.get(word, set()) | {self.gender(one)} - {""}
        return not gender and len(genders) > 1

    def gender(self, one: _Referent) -> str:
        """A person's gender as the name or an earlier pronoun tells: "m", "f" or ""."""
        return one.gender or self._genders.get(one, "")

    def tell_gender(self, one: _Referent, gender: str) -> None:
        """Remember what a title or pronoun tells of a person."""
        if gender:
            self._genders.setdefault(one, gender)

    def is_person(self, one: _Referent) -> bool:
        """Whether a title, an age or a first name has told that this is a person."""
        return one.kind == PERSON or one in self._people

    def _add_body(self, name: Name, end: int) -> None:
        body = body_of(self._text, end, name)
        if not body:
            return
        start, stop, head = body
        referent = _Referent(start, stop, THING, _bare(_folded(self._text[start:stop])))
        if len(referent.words) > 1 or head == COMPANY:
            _remember(self._described[head], referent)
        if head == COMPANY and len(name.words) > 1:
            _remember(self._named[name.words[0]], referent)
        if acronym := _ACRONYM.match(self._text, stop):
            _remember(self._named[acronym[1].casefold()], referent)

    def _add_person(self, name: Name) -> None:
        referent = _Referent(name.start, name.end, name.kind, name.words, name.gender)
        if len(name.words) == 1 and name.gender:
            self._titled[name.words[0]].add(name.gender)
        if len(name.words) > 1 or (name.kind == PERSON and {*name.roles} - COURTESIES):
            _remember(self._named[name.words[-1]], referent)
        if len(name.words) > 1 and name.kind == PERSON:
            _remember(self._named[name.words[0]], referent)
        if person := self.bearer(name):
            self.tell_gender(person, name.gender)
            if name.kind == PERSON:
                self._people.add(person)
            for role in {" ".join(name.roles), *name.roles[-1:]} - {"", *COURTESIES}:
                _remember(self._described[role], person)


def _remember(known: list[_Referent], new: _Referent) -> None:
    """Add a bearer; of two namings of the same one the fuller stays, the earlier of equals."""
    for index, old in enumerate(known):
        if _same(old.words, new.words) and {old.gender, new.gender} != {"m", "f"}:
            if len(new.words) > len(old.words):
                known[index] = new
            return
    if len(known) < MEMORY:
        known.append(new)


def _is_fuller(one: _Referent, bare: Words) -> bool:
    company = bare[-1] in COMPANY_NOUNS
    return company or len(one.words) > len(bare) or (one.kind == PERSON and bare[-1] not in one.words)


def _same(one: Words, other: Words) -> bool:
    """Whether two namings may be of the same: all words of the shorter are in the longer."""
    short, long = (one, other) if len(one) < len(other) else (other, one)
    return all(word in long for word in short)


def _head(text: str) -> tuple[str, bool]:
    """The head noun of a description, casefolded, and whether it stands for several: ("officials", True)."""
    words: list[str] = []
    for comma, found in _HEAD_WORD.findall(text):
        word = found.casefold()
        if words and (comma or word in HEAD_ENDS):
            break
        words.append(word)
    if not words:
        return "", False
    plural = words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "news"))
    return words[-1], plural or not MANY.isdisjoint(words)


def _bare(words: Words) -> Words:
    return tuple(word for word in words if word not in _DETERMINERS)


def _folded(text: str) -> Words:
    return tuple(match.group().casefold() for match in _WORD.finditer(text))
