"""What a cell answers, read with suspicion: the sizes are the reader's, and what is not as it should be is refused."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import requests
from numpy.typing import NDArray

from brainrank.benchmark.activations.reduction import UNITS
from brainrank.benchmark.cell.cell_errors import CellFaultError, CellTracebackError
from brainrank.benchmark.cell.frames import BrokenFrameError, Frame, FrameReader
from brainrank.benchmark.cell.writing import VECTORS, Resolution
from brainrank.benchmark.types.activations import ActivationsError, LayerFeatures, LayerGram
from brainrank.benchmark.types.errors import (
    BrainrankError,
    DataUnavailableError,
    InvalidDataError,
    ModelLoadError,
    StorageError,
    UnknownNameError,
    UserError,
)
from brainrank.benchmark.types.trials import Choices

MOST_TEXT = 4_000
MOST_NAME = 1_000
MOST_LAYERS = 10_000
MOST_CHOICES = 2_000_000
MOST_FEATURES = 2**40
# An error's kind is a name among these, or nobody foresaw it.
ERRORS: Mapping[str, type[BrainrankError]] = {
    each.__name__: each
    for each in (
        UserError,
        InvalidDataError,
        ModelLoadError,
        DataUnavailableError,
        StorageError,
        ActivationsError,
        BrainrankError,
    )
}


def printable(text: object, *, most: int = MOST_TEXT) -> str:
    """Text as far as it is text: lines of printable characters, cut where it is too long."""
    if not isinstance(text, str):
        raise BrokenFrameError("what should be text is not")
    kept = "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text[:most])
    return kept if len(text) <= most else f"{kept[: most - 4]} ..."


def name(text: object) -> str:
    """A name, which is on one line and not cut. Raises BrokenFrameError."""
    if not isinstance(text, str) or len(text) > MOST_NAME or not text.isprintable():
        raise BrokenFrameError("a name that is none")
    return text


def names(found: object, *, most: int) -> tuple[str, ...]:
    """Several names. Raises BrokenFrameError."""
    if not isinstance(found, list) or len(found) > most:
        raise BrokenFrameError("a list of names that is none")
    return tuple(name(each) for each in found)


def whole(number: object, *, most: int) -> int:
    """A number of things. Raises BrokenFrameError."""
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= most:
        raise BrokenFrameError("a number of things that is none")
    return number


def error_of(said: Mapping[str, Any]) -> Exception:
    """The error that a cell met, its causes as far as they tell whether it can pass."""
    kind, text = printable(said.get("kind"), most=100), printable(said.get("text"))
    if kind == UnknownNameError.__name__:
        unknown = UnknownNameError.__new__(UnknownNameError)
        UserError.__init__(unknown, text)
        unknown.name, unknown.suggestions = "", ()
        return unknown
    if kind in ERRORS:
        error: Exception = ERRORS[kind](text)
        error.__cause__ = _cause(said.get("causes"))
        return error
    error = CellFaultError(f"{kind}: {text}")
    error.__cause__ = CellTracebackError(printable(said.get("traceback"), most=20 * MOST_TEXT))
    return error


def _cause(said: object) -> BaseException | None:
    """The last of an error's causes that came of the network or the disk."""
    if not isinstance(said, list) or not said:
        return None
    status = said[-1].get("status") if isinstance(said[-1], dict) else None
    if not isinstance(status, int):
        return OSError("met in the cell")
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError(f"status {status}", response=response)


def resolution(said: object) -> Resolution:
    """What a model is known by. Raises BrokenFrameError."""
    try:
        found = Resolution.read(cast(Mapping[str, Any], said))
    except (KeyError, TypeError, AttributeError) as error:
        raise BrokenFrameError("a resolution that is none") from error
    names(list(found.layers), most=MOST_LAYERS)
    return replace(found, checkpoint=printable(found.checkpoint, most=MOST_NAME))


def layer(reader: FrameReader, expected: str, n_stimuli: int) -> LayerGram:
    """The layer of this name over so many stimuli. Raises BrokenFrameError for what cannot be one."""
    said = _layer_frame(reader, expected)
    if "n_columns" in said:
        from brainrank.benchmark.activations.gram import narrow_layer  # torch, which only who scores needs

        made = narrow_layer(expected, _values(reader, said, expected, n_stimuli, most=n_stimuli - 1))
        if not np.isfinite(made.row_lengths).all():
            raise BrokenFrameError(f"'{expected}' is no Gram matrix of finite features")
        return made
    try:
        mean = float.fromhex(said["mean"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BrokenFrameError("a mean that is no number") from error
    gram = reader.array((n_stimuli, n_stimuli), "<f8")
    vectors: dict[str, Any] = {each: reader.array((n_stimuli,), "<f8") for each in VECTORS}
    finite = math.isfinite(mean) and all(np.isfinite(each).all() for each in (gram, *vectors.values()))
    lengths = (vectors["row_powers"], vectors["row_lengths"], gram.diagonal())
    if not finite or any((each < 0).any() for each in lengths) or not np.array_equal(gram, gram.T):
        raise BrokenFrameError(f"'{expected}' is no Gram matrix of finite features")
    n_features = whole(said.get("n_features"), most=MOST_FEATURES)
    return LayerGram(layer=expected, given_gram=gram, mean=mean, n_features=n_features, **vectors)


def features(reader: FrameReader, expected: str, n_stimuli: int) -> LayerFeatures:
    """Units of the layer of this name over so many stimuli. Raises BrokenFrameError for what cannot be some."""
    values = _values(reader, _layer_frame(reader, expected), expected, n_stimuli, most=UNITS)
    return LayerFeatures(expected, np.asarray(values, np.float32))


def _values(reader: FrameReader, said: Frame, layer: str, n_stimuli: int, *, most: int) -> NDArray[np.floating]:
    if said.get("values") not in {"<f4", "<f8"}:
        raise BrokenFrameError("features that are no numbers")
    values = reader.array((n_stimuli, whole(said.get("n_columns"), most=most)), said["values"])
    if not np.isfinite(values).all():
        raise BrokenFrameError(f"'{layer}' holds features that are not finite")
    return values


def _layer_frame(reader: FrameReader, expected: str) -> Frame:
    said = reader.frame()
    if said is None or said.get("layer") != expected:
        raise BrokenFrameError("another layer than was asked for")
    return said


def choices(
    reader: FrameReader, said: object, *, stimulus_ids: Sequence[str], categories: Sequence[str] | None
) -> Choices:
    """A choice for each of these stimuli among these categories; recorded ones (None) are what somebody wrote down.

    Raises BrokenFrameError.
    """
    if not isinstance(said, dict):
        raise BrokenFrameError("choices that are none")
    ids = names(said.get("stimulus_ids"), most=MOST_CHOICES)
    answers = names(said.get("categories"), most=MOST_CHOICES)
    if len(ids) != len(answers):
        raise BrokenFrameError("as many choices as stimuli are due")
    if categories is None:
        return Choices(ids, answers)
    if ids != tuple(stimulus_ids) or not set(answers) <= set(categories):
        raise BrokenFrameError("choices of other stimuli, or among other categories")
    among = names(said.get("names"), most=len(categories))
    if said.get("probabilities") not in {"<f4", "<f8"} or among != tuple(categories):
        raise BrokenFrameError("probabilities of other categories")
    probabilities = reader.array((len(ids), len(among)), said["probabilities"])
    if not np.isfinite(probabilities).all():
        raise BrokenFrameError("probabilities that are no numbers")
    return Choices(ids, answers, among, probabilities)
