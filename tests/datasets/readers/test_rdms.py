import numpy as np
import pytest

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers.rdms import read_rdms

SQUARE = np.array([[[0, 1, 2], [1, 0, 3], [2, 3, 0]]])


def test_square_and_condensed_are_the_same(tmp_path):
    np.savez(tmp_path / "square.npz", rdms=SQUARE, subjects=["BE"], stimulus_ids=["x", "y", "z"])
    np.savez(tmp_path / "condensed.npz", rdms=np.array([[1, 2, 3]], dtype=np.uint8))
    square, condensed = read_rdms(tmp_path / "square.npz"), read_rdms(tmp_path / "condensed.npz")
    np.testing.assert_array_equal(square.rdms, [[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(condensed.rdms, square.rdms)
    assert (square.subjects, square.stimulus_ids) == (("BE",), ("x", "y", "z"))
    assert (condensed.subjects, condensed.stimulus_ids) == (("1",), ("1", "2", "3"))


FAULTS = {
    "no rdms": ({"rdm": SQUARE}, "holds rdm; it needs an array named rdms"),
    "shape": ({"rdms": np.ones(3)}, r"shape \(3,\)"),
    "pairs": ({"rdms": np.ones((2, 4))}, "4 pairs"),
    "one square": ({"rdms": SQUARE[0]}, "one square RDM"),
    "text": ({"rdms": np.array([["a"]])}, "needs numbers"),
    "objects": ({"rdms": np.array([None])}, "not a plain .npz"),
    "asymmetric": ({"rdms": np.triu(SQUARE)}, "RDM 1 .* is not symmetric"),
    "diagonal": ({"rdms": SQUARE + np.eye(3)}, "is not zero on its diagonal"),
    "nan": ({"rdms": np.array([[1, 2, 3], [1, np.nan, 3]]), "subjects": ["a", "b"]}, "1 NaN .* subject b"),
    "names": ({"rdms": SQUARE, "subjects": ["a", "b"]}, "subjects .* has 2 names, rdms has 1"),
    "twice": ({"rdms": SQUARE, "stimulus_ids": ["a", "b", "a"]}, "repeats a"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_named_with_the_file(tmp_path, fault):
    arrays, message = FAULTS[fault]
    np.savez(tmp_path / "brain.npz", **arrays)
    with pytest.raises(InvalidDataError, match=message) as raised:
        read_rdms(tmp_path / "brain.npz")
    assert "brain.npz" in str(raised.value)


def test_missing_file_and_single_array(tmp_path):
    with pytest.raises(InvalidDataError, match="does not exist"):
        read_rdms(tmp_path / "brain.npz")
    np.save(tmp_path / "brain.npy", SQUARE)
    with pytest.raises(InvalidDataError, match="single array"):
        read_rdms(tmp_path / "brain.npy")
