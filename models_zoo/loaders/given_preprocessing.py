"""Preprocessing as people have it in a notebook: a transform of torchvision, timm or open_clip, a dict, or none.

What Preprocessing can say is said by it: the same bits, as is tried on images of several shapes. Any other transform
that gives the same every time is called as it is.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision.models import WeightsEnum

from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.errors import UserError, first_line
from brainrank.benchmark.types.model_spec import COLOUR, GREY, OwnTransform, Preprocessing
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.loaders.object_digest import ADDRESS, object_digest
from brainrank.models_zoo.loaders.torchvision import fraction_of
from brainrank.models_zoo.loaders.written_preprocessing import CROP_MODES, FIELDS, written_preprocessing

DEFAULT_SIZE = (224, 224)
# Landscape, portrait, square and small: (width, height).
TRIED = ((347, 260), (251, 333), (256, 256), (64, 48))
WAY_IN = (
    "give a transform from a PIL image to a tensor of numbers (3, height, width), a dict of any of "
    f"{', '.join(FIELDS)}, or none"
)
# timm's words in what resolve_model_data_config returns.
OF_TIMM = {"crop_pct": "crop_fraction"}
NOT_OURS = {"input_size", "num_classes"}
# Steps that change nothing of an RGB image of 8 bits.
CONVERSIONS = ("_convert_to_rgb", "MaybeConvertMode", "RGB")
TO_NUMBERS = ("MaybeToTensor", "ToTensor", "PILToTensor", "ToImage", "ConvertImageDtype", "ToDtype")
LONGEST_DESCRIPTION = 2000


def given_preprocessing(given: object, reporter: Reporter) -> Preprocessing:
    """Preprocessing of whatever form; None is ImageNet's usual one, which is told.

    Raises UserError for what is none of these forms, a transform that fails, is random, or gives no float tensor
    (3, height, width) of one size for images of all shapes.
    """
    if given is None:
        found = written_preprocessing(DEFAULT_SIZE, {})
        reporter.message(
            "No preprocess was given: ImageNet's is used (224 x 224, bicubic, the middle .875, mean "
            f"{found.mean}, std {found.std})"
        )
        return found
    if isinstance(given, Preprocessing):
        return given
    if isinstance(given, Mapping):
        return _preprocessing_of_mapping(given)
    transform = _transform_of_weights(given)
    if isinstance(transform, type) or not callable(transform):
        raise UserError(f"preprocess is {_kind(transform)}; {WAY_IN}")
    channels, *size = _check_transform(transform)
    return _as_preprocessing(transform) or _own_transform(transform, channels, size)


def with_channels(preprocessing: Preprocessing, channels: int, *, named: str, reporter: Reporter) -> Preprocessing:
    """The same with as many channels as a network takes: RGB, or grey images, which is told.

    Raises UserError where a transform gives others.
    """
    if channels == preprocessing.channels:
        return preprocessing
    if isinstance(preprocessing, OwnTransform):
        raise UserError(
            f"{named} takes images of {channels} channels, and preprocess gives {preprocessing.channels}; begin it "
            f"with Grayscale({channels}), or give a dict, whose images have what the network takes"
        )
    reporter.message(f"{named} takes one channel: it is fed grey images, .299 R + .587 G + .114 B")
    return preprocessing.of_channels(channels)


def _preprocessing_of_mapping(given: Mapping[Any, Any]) -> Preprocessing:
    """A dict of our keys, or of timm's as `resolve_model_data_config` gives them."""
    content = {OF_TIMM.get(key, key): value for key, value in given.items() if key not in NOT_OURS}
    try:
        _, *size = given.get("input_size", (3, *DEFAULT_SIZE))
        return written_preprocessing(DEFAULT_SIZE, {"size": size, **content})
    except (ValueError, TypeError) as error:
        raise UserError(f"preprocess (a dict) is not understood: {error}") from error


def _transform_of_weights(given: object) -> Any:
    """The transform that weights of torchvision make: `Weights.DEFAULT`, or its `.transforms` not called yet."""
    if isinstance(given, WeightsEnum):
        return given.transforms()
    if isinstance(given, partial) and isinstance(given.func, type):
        return given()
    return given


def _check_transform(transform: Callable[[Image.Image], Any]) -> Sequence[int]:
    """The channels, height and width of what it gives. Raises UserError for a random one, and for another output."""
    shapes = dict[tuple[int, ...], tuple[int, int]]()
    for size in TRIED:
        image, before = _picture(size), _generators()
        first = _apply(transform, image)
        moved = _generators() != before
        if moved or not torch.equal(first, _apply(transform, image)):
            raise UserError(
                f"preprocess is random ({_kind(transform)} gives one image otherwise each time), and a score would be "
                "another each time; give the transform of evaluation, without augmentation"
            )
        shapes.setdefault(tuple(first.shape), size)
    if len(shapes) > 1:
        (one, of), (other, of_other), *_ = shapes.items()
        raise UserError(
            f"preprocess makes {one[1]} x {one[2]} of an image of {of[1]} x {of[0]} pixels and {other[1]} x {other[2]} "
            f"of one of {of_other[1]} x {of_other[0]}; networks take one size: add a CenterCrop, or Resize((h, w))"
        )
    return next(iter(shapes))


