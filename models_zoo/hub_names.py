"""Names of the Hugging Face hub as sources write them: a repository at a commit. No torch, and nothing is fetched."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.models_zoo.training.architectures import RANDOM

AUTOENCODERS = ("AutoencoderKL", "AutoencoderTiny")
LONGEST_REPOSITORY = 96
# The class of transformers that sees images, by what a repository's configuration calls its model.
VISION_CLASSES: Mapping[str, str] = {
    "aimv2": "Aimv2VisionModel", "aimv2_vision_model": "Aimv2VisionModel", "altclip": "AltCLIPVisionModel",
    "beit": "BeitModel", "bit": "BitModel", "blip": "BlipVisionModel", "blip_vision_model": "BlipVisionModel",
    "chinese_clip": "ChineseCLIPVisionModel", "clip": "CLIPVisionModel", "clip_vision_model": "CLIPVisionModel",
    "convnext": "ConvNextModel", "convnextv2": "ConvNextV2Model", "cvt": "CvtModel",
    "data2vec-vision": "Data2VecVisionModel", "deit": "DeiTModel", "dinov2": "Dinov2Model",
    "dinov2_with_registers": "Dinov2WithRegistersModel", "dinov3_convnext": "DINOv3ConvNextModel",
    "dinov3_vit": "DINOv3ViTModel", "focalnet": "FocalNetModel", "hiera": "HieraModel", "ijepa": "IJepaModel",
    "levit": "LevitModel", "metaclip_2": "MetaClip2VisionModel", "mobilenet_v1": "MobileNetV1Model",
    "mobilenet_v2": "MobileNetV2Model", "pixio": "PixioModel", "pvt": "PvtModel", "pvt_v2": "PvtV2Model",
    "regnet": "RegNetModel", "resnet": "ResNetModel", "siglip": "SiglipVisionModel",
    "siglip_vision_model": "SiglipVisionModel", "swin": "SwinModel", "swinv2": "Swinv2Model", "vit": "ViTModel",
    "vit_mae": "ViTMAEModel", "vit_msn": "ViTMSNModel",
}  # fmt: skip
# A part of a repository's name, by the hub's own rule: no two dots or dashes in a row, none at an end.
_PART = r"(?![.-])(?:(?!\.\.|--)[A-Za-z0-9._-])+(?<![.-])"
_REPOSITORY = rf"(?P<repository>{_PART}/{_PART})"
_HF = re.compile(rf"hf:{_REPOSITORY}(?:@(?P<commit>.*))?")
_DIFFUSERS = re.compile(rf"diffusers:{_REPOSITORY}(?:/(?P<folder>{_PART}(?:/{_PART})*))?@(?P<commit>[0-9a-f]{{40}})")
_TRANSFORMERS = re.compile(rf"transformers:{_REPOSITORY}@(?P<commit>[0-9a-f]{{40}})")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Repository(NamedTuple):
    """A repository of the hub at a commit; `folder` ends with a slash, or is empty."""

    name: str
    folder: str
    commit: str


class TransformersSource(NamedTuple):
    """A repository at a commit, or the name of a class, which is untrained; `is_random`: with random weights."""

    repository: Repository
    name: str
    is_random: bool


def hub_repository(source: str) -> Repository:
    """The repository that `hf:OWNER/REPO@COMMIT` names. Raises UserError for what is none."""
    found = _HF.fullmatch(source)
    if found is None or len(found["repository"]) > LONGEST_REPOSITORY:
        raise UserError(f"'{source}' is no repository of the hub; write hf:OWNER/REPO@COMMIT")
    commit = found["commit"] or ""
    if _COMMIT.fullmatch(commit) is None:
        raise UserError(
            f"'{source}' needs a commit (40 hexadecimal digits) after an @, not '{commit}': a branch or tag may "
            "move, and the score with it. The repository's page lists its commits"
        )
    return Repository(found["repository"], "", commit)


def autoencoder_repository(source: str) -> Repository | None:
    """The repository that `diffusers:OWNER/REPO[/FOLDER]@COMMIT` names, None for an untrained class.

    Raises UserError for what is neither.
    """
    if source.endswith(RANDOM):
        name = source.removeprefix("diffusers:").removesuffix(RANDOM)
        if name not in AUTOENCODERS:
            raise UnknownNameError("autoencoder of diffusers", name, AUTOENCODERS)
        return None
    found = _DIFFUSERS.fullmatch(source)
    if found is None or len(found["repository"]) > LONGEST_REPOSITORY:
        raise UserError(
            f"'{source}' is no repository at a commit; write diffusers:OWNER/REPO[/FOLDER]@COMMIT with the 40 "
            f"digits of the commit, or diffusers:CLASS@random with one of {', '.join(AUTOENCODERS)}"
        )
    return Repository(found["repository"], f"{found['folder']}/" if found["folder"] else "", found["commit"])


def transformers_source(source: str) -> TransformersSource:
    """What `transformers:OWNER/REPO@COMMIT[@random]` or `transformers:CLASS@random` names.

    Raises UserError for what is neither, UnknownNameError for a class that is not known.
    """
    is_random, written = source.endswith(RANDOM), source.removesuffix(RANDOM)
    name = written.removeprefix("transformers:")
    if is_random and "/" not in name:
        if name not in VISION_CLASSES.values():
            raise UnknownNameError("vision class of transformers", name, set(VISION_CLASSES.values()))
        return TransformersSource(Repository("", "", ""), name, is_random=True)
    found = _TRANSFORMERS.fullmatch(written)
    if found is None or len(found["repository"]) > LONGEST_REPOSITORY:
        raise UserError(
            f"'{source}' is no repository at a commit; write transformers:OWNER/REPO@COMMIT with the 40 digits of the "
            "commit (a branch or tag may move, and the score with it; the repository's page lists its commits), "
            "the same with @random behind it for random weights, or transformers:CLASS@random, such as ViTModel@random"
        )
    return TransformersSource(Repository(found["repository"], "", found["commit"]), "", is_random)
