"""Which module may know which: data flows one way, and nothing heavy is imported before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CORE = [
    "errors",
    "places",
    "marks",
    "name_lists",
    "names",
    "resolve",
    "labels",
    "language",
    "segment_rules",
    "segment",
    "context",
    "encoder",
    "model_folder",
]
ORDER = [*CORE, "heads", "decode", "pipeline"]
SHELLS = {
    "summary": {"errors", "marks", "labels", "name_lists"},
    "standalone": set(),
    "render": {"errors", "marks", "labels", "standalone"},
    "extract": {"errors"},
    "profile": {"errors", "marks", "places", "summary"},
    "charts": {"labels", "marks", "profile"},
    "corrections": {"errors", "marks"},
    "page": {
        *("errors", "marks", "labels", "places", "render", "summary", "extract", "corpus"),
        *("corrections", "compare", "render_compare"),
    },
    "facts": {"marks", "name_lists", "names"},
    "align": set(),
    "compare": {"marks", "name_lists", "summary", "align", "facts"},
    "render_compare": {"labels", "marks", "render", "standalone", "compare", "facts"},
    "evaluation": set(ORDER),
    "training": {*ORDER, "evaluation", "corpus"},
    "corpus": {*ORDER, "summary", "extract"},
    "report": {"errors", "marks", "labels", "name_lists", "standalone", "summary", "corpus"},
    "cli": {
        *ORDER,
        "summary",
        "render",
        "corpus",
        "report",
        "page",
        "evaluation",
        "compare",
        "facts",
        "render_compare",
    },
    "__main__": {"cli"},
}
HEAVY = ["spacy", "onnxruntime", "sklearn", "skops", "streamlit", "datasets", "torch", "pyarrow", "tokenizers"]
HEAVY += ["altair", "vl_convert", "trafilatura", "docx", "pypdf", "markdown_it", "charset_normalizer"]


def room(path: Path) -> str:
    return path.relative_to(ROOT / "annotator").parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The rooms of `annotator` that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "annotator":
            found |= {"pipeline" if alias.name == "Annotator" else alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("annotator."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("annotator.")}
    return {name for name in found if name.islower() or name in ("pipeline",)}


def files() -> list[Path]:
    return sorted((ROOT / "annotator").rglob("*.py"))


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    name = room(path)
    if name == "__init__":
        return
    allowed = SHELLS[name] if name in SHELLS else set(ORDER[: ORDER.index(name)])
    assert imported(path) - {name} <= allowed


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 50, node.name


def test_values_need_the_standard_library_only() -> None:
    code = "import sys, annotator.marks; print(sorted(n for n in sys.modules if '.' not in n))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not [name for name in [*HEAVY, "numpy"] if f"'{name}'" in loaded]


def test_importing_the_package_and_its_command_loads_nothing_heavy() -> None:
    code = f"import sys, annotator, annotator.cli; print([n for n in {HEAVY} if n in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_annotating_never_needs_torch() -> None:
    code = """
import sys
class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ImportError(name)
sys.meta_path.insert(0, NoTorch())
from annotator import Annotator
assert Annotator.load().annotate("The ministry said no.").sentences
"""
    subprocess.run([sys.executable, "-c", code], check=True)
