"""The store: in a folder, on S3 (a server of moto's on this machine), its limit, and processes that share it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from botocore.exceptions import EndpointConnectionError

from brainrank.benchmark.activations.activation_lease import hold_lease
from brainrank.benchmark.activations.blobs import ABANDONED_S, Blobs
from brainrank.benchmark.activations.gram import layer_gram, narrow_layer
from brainrank.benchmark.activations.store import ActivationStore, store_key
from brainrank.benchmark.activations.triangle import triangle_of
from brainrank.benchmark.types.activations import LayerFeatures, LayerGram
from brainrank.benchmark.types.errors import StorageError, UserError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Holder


@pytest.fixture(params=["folder", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "store")
    return f"{request.getfixturevalue('s3')}/store/{tmp_path.name}"


def a_layer(n_stimuli: int = 6) -> LayerGram:
    rng = np.random.default_rng(0)
    return layer_gram("conv", rng.standard_normal((n_stimuli, 30)))


def key(layer: str = "conv", pooling: str = "flatten", channels: int = 3) -> str:
    return store_key(
        reduction="",
        network_digest="w",
        preprocessing=Preprocessing(size=(8, 8), channels=channels),
        layer=layer,
        pooling=pooling,
        precision="float32",
        stimuli_digest="s",
    )


def test_the_store_gives_back_what_was_put(address: str) -> None:
    store, layer = ActivationStore(address), a_layer()
    assert store.get(key(), LayerGram) is None
    assert store.info().entries == 0
    store.put(key(), layer)
    found = store.get(key(), LayerGram)
    assert found is not None
    for name in ("gram", "row_sums", "mean_products", "row_powers", "row_lengths"):
        np.testing.assert_array_equal(getattr(found, name), getattr(layer, name))
    assert (found.layer, found.n_features, found.mean) == ("conv", 30, layer.mean)
    assert len({key(), key("other"), key(pooling="mean"), key(channels=1)}) == 4
    assert store.info().entries == 1
    assert store.clear().entries == 1
    assert store.get(key(), LayerGram) is None
    assert list(store.blobs.list()) == []


@pytest.mark.parametrize("keep_bytes", [0, 100, 500])
def test_a_damaged_entry_counts_as_missing_and_is_replaced(address: str, keep_bytes: int) -> None:
    store = ActivationStore(address)
    store.put(key(), a_layer())
    (entry,) = [blob.name for blob in store.blobs.list() if blob.name.endswith(".npz")]
    content = store.blobs.read(entry)
    assert content is not None
    store.blobs.write(entry, content[:keep_bytes])
    assert store.get(key(), LayerGram) is None
    flipped = bytearray(content)
    flipped[content.index(triangle_of(a_layer().gram, np.float64).tobytes()) + 9] ^= 1
    store.blobs.write(entry, bytes(flipped))
    assert store.get(key(), LayerGram) is None
    store.put(key(), a_layer())
    assert store.get(key(), LayerGram) is not None


def test_what_was_used_longest_ago_goes_first(address: str) -> None:
    pause = 1.1 if address.startswith("s3") else 0.02  # S3 counts whole seconds
    store = ActivationStore(address, limit_bytes=2 * ActivationStoreSize.of(a_layer()))
    for layer in ("first", "second", "third"):
        store.put(key(layer), a_layer())
        time.sleep(pause)
    assert store.get(key("first"), LayerGram) is not None
    assert store.trim() == 1
    assert store.get(key("second"), LayerGram) is None
    assert store.get(key("first"), LayerGram) is not None
    assert store.get(key("third"), LayerGram) is not None
    tight = ActivationStore(address, limit_bytes=1)
    assert tight.trim(keep={key("third")}) == 1
    assert tight.get(key("third"), LayerGram) is not None


class ActivationStoreSize:
    @staticmethod
    def of(layer: LayerGram) -> int:
        store = ActivationStore("memory://size")
        store.put(key(), layer)
        return store.info().size_bytes


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    script = f"""
import resource, numpy as np
from brainrank.benchmark.activations.gram import layer_gram, narrow_layer
from brainrank.benchmark.activations.store import ActivationStore
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
ActivationStore({str(tmp_path)!r}).put("aa", layer_gram("conv", np.zeros((200, 1))))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert f"StorageError: The disk of {tmp_path / 'aa'} is full" in done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_store_that_may_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ActivationStore(tmp_path).put(key(), a_layer())

    def forbidden(*_arguments: object) -> None:
        raise StorageError("Cannot write")

    monkeypatch.setattr(Blobs, "write", forbidden)
    assert ActivationStore(tmp_path).get(key(), LayerGram) is not None


