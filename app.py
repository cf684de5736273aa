"""The page: widgets and caching, no logic of its own. `annotator app` serves it."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from annotator import Annotator, AnnotatorError, Document, charts, page, render_compare
from annotator.compare import compare
from annotator.corrections import Correction, correct
from annotator.extract import SUFFIXES, Extract
from annotator.page import intake, takeaway
from annotator.pipeline import Reading
from annotator.profile import WHY_NO_SCORE, Phrase, Profile, genres, profile

READS = ("en", "und")
FIRST = 32  # sentences of a long text that are shown first; each time after that, twice as many
ABOUT_GENRES = (
    "The genres are {articles} articles that travel with this program: written for it, about invented events, and "
    "labelled by reading, not by the model. They show what is usual in such texts, not what is right, and are no "
    "sample of real news."
)
ABOUT_COMPARING = (
    "Set a second text beside this one, such as a rewrite of a wire report: which sentences tell the same, what was "
    "added (framing, hedges), what was dropped (sources, facts), and which claims lost their source."
)
STYLE = """<style>
.st-key-page { width: min(100%, max(65rem, 68vw)); margin-inline: auto; }
.stMainBlockContainer { padding-top: 3.5rem; }
.st-key-page h2 { padding-block: .75rem 1rem; font-size: 1.75rem; letter-spacing: -.005em; }
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


# What a click does. A callback that the next click cuts short is not called again: it only stores what was asked for.


def take(found: Extract, name: str | None = None) -> None:
    """Lay a text on the desk; `annotate` picks it up. A second text goes back to where it can be compared again."""
    state.name, state.stopped, state.incoming = name, None, found
    drop_second()


def take_pasted() -> None:
    """Take what stands in the text area, and fold that away: as long as it is there, each click sends it again."""
    if "draft" not in state:
        return
    try:
        take(Extract(intake.pasted(state.draft)))
        state.editing = False
    except AnnotatorError as error:
        state.problem = str(error)


def take_demo(name: str) -> None:
    """Take a demo article."""
    take(Extract(intake.demo(name)))


def take_demo_pair() -> None:
    """Take a demo report as the text, and its rewrite as the second one."""
    first, second = intake.DEMO_PAIR
    take(Extract(intake.demo(first)), first)
    begin_second(intake.demo(second), second)


def take_second() -> None:
    """Take the pasted second text."""
    try:
        begin_second(intake.comparable(state.get("second_draft", "")), None)
    except AnnotatorError as error:
        state.second_problem = str(error)


def begin_second(text: str, name: str | None) -> None:
    """Have the second text read; `show_comparison` does it."""
    state.second, state.second_text, state.second_name, state.swapped = None, text, name, False


def drop_second() -> None:
    """Put the second text back to where it can be edited."""
    if text := state.second.text if state.second else state.second_text:
        state.second_draft = text
    state.second, state.second_text, state.second_reading = None, None, None


def swap() -> None:
    """Let the second text be the report, and the first one the rewrite."""
    state.swapped = not state.swapped


def take_correction(value: object) -> None:
    """Believe what the reader says of a sentence, if it can be."""
    try:
        correction = Correction.read(value)
        correct(state.found, correction)
        state.corrections[correction.sentence] = correction
        settle(state.found)
    except AnnotatorError as error:
        state.problem = f"Not corrected: {error}."


def withdraw_correction(place: object) -> None:
    """Let the model's answer stand again."""
    if isinstance(place, int):
        state.corrections.pop(place, None)
        settle(state.found)


def edit(text: str) -> None:
    """Unfold the text area with a text in it."""
    state.draft, state.editing = text, True


def stop() -> None:
    """Leave it at the sentences read so far, which `annotate` will show."""
    if state.reading:
        state.stopped = state.reading


def go_on() -> None:
    """Read the rest after all."""
    if state.stopped:
        state.reading, state.stopped = state.stopped, None


def settle(found: Document) -> None:
    """Keep what the model found; what is shown is that with the reader's corrections."""
    state.found = state.document = found
    for correction in tuple(state.corrections.values()):
        try:
            state.document = correct(state.document, correction)
        except AnnotatorError:  # made while the text before this one was still to be seen
            del state.corrections[correction.sentence]


