"""`python -m benchmarks.peers [--data FOLDER] [--sfu FOLDER] [--bsd FOLDER] [--write-good FOLDER] [--cache FOLDER]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from annotator import Annotator, AnnotatorError, model_folder
from annotator.evaluation import benchmarks, corpora, pairs, scores
from annotator.evaluation.bootstrap import Figure
from annotator.evaluation.gold import Article
from annotator.places import folder
from benchmarks.peers import hedges, linters, quotations, words, zero_shot
from benchmarks.peers.corpora import (
    PUBLIC,
    Labelled,
    Training,
    marks_test,
    marks_training,
    public_test,
    public_training,
)
from benchmarks.peers.peer import Missing, Peer, Places
from benchmarks.peers.table import Row, Section, markdown, measure

PEERS: tuple[Peer, ...] = (
    *words.PEERS,
    *quotations.PEERS,
    *hedges.PEERS,
    *linters.PEERS,
    *zero_shot.PEERS,
)
OURS = "**the annotator**"
Table = list[tuple[Section, Row]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask the annotator and every peer about the same sentences, and print a Markdown table for each test set."""
    options = _options(arguments)
    places = Places(options.sfu, options.bsd, options.write_good, options.minilm, options.cache)
    try:
        model = model_folder.find(options.model)
        identity = model_folder.identity(model, model_folder.read_config(model))
        table = build(model, places, options.data)
    except AnnotatorError as error:
        sys.exit(f"error: {error}")
    print(f"The annotator: {identity.name} {identity.version}, {identity.digest[:19]}", end="\n\n")
    print("\n".join(versions(PEERS, places)), end="\n\n")
    for section, ours in table:
        print("\n".join(markdown(section, ours)))
    if options.json:
        plain = [{**asdict(section), "ours": asdict(ours)} for section, ours in table]
        options.json.write_text(json.dumps(plain, ensure_ascii=False) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=main.__doc__)
    parser.add_argument("--model", help="model folder or name")
    parser.add_argument("--data", type=Path, help="folder with marks/, framing/ and attribution/")
    parser.add_argument("--sfu", type=Path, help="clone of sfu-discourse-lab/GenderGapTracker")
    parser.add_argument("--bsd", type=Path, help="clone of cjhutto/bsd")
    parser.add_argument("--write-good", type=Path, help="folder where npm installed write-good")
    parser.add_argument("--minilm", type=Path, help="folder with MiniLM-L6's model.safetensors and tokenizer")
    parser.add_argument("--cache", type=Path, help="keep what peers answer in this folder")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    return parser.parse_args(arguments)


def versions(peers: Sequence[Peer], places: Places) -> Iterator[str]:
    """A table of the peers: which release, for which marks, what it is asked; or why it is missing."""
    yield "| peer | version | marks | what is asked |"
    yield "|---|---|---|---|"
    for peer in peers:
        try:
            version = peer.version(places)
        except Missing as reason:
            version = f"missing ({reason})"
        yield f"| {peer.name} | {version} | {', '.join(peer.marks)} | {peer.asked} |"


def build(model: Path, places: Places, root: Path | None) -> Table:
    """All sections, each with our own row: gold/test, and with `root` the sets that cannot be redistributed."""
    training = marks_training(root)
    marked = [marks_test("gold/test", sorted((folder("labels") / "gold" / "test").glob("*.jsonl")))]
    if root:
        marked.append(marks_test("news_dev", [root / "marks/news_dev.jsonl"]))
    sections = measure(PEERS, places, training, [labelled for labelled, _ in marked])
    table = _marks_sections(model, sections, marked)
    if root:
        for name in PUBLIC:
            table += _public_sections(model, places, training, root, name)
    return table


def _public_sections(model: Path, places: Places, training: Training, root: Path, name: str) -> Table:
    """A public corpus twice: with peers fitted on our marks, and on the corpus's own training part."""
    rows = corpora.read(name, str(root))
    test = public_test(name, rows)
    own = public_training(name, root, test.sentences)
    figures = benchmarks.measure(model, name, rows).figures
    fitted = {"mark": training, "head": own}
    sections = {kind: measure(PEERS, places, learned, [test])[0] for kind, learned in fitted.items()}
    return [(section, _public_row(kind, section, figures)) for kind, section in sections.items()]


def _marks_sections(
    model: Path, sections: Sequence[Section], marked: Sequence[tuple[Labelled, list[Article]]]
) -> Table:
    annotator = Annotator(model)
    table = []
    for section, (_, articles) in zip(sections, marked, strict=True):
        figures = scores.label_figures(pairs.annotate(annotator, articles))
        turned = {"/".join(reversed(name.split("/"))): value for name, value in figures.items()}
        turned["primary/macro-f1"] = figures["primary/macro-f1"]
        table.append((section, Row(OURS, turned)))
    return table


def _public_row(kind: str, section: Section, figures: Mapping[str, Figure]) -> Row:
    """The annotator on a public corpus: its mark as shipped, or its answer to the corpus's question."""
    (mark,) = section.marks
    found = {name.split("/")[2]: value for name, value in figures.items() if name.split("/")[1] == kind}
    name = f"{OURS}, its mark" if kind == "mark" else f"{OURS}, corpus's question"
    return Row(name, {f"{mark}/{score}": value for score, value in found.items()})


if __name__ == "__main__":
    main()
