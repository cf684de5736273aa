"""Where a run of final marks (`.`, `?!`, `…`) ends a sentence: word lists, patterns and the rules that read them.

A network proposes places; for each run of final marks the rules, asked in order, may overrule it. The first
that answers True (a sentence ends here) or False (it goes on) is heard; where none does, the proposal stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _any_of(words: frozenset[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


# Abbreviations are written without their last full stop.
NEVER_LAST = _words("""
    Adm Ald Amb Asst Atty Brig Capt Card Cdr Cllr Cmdr Col Cpl Cpt Det Dr Fr Ft Gen Gov Hon Insp Lieut Lt Maj Messrs
    Mgr Mlle Mme Mr Mrs Ms Mt Pfc Pres Prof Pte Pvt Reps Rep Revd Rev Sec Sens Sen Sgt Spc Ssgt Supt Treas
    approx Approx ca cf eg e.g est Est ie incl i.e v v.s viz vs""")
BEFORE_NUMBER = _words("Art Arts Ch Fig Figs No Nos Op Par Vol Vols art ch fig no nos op p para pp vol")
SOMETIMES_LAST = _words("""
    Assn Assoc Ave Bldg Blvd Bros Co Corp Cos Ctr Dept Dist Div Esq Govt Hwy Inc Intl Jr Ltd Mfg Natl Plc Rd Sq Sr St
    Ste Univ al dept ft govt Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec
    Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun""")
PLACES = _words("""
    Ala Ariz Ark Calif Colo Conn Del Fla Ga Ia Ill Ind Kan Kans Ky La Mass Md Mich Minn Miss Mo Mont Neb Nebr Nev Okla
    Ont Ore Pa Penn Que Tenn Tex Va Vt Wash Wis Wisc Wyo D.C N.C N.D N.H N.J N.M N.Y R.I S.C S.D W.Va""")
"""Like SOMETIMES_LAST they end a sentence before one of STARTERS or an opening quote, and after a town and a comma
before any capital; before other capitals the network decides."""
CAUTIOUS = SOMETIMES_LAST | PLACES
OFTEN_LAST = _words("a.m p.m A.M P.M etc")
"""They end a sentence before any capital but those of AFTER_TIME."""
AFTER_TIME = _words("""
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays
    Sundays Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun January February March April May June July August September
    October November December Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec Christmas Easter Thanksgiving
    Eastern Central Mountain Pacific Greenwich GMT UTC BST CET CEST EET IST JST ET EST EDT CT CST CDT MT MST MDT PT
    PST PDT AEST""")
STARTERS = _words("""
    A About According After All Also Although Among An And Another Any Are As Asked At Because Before Both But By
    Can Could Despite Did Do Does During Each Earlier Even Every For From Had Has Have He Her Here His How However
    I If In Instead Is It Its Last Later Many Meanwhile More Most My Nearly Neither No Nobody None Nor Not Nothing Now
    On Once One Only Or Other Others Our Over People She Should Since So Some Still Such Than That The Their Then There
    These They This Those Though Through Thus To Today Two Under Until We Were What When Where Whether Which While Who
    Why With Without Would Yet You Your""")
"""Capitalised words that rarely stand in mid-sentence, so that they tell a new one."""
SPEECH_VERBS = _words("""
    added adds answered cried declared demanded exclaimed insisted joked quipped recalled remarked replied responded
    said says screamed shouted tweeted wondered wrote yelled""")
ADDRESS_VERBS = _words("asked asks reminded texted told tells warned")
NAME_PARTS = _words("al and bin chief de for of spokesman spokeswoman the van von")
CLAUSE_OPENERS = _words("a an he her his how it nothing she that the their there they we whether why you")
QUESTION_OPENERS = _words("about for how if that whether what when where why")
"""After `Smith said` they open what is said next: no tag of the quotation before, but a new sentence."""
DOMAINS = _words("Ai App Biz Ca Com De Edu Eu Fr Gov Info Io Js Mil Net News Org Py Tv Uk Us")
"""What a capital after an unspaced full stop may be, other than a new sentence."""

CLOSERS = "\"'”’»)\\]}"
STOP = re.compile(
    rf"""(?P<mark>[.!?…]++(?:[ \xa0]\.(?![\w.]))*+)  # spaced full stops are one ellipsis
         (?P<close>(?:[{CLOSERS}]|[ \xa0\u2009\u202f][”»)\]]|\[\d{{1,3}}\])*+)
         (?P<gap>\s*+)
         (?P<lead>(?:[^\w\s.!?…]++\s?+)*+)        # quotes, brackets and dashes that open what follows
    """,
    re.VERBOSE,
)
OPENING = re.compile(r"[\"'“‘]")
JOINERS = frozenset(",;:")
DASHES = frozenset("-–—―")
SHORT_NAME = re.compile(r"[A-Z][\w.]{1,4}|[ap]\.m")
QUOTES = re.compile(r"""["'”’»]""")
WORD_BEFORE = re.compile(r"(?:.*[^\w.'’])?['’]*(.*)", re.DOTALL)
DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.)*[^\W\d_]|Ph\.D")
"""An initial or letters with full stops between: J, J.K, U.S, p.m."""
LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})\.\)?")
STARTER = re.compile(rf"(?:{_any_of(STARTERS)})(?![\w.])")
TIME_WORD = re.compile(rf"(?:{_any_of(AFTER_TIME)})\b")
DOMAIN = re.compile(rf"(?:{_any_of(DOMAINS)})\b")
NUMBER = re.compile(r"\d|[IVXLC]+\b")
CAPITAL = re.compile(r"[a-z]{0,2}-?[^\W\d_a-z]")
"""How a sentence's first word begins; `iPhone`, `eBay` and `al-Jazeera` may open one too."""
NAME = rf"(?!(?:{_any_of(STARTERS)})\b)[A-Z][\w.'’-]*+"
SPEECH_TAG = re.compile(
    rf"{NAME}(?:\s+(?:{NAME}|(?:{_any_of(NAME_PARTS)})\b)){{0,6}}(?:\s\([^()!?]{{1,40}}\))?(?:,[^,!?]{{1,60}},)?"
    rf"\s+(?:(?:{_any_of(SPEECH_VERBS)})\b(?!\s+(?:{_any_of(CLAUSE_OPENERS)})\b)"
    rf"|(?:{_any_of(ADDRESS_VERBS)})\b(?!\s+(?:{_any_of(QUESTION_OPENERS)})\b))"
)
JOINING = re.compile(r"(?:and|but|nor|not|or)\b")
COMPANY_FORM = re.compile(r"(?:Corp|Inc|L\.?L\.?C|Ltd|P[Ll][Cc]|plc)\b")
NOTE = re.compile(r"(?:[Nn]ote|NOTE)\b")
CURRENCIES = frozenset("£$€")
WORD_SIGN = re.compile(r"\w")
SMILE = re.compile(r"(?:(?:[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]++|[:;=]-?[()])\s)+")
"""Emoji and smileys behind a stop: they are the sentence's before them."""
UNSPACED = re.compile(r"[\"'“‘(\[]*+(?:[A-Z][a-z]|[AI]\s)")
LAST_LETTERS = re.compile(r"(?:[^\W\d_A-Z]{2}|[\d%)\]])\Z")

