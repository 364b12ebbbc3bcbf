"""Pickled dictionaries of arrays: every form is read, and whatever would run, or is no plain array, is refused."""

import os
import pickle
import struct

import numpy as np
import pytest

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.readers import plain_pickle
from brainrank.datasets.readers.plain_pickle import read_pickled_arrays

VALUES = np.random.default_rng(0).standard_normal((3, 2, 4, 5))
CONTENT = {"data": VALUES, "times": np.arange(-2, 3) / 10, "names": ["Oz", "O1"], "single": VALUES[0].astype(">f4")}


def saved(path, content, protocol=None):
    if protocol is None:
        np.save(path, content)
    else:
        path.write_bytes(pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", [None, 0, 1, 2, 3, 4, 5])
def test_every_form_is_read(tmp_path, protocol):
    found = read_pickled_arrays(saved(tmp_path / "a.npy", CONTENT, protocol))
    np.testing.assert_array_equal(found["data"], VALUES)
    np.testing.assert_array_equal(found["times"], CONTENT["times"])
    np.testing.assert_array_equal(found["single"], CONTENT["single"])
    assert found["names"] == ["Oz", "O1"]


def test_as_numpy_1_wrote_it_and_columns_first(tmp_path):
    text = pickle.dumps({"data": np.asfortranarray(VALUES)}, 3).replace(b"numpy._core.", b"numpy.core.")
    (tmp_path / "a.npy").write_bytes(text)
    assert b"numpy.core.multiarray" in text
    np.testing.assert_array_equal(read_pickled_arrays(tmp_path / "a.npy")["data"], VALUES)


def test_what_is_neither_array_nor_words_is_nothing(tmp_path):
    content = {"data": VALUES, "info": {"sfreq": 100}, "mixed": ["a", 1], "number": 3}
    found = read_pickled_arrays(saved(tmp_path / "a.npy", content))
    assert {name: found[name] for name in ("info", "mixed", "number")} == dict.fromkeys(("info", "mixed", "number"))


class _Runs:
    def __reduce__(self):
        return os.mkdir, (self.where,)


@pytest.mark.parametrize("protocol", [None, 0, 2, 4, 5])
def test_a_pickle_that_would_run_is_refused_and_does_not(tmp_path, protocol):
    hostile = _Runs()
    hostile.where = str(tmp_path / "ran")
    path = saved(tmp_path / "a.npy", {"data": hostile}, protocol)
    with pytest.raises(InvalidDataError, match=r"the name posix.mkdir, which is none of a plain array's; what is read"):
        read_pickled_arrays(path)
    assert not (tmp_path / "ran").exists()


NAMES = [b"builtins eval", b"os system", b"numpy load", b"numpy.core.multiarray fromfile", b"numpy ndarray.tofile",
         b"functools partial", b"_codecs lookup", b"numpy.core.multiarray _reconstruct.__class__"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=bytes.decode)
def test_no_other_name_is_had(tmp_path, name):
    (tmp_path / "a.npy").write_bytes(b"\x80\x03c" + name.replace(b" ", b"\n") + b"\n.")
    with pytest.raises(InvalidDataError, match="none of a plain array's"):
        read_pickled_arrays(tmp_path / "a.npy")


def test_a_name_that_is_had_cannot_be_changed(tmp_path):
    """BUILD sets attributes on what has no `__setstate__` of its own: later files would be read by what one set."""
    (tmp_path / "a.npy").write_bytes(b"\x80\x03cnumpy\ndtype\nN}X\x05\x00\x00\x00_makeX\x01\x00\x00\x00xs\x86b.")
    with pytest.raises(InvalidDataError, match="a name that is changed"):
        read_pickled_arrays(tmp_path / "a.npy")
    read_pickled_arrays(saved(tmp_path / "b.npy", CONTENT))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"data": np.array([{}, 1], dtype=object)}, "an array of objects, and numbers and text are read"),
        ({"data": np.zeros(2, dtype=[("a", "f8")])}, "and numbers and text are read"),
        ({"data": np.zeros(2, dtype="M8[s]")}, "an array of 'M8'"),
        ([1, 2], "where a dictionary should be"),
    ],
)
def test_other_content_is_refused(tmp_path, content, told):
    with pytest.raises(InvalidDataError, match=told):
        read_pickled_arrays(saved(tmp_path / "a.npy", content, 4))


def test_an_array_that_claims_more_than_it_has_is_refused(tmp_path):
    text = pickle.dumps({"data": np.zeros(7)}, 3)
    claim = b"K\x01K\x07\x85"  # version 1, shape (7,)
    assert text.count(claim) == 1
    for shape in (b"K\x01J" + struct.pack("<i", 2**30) + b"\x85", b"K\x01J" + struct.pack("<i", -1) + b"\x85"):
        (tmp_path / "a.npy").write_bytes(text.replace(claim, shape))
        with pytest.raises(InvalidDataError, match="an array of 56 bytes, and"):
            read_pickled_arrays(tmp_path / "a.npy")


def test_a_plain_array_is_told_what_it_is_not(tmp_path):
    np.save(tmp_path / "a.npy", VALUES)
    with pytest.raises(InvalidDataError, match=r"an array of float64 of shape \(3, 2, 4, 5\), where a dictionary"):
        read_pickled_arrays(tmp_path / "a.npy")


@pytest.mark.parametrize("protocol", [0, 3, 4])
def test_damaged_files_are_refused_or_read_and_nothing_else_happens(tmp_path, protocol):
    """Bytes changed at random, as a fuzzer would: an answer or an InvalidDataError, and never another error."""
    text, rng = (
        bytearray(pickle.dumps({"data": np.arange(6.0), "names": ["Oz"]}, protocol)),
        np.random.default_rng(protocol),
    )
    path, refused = tmp_path / "a.npy", 0
    for _ in range(400):
        changed = bytearray(text)
        for _ in range(int(rng.integers(1, 4))):
            changed[rng.integers(len(changed))] = rng.integers(256)
        path.write_bytes(changed[: rng.integers(1, len(changed) + 1)] if rng.random() < 0.2 else changed)
        try:
            found = read_pickled_arrays(path)
        except InvalidDataError:
            refused += 1
        else:
            assert all(each is None or isinstance(each, np.ndarray | list) for each in found.values())
    assert refused > 50


def test_nothing_of_numpy_or_pickle_stands_behind_a_name():
    for names in plain_pickle._KNOWN.values():
        assert all(each.__module__ == plain_pickle.__name__ for each in names.values())
