"""An image processor of transformers as Preprocessing: its resizing, crop, interpolation, mean and deviation."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.benchmark.types.model_spec import BGR, RGB, Preprocessing
from brainrank.models_zoo.loaders.optional_packages import package

# The processors that do nothing beside what their settings say, and those that are read below.
PLAIN = ("ViT", "DeiT", "Beit", "CLIP", "Siglip", "Bit", "Pvt", "MobileNetV1", "MobileNetV2", "MobileViT", "DINOv3ViT",
         "Blip", "ChineseCLIP")  # fmt: skip
SUFFIX = "ImageProcessor"
# By Pillow's numbers, as the settings have them.
INTERPOLATIONS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
ONE_255TH = 1 / 255
CONVNEXT_SQUASHED_FROM = 384
LEVIT_MARGIN = 256 / 224


def preprocessing_of(content: Mapping[str, Any], model_type: str, repository: str) -> Preprocessing:
    """The preprocessing that a processor's settings describe, with its class's own where they say nothing.

    Raises ModelLoadError, naming the setting, for what Preprocessing cannot say exactly.
    """
    inside = content.get("image_processor")
    settings = dict(inside) if isinstance(inside, Mapping) else dict(content)
    name = _class_name(settings, model_type)
    if name not in READ:
        raise _inexact(repository, f"{name}{SUFFIX} is none of {', '.join(sorted(READ))}")
    found = _processor(name, settings)
    for setting, wanted in (("do_resize", True), ("do_rescale", True), ("do_pad", False)):
        if bool(getattr(found, setting, False)) is not wanted:
            raise _inexact(repository, f"{setting} is {not wanted}")
    if not math.isclose(float(found.rescale_factor), ONE_255TH, rel_tol=1e-6):
        raise _inexact(repository, f"rescale_factor is {found.rescale_factor}, not 1/255")
    size, fraction, mode = READ[name](found, repository)
    normalised = getattr(found, "do_normalize", False)
    mean, std = (found.image_mean, found.image_std) if normalised else ((0.0,) * 3, (1.0,) * 3)
    if len(mean) != 3 or len(std) != 3:
        raise _inexact(repository, f"image_mean and image_std hold {len(mean)} and {len(std)} numbers, not 3")
    return Preprocessing(
        size=size,
        interpolation=_interpolation(found.resample, repository),
        crop_fraction=fraction,
        crop_mode=mode,
        mean=(float(mean[0]), float(mean[1]), float(mean[2])),
        std=(float(std[0]), float(std[1]), float(std[2])),
        channel_order=BGR if getattr(found, "do_flip_channel_order", False) else RGB,
    )


# The input's height and width, how much of the resized image they are, and how it is resized (timm's words).
_Crop = tuple[tuple[int, int], float, str]


def _crop_settings(found: Any, repository: str) -> _Crop:
    size: dict[str, Any] = dict(found.size)
    crop: dict[str, Any] = dict(found.crop_size or {}) if found.do_center_crop else {}
    if size.keys() == {"height", "width"}:
        target = (int(crop.get("height", size["height"])), int(crop.get("width", size["width"])))
        return target, _fraction(target, (int(size["height"]), int(size["width"])), repository), "squash"
    if size.keys() != {"shortest_edge"}:
        raise _inexact(repository, f"size is {size}")
    if not crop:
        raise _inexact(repository, f"size is {size} without a crop, so that images differ in size")
    return _cropped(int(size["shortest_edge"]), crop, repository)


def _convnext(found: Any, repository: str) -> _Crop:
    """Below 384 pixels the shortest edge is resized to the size over `crop_pct`, and cropped; else all is squashed."""
    side = dict(found.size).get("shortest_edge")
    if side is None:
        raise _inexact(repository, f"size is {dict(found.size)}")
    if side >= CONVNEXT_SQUASHED_FROM:
        return (side, side), 1.0, "squash"
    return _cropped(int(side / found.crop_pct), {"height": side, "width": side}, repository)


def _levit(found: Any, repository: str) -> _Crop:
    side = dict(found.size).get("shortest_edge")
    if side is None or not found.do_center_crop:
        raise _inexact(repository, f"size is {dict(found.size)}, do_center_crop {found.do_center_crop}")
    return _cropped(int(LEVIT_MARGIN * side), dict(found.crop_size), repository)


READ: Mapping[str, Callable[[Any, str], _Crop]] = {
    **dict.fromkeys(PLAIN, _crop_settings),
    "ConvNext": _convnext,
    "Levit": _levit,
}


def _cropped(shortest: int, crop: Mapping[str, Any], repository: str) -> _Crop:
    height, width = int(crop["height"]), int(crop["width"])
    if height != width:
        raise _inexact(repository, f"crop_size is {height} x {width}, cut from a shortest edge of {shortest}")
    return (height, width), _fraction((height, width), (shortest, shortest), repository), "center"


def _fraction(crop: tuple[int, int], resized: tuple[int, int], repository: str) -> float:
    """How much of the resized image a crop is: a number by which timm's rounding down finds that image's size again."""
    fraction = crop[0] / resized[0]
    if fraction > 1:
        raise _inexact(repository, f"a crop of {crop[0]} x {crop[1]} from {resized[0]} x {resized[1]} would be padded")
    if math.floor(crop[0] / fraction) != resized[0]:
        fraction = math.nextafter(fraction, 0)
    if any(math.floor(a / fraction) != b for a, b in zip(crop, resized, strict=True)):
        raise _inexact(
            repository, f"a crop of {crop[0]} x {crop[1]} from {resized[0]} x {resized[1]} has two fractions"
        )
    if any((b - a) % 2 for a, b in zip(crop, resized, strict=True)):
        raise _inexact(
            repository, f"a crop of {crop[0]} x {crop[1]} from {resized[0]} x {resized[1]} lies half a pixel aside"
        )
    return fraction


def _interpolation(resample: Any, repository: str) -> str:
    number = getattr(resample, "value", resample)
    if isinstance(number, str):  # torchvision's words are ours
        return number
    if number not in INTERPOLATIONS:
        raise _inexact(repository, f"resample is {resample}")
    return INTERPOLATIONS[int(number)]


def _class_name(settings: Mapping[str, Any], model_type: str) -> str:
    """The processor's name, as settings of any age have it, without what all of them end in."""
    named = settings.get("image_processor_type") or settings.get("feature_extractor_type")
    if named is None:
        names = package("transformers.models.auto.image_processing_auto", source="transformers", install="transformers")
        named = next(iter((names.IMAGE_PROCESSOR_MAPPING_NAMES.get(model_type) or {}).values()), "unknown")
    name = str(named).removesuffix("Fast").removesuffix("Pil")
    return name.removesuffix("FeatureExtractor").removesuffix(SUFFIX)


def _processor(name: str, settings: Mapping[str, Any]) -> Any:
    module = package("transformers", source="transformers", install="transformers")
    found = getattr(module, f"{name}{SUFFIX}Pil", None) or getattr(module, f"{name}{SUFFIX}")
    return found.from_dict(dict(settings))


def _inexact(repository: str, reason: str) -> ModelLoadError:
    return ModelLoadError(
        f"The image processor of '{repository}' cannot be followed exactly: {reason}. Give the preprocessing with the "
        "model (over REST), or the network as onnx:FILE with an entry 'preprocessing' in its metadata"
    )
