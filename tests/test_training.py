"""Twenty steps on a tiny random encoder: the training code runs from rows to a model folder that annotates."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from annotator import Annotator, model_folder
from annotator.corpus import cascade
from annotator.encoder import Encoder, PieceTokenizer
from annotator.evaluation.gold import SPAN_KEYS
from annotator.training import data, distillation, fit
from annotator.training.batches import UNKNOWN, Item, item, pad, shuffled, tag_targets
from annotator.training.data import HEADS, TAGS, Example, Spans, Split

TOKENIZER = model_folder.find(None) / "tokenizer.json"
MARKS = ("sourced", "framing", "speculation")


def exporting(test: Callable[..., None]) -> Callable[..., None]:
    """For a test that exports: with the exporter whose graphs ONNX Runtime can fuse, not PyTorch's new one."""
    told = (
        "You are using the legacy TorchScript:DeprecationWarning",
        "The feature will be removed:DeprecationWarning",
        "Converting a tensor to a Python boolean",
    )
    for warning in told:
        test = pytest.mark.filterwarnings(f"ignore:{warning}")(test)
    return test


@pytest.fixture(scope="module")
def torch_installed() -> None:
    """The extra `train`: CI installs it, others may leave it out."""
    if os.environ.get("CI") == "true":
        import torch
    else:
        torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
    assert torch


@pytest.fixture(scope="module")
def tokenizer() -> PieceTokenizer:
    return PieceTokenizer(TOKENIZER)


def examples() -> list[Example]:
    """Rows that a tiny network can learn: sixty articles of four sentences, one of each label."""
    kinds: dict[str, tuple[str, Spans]] = {
        "sourced": ("The ministry {n} said no.", {"source": ((0, 12),), "cue": ((15, 19),)}),
        "framing": ("A shameful mess {n} again.", {"framing": ((2, 10),)}),
        "speculation": ("It may end {n} soon.", {"speculation": ((3, 6),)}),
        "plain": ("The doors {n} closed.", {}),
    }
    rows = []
    for number in range(60):
        for kind, (text, spans) in kinds.items():
            every = {tag: spans.get(tag, ()) for tag in SPAN_KEYS}
            heads = {mark: mark == kind for mark in MARKS}
            corpus = data.MARKS_TRAINING[number % 2]
            source_kind = "named" if kind == "sourced" else None
            rows.append(Example(text.format(n=number), "", corpus, f"a{number}", heads, every, kind, source_kind))
    return rows


def test_a_row_becomes_targets_on_its_pieces(tokenizer: PieceTokenizer) -> None:
    example = examples()[0]
    targets = tag_targets(example, tokenizer.pieces(example.text))
    assert targets[:, TAGS.index("source")].tolist()[:3] == [1, 1, 0]
    assert targets[:, TAGS.index("unnamed")].tolist()[:3] == [0, 0, UNKNOWN]
    assert (targets[:, TAGS.index("babe_word")] == UNKNOWN).all()


def test_batches_hold_every_row_once_and_pad_with_unknowns(tokenizer: PieceTokenizer) -> None:
    items = [item(example, tokenizer) for example in examples()]
    batches = list(shuffled(items, 7, np.random.default_rng(0)))
    assert sum(len(batch.primary) for batch in batches) == len(items)
    batch = pad([items[0], items[1]])
    assert batch.own.sum() == sum(one.window.last for one in items[:2])
    assert (batch.tags[batch.own == 0] == UNKNOWN).all()


def test_the_split_keeps_articles_whole_and_evaluation_out(corpora: Path) -> None:
    split = data.load(corpora)
    evaluated = data.evaluation_digests(corpora)
    whole = {one.article for one in split.calib if one.corpus != data.READINGS}
    assert whole.isdisjoint({one.article for one in split.finetune})
    for side in (split.finetune, split.calib):
        assert evaluated.isdisjoint(data.digest(one.text) for one in side)
    read = {data.digest(one.text) for one in split.finetune} | {data.digest(one.context) for one in split.finetune}
    assert read.isdisjoint(data.digest(one.text) for one in split.calib)


