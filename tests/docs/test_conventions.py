"""docs/conventions.md against the code: the golden values that tests compute, and every choice there is."""

from enum import StrEnum
from pathlib import Path

import golden
import pytest

from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.regression.penalty import SELECTIONS
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.dissimilarity import Dissimilarity

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
SHAPE_BIAS = [
    ("ten people, mean", golden.SHAPE_BIAS_MEAN),
    ("ten people, pooled", golden.SHAPE_BIAS_POOLED),
    ("ResNet-50", golden.SHAPE_BIAS_RESNET50),
]


def golden_tables() -> list[list[tuple[str | float, ...]]]:
    """The rows of each table under the last heading, without its head: a name, then numbers."""
    text = PAGE.read_text().rpartition("\n## Golden values\n")[2]
    tables = [
        [line for line in part.splitlines() if line.startswith("| ")] for part in text.split("\n\n") if "|---" in part
    ]
    return [[_row(line) for line in table[1:]] for table in tables]


def _row(line: str) -> tuple[str | float, ...]:
    name, *values = (cell.strip() for cell in line.strip("|").split("|"))
    return (name, *map(float, values))


def test_the_golden_values_of_the_page_are_those_of_the_tests() -> None:
    assert golden_tables() == [golden.RSA, golden.PEOPLE, golden.RESNET50, SHAPE_BIAS, golden.NORMALISED]
    assert f"a raw {golden.RAW:.4f} with reliability {golden.RELIABILITY:.4f}".replace(" 0.", " .") in PAGE.read_text()


@pytest.mark.parametrize(
    ("heading", "choices"),
    [
        ("Dissimilarities", Dissimilarity),
        ("Comparators", Comparator),
        ("Penalties", SELECTIONS),
        ("Values under a convention", Convention),
        ("Error consistency", UndefinedKappa),
    ],
)
def test_every_choice_is_explained(heading: str, choices: type[StrEnum] | tuple[str, ...]) -> None:
    section = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert [str(each) for each in choices if f"`{each}`" not in section] == []
