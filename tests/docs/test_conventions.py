"""The golden values that docs/conventions.md states are those that tests compute."""

from pathlib import Path

import golden

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