def test_sentences_of_other_corpora_that_fit_the_heads_are_told_apart_from_those_that_train(corpora: Path) -> None:
    split = data.load(corpora)
    kept = {key for key, row in data.read_corrections().items() if row.get("calib")}
    readings = {data.digest(one.text) for one in split.calib if one.corpus == data.READINGS}
    assert readings == kept


def test_small_corpora_keep_their_names_when_they_are_read_for_our_marks(corpora: Path) -> None:
    names = Counter(one.corpus for one in data.load(corpora).finetune if one.heads.keys() & {"checkthat_subjective"})
    assert names == {"checkthat": 830}


def test_the_primary_head_listens_most_to_sentences_with_several_marks() -> None:
    one_mark = {"sourced": False, "framing": True, "speculation": False}
    two_marks = one_mark | {"speculation": True}
    alone = [Example("a", "", "x", f"a{at % 10}", one_mark, primary="framing") for at in range(30)]
    beside = [Example("b", "", "x", f"b{at % 10}", two_marks, primary="speculation") for at in range(15)]
    examples, groups = alone + beside, np.array([one.article for one in alone + beside])
    head = fit._primary_head(np.ones((45, 1)), examples, groups)
    assert head["regression"].predict([[0.0]]).tolist() == ["speculation"]


class Doubter:
    """A teacher that is two thirds sure of everything; it counts what it has read."""

    read = 0

    def __call__(self, ids: Any, types: Any, own: Any, attention: Any) -> Any:
        import torch

        from annotator.training.network import Output

        self.read += len(ids)
        labels = torch.tensor([3.0, 1.0, 1.0, 1.0]).log().expand(len(ids), 4)
        logits = torch.cat([torch.full((len(ids), len(HEADS)), np.log(2.0)), labels], dim=1)
        return Output(torch.zeros(len(ids), 4), logits, torch.full((*ids.shape, len(TAGS)), np.log(2.0)))


@pytest.mark.usefixtures("torch_installed")
def test_a_teacher_reads_each_sentence_once_however_often_the_run_breaks_off(
    tmp_path: Path, tokenizer: PieceTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distillation, "CHUNK", 100)
    doubter, items = Doubter(), [item(example, tokenizer) for example in examples()]
    teacher = partial(distillation.believe, cast(Any, doubter))
    distillation.read(teacher, items[:200], tmp_path, report=lambda _: None)
    beliefs = distillation.read(teacher, items, tmp_path, report=lambda _: None)
    assert doubter.read == len(beliefs) == len(items)
    assert [len(one.tags) for one in beliefs] == [one.window.last for one in items]
    assert beliefs[-1].heads.tolist() == pytest.approx([2 / 3] * len(HEADS), abs=1e-2)
    assert beliefs[0].primary.tolist() == pytest.approx([0.5, 1 / 6, 1 / 6, 1 / 6], abs=1e-2)


@pytest.mark.usefixtures("torch_installed")
def test_a_soft_target_lies_between_teacher_and_reader_and_is_never_quite_one(tokenizer: PieceTokenizer) -> None:
    import torch

    hard = item(examples()[0], tokenizer)
    (belief,) = distillation.believe(cast(Any, Doubter()), [hard])
    soft = distillation.soften(hard, belief)
    assert soft.heads[:2].tolist() == pytest.approx([11 / 12, 1 / 6], abs=1e-2)
    assert (soft.tags[:, distillation.OUR_TAGS] >= 0).all()
    assert distillation._odds(torch.ones(3)).max() < 1


@pytest.mark.usefixtures("torch_installed")
def test_the_teacher_is_not_asked_what_the_public_corpora_say(tokenizer: PieceTokenizer) -> None:
    hard = item(examples()[0], tokenizer)
    (belief,) = distillation.believe(cast(Any, Doubter()), [hard])
    soft = distillation.soften(hard, belief)
    assert soft.heads[HEADS.index("babe_biased")] == hard.heads[HEADS.index("babe_biased")] == UNKNOWN
    assert (soft.tags[:, TAGS.index("mpqa_word")] == UNKNOWN).all()


