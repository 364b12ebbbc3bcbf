"""Networks that learned from images and the text that belongs to them. The visual tower is what is scored."""

from functools import partial

from brainrank.benchmark.types.model_card import Objective
from brainrank.models_zoo.convolutional import CONVNEXT_BASE
from brainrank.models_zoo.entry import APACHE, MIT, NON_COMMERCIAL, entry, numbered_layers, resnet_blocks

_entry = partial(entry, family="language-supervised", licence=APACHE)
_clip = partial(_entry, objective=Objective.LANGUAGE_CONTRASTIVE)
_siglip = partial(_entry, objective=Objective.LANGUAGE_SIGMOID)

CLIP = "Radford et al. (2021), Learning transferable visual models, arXiv:2103.00020"
OPEN_CLIP = "Cherti et al. (2022), Reproducible scaling laws for contrastive learning, arXiv:2212.07143"
DATACOMP = "Gadre et al. (2023), DataComp, arXiv:2304.14108"
DFN = "Fang et al. (2023), Data filtering networks, arXiv:2309.17425"
METACLIP = "Xu et al. (2023), Demystifying CLIP data, arXiv:2309.16671"
SIGLIP = "Zhai et al. (2023), Sigmoid loss for language image pre-training, arXiv:2303.15343"
SIGLIP2 = "Tschannen et al. (2025), SigLIP 2, arXiv:2502.14786"
AIMV2 = "Fini et al. (2024), Multimodal autoregressive pre-training, arXiv:2411.14402"
WIT, LAION2B, DATACOMP1B, WEBLI = "WIT-400M", "LAION-2B", "DataComp-1B", "WebLI"

TWELVE = numbered_layers("transformer.resblocks.{}", 12)
TWENTY_FOUR = numbered_layers("transformer.resblocks.{}", 24)
TRUNK = numbered_layers("trunk.blocks.{}", 12)
RESNET50 = (*resnet_blocks(3, 4, 6, 3), "attnpool")

ENTRIES = (
    _clip("clip-resnet50", "open_clip:RN50/openai", RESNET50, 38.3, data=WIT, licence=MIT, paper=CLIP),
    _clip("clip-resnet50-cc12m", "open_clip:RN50/cc12m", RESNET50, 38.3, data="CC12M", licence=MIT, paper=OPEN_CLIP),
    _clip(
        "clip-resnet50-yfcc15m", "open_clip:RN50/yfcc15m", RESNET50, 38.3, data="YFCC15M", licence=MIT, paper=OPEN_CLIP
    ),
    _clip(
        "clip-resnet101",
        "open_clip:RN101/openai",
        (*resnet_blocks(3, 4, 23, 3), "attnpool"),
        56.3,
        data=WIT,
        licence=MIT,
        paper=CLIP,
    ),
    _clip("clip-vit-base-32", "open_clip:ViT-B-32/openai", TWELVE, 87.8, data=WIT, paper=CLIP),
    _clip("clip-vit-base-16", "open_clip:ViT-B-16/openai", TWELVE, 86.2, data=WIT, paper=CLIP),
    _clip("clip-vit-large-14", "open_clip:ViT-L-14/openai", TWENTY_FOUR, 304.0, data=WIT, paper=CLIP),
    _clip("openclip-vit-base-32", "open_clip:ViT-B-32/laion2b_s34b_b79k", TWELVE, 87.8, data=LAION2B, paper=OPEN_CLIP),
    _clip(
        "openclip-vit-large-14",
        "open_clip:ViT-L-14/laion2b_s32b_b82k",
        TWENTY_FOUR,
        304.0,
        data=LAION2B,
        paper=OPEN_CLIP,
    ),
    _clip(
        "openclip-convnext-base",
        "open_clip:convnext_base_w/laion2b_s13b_b82k",
        tuple(f"trunk.{layer}" for layer in CONVNEXT_BASE),
        88.2,
        data=LAION2B,
        paper=OPEN_CLIP,
    ),
    _clip(
        "datacomp-vit-base-32",
        "open_clip:ViT-B-32/datacomp_xl_s13b_b90k",
        TWELVE,
        87.8,
        data=DATACOMP1B,
        paper=DATACOMP,
    ),
    _clip(
        "dfn-vit-base-16",
        "open_clip:ViT-B-16/dfn2b",
        TWELVE,
        86.2,
        data="DFN-2B",
        licence="Apple-ASCL",
        paper=DFN,
    ),
    _clip(
        "metaclip-vit-base-32",
        "open_clip:ViT-B-32-quickgelu/metaclip_400m",
        TWELVE,
        87.8,
        data="MetaCLIP-400M",
        licence=NON_COMMERCIAL,
        paper=METACLIP,
    ),
    _siglip("siglip-vit-base-16", "open_clip:ViT-B-16-SigLIP/webli", TRUNK, 92.9, data=WEBLI, paper=SIGLIP),
    _siglip("siglip2-vit-base-16", "open_clip:ViT-B-16-SigLIP2/webli", TRUNK, 92.9, data=WEBLI, paper=SIGLIP2),
    _entry(
        "aimv2-large-14",
        "timm:aimv2_large_patch14_224.apple_pt",
        numbered_layers("blocks.{}", 24),
        309.2,
        objective=Objective.CAPTIONING,
        data="image-text pairs (DFN-2B, COYO, HQITP)",
        licence="Apple-ASCL",
        paper=AIMV2,
    ),
)
