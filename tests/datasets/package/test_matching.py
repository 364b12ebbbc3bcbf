"""Labels of measured stimuli against the table."""

from collections.abc import Sequence

import pytest

from brainrank.datasets.package.matching import Labels, match
from brainrank.datasets.package.stimulus_table import Row


def rows(*pairs: tuple[str, str]) -> list[Row]:
    return [Row(n + 2, stimulus_id, file, False, "", "", ()) for n, (stimulus_id, file) in enumerate(pairs)]


TABLE = rows(("a", "images/one.png"), ("b", "images/two.jpg"), ("c", "images/three.png"))


def words(*values: str, name: str = "stimulus_id") -> Labels:
    return Labels(name, values, words=True)


@pytest.mark.parametrize(
    "labels",
    [
        words("c", "a", "b"),
        words("images/three.png", "images/one.png", "images/two.jpg", name="path"),
        words("three.png", "one.png", "two.jpg", name="whatever"),
        words("three", "one", "two"),
    ],
)
def test_ids_files_and_names_of_files_match(labels: Labels) -> None:
    assert match([labels], TABLE) == ((2, 0, 1), ())
    assert match([words("dog", "cat", "cat", name="category"), labels], TABLE).rows == (2, 0, 1)


def test_ids_that_are_numbers_match_and_counts_say_nothing() -> None:
    numbered = rows(("3", "x.png"), ("1", "y.png"), ("2", "z.png"))
    assert match([Labels("id", ("1", "2", "3"), words=False)], numbered).rows == (1, 2, 0)
    for first in (0, 1):
        counted = Labels("stimuli", tuple(str(first + n) for n in range(3)), words=False)
        assert match([counted], TABLE) == (None, ())
    assert match([Labels("contrast", ("0.1", "0.1", "0.4"), words=False)], TABLE) == (None, ())
    assert match([], TABLE) == (None, ())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([words("c", "a", "x")], "its stimulus_id are no stimulus_id and no file of the table: x (the table has b)"),
        ([words("c", "a", "x", name="code")], "its code are no"),
        ([Labels("image_id", ("3", "1", "2"), words=False)], "its image_id are no"),
        ([Labels("image_id", ("01", "02", "03"), words=True)], "its image_id are no"),
        ([words("c", "a", "b"), words("a", "b", "c", name="image")], "stimulus_id and image name different stimuli"),
    ],
)
def test_labels_that_do_not_match_are_told(labels: Sequence[Labels], message: str) -> None:
    found = match(labels, TABLE)
    assert found.rows is None
    assert any(message in fault for fault in found.faults)


def test_names_that_two_files_share_are_no_names() -> None:
    shared = rows(("a", "first/x.png"), ("b", "second/x.png"))
    assert match([words("x.png", "x.png")], shared).rows is None
    assert match([words("second/x.png", "first/x.png")], shared).rows == (1, 0)
