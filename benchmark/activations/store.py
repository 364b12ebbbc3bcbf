"""The activations store: one file per layer and stimulus set, named by everything that decides its content."""

import hashlib
import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from brainrank.benchmark.storage import written_whole
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.model_spec import Preprocessing

# Raise it when the same model and images would give other activations than before.
EXTRACTOR_VERSION = 2


def store_key(
    *,
    weights_digest: str,
    preprocessing: Preprocessing,
    layer: str,
    pooling: str,
    precision: str,
    stimuli_digest: str,
) -> str:
    """The sha256 of everything that decides a layer's activations (shared DESIGN, "How a score comes about")."""
    content = [weights_digest, asdict(preprocessing), layer, pooling, precision, stimuli_digest, EXTRACTOR_VERSION]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class ActivationStore:
    """A folder of Gram matrices. Files appear whole or not at all; a damaged one counts as missing and is replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> LayerGram | None:
        """Return the layer stored under `key`, or None."""
        try:
            with self._path(key).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return LayerGram(
                    layer=str(stored["layer"]),
                    gram=stored["gram"],
                    row_sums=stored["row_sums"],
                    n_features=int(stored["n_features"]),
                )
        except (FileNotFoundError, zipfile.BadZipFile, EOFError, KeyError, ValueError):
            return None

    def put(self, key: str, activations: LayerGram) -> None:
        """Store a layer under `key`. Raises StorageError when it cannot be written; nothing half-written is left."""
        with written_whole(self._path(key)) as file:
            np.savez(
                file,
                layer=np.array(activations.layer),
                gram=activations.gram,
                row_sums=activations.row_sums,
                n_features=np.array(activations.n_features),
            )

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.npz"
