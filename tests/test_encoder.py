from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator import model_folder
from annotator.encoder import CONTEXT, STRIDE, WINDOW, Encoder, Pieces, PieceTokenizer, Window, merge
from annotator.errors import ModelError
from tests.conftest import hostile_text


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(model_folder.find(None))


@pytest.fixture(scope="module")
def tokenizer(encoder: Encoder) -> PieceTokenizer:
    return encoder.tokenizer


def made(length: int) -> Pieces:
    ids = np.arange(1000, 1000 + length)
    return Pieces(ids, np.stack([np.arange(length), np.arange(length) + 1], axis=1))


@given(text=hostile_text)
def test_pieces_lie_in_the_text(tokenizer: PieceTokenizer, text: str) -> None:
    spans = tokenizer.pieces(text).spans
    assert ((spans[:, 0] <= spans[:, 1]) & (spans[:, 1] <= len(text))).all()
    assert (np.diff(spans[:, 0]) >= 0).all()


def test_a_surrogate_moves_no_offset(tokenizer: PieceTokenizer) -> None:
    text = "\ud800 The mayor"
    start, end = tokenizer.pieces(text).spans[-1]
    assert text[start:end] == "mayor"


@given(length=st.integers(1, 900), context=st.integers(0, 120))
def test_windows_cover_every_piece_and_keep_to_their_size(tokenizer: PieceTokenizer, length: int, context: int) -> None:
    windows = tokenizer.windows(made(length), made(context))
    assert windows[0].first == 0
    assert windows[-1].last == length
    assert all(later.first == earlier.first + STRIDE for earlier, later in pairwise(windows))
    assert all(later.first < earlier.last for earlier, later in pairwise(windows))
    assert all(len(window.ids) <= WINDOW + CONTEXT + 3 for window in windows)
    for window in windows:
        assert list(window.ids[window.own]) == list(made(length).ids[window.first : window.last])
        assert not window.types[window.own].any()


def test_context_is_dropped_before_the_sentence_is_cut(tokenizer: PieceTokenizer) -> None:
    assert all(not window.types.any() for window in tokenizer.windows(made(WINDOW + 1), made(30)))
    assert tokenizer.windows(made(WINDOW), made(30))[0].types.sum() == 31


def test_context_keeps_its_end(tokenizer: PieceTokenizer) -> None:
    window = tokenizer.windows(made(5), made(CONTEXT + 7))[0]
    assert list(window.ids[window.types == 1][:-1]) == list(made(CONTEXT + 7).ids[7:])


def test_windows_join_by_length_and_tags_come_from_the_deepest() -> None:
    pieces = made(6)
    windows = [
        Window(np.zeros(6, dtype=np.int64), np.zeros(6, dtype=np.int64), 0, 4),
        Window(np.zeros(6, dtype=np.int64), np.zeros(6, dtype=np.int64), 2, 6),
    ]
    outputs = [
        [np.full(2, n, np.float32), np.full(3, n, np.float32), np.full((6, 1), n, np.float32)] for n in (0.0, 1.0)
    ]
    merged = merge(pieces, windows, outputs)
    assert merged.vector == pytest.approx([0.5, 0.5])
    assert merged.logits == pytest.approx([0.5, 0.5, 0.5])
    assert merged.tags[:, 0].tolist() == [0, 0, 0, 1, 1, 1]


def test_the_context_changes_what_is_read(encoder: Encoder) -> None:
    one, before = encoder.tokenizer.pieces("It was too late."), encoder.tokenizer.pieces('"We tried," she said.')
    alone, after = encoder.encode(one, None), encoder.encode(one, before)
    assert alone.tags.shape == after.tags.shape
    assert not np.array_equal(alone.vector, after.vector)


@pytest.mark.parametrize("name", ["tokenizer.json", "encoder.onnx"])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    for file in model_folder.FILES:
        (tmp_path / file).write_bytes((model_folder.find(None) / file).read_bytes())
    (tmp_path / name).write_bytes(b"\0 not a model")
    with pytest.raises(ModelError, match=name):
        Encoder(tmp_path)
