"""Labels stay the text they are, whatever kind of array holds them."""

import numpy as np
import pytest

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.labels import as_text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array(["007", "7", "1.10", "1.1", "NA", "é"]), ("007", "7", "1.10", "1.1", "NA", "é")),
        (np.array([b"007", b"7"]), ("007", "7")),
        (np.array([b"im0", "é".encode()], dtype=object), ("im0", "é")),
        (np.array(["a", 7], dtype=object), ("a", "7")),
        (np.array([[3], [1]]), ("3", "1")),
        (np.array([3.0, 1.5]), ("3", "1.5")),
        (np.zeros(0), ()),
    ],
)
def test_every_kind_is_text(values: np.ndarray, expected: tuple[str, ...]) -> None:
    assert as_text(values) == expected


@pytest.mark.parametrize("value", [True, None, (1, 2), b"\xff\xfe"])
def test_what_is_no_label_is_refused(value: object) -> None:
    values = np.empty(1, dtype=object)
    values[0] = value
    with pytest.raises(InvalidDataError, match="write labels as text"):
        as_text(values)