def _apply(transform: Callable[[Image.Image], Any], image: Image.Image) -> torch.Tensor:
    try:
        found = transform(image.copy())
    except Exception as error:  # the user's code may raise anything
        raise UserError(
            f"preprocess failed on a PIL image of {image.width} x {image.height} pixels "
            f"({type(error).__name__}: {first_line(error)}); {WAY_IN}"
        ) from error
    if not isinstance(found, torch.Tensor):
        ended = "end it with ToTensor()" if isinstance(found, Image.Image) else WAY_IN
        raise UserError(f"preprocess gives {_kind(found)}, not a tensor; {ended}")
    if found.dtype != torch.float32:
        raise UserError(
            f"preprocess gives {found.dtype}, where networks take torch.float32; use ToTensor(), or "
            "v2.ToDtype(torch.float32, scale=True), in it"
        )
    if found.ndim != 3 or found.shape[0] not in {COLOUR, GREY}:
        raise UserError(
            f"preprocess gives a tensor of shape {tuple(found.shape)}, not (3, height, width), or (1, height, width) "
            "in grey: one image, without an axis for a batch"
        )
    return found


def _generators() -> tuple[object, ...]:
    """Where the generators stand that a transform may draw from."""
    _, keys, *places = np.random.get_state()  # noqa: NPY002 - the user's transform may draw from it
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), np.asarray(keys).tobytes(), *places


def _picture(size: tuple[int, int]) -> Image.Image:
    """A picture of that width and height that no two steps make the same of: noise over a slope, always the same."""
    width, height = size
    noise = np.random.default_rng(width * height).integers(0, 128, (height, width, 3))
    slope = np.linspace(0, 127, width)[None, :, None] * np.linspace(1, 0.2, height)[:, None, None]
    return Image.fromarray((noise + slope).astype(np.uint8))


def _as_preprocessing(transform: Callable[[Image.Image], Any]) -> Preprocessing | None:
    """The transform as our Preprocessing, if that gives the same bits of every picture tried."""
    pictures = [_picture(size) for size in TRIED]
    made = [_apply(transform, each) for each in pictures]
    for found in _candidates(transform):
        ours = image_transform(found)
        if all(torch.equal(ours(picture), theirs) for picture, theirs in zip(pictures, made, strict=True)):
            return found
    return None


def _candidates(transform: Callable[[Image.Image], Any]) -> Iterator[Preprocessing]:
    """What Preprocessing the transform may be, going by its steps: resize, crop, to numbers, normalise."""
    if hasattr(transform, "crop_size") and hasattr(transform, "resize_size"):
        fields = {"resize": transform.resize_size, "crop": transform.crop_size, **_of(transform)}
    else:
        steps = _steps(transform)
        if steps is None:
            return
        fields = {}
        for step in steps:
            name = getattr(step, "__name__", type(step).__name__)
            if name.startswith(("Resize", "ResizeKeepRatio")):
                fields |= {"resize": step.size, **_of(step)}
            elif name.startswith("CenterCrop"):
                fields["crop"] = step.size
            elif name == "Normalize":
                fields |= _of(step)
            elif name not in (*CONVERSIONS, *TO_NUMBERS):
                return
    yield from _from_fields(fields)


def _steps(transform: object) -> Sequence[Any] | None:
    """The steps of a Compose (of torchvision, v1 or v2, and so of timm and open_clip)."""
    steps = getattr(transform, "transforms", None)
    return steps if isinstance(steps, Sequence) and type(transform).__name__ == "Compose" else None


def _of(step: Any) -> dict[str, Any]:
    """A step's settings that Preprocessing has, too."""
    found: dict[str, Any] = {}
    if hasattr(step, "interpolation"):
        found["interpolation"] = getattr(step.interpolation, "value", step.interpolation)
    for name in ("mean", "std"):
        if hasattr(step, name):
            values = getattr(step, name)
            # timm keeps float32 tensors: the shortest number that means the same is the one that was written.
            written = map(str, values.numpy()) if isinstance(values, torch.Tensor) else values
            found[name] = tuple(float(each) for each in written)
    return found


def _from_fields(fields: Mapping[str, Any]) -> Iterator[Preprocessing]:
    resize, crop = _sides(fields.get("resize")), _sides(fields.get("crop"))
    size = crop or resize
    if resize is None or size is None:
        return
    height, width = (*size, *size)[:2]
    for fraction, mode in product(_fractions((height, width), (*resize, *resize)[:2]), CROP_MODES):
        yield Preprocessing(
            size=(height, width),
            interpolation=fields.get("interpolation", "bilinear"),
            crop_fraction=fraction,
            crop_mode=mode,
            mean=fields.get("mean", (0.0, 0.0, 0.0)),
            std=fields.get("std", (1.0, 1.0, 1.0)),
        )


def _fractions(crop: Sequence[int], resize: Sequence[int]) -> Iterator[float]:
    """Crop / resize as it may have been written, in two decimals, and as either side has it."""
    exact = [fraction_of(one, other) for one, other in zip(crop, resize, strict=True) if one and other]
    return iter(dict.fromkeys([*(each for number in exact if (each := round(number, 2))), *exact]))


def _sides(size: Any) -> tuple[int, ...] | None:
    """The one side or the two that a step was given."""
    if size is None:
        return None
    return (size,) if isinstance(size, int) else tuple(int(each) for each in size)


def _own_transform(transform: Callable[[Image.Image], Any], channels: int, size: Sequence[int]) -> OwnTransform:
    described = ADDRESS.sub("", repr(transform))[:LONGEST_DESCRIPTION]
    return OwnTransform(
        size=(size[0], size[1]),
        interpolation="",
        channels=channels,
        described=described,
        sha256=object_digest(transform),
        transform=transform,
    )


def _kind(value: object) -> str:
    return getattr(value, "__name__", None) or type(value).__name__
