"""What was extracted, written down and read again: the same layers, in memory or one by one, or a reason."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.scoring.evidence import Evidence
from brainrank.benchmark.scoring.extracted_record import EvidenceGoneError, read_record, record_of
from brainrank.benchmark.scoring.run import Extracted
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, LayerFeatures, LayerGram, StoredLayers
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.metric import Content, EvidenceKind
from brainrank.benchmark.types.trials import Choices

N = 6
ROWS = np.random.default_rng(0).standard_normal((N, 9)).astype(np.float32)


def extracted(content: Content, layers: Sequence[str]) -> Extracted:
    evidence = Evidence(content, tuple(layers), "cuda")
    return Extracted(evidence, "w", "n", {"size": [8, 8]}, "a checkpoint", "bf16", 12.5)


def in_store(folder: Path, *layers: LayerGram | LayerFeatures) -> list[LayerGram | LayerFeatures]:
    store, keyed = ActivationStore(Locations(folder).activations), []
    for number, layer in enumerate(layers):
        key = f"{number:02x}" * 32
        store.put(key, layer)
        keyed.append(replace(layer, key=key))
    return keyed


def read(folder: Path, record: object, kind: EvidenceKind, *, memory_bytes: int = 2**30, code: str = "c") -> Extracted:
    extraction = replace(DEFAULT_EXTRACTION, memory_bytes=memory_bytes)
    through = json.loads(json.dumps(record))
    return read_record(through, kind, N, code_version=code, locations=Locations(folder), extraction=extraction)


@pytest.mark.parametrize("memory_bytes", [2**30, 1])
def test_gram_matrices_come_back_with_all_that_the_receipt_says(tmp_path: Path, memory_bytes: int) -> None:
    made = in_store(tmp_path, layer_gram("b", ROWS), layer_gram("a", 2 * ROWS))
    given = extracted(made, ["b", "a"])  # type: ignore[arg-type]
    found = read(tmp_path, record_of(given, code_version="c"), EvidenceKind.ACTIVATIONS, memory_bytes=memory_bytes)
    assert isinstance(found.evidence.content, StoredLayers) == (memory_bytes == 1)
    assert found._replace(evidence=given.evidence) == given
    assert found.evidence[1:] == given.evidence[1:]
    for ours, theirs in zip(found.evidence.content or (), made, strict=True):
        assert (ours.layer, ours.key) == (theirs.layer, theirs.key)
        assert np.array_equal(ours.gram, theirs.gram)  # type: ignore[union-attr]


def test_units_come_back_as_features(tmp_path: Path) -> None:
    made = in_store(tmp_path, LayerFeatures("a", ROWS))
    found = read(
        tmp_path,
        record_of(extracted(made, ["a"]), code_version="c"),
        EvidenceKind.UNITS,  # type: ignore[arg-type]
    )
    (layer,) = found.evidence.content or ()
    assert isinstance(layer, LayerFeatures)
    assert np.array_equal(layer.values, ROWS)


def test_what_is_no_layer_in_a_store_is_not_written_down() -> None:
    for content in (None, Choices(("i",), ("dog",)), [layer_gram("a", ROWS)]):
        assert record_of(extracted(content, ["a"]), code_version="c") is None


@pytest.mark.parametrize("memory_bytes", [2**30, 1])
def test_layers_that_are_gone_and_code_that_is_another_are_told(tmp_path: Path, memory_bytes: int) -> None:
    made = in_store(tmp_path, layer_gram("a", ROWS))
    record = record_of(extracted(made, ["a"]), code_version="c")  # type: ignore[arg-type]
    with pytest.raises(EvidenceGoneError, match="another version of brainrank"):
        read(tmp_path, record, EvidenceKind.ACTIVATIONS, code="d")
    late = read(tmp_path, record, EvidenceKind.ACTIVATIONS, memory_bytes=1)
    for entry in Locations(tmp_path).activations.rglob("*.npz"):
        entry.unlink()
    with pytest.raises(EvidenceGoneError, match="in the store no more"):
        read(tmp_path, record, EvidenceKind.ACTIVATIONS, memory_bytes=memory_bytes)
    with pytest.raises(StorageError, match="is not in the store"):
        next(iter(late.evidence.content or ()))
