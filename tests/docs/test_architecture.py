"""docs/architecture.md against the tree: its table is the import rule, and has every folder."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The names in the first column of a table, row by row."""
    return [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in text.splitlines() if line.startswith("| `")]


def test_the_table_is_the_import_rule() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rule,) = [each for each in contracts if each["type"] == "layers"]
    layers = [
        sorted(name.strip().removeprefix("brainrank.").replace(".", "/") for name in layer.split("|"))
        for layer in rule["layers"]
    ]
    assert [sorted(row) for row in rows(section("What each folder may know"))] == layers


def test_every_folder_of_the_services_is_told() -> None:
    folders = {path.name for path in (ROOT / "api" / "services").iterdir() if path.is_dir() and path.name[0] != "_"}
    (line,) = [each for each in PAGE.splitlines() if each.startswith("| `api/services` |")]
    assert folders == set(re.findall(r"`(\w+)`", line.split("|")[2]))


def test_where_to_change_names_what_is_there() -> None:
    wanted = ("a metric", "a data set", "a source of models", "who is told better, places", "a page", "a setting")
    lines = section("Where to change what").splitlines()
    for each in wanted:
        assert any(line.startswith(f"| {each} |") for line in lines), each


def test_the_drawing_names_folders_that_are_there() -> None:
    drawing = (ROOT / "docs" / "images" / "architecture.svg").read_text()
    named = re.findall(r"\b(?:api|benchmark)/[a-z_/.]+|(?<=>)(?:models_zoo|datasets)(?=<)", drawing)
    assert len(named) > 12
    assert [each for each in named if not (ROOT / each).exists()] == []
    assert "<style" not in drawing  # the service's policy runs none
    assert "style=" not in drawing