def test_an_unknown_scheme_and_an_unreachable_store_say_what_to_do(s3: str) -> None:
    with pytest.raises(UserError, match="Cannot use the activations store 'nosuch://here'"):
        ActivationStore("nosuch://here")
    with pytest.raises(StorageError, match="nosuchbucket failed .* BRAINRANK_STORE_URL"):
        ActivationStore("s3://nosuchbucket").put(key(), a_layer())


def test_what_a_stores_client_raises_is_told_as_a_failure_of_the_store(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = Blobs(f"{s3}/store")

    def unreachable(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    for name in ("cat_file", "pipe_file", "rm_file", "find"):
        monkeypatch.setattr(blobs._files, name, unreachable)
    for call in (lambda: blobs.read("a"), lambda: blobs.create("a", b""), lambda: blobs.remove("a")):
        with pytest.raises(StorageError, match="EndpointConnectionError.* unset BRAINRANK_STORE_URL"):
            call()


def test_the_leftovers_of_a_killed_write_are_swept_and_living_ones_are_not(tmp_path: Path) -> None:
    """A real process, killed in the middle of a write."""
    script = f"""
import time
from pathlib import Path
from brainrank.benchmark.files.storage import written_whole
with written_whole(Path({str(tmp_path)!r}) / "aa" / "entry.npz") as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        (left,) = tmp_path.rglob("partial-*")
        long_ago = time.time() - ABANDONED_S - 1
        os.utime(left, (long_ago, long_ago))
        ActivationStore(tmp_path).trim()
        assert left.exists()
        writer.send_signal(signal.SIGKILL)
    store = ActivationStore(tmp_path)
    store.put(key(), a_layer())
    store.trim()
    assert not left.exists()
    assert store.get(key(), LayerGram) is not None


HOLD = """
import sys, time
from brainrank.benchmark.activations.blobs import Blobs
from brainrank.benchmark.activations.gram import layer_gram, narrow_layer
from brainrank.benchmark.activations.activation_lease import hold_lease
with hold_lease(Blobs(sys.argv[1]), "aa/lease"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_owner_does_not_block_the_next(address: str) -> None:
    told = threading.Event()
    with subprocess.Popen([sys.executable, "-c", HOLD, address], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        # Reaped as it dies: until then a killed child still counts as a process.
        killing = threading.Timer(0.5, lambda: (owner.kill(), owner.wait()))
        killing.start()
        start = time.monotonic()
        with hold_lease(Blobs(address), "aa/lease", waiting=lambda _holder: told.set()):
            assert told.is_set()
            assert 0.3 < time.monotonic() - start < 20
        killing.join()
    assert Blobs(address).read("aa/lease") is None


def test_who_waits_may_be_told_to_stop(address: str) -> None:
    looks = []

    def stopped(_holder: Holder) -> None:
        looks.append(None)
        if len(looks) > 2:
            raise InterruptedError

    blobs = Blobs(address)
    assert blobs.create("aa/lease", b'{"host": "elsewhere", "process": 1, "beat": "0"}')
    with pytest.raises(InterruptedError), hold_lease(blobs, "aa/lease", waiting=stopped):
        pytest.fail("it is not ours")
    assert len(looks) == 3


def test_an_owner_elsewhere_that_stops_beating_loses_its_lease_and_one_that_beats_keeps_it(address: str) -> None:
    blobs = Blobs(address)
    assert blobs.create("aa/lease", b'{"host": "elsewhere", "process": 1, "beat": "0"}')
    assert not blobs.create("aa/lease", b"")
    start = time.monotonic()
    with hold_lease(blobs, "aa/lease", beat_s=0.1, expires_s=1.0):
        assert time.monotonic() - start > 0.9
        stranger = threading.Event()

        def wait() -> None:
            with hold_lease(blobs, "aa/lease", expires_s=1.0):
                stranger.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not stranger.wait(2.0)
    waiting.join(20)
    assert stranger.is_set()


def test_a_layer_of_fewer_features_than_stimuli_is_stored_as_features(tmp_path: Path) -> None:
    store, rng = ActivationStore(tmp_path), np.random.default_rng(0)
    layer = narrow_layer("late", rng.standard_normal((300, 20)).astype(np.float32))
    store.put(key(), layer)
    (entry,) = tmp_path.rglob("*.npz")
    assert entry.stat().st_size < 300 * 20 * 4 + 2000
    found = store.get(key(), LayerGram)
    assert found is not None
    assert found.features is not None
    for name in ("gram", "row_sums", "mean_products", "row_powers", "row_lengths", "features"):
        np.testing.assert_array_equal(getattr(found, name), getattr(layer, name))
    assert (found.layer, found.mean, found.n_features) == (layer.layer, layer.mean, 20)
    assert store.get(key(), LayerFeatures) is None