def give_back(problem: str) -> None:
    """Say what went wrong, with the text back in the text area if it had been folded away."""
    incoming = state.pop("incoming", None)
    state.reading, state.problem = None, problem
    if incoming and not state.editing:
        edit(incoming.text)
        st.rerun()


# What an uploaded file does: not in a callback, since reading takes its time.


def open_files() -> None:
    """Take the text of a file that was uploaded since the last run of the script."""
    if file := fresh("file"):
        try:
            take(*read_file(file))
            state.editing = False
        except AnnotatorError as error:
            state.problem = str(error)
        state.file_opened = file.file_id
    if file := fresh("second_file"):
        try:
            found, name = read_file(file)
            begin_second(intake.comparable(found.text), name)
        except AnnotatorError as error:
            state.second_problem = str(error)
        state.second_file_opened = file.file_id


def fresh(key: str) -> UploadedFile | None:
    """The file in an upload, unless it has been opened."""
    file: UploadedFile | None = state.get(key)
    return file if file and file.file_id != state.get(f"{key}_opened") else None


def read_file(file: UploadedFile) -> tuple[Extract, str]:
    """The text of a file, and its name as it is shown."""
    with st.spinner("Reading the file …"):
        return intake.uploaded(file.name, file.getvalue()), intake.shown_name(file.name)


# What the page shows.


def tell(key: str, place: DeltaGenerator) -> None:
    """Say what went wrong, once: it is forgotten only when it is on its way to the page."""
    if key in state:
        place.error(state[key])
        del state[key]


def show_ways_in() -> None:
    """The text area and the upload, unless they are folded away; demo articles always."""
    # An empty slot takes its content off the page at once; anything else stays until the text is annotated.
    slot = st.empty()
    if state.editing:
        with slot.container():
            text = partial(st.text_area, "Article", key="draft", placeholder="Paste an English news text here.")
            button = partial(st.form_submit_button, "Annotate", on_click=take_pasted)
            file = partial(st.file_uploader, "Or open a file", key="file")
            show_form("article", text, button, file)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text("Demo articles:", width="content")
        for name in intake.DEMOS:
            st.button(name, on_click=take_demo, args=(name,))


def show_form(
    name: str, text: Callable[..., object], button: Callable[..., object], file: Callable[..., object]
) -> None:
    """The text area with its button, and beside it the upload."""
    paste, upload = st.columns([2, 1])
    with paste.form(name, border=False):
        text(height=120, label_visibility="collapsed")
        button(type="primary")
    with upload:
        file(type=[suffix[1:] for suffix in SUFFIXES])


def annotate() -> None:
    """Annotate the text on the desk: whole if it is short, else so much of it that there is something new to see."""
    if "incoming" in state:
        state.reading, state.note = annotator().begin(state.incoming.text), state.incoming.note
        state.corrections = {}
        del state.incoming
    if state.reading and state.reading is state.stopped:
        settle(state.reading.document(id=state.name))
        state.reading = None
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
    settle(reading.document(id=state.name))
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
        warn_of_language(document)
        if state.get("note"):
            st.info(state.note)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.text(takeaway.caption(document), width="content")
        with st.container(horizontal=True, width="content"):
            show_actions(document)
    read, figures, beside = st.tabs(["Read", "Profile", "Compare"], key="view", on_change="rerun")
    with read:
        page.show(document, on_corrected=take_correction, on_withdrawn=withdraw_correction)
    if figures.open:
        with figures:
            show_profile(profile(document), st.context.theme.type or "light")
    with beside:
        show_second(document, in_view=bool(beside.open))


def warn_of_language(document: Document) -> None:
    """Say so if a text is not in English."""
    if document.language not in READS:
        st.warning(f"This text looks like “{document.language}”, not English. The model reads English only.")


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
    st.header("Shares of the labels")
    st.altair_chart(charts.shares_chart(found, genres(), theme), alt="Shares of the labels, as in the table below")
    st.html(charts.shares_table(found, genres()))
    st.write(ABOUT_GENRES.format(articles=genres()[0].articles))
    show_sources(found)
    st.header("Where the labels apply")
    st.altair_chart(charts.places_chart(found, theme), alt="Where the labels apply, as in the table below")
    st.html(charts.places_table(found))
    for label, title in (("framing", "Framing words"), ("speculation", "Hedging words")):
        show_phrases(title, found.phrases[label], label, found.summary.sentences, theme)


