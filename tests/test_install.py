"""The wheel carries models, labels and the page, and works from any folder; an editable install reads the clone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from annotator import places
from annotator.errors import AnnotatorError
from tests.conftest import ROOT

BUILD = "import sys; from hatchling.build import build_{kind} as build; print(build(sys.argv[1]))"


def built(kind: str, folder: Path) -> Path:
    """Build a wheel with hatchling's own entry point, as pip does, without an environment of its own."""
    command = [sys.executable, "-c", BUILD.format(kind=kind), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return folder / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


def test_the_wheel_carries_models_labels_and_the_page(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = "annotator/_data"
    expected = {f"{data}/app.py", f"{data}/labels/labels.toml", f"{data}/labels/gold/test/articles.jsonl"}
    files = [path for path in (ROOT / "models/news-en-small").rglob("*") if path.is_file()]
    expected |= {f"{data}/{path.relative_to(ROOT)}" for path in files}
    expected |= {"annotator/page/reader.js", "annotator/page/reader.css", "annotator/page/demo.txt"}
    assert expected <= names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "docs"))]


def test_the_wheel_works_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    code = "import annotator; print(annotator.__file__)"
    command = [sys.executable, "-m", "annotator", "annotate", "--json", "The ministry said no."]
    where = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert where.stdout.startswith(str(site))
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert '"news-en-small"' in done.stdout


def test_an_editable_wheel_copies_no_data(tmp_path: Path) -> None:
    names = zipfile.ZipFile(built("editable", tmp_path)).namelist()
    assert not [name for name in names if "_data" in name]


def test_data_in_the_package_comes_before_data_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "annotator"
    (package / "_data" / "labels").mkdir(parents=True)
    (tmp_path / "labels").mkdir()
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(places, "_PACKAGE", package)
    assert places.folder("labels") == package / "_data" / "labels"
    assert places.folder("models") == tmp_path / "models"
    with pytest.raises(AnnotatorError, match=r"app\.py"):
        places.folder("app.py")
