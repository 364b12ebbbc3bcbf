"""The notebooks of docs/tutorials run from first to last, and what they show is what comes out."""

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest
import tutorials

LARGEST = 150_000
TITLES = [
    "1-first-score",
    "2-your-own-network",
    "3-your-own-data",
    "4-compare-models",
    "5-features",
    "6-over-time",
    "7-maps",
]


@pytest.fixture
def environment(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A home for each: what one shows does not depend on what was read before."""
    return tutorials.environment_in(tmp_path_factory.mktemp("home")) | {"BRAINRANK_MIRROR": str(mirror)}


@pytest.mark.filterwarnings("default")  # of Jupyter's own parts; brainrank runs in the notebook's process
@pytest.mark.parametrize("notebook", tutorials.NOTEBOOKS, ids=lambda each: each.stem)
def test_a_tutorial_shows_what_comes_out(notebook: Path, environment: dict[str, str], tmp_path: Path) -> None:
    ran = tutorials.run(notebook, tmp_path, environment)
    found = tutorials.differences(ran, nbformat.read(notebook, 4))
    assert found == [], "`make tutorials` stores the outputs anew\n" + "\n".join(found)


@pytest.mark.parametrize("notebook", tutorials.NOTEBOOKS, ids=lambda each: each.stem)
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


@pytest.mark.parametrize("notebook", tutorials.NOTEBOOKS, ids=lambda each: each.stem)
def test_a_tutorial_uses_the_public_face_alone(notebook: Path) -> None:
    cells = [each.source for each in nbformat.read(notebook, 4).cells if each.cell_type == "code"]
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell))]
    imported = [each for node in nodes if isinstance(node, ast.Import) for each in node.names]
    parts = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    assert [each.asname for each in imported if each.name.partition(".")[0] == "brainrank"] == ["br"]
    assert not [each for each in parts if each.partition(".")[0] == "brainrank"]


def test_the_tutorials_are_those_of_the_plan() -> None:
    assert [each.stem for each in tutorials.NOTEBOOKS] == TITLES


def notebook_of(**output: Any) -> Any:
    cell = nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output(**output)])  # type: ignore[no-untyped-call]
    return nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("stored", "same"),
    [
        ("score .473 [.1 to 2e-3]", True),
        ("score  .478\n[.1 to 2e-3]", True),
        ("score .501 [.1 to 2e-3]", False),
        ("score .473 [.1 to nan]", False),
        ("points .473 [.1 to 2e-3]", False),
        ("score .473 [.1 to 2e-3] and 1 more", False),
    ],
)
def test_stale_outputs_are_told(stored: str, same: bool) -> None:
    ran = notebook_of(output_type="stream", text="score .473 [.1 to 2e-3]")
    found = tutorials.differences(ran, notebook_of(output_type="stream", text=stored))
    assert bool(found) is not same


def test_outputs_of_another_kind_are_told() -> None:
    ran = notebook_of(output_type="display_data", data={"image/png": "", "text/plain": "a figure"})
    assert tutorials.differences(ran, ran) == []
    assert tutorials.differences(ran, notebook_of(output_type="display_data", data={"text/plain": "a figure"}))
