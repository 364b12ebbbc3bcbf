"""Labels as the text they are: '007' is not 7, '1.10' is not '1.1'."""

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import InvalidDataError


def as_text(values: NDArray[np.generic]) -> tuple[str, ...]:
    """Labels of any kind that files hold, as text: bytes are decoded, whole numbers written without a point.

    Raises InvalidDataError for bytes that are no UTF-8 and for what is neither text nor a number.
    """
    return tuple(_text(value) for value in np.asarray(values).ravel().tolist())


def _text(value: object) -> str:
    if isinstance(value, np.generic):  # in an array of objects
        value = value.item()
    if isinstance(value, bytes):
        try:
            return value.rstrip(b"\0").decode()
        except UnicodeDecodeError as error:
            raise InvalidDataError(f"The label {value!r} is not UTF-8 ({error}); write labels as text") from error
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidDataError(f"The label {value!r} is neither text nor a number; write labels as text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # MATLAB's numbers are all of this kind
    return str(value)
