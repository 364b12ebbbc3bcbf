"""The notebooks of docs/tutorials run from first to last, and are stored without noise."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "tutorials"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 150_000


@pytest.fixture(scope="module")
def environment(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One home for all, as a reader has: what the first notebook scored is there in the second."""
    home = tmp_path_factory.mktemp("home")
    return os.environ | {
        "BRAINRANK_HOME": str(home),
        "BRAINRANK_MIRROR": str(mirror),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(home / "ipython"),
        "OMP_NUM_THREADS": "1",
    }


@pytest.mark.xdist_group("tutorials")
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.stem)
def test_a_tutorial_runs(notebook: Path, environment: dict[str, str], tmp_path: Path) -> None:
    shutil.copy(notebook, tmp_path)
    command = [sys.executable, "-m", "jupyter", "execute", "--inplace", notebook.name]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / notebook.name, 4).cells
    stored = nbformat.read(notebook, 4).cells
    for ran, kept in zip(cells, stored, strict=True):
        assert bool(ran.get("outputs")) == bool(kept.get("outputs")), f"the outputs of {ran.id} are out of date"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda each: each.stem)
def test_a_tutorial_is_stored_with_small_outputs_and_nothing_of_a_machine(notebook: Path) -> None:
    found = nbformat.read(notebook, 4)
    nbformat.validate(found)
    assert notebook.stat().st_size < LARGEST
    for cell in found.cells:
        if cell.cell_type == "code":
            assert cell.execution_count is None
            assert not any(each.get("name") == "stderr" for each in cell.outputs)
    text = notebook.read_text()
    assert "\\u001b[" not in text
    assert not any(each in text for each in ("/tmp/", "/home/", "/work/", "/root/"))


def test_there_are_three_tutorials() -> None:
    assert [each.stem for each in NOTEBOOKS] == ["1-first-scores", "2-compare-models", "3-your-own-data"]
