"""The page: widgets and caching, no logic of its own. `annotator app` serves it."""

import json

import streamlit as st

from annotator import Annotator, AnnotatorError, Document, page
from annotator.summary import summarise

LONGEST = 1_000_000
READS = ("en", "und")


@st.cache_resource(show_spinner="Loading the model …")
def annotator() -> Annotator:
    """The model, loaded once for everybody."""
    return Annotator.load()


def read(text: str) -> None:
    """Annotate `text` and keep the result for this session; what cannot be read leaves the last result standing."""
    if not text.strip():
        st.error("There is no text to annotate: paste an article first.")
    elif len(text) > LONGEST:
        st.error(
            f"The text has {len(text):,} characters, the page reads up to {LONGEST:,}: "
            "put it in a file and run `annotator label FILE --out OUT`, which takes more."
        )
    else:
        try:
            with st.spinner("Annotating …"):
                st.session_state.document = annotator().annotate(text)
        except AnnotatorError as error:
            st.error(str(error))


def show(document: Document) -> None:
    """The summary, the download and the reading view of a document."""
    if document.language not in READS:
        st.warning(f"This text looks like “{document.language}”, not English. The model reads English only.")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.text(summarise(document).line(), width="content")
        st.download_button(
            "Download JSON",
            lambda: json.dumps(document.to_dict()).encode("ascii"),
            file_name="annotated.json",
            mime="application/json",
            on_click="ignore",
        )
    page.show(document)


st.set_page_config(page_title="Three voices", page_icon="🗞️", layout="wide")
st.html("<style>.stMainBlockContainer { padding-top: 3.5rem; }</style>")
with st.container(horizontal_alignment="center"), st.container(width=1040):
    st.title("Three voices")
    st.write("Whose voice is speaking, and how sure is it? Paste a news article to see it sentence by sentence.")
    with st.form("article", border=False):
        text = st.text_area(
            "Article", placeholder="Paste an English news text here.", height=120, label_visibility="collapsed"
        )
        with st.container(horizontal=True):
            annotate = st.form_submit_button("Annotate", type="primary")
            demo = st.form_submit_button("Show the demo article")
    if annotate:
        read(text)
    elif demo or "document" not in st.session_state:
        read(page.demo())
    if "document" in st.session_state:
        show(st.session_state.document)