AFTER = 120
"""Characters after a stop that a rule may read."""


class Stop(NamedTuple):
    """A run of final marks and what stands around it."""

    before: str
    """Up to 60 characters that lead up to the marks, of the same text."""
    word: str
    """The word that the marks follow, without opening quotes; "" after a space or a bracket."""
    mark: str
    close: str
    gap: str
    lead: str
    after: str
    """What follows `lead`, up to AFTER characters."""
    in_quote: bool
    """An odd number of straight double quotes stands before the marks."""

    @property
    def capital(self) -> bool:
        """What follows begins as a sentence may."""
        return CAPITAL.match(self.after) is not None

    @property
    def small(self) -> bool:
        """What follows begins with a small letter, and not as `iPhone` does."""
        return self.after[:1].islower() and not self.capital

    @property
    def quoted(self) -> bool:
        """A closing quotation mark follows the marks."""
        return QUOTES.search(self.close) is not None


def punctuation(stop: Stop) -> bool | None:
    """What a comma or nothing but signs follow goes on, and so does a dateline: `AUGUSTA, Me. — The mayor`."""
    if not stop.after or stop.lead[:1] in JOINERS:
        return False
    return False if stop.lead[:1] in DASHES and SHORT_NAME.fullmatch(stop.word) else None


def opens_the_text(stop: Stop) -> bool | None:
    """`… and so on`, `("...And`, and the number of a list item end nothing."""
    bare = stop.before.rstrip("([{“‘«")
    opened = bare != stop.before or (stop.in_quote and bare.endswith('"'))
    if not stop.before.strip() or (opened and not stop.word):
        return False
    return False if LIST_NUMBER.fullmatch(stop.before.lstrip() + stop.mark) else None


def without_space(stop: Stop) -> bool | None:
    """`end."The next` and `end.The next` are two sentences; `U.S.-led`, `3.5` and `example.org` are one word."""
    if stop.gap:
        return None
    written = stop.before.rsplit(maxsplit=1)[-1:]
    address = any(sign in part for part in written for sign in ("/", "@", "www."))
    if address or not UNSPACED.match(stop.lead + stop.after) or DOMAIN.match(stop.after):
        return False
    return stop.quoted or stop.lead != "" or LAST_LETTERS.search(stop.before[-2:]) is not None


def speech_tag(stop: Stop) -> bool | None:
    """`disgrace!" the senator said` and `disgrace!" Sen. Smith (R., Utah) said` go on; so does `(sic!) but`."""
    if stop.close and stop.small:
        return False
    asks = stop.mark.rstrip(".…") or stop.mark.endswith(("…", ".."))
    return False if stop.quoted and asks and SPEECH_TAG.match(stop.after) else None