def show_sources(found: Profile) -> None:
    """Who is made to answer, and how often."""
    st.header("Sources")
    named, unnamed = st.columns(2)
    named.html(charts.counts_table("Named sources", "source", found.summary.quoted))
    unnamed.html(charts.counts_table("Unnamed sources", "source", found.unnamed))
    if found.summary.unresolved:
        unnamed.html(charts.counts_table("Pronouns whose meaning is not sure", "pronoun", found.summary.unresolved))


def show_phrases(title: str, phrases: tuple[Phrase, ...], label: str, total: int, theme: str) -> None:
    """The most frequent words of a label in the writer's voice, and where they stand."""
    st.header(title)
    if not phrases:
        st.write("None in the writer's own voice.")
        return
    st.altair_chart(charts.phrases_chart(phrases, label, total, theme), alt=f"{title}, as in the table below")
    st.html(charts.phrases_table(title, phrases))


def show_second(document: Document, *, in_view: bool) -> None:
    """The second text: asked for, read, or compared; the form is always there, so that a draft outlasts other tabs."""
    tell("second_problem", st.container())
    if state.second is None and state.second_text is None:
        show_second_form()
    elif in_view:
        try:
            show_comparison(document)
        except AnnotatorError as error:
            state.second_problem = str(error)
            drop_second()
            st.rerun()


def show_second_form() -> None:
    """A text area for the second text, an upload, and the demo pair."""
    st.write(ABOUT_COMPARING)
    text = partial(st.text_area, "Second text", key="second_draft", placeholder="Paste the second text here.")
    button = partial(st.form_submit_button, "Compare", on_click=take_second)
    file = partial(st.file_uploader, "Or open a second file", key="second_file")
    show_form("second_article", text, button, file)
    st.button("Show a demo pair", on_click=take_demo_pair)


def show_comparison(document: Document) -> None:
    """Both texts side by side, once both have been read to their end."""
    with st.container(horizontal=True):
        st.button("Another second text", on_click=drop_second)
        actions = st.container(horizontal=True, width="content")
    intake.comparable(document.text, "first")
    if state.second is None:
        read_second()
    warn_of_language(state.second)
    if state.reading or state.stopped:
        st.info("The first text has not been read to its end: until it is, there is nothing to compare.")
        return
    texts = (state.second, document) if state.swapped else (document, state.second)
    found = compare(*texts)
    with actions:
        st.button("Swap the texts", on_click=swap)
        with st.popover("Download the comparison"):
            for name, file, mime, make in takeaway.COMPARISON_FORMATS:
                st.download_button(name, partial(make, found, *texts), file, mime, on_click="ignore", width="stretch")
    st.html(f"<style>{render_compare.style()}</style>")
    st.html(render_compare.fragment(found, *texts))


def read_second() -> None:
    """Read the second text to its end; a click meanwhile ends this run, and the next one goes on where it was."""
    reading: Reading = state.second_reading or annotator().begin(state.second_text)
    state.second_reading = reading
    slot = st.empty()
    while reading.done < reading.total:
        slot.progress(reading.done / reading.total, f"{reading.done:,} of {reading.total:,} sentences annotated")
        reading.step()
    slot.empty()
    state.second, state.second_reading = reading.document(id=state.second_name), None


def main() -> None:
    """The page from top to bottom."""
    defaults: dict[str, object] = {"editing": True, "reading": None, "stopped": None, "name": None, "corrections": {}}
    defaults |= {"second": None, "second_text": None, "second_reading": None, "second_name": None, "swapped": False}
    for name, value in defaults.items():
        state.setdefault(name, value)
    st.title("Three voices")
    st.write("Whose voice is speaking, and how sure is it? Paste a news article to see it sentence by sentence.")
    if "document" not in state and "incoming" not in state:
        take_demo(intake.FIRST_DEMO)
    open_files()
    show_ways_in()
    problems = st.container()
    try:
        annotate()
    except AnnotatorError as error:
        give_back(str(error))
    tell("problem", problems)
    if "document" in state:
        show(state.document)
    if state.reading:
        st.rerun()


st.set_page_config(page_title="Three voices", page_icon="🗞️", layout="wide")
st.html(STYLE)
with st.container(horizontal_alignment="center"), st.container(key="page"):
    main()