def test_the_teacher_reads_labelled_and_unlabelled_sentences_but_none_that_fits_the_heads(corpora: Path) -> None:
    split = data.load(corpora)
    digests = [data.digest(one.text) for one in split.soft]
    assert {one.corpus for one in split.soft} == set(data.TEXTS)
    assert len(digests) == len(set(digests))
    assert not set(digests) & {data.digest(one.text) for one in (*split.finetune, *split.calib)}
    assert not set(digests) & data.evaluation_digests(corpora)
    chosen = distillation.chosen(split)
    assert sum(one.corpus == "polnear" for one in chosen) == distillation.AT_MOST["polnear"]
    assert sum(one.corpus == "ptc" for one in chosen) == sum(one.corpus == "ptc" for one in split.soft)


@pytest.mark.usefixtures("torch_installed")
def test_the_loss_weighs_what_a_reader_marked_and_takes_a_teachers_odds_as_they_are() -> None:
    import torch

    from annotator.training.network import Output, masked_loss

    output = Output(torch.zeros(1, 2), torch.zeros(1, 3 + 4), torch.zeros(1, 1, 2))
    heads, primary = torch.full((1, 3), -1.0), torch.full((1, 4), -1.0)

    def loss(tags: list[float]) -> float:
        targets = torch.tensor([[tags]], dtype=torch.float32)
        return float(masked_loss(output, heads, targets, primary, torch.tensor([5.0, 5.0]), 0.05))

    assert loss([-1, -1]) == 0
    assert loss([1, -1]) == pytest.approx(5 * loss([0.5, -1]))
    assert loss([0, -1]) == pytest.approx(loss([0.5, -1]))


@pytest.mark.usefixtures("torch_installed")
def test_a_blend_lies_between_two_networks() -> None:
    import torch

    from annotator.training.network import Network, blend, tiny_encoder

    one, other = Network(tiny_encoder(100)), Network(tiny_encoder(100))
    with torch.no_grad():
        one.heads.bias.fill_(1.0)
        other.heads.bias.fill_(2.0)
    blend(one, other, 0.7)
    assert one.heads.bias.tolist() == pytest.approx([1.3] * len(one.heads.bias))
    assert other.heads.bias.tolist() == [2.0] * len(one.heads.bias)


@pytest.mark.usefixtures("torch_installed")
def test_the_teacher_takes_the_students_word_pieces(tmp_path: Path) -> None:
    import torch
    from transformers import MPNetConfig, MPNetModel

    from annotator.training.network import Network
    from annotator.training.teacher import FROZEN, MPNetEncoder, mpnet_ids

    small = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64, "num_hidden_layers": FROZEN + 1}
    MPNetModel(MPNetConfig(vocab_size=30_527, **small), add_pooling_layer=False).save_pretrained(tmp_path)
    network = Network(MPNetEncoder(tmp_path))
    ids = torch.tensor([[101, 2000, 102, 2001, 102]])
    assert mpnet_ids(ids).tolist() == [[0, 2004, 2, 2005, 2]]
    output = network(ids, torch.zeros_like(ids), torch.ones(1, 5), torch.ones_like(ids))
    assert output.tags.shape == (1, 5, len(TAGS))
    output.logits.sum().backward()
    moved = {
        name.split(".layer.")[1][0]
        for name, one in network.named_parameters()
        if ".layer." in name and one.grad is not None
    }
    assert moved == {str(FROZEN)}


@exporting
@pytest.mark.usefixtures("torch_installed")
def test_twenty_steps_make_a_model_folder_that_annotates(tmp_path: Path, tokenizer: PieceTokenizer) -> None:
    import torch

    from annotator.training.build import build
    from annotator.training.finetune import Settings, finetune
    from annotator.training.network import Network, tiny_encoder

    torch.manual_seed(0)
    network = Network(tiny_encoder(30_522))
    items = {"news_train": [item(example, tokenizer) for example in examples()]}
    said: list[str] = []
    finetune(network, items, Settings(), tmp_path / "checkpoint.pt", steps=20, report=said.append)
    assert said[-1].startswith("step 20/20")
    build(network, TOKENIZER, Split(examples(), examples()), tmp_path / "model", name="tiny", version="0")
    annotator = Annotator.load(tmp_path / "model")
    (sentence,) = annotator.annotate("The ministry said no.").sentences
    assert sum(sentence.primary.values()) == pytest.approx(1.0)
    assert annotator.model.name == "tiny"
    assert set(json.loads((tmp_path / "model/metrics.json").read_text())["read"]) == {"finetune", "calib", "soft"}