def abbreviation(stop: Stop) -> bool | None:
    """`Gov. Smith`, `No. 5`, `6 p.m. Monday`, `J. Rowley` go on; `6 p.m. The mayor`, `No. He` are two sentences."""
    if stop.mark != ".":
        return None
    if stop.word in NEVER_LAST or _is_old_form(stop):
        return False
    if stop.word in BEFORE_NUMBER and NUMBER.match(stop.after):
        return False
    if stop.word == "No" and stop.capital:
        return True
    if stop.word in OFTEN_LAST:
        return stop.capital and not TIME_WORD.match(stop.after)
    if stop.word not in CAUTIOUS and not DOTTED.fullmatch(stop.word):
        return None
    if STARTER.match(stop.after) or _opens_quote(stop) or _ends_place(stop):
        return True
    return None if stop.capital and len(stop.word) > 1 else False


def _is_old_form(stop: Stop) -> bool:
    """`3.5 per cent. to 4` and `[Ed. note: …]`: words that are seldom abbreviations, and names or whole words else."""
    percent = stop.small and stop.before.endswith("per cent")
    return percent or (stop.word == "Ed" and NOTE.match(stop.after) is not None)


def _opens_quote(stop: Stop) -> bool:
    return len(stop.word) > 1 and stop.capital and OPENING.match(stop.lead) is not None


def _ends_place(stop: Stop) -> bool:
    town = stop.before.removesuffix(stop.word).rstrip()
    return stop.word in PLACES and town.endswith(",") and stop.capital and not stop.lead


def ellipsis(stop: Stop) -> bool | None:
    """`well … and then` and `well … I` go on; `He waited … The mayor` are two sentences."""
    if not stop.mark.endswith(("…", "...", ". .")):
        return None
    spaced_i = not stop.word and re.match(r"I\b", stop.after)
    return stop.capital and not spaced_i


def company_form(stop: Stop) -> bool | None:
    """`Yahoo! Inc. said` goes on: no sentence opens with the form of a company."""
    return False if not stop.close and not stop.lead and COMPANY_FORM.match(stop.after) else None


def small_joiner(stop: Stop) -> bool | None:
    """`Who pays? and when?` goes on; a careless writer may start small with any other word."""
    return False if JOINING.match(stop.after) else None


def detached(stop: Stop) -> bool | None:
    """What tokenisation hides: `slept.[4] Then`, `“Wolf! ” Nobody` and `£3m. €5` are two sentences."""
    apart = stop.close.startswith(("[", " ", "\xa0", "\u2009", "\u202f")) and stop.capital
    return True if apart or (stop.gap and stop.lead in CURRENCIES and stop.after[:1].isdigit()) else None


RULES: tuple[Callable[[Stop], bool | None], ...] = (
    punctuation,
    opens_the_text,
    without_space,
    speech_tag,
    abbreviation,
    ellipsis,
    company_form,
    small_joiner,
    detached,
)


def boundaries(text: str, proposed: Sequence[int]) -> list[int]:
    """Offsets in `text` at which a new sentence starts, ascending; `proposed`: those of the network."""
    found: list[int] = []
    done = 0
    for start, end, place, stop in _stops(text):
        first, last = bisect_right(proposed, start), bisect_right(proposed, end)
        found += proposed[done:first]
        done = last
        if _ends(stop, first < last):
            found.append(place)
    word = WORD_SIGN.search(text)
    return [place for place in [*found, *proposed[done:]] if word and place > word.start()]


def _ends(stop: Stop, proposed: bool) -> bool:
    for rule in RULES:
        answer = rule(stop)
        if answer is not None:
            return answer
    return proposed


def _stops(text: str) -> Iterator[tuple[int, int, int, Stop]]:
    """Each run of final marks: its start, the end of what it leads up to, the place at
    which a next sentence would start, and what the rules read.
    """
    quotes, counted = 0, 0
    for match in STOP.finditer(text):
        start, end = match.span()
        quotes += text.count('"', counted, start)
        counted = start
        before = text[max(0, start - 60) : start]
        word = WORD_BEFORE.fullmatch(before[-16:])
        in_quote = quotes % 2 == 1
        close, gap, lead = _facing(match, in_quote)
        after = text[end : end + AFTER]
        stop = Stop(before, word[1] if word else "", match["mark"], close, gap, lead, after, in_quote)
        yield start, end, end - len(lead), stop


def _facing(match: re.Match[str], in_quote: bool) -> tuple[str, str, str]:
    """What closes a sentence, the gap, and what opens the next: a straight quote does not show which way it faces,
    but the count of those before it does.
    """
    close, gap, lead = match.group("close", "gap", "lead")
    smile = SMILE.match(lead)
    if gap and smile:
        return close, gap + smile[0], lead[smile.end() :]
    if close.startswith('"') and not gap and not in_quote:
        return "", gap, close + lead
    if lead.startswith('" ') and in_quote:
        return close + gap + '"', " ", lead[2:]
    return close, gap, lead
