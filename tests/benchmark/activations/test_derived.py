"""What is derived from layers and stored beside them: made once, by one process, within its limit."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from brainrank.benchmark.activations import store as store_module
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.types.activations import DerivedArrays, LayerGram
from brainrank.benchmark.types.errors import StorageError

KEY = "ab" * 32


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ActivationStore:
    if request.param == "folder":
        return ActivationStore(tmp_path / "store")
    return ActivationStore(f"{request.getfixturevalue('s3')}/derived/{tmp_path.name}")


def derived(store: ActivationStore) -> DerivedArrays:
    if not store.has(KEY):
        store.put(KEY, layer_gram("conv", np.random.default_rng(0).standard_normal((6, 30))))
    layer = store.get(KEY, LayerGram)
    assert layer is not None
    assert layer.derived is not None
    return layer.derived


class Making:
    """Arrays of about a kilobyte, and how often they were made."""

    def __init__(self, wait_s: float = 0.0) -> None:
        self.times, self._wait_s = 0, wait_s

    def __call__(self) -> dict[str, np.ndarray]:
        self.times += 1
        time.sleep(self._wait_s)
        return {"values": np.arange(100.0), "one": np.asarray(2.5)}


def test_it_is_made_once_and_read_afterwards(store: ActivationStore) -> None:
    make = Making()
    for _ in range(3):
        found = derived(store).obtain("first", make)
        np.testing.assert_array_equal(found["values"], np.arange(100.0))
        assert found["one"] == 2.5
    assert derived(store).has("first")
    assert not derived(store).has("second")
    derived(store).obtain("second", make)
    assert make.times == 2
    assert store.info().entries == 3


def test_of_several_at_once_one_makes_it(tmp_path: Path) -> None:
    store, make = ActivationStore(tmp_path), Making(wait_s=0.3)
    here = derived(store)
    threads = [threading.Thread(target=here.obtain, args=("first", make)) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert make.times == 1


def _truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _one_byte_changed(content: bytes) -> bytes:
    middle = len(content) // 3
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize("damaged", [_truncated, _one_byte_changed, lambda _: b"", lambda _: b"no archive at all"])
def test_a_damaged_entry_is_made_anew(tmp_path: Path, damaged: Callable[[bytes], bytes]) -> None:
    store, make = ActivationStore(tmp_path), Making()
    derived(store).obtain("first", make)
    (path,) = (each for each in tmp_path.rglob("*.npz") if "derived" in each.name)
    path.write_bytes(damaged(path.read_bytes()))
    found = derived(store).obtain("first", make)
    np.testing.assert_array_equal(found["values"], np.arange(100.0))
    assert make.times == 2


def test_what_is_in_use_does_not_go_for_more_and_what_is_unused_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, make = ActivationStore(tmp_path, derived_limit_bytes=3_000), Making()
    for name in ("first", "second", "third"):
        derived(store).obtain(name, make)
    assert {each for each in ("first", "second", "third") if any(tmp_path.rglob(f"*{each}.npz"))} == {"first", "second"}
    monkeypatch.setattr(store_module, "UNUSED_S", 0.0)
    derived(store).obtain("third", make)
    assert any(tmp_path.rglob("*third.npz"))
    assert not any(tmp_path.rglob("*first.npz"))
    assert store.get(KEY, LayerGram) is not None


def test_nothing_is_stored_where_a_disk_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, make = ActivationStore(tmp_path), Making()
    here = derived(store)
    monkeypatch.setattr(store.blobs, "free_bytes", lambda: 500)
    for _ in range(2):
        here.obtain("first", make)
    assert make.times == 2
    assert store.info().entries == 1


def test_a_store_that_fails_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, make = ActivationStore(tmp_path), Making()
    here = derived(store)

    def fail(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(store.blobs, "create", fail)
    assert here.obtain("first", make)["one"] == 2.5
    assert make.times == 1


def test_clearing_the_store_removes_it_too(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    derived(store).obtain("first", Making())
    assert store.clear().entries == 2
    assert store.info().entries == 0