@pytest.mark.usefixtures("torch_installed")
def test_a_broken_off_run_resumes_where_it_stopped(
    tmp_path: Path, tokenizer: PieceTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotator.training import finetune

    items = {"news_train": [item(example, tokenizer) for example in examples()]}
    whole = _trained(items, tmp_path / "whole.pt", seed=0)
    step, calls = finetune._step, iter(range(100))

    def breaking(*arguments: Any) -> float:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(finetune, "_step", breaking)
    with pytest.raises(KeyboardInterrupt):
        _trained(items, tmp_path / "broken.pt", seed=0)
    assert _trained(items, tmp_path / "broken.pt", seed=1) == whole


def _trained(items: dict[str, list[Item]], checkpoint: Path, seed: int) -> list[float]:
    """Sums of the weights of a network that starts from `seed`, or from the checkpoint, after 6 steps."""
    import torch

    from annotator.training.finetune import Settings, finetune
    from annotator.training.network import Network, tiny_encoder

    torch.manual_seed(seed)
    network = Network(tiny_encoder(30_522))
    finetune(network, items, Settings(checkpoint_seconds=0.0), checkpoint, steps=6, report=lambda _: None)
    return [float(parameter.detach().sum()) for parameter in network.parameters()]


def test_a_corpus_left_out_leaves_neither_labels_nor_texts(corpora: Path) -> None:
    split = data.load(corpora, ("babe", "polnear"))
    gone = {data.digest(one.text) for one in [*data.babe(corpora), *data.polnear(corpora)]}
    kept = [*split.finetune, *split.calib]
    assert {"mpqa", "checkthat", "news_train"} <= {one.corpus for one in kept}
    assert not {"babe", "polnear", "babe_marks"} & {one.corpus for one in kept}
    leaked = {one.text for one in kept if data.digest(one.text) in gone}
    assert max(map(len, leaked)) < 25  # "He did not elaborate." stands in many an article


@exporting
@pytest.mark.usefixtures("torch_installed")
def test_a_first_stage_learns_what_its_model_says_and_settles_it(tmp_path: Path) -> None:
    import torch

    from annotator.corpus.cascade import CascadeAnnotator, read_config
    from annotator.training import first_stage

    model = tmp_path / "model"
    shutil.copytree(model_folder.find(None), model, ignore=shutil.ignore_patterns("fast"))
    rows, words = examples(), torch.randn(30522, 256)
    settings = replace(first_stage.LEARNING, epochs=20, batch=32)
    network = first_stage.learn(model, rows, words, tmp_path / "work", settings)
    first_stage.write(network, model, rows, rows)
    assert read_config(model / "fast").sure < 1
    text = "\n".join(one.text for one in rows[:40])
    fast, close = CascadeAnnotator(model, sure=0.6), Annotator(model)
    same = [
        one.label == other.label
        for one, other in zip(fast.annotate(text).sentences, close.annotate(text).sentences, strict=True)
    ]
    assert fast.settled > 20
    assert sum(same) > 36


@pytest.mark.usefixtures("torch_installed")
def test_the_shipped_first_stage_settles_from_where_its_training_says(corpora: Path) -> None:
    from annotator.training import first_stage

    model = model_folder.find(None)
    folder, tokenizer = model / cascade.FOLDER, PieceTokenizer(model / "tokenizer.json")
    unread = [one for one in data.unread(corpora, data.load(corpora)) if data.in_calib(one.article)]
    assert first_stage.sure(model, Encoder(folder, tokenizer), unread) == cascade.read_config(folder).sure
