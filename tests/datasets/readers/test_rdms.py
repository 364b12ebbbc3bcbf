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


def test_one_square_is_one_subject(tmp_path):
    np.savez(tmp_path / "one.npz", rdms=SQUARE[0])
    np.testing.assert_array_equal(read_rdms(tmp_path / "one.npz").rdms, [[1.0, 2.0, 3.0]])
    # Six subjects x six pairs are no square RDM: they have no zeros on their diagonal.
    np.savez(tmp_path / "many.npz", rdms=np.arange(1.0, 37).reshape(6, 6))
    assert read_rdms(tmp_path / "many.npz").rdms.shape == (6, 6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-4, 1, 100])
def test_what_rounding_leaves_of_zeros_and_symmetry_is_allowed(tmp_path, dtype, scale):
    patterns = np.random.default_rng(0).standard_normal((3, 24, 200))
    rdms = np.stack([1 - np.corrcoef(each) for each in patterns])
    rdms = (scale * rdms).astype(dtype)
    noise = np.random.default_rng(1).uniform(-1, 1, rdms.shape) * np.finfo(dtype).eps * scale
    stored = (rdms + noise).astype(dtype)
    assert (np.diagonal(stored, axis1=1, axis2=2) != 0).any()
    np.savez(tmp_path / "rdms.npz", rdms=stored)
    np.savez(tmp_path / "one.npz", rdms=stored[0])
    np.savez(tmp_path / "widened.npz", rdms=stored.astype(np.float64 if dtype != np.float16 else dtype))
    row, column = np.triu_indices(24, 1)
    for name, expected in (("rdms", stored), ("one", stored[:1]), ("widened", stored)):
        np.testing.assert_array_equal(read_rdms(tmp_path / f"{name}.npz").rdms, expected[:, row, column])


def test_a_diagonal_may_be_undefined(tmp_path):
    np.savez(tmp_path / "rdms.npz", rdms=np.where(np.eye(3, dtype=bool), np.nan, SQUARE))
    np.testing.assert_array_equal(read_rdms(tmp_path / "rdms.npz").rdms, [[1.0, 2.0, 3.0]])


def test_names_are_the_text_they_are(tmp_path):
    for names in (["007", "7", "1.10"], [b"007", b"7", b"1.10"]):
        np.savez(tmp_path / "rdms.npz", rdms=SQUARE, stimulus_ids=names)
        assert read_rdms(tmp_path / "rdms.npz").stimulus_ids == ("007", "7", "1.10")
    np.savez(tmp_path / "rdms.npz", rdms=SQUARE, stimulus_ids=[7.0, 8.0, 1.5])
    assert read_rdms(tmp_path / "rdms.npz").stimulus_ids == ("7", "8", "1.5")


FAULTS = {
    "no rdms": ({"rdm": SQUARE}, "holds rdm; it needs an array named rdms"),
    "shape": ({"rdms": np.ones((2, 2, 2, 2))}, r"shape \(2, 2, 2, 2\)"),
    "pairs": ({"rdms": np.ones((2, 4))}, "4 pairs"),
    "similarities": ({"rdms": 4 - np.pad(SQUARE[0], (0, 1))}, r"is square, \(4, 4\), and is not zero on its diagonal"),
    "half a square": ({"rdms": np.triu(np.ones((4, 4)), 1)}, "is square, .* and is not symmetric"),
    "far from zero": ({"rdms": SQUARE + 1e-3 * np.eye(3)}, r"not zero on its diagonal \(up to 0.001\)"),
    "infinite": ({"rdms": np.where(SQUARE == 2, np.inf, SQUARE)}, "1 NaN or infinite pairs"),
    "labels nobody reads": ({"rdms": SQUARE, "stimuli_ids": ["a", "b", "c"]}, r"stimuli_ids \(is stimulus_ids meant"),
    "text": ({"rdms": np.array([["a"]])}, "needs numbers"),
    "objects": ({"rdms": np.array([None])}, "holds Python objects"),
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
