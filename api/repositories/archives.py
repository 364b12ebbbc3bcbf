"""Arrays as bytes of a database's column: NumPy archives, which hold no pickled objects."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def archive(**arrays: NDArray[Any]) -> bytes:
    """The arrays by name, compressed."""
    written = io.BytesIO()
    np.savez_compressed(written, **arrays)  # type: ignore[arg-type]
    return written.getvalue()


def arrays(content: bytes) -> Mapping[str, NDArray[Any]]:
    """The arrays of an archive by name."""
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        return dict(found)
