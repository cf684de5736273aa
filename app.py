"""The page: widgets and caching, no logic of its own. `annotator app` serves it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from annotator import Annotator, AnnotatorError, Document, charts, page
from annotator.extract import SUFFIXES, Extract
from annotator.page import intake, takeaway
from annotator.profile import WHY_NO_SCORE, Phrase, Profile, genres, profile
from annotator.summary import summarise

READS = ("en", "und")
FIRST = 32  # sentences of a long text that are shown first; each time after that, twice as many
ABOUT_GENRES = (
    "The genres are {articles} articles that travel with this program: written for it, about invented events, and "
    "labelled by reading, not by the model. They show what is usual in such texts, not what is right, and are no "
    "sample of real news."
)
STYLE = """<style>
.stMainBlockContainer { padding-top: 3.5rem; }
table.figures { border-collapse: collapse; font-size: .9rem; }
table.figures caption { text-align: start; font-weight: 600; padding-block: .3rem; }
table.figures :is(th, td) { text-align: start; font-weight: 400; padding: .2rem .9rem .2rem 0; }
table.figures tbody th { overflow-wrap: anywhere; min-width: 7rem; }
table.figures thead th { font-size: .8rem; opacity: .85; }
details.figures summary { cursor: pointer; }
details.figures { overflow-x: auto; }
</style>"""

state = st.session_state


@st.cache_resource(show_spinner="Loading the model …")
def annotator() -> Annotator:
    """The model, loaded once for everybody."""
    return Annotator.load()


# What a click does: callbacks run before the page is drawn anew, and twice for one click if a run is cut short.


def take(found: Extract, name: str | None = None) -> None:
    """Lay a text on the desk; `annotate` picks it up."""
    state.incoming, state.name, state.stopped = found, name, None


def take_pasted() -> None:
    """Take what stands in the text area, and fold that away: as long as it is there, each click sends it again."""
    if "draft" not in state:
        return
    try:
        take(Extract(intake.pasted(state.draft)))
        state.editing = False
    except AnnotatorError as error:
        state.problem = str(error)


def take_file() -> None:
    """Take the text of the uploaded file."""
    if state.get("file") is None:
        return
    try:
        with st.spinner("Reading the file …"):
            take(intake.uploaded(state.file.name, state.file.getvalue()), intake.shown_name(state.file.name))
        state.editing = False
    except AnnotatorError as error:
        state.problem = str(error)


def take_demo(name: str) -> None:
    """Take a demo article."""
    take(Extract(intake.demo(name)))


def edit(text: str) -> None:
    """Unfold the text area with a text in it."""
    state.draft, state.editing = text, True


def stop() -> None:
    """Leave it at the sentences read so far."""
    if state.reading:
        state.document = state.reading.document(id=state.name)
        state.reading, state.stopped = None, state.reading


def go_on() -> None:
    """Read the rest after all."""
    if state.stopped:
        state.reading, state.stopped = state.stopped, None


def give_back(problem: str) -> None:
    """Say what went wrong, with the text back in the text area if it had been folded away."""
    incoming = state.pop("incoming", None)
    state.reading, state.problem = None, problem
    if incoming and not state.editing:
        edit(incoming.text)
        st.rerun()


# What the page shows.


def show_ways_in() -> None:
    """The text area and the upload, unless they are folded away; demo articles always."""
    # An empty slot takes its content off the page at once; anything else stays until the text is annotated.
    slot = st.empty()
    if state.editing:
        with slot.container():
            show_form()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text("Demo articles:", width="content")
        for name in intake.DEMOS:
            st.button(name, on_click=take_demo, args=(name,))


def show_form() -> None:
    """The text area with its button, and beside it the upload."""
    paste, upload = st.columns([2, 1])
    with paste.form("article", border=False):
        st.text_area(
            "Article",
            key="draft",
            placeholder="Paste an English news text here.",
            height=120,
            label_visibility="collapsed",
        )
        st.form_submit_button("Annotate", type="primary", on_click=take_pasted)
    suffixes = [suffix[1:] for suffix in SUFFIXES]
    upload.file_uploader("Or open a file", type=suffixes, key="file", on_change=take_file)


def annotate() -> None:
    """Annotate the text on the desk: whole if it is short, else so much of it that there is something new to see."""
    if "incoming" in state:
        state.reading, state.note = annotator().begin(state.incoming.text), state.incoming.note
        del state.incoming
    slot = st.empty()
    if state.reading:
        with slot.container(horizontal=True, vertical_alignment="center"):
            advance(progress() if state.reading.total > FIRST else None)
        if not state.reading:
            slot.empty()
    elif state.stopped:
        with slot.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Stopped after {state.stopped.done:,} of {state.stopped.total:,} sentences.", width="content")
            st.button("Go on", on_click=go_on)


def advance(report: Callable[[int, int], object] | None) -> None:
    """Read on; a click meanwhile ends this run of the script, and the next one goes on where it was."""
    reading = state.reading
    goal = min(reading.total, max(FIRST, 2 * reading.done))
    while reading.done < goal:
        reading.step()
        if report:
            report(reading.done, reading.total)
    state.document = reading.document(id=state.name)
    if reading.done == reading.total:
        state.reading = None


def progress() -> Callable[[int, int], object]:
    """A bar and a button to stop; what is returned moves the bar."""
    bar = st.progress(0.0)
    st.button("Stop", on_click=stop)
    return lambda done, total: bar.progress(done / total, f"{done:,} of {total:,} sentences annotated")


def show(document: Document) -> None:
    """The summary, what to take away, and the tabs."""
    with st.container():  # always there, so that the reading view below keeps its place and what its reader chose
        if document.language not in READS:
            st.warning(f"This text looks like “{document.language}”, not English. The model reads English only.")
        if state.get("note"):
            st.info(state.note)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.text(summarise(document).line(), width="content")
        with st.container(horizontal=True, width="content"):
            show_actions(document)
    read, figures = st.tabs(["Read", "Profile"], key="view", on_change="rerun")
    with read:
        page.show(document)
    if figures.open:
        with figures:
            show_profile(profile(document), st.context.theme.type or "light")


def show_actions(document: Document) -> None:
    """Ways back to the text area, and what to take away; no file is made before its button is pressed."""
    if not state.editing:
        st.button("Edit text", on_click=edit, args=(document.text,))
        st.button("New text", on_click=edit, args=("",))
    with st.popover("Download"):
        for name, file, mime, make in takeaway.FORMATS:
            st.download_button(name, partial(make, document), file, mime, on_click="ignore", width="stretch")


def show_profile(found: Profile, theme: str) -> None:
    """The profile: every chart with a table that says the same."""
    st.write(WHY_NO_SCORE)
    st.subheader("Shares of the labels")
    st.altair_chart(charts.shares_chart(found, genres(), theme), alt="Shares of the labels, as in the table below")
    st.html(charts.shares_table(found, genres()))
    st.write(ABOUT_GENRES.format(articles=genres()[0].articles))
    show_sources(found)
    st.subheader("Where the labels apply")
    st.altair_chart(charts.places_chart(found, theme), alt="Where the labels apply, as in the table below")
    st.html(charts.places_table(found))
    for label, title in (("framing", "Framing words"), ("speculation", "Hedging words")):
        show_phrases(title, found.phrases[label], label, found.summary.sentences, theme)


def show_sources(found: Profile) -> None:
    """Who is made to answer, and how often."""
    st.subheader("Sources")
    named, unnamed = st.columns(2)
    named.html(charts.counts_table("Named sources", "source", found.summary.quoted))
    unnamed.html(charts.counts_table("Unnamed sources", "source", found.unnamed))
    if found.summary.unresolved:
        unnamed.html(charts.counts_table("Pronouns whose meaning is not sure", "pronoun", found.summary.unresolved))


def show_phrases(title: str, phrases: tuple[Phrase, ...], label: str, total: int, theme: str) -> None:
    """The most frequent words of a label in the writer's voice, and where they stand."""
    st.subheader(title)
    if not phrases:
        st.write("None in the writer's own voice.")
        return
    st.altair_chart(charts.phrases_chart(phrases, label, total, theme), alt=f"{title}, as in the table below")
    st.html(charts.phrases_table(title, phrases))


def main() -> None:
    """The page from top to bottom."""
    for name, value in {"editing": True, "reading": None, "stopped": None, "name": None}.items():
        state.setdefault(name, value)
    st.title("Three voices")
    st.write("Whose voice is speaking, and how sure is it? Paste a news article to see it sentence by sentence.")
    if "document" not in state and "incoming" not in state:
        take_demo(intake.FIRST_DEMO)
    show_ways_in()
    problems = st.container()
    try:
        annotate()
    except AnnotatorError as error:
        give_back(str(error))
    if problem := state.pop("problem", None):
        problems.error(problem)
    if "document" in state:
        show(state.document)
    if state.reading:
        st.rerun()


st.set_page_config(page_title="Three voices", page_icon="🗞️", layout="wide")
st.html(STYLE)
with st.container(horizontal_alignment="center"), st.container(width=1040):
    main()
