"""Vision transformers, and networks of mixed tokens, trained on labels."""

from functools import partial

from brainrank.benchmark.types.model_card import Objective
from brainrank.models_zoo.entry import APACHE, IMAGENET_1K, IMAGENET_21K, MIT, entry, numbered_layers

_labels = partial(entry, family="supervised", objective=Objective.CLASSIFICATION, data=IMAGENET_1K, licence=APACHE)

AUGREG = "Steiner et al. (2021), How to train your ViT?, arXiv:2106.10270"
DEIT = "Touvron et al. (2020), Training data-efficient image transformers, arXiv:2012.12877"
DEIT3 = "Touvron et al. (2022), DeiT III, arXiv:2204.07118"
SWIN = "Liu et al. (2021), Swin Transformer, arXiv:2103.14030"
XCIT = "El-Nouby et al. (2021), XCiT: cross-covariance image transformers, arXiv:2106.09681"
MIXER = "Tolstikhin et al. (2021), MLP-Mixer, arXiv:2105.01601"
RESMLP = "Touvron et al. (2021), ResMLP, arXiv:2105.03404"
POOLFORMER = "Yu et al. (2021), MetaFormer is actually what you need for vision, arXiv:2111.11418"

TWELVE = numbered_layers("blocks.{}", 12)
BOTH = f"{IMAGENET_21K}, then {IMAGENET_1K}"

ENTRIES = (
    _labels("vit-small-16", "timm:vit_small_patch16_224.augreg_in21k_ft_in1k", TWELVE, 22.1, data=BOTH, paper=AUGREG),
    _labels("vit-base-16", "timm:vit_base_patch16_224.augreg_in21k_ft_in1k", TWELVE, 86.6, data=BOTH, paper=AUGREG),
    _labels("vit-base-16-in1k", "timm:vit_base_patch16_224.augreg_in1k", TWELVE, 86.6, paper=AUGREG),
    _labels("vit-base-32", "timm:vit_base_patch32_224.augreg_in21k_ft_in1k", TWELVE, 88.2, data=BOTH, paper=AUGREG),
    _labels("deit-tiny", "timm:deit_tiny_patch16_224.fb_in1k", TWELVE, 5.7, paper=DEIT),
    _labels("deit-small", "timm:deit_small_patch16_224.fb_in1k", TWELVE, 22.1, paper=DEIT),
    _labels("deit-base", "timm:deit_base_patch16_224.fb_in1k", TWELVE, 86.6, paper=DEIT),
    _labels("deit3-base", "timm:deit3_base_patch16_224.fb_in1k", TWELVE, 86.6, paper=DEIT3),
    _labels(
        "swin-tiny",
        "timm:swin_tiny_patch4_window7_224.ms_in1k",
        numbered_layers("layers.{}.blocks.{}", 2, 2, 6, 2),
        28.3,
        licence=MIT,
        paper=SWIN,
    ),
    _labels(
        "swin-base",
        "timm:swin_base_patch4_window7_224.ms_in1k",
        numbered_layers("layers.{}.blocks.{}", 2, 2, 18, 2),
        87.8,
        licence=MIT,
        paper=SWIN,
    ),
    _labels("xcit-small-12", "timm:xcit_small_12_p16_224.fb_in1k", TWELVE, 26.3, paper=XCIT),
    _labels("mixer-base-16", "timm:mixer_b16_224.goog_in21k_ft_in1k", TWELVE, 59.9, data=BOTH, paper=MIXER),
    _labels("resmlp-12", "timm:resmlp_12_224.fb_in1k", TWELVE, 15.4, paper=RESMLP),
    _labels(
        "poolformer-s12",
        "timm:poolformer_s12.sail_in1k",
        numbered_layers("stages.{}.blocks.{}", 2, 2, 6, 2),
        11.9,
        paper=POOLFORMER,
    ),
)
