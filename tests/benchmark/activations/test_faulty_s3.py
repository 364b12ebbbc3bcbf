"""A store of activations on S3 that fails: what comes back is whole, or nothing, or an error that says so."""

from collections.abc import Iterator

import numpy as np
import pytest
from faulty_s3 import FaultyS3, faulty_s3

from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.errors import StorageError

KEY = "ab" + "0" * 62
ALWAYS = 10_000


@pytest.fixture(scope="module")
def server(s3: str) -> Iterator[FaultyS3]:
    with faulty_s3() as proxy:
        yield proxy


@pytest.fixture
def store(server: FaultyS3, s3: str, request: pytest.FixtureRequest) -> ActivationStore:
    server.fail("", 0)
    return ActivationStore(f"{s3}/faulty-{abs(hash(request.node.name))}")


def layer() -> LayerGram:
    gram = np.random.default_rng(0).random((60, 60))
    gram += gram.T
    return LayerGram("conv", gram, gram[0], gram[1], gram[2], gram[3], 0.5, 7)


def same(found: LayerGram | None) -> bool:
    return found is not None and np.array_equal(found.gram, layer().gram)


@pytest.mark.parametrize("mode", ["error", "slow", "half"])
def test_a_fault_that_passes_is_not_seen(server: FaultyS3, store: ActivationStore, mode: str) -> None:
    server.fail(mode, 1)
    store.put(KEY, layer())
    server.fail(mode, 1)
    assert same(store.get(KEY, LayerGram))


def test_a_store_that_answers_with_errors_is_said_and_what_it_held_is_there_afterwards(
    server: FaultyS3, store: ActivationStore
) -> None:
    store.put(KEY, layer())
    server.fail("error", ALWAYS)
    with pytest.raises(StorageError, match="activations store"):
        store.get(KEY, LayerGram)
    server.fail("", 0)
    assert same(store.get(KEY, LayerGram))


def test_half_a_file_is_no_layer(server: FaultyS3, store: ActivationStore) -> None:
    store.put(KEY, layer())
    server.fail("half", ALWAYS)
    try:
        found = store.get(KEY, LayerGram)
    except StorageError:
        found = None
    assert found is None
    server.fail("", 0)
    assert same(store.get(KEY, LayerGram))
