"""Networks trained to hold up: on adversarial or strongly changed images, or by a noisy teacher."""

from functools import partial

from brainrank.benchmark.types.model_card import Objective
from brainrank.models_zoo.convolutional import (
    EFFICIENTNET_BLOCKS,
    INCEPTION_BLOCKS,
    INCEPTION_RESNET_BLOCKS,
    RESNET50,
)
from brainrank.models_zoo.entry import APACHE, IMAGENET_1K, NON_COMMERCIAL, entry
from brainrank.models_zoo.transformers import TWELVE

_robust = partial(entry, family="robust", objective=Objective.CLASSIFICATION, data=IMAGENET_1K, licence=APACHE)

AT_SCALE = "Kurakin et al. (2016), Adversarial machine learning at scale, arXiv:1611.01236"
ENSEMBLE = "Tramèr et al. (2017), Ensemble adversarial training, arXiv:1705.07204"
ADVPROP = "Xie et al. (2019), Adversarial examples improve image recognition, arXiv:1911.09665"
NOISY_STUDENT = "Xie et al. (2019), Self-training with noisy student, arXiv:1911.04252"
AUGMIX = "Hendrycks et al. (2019), AugMix, arXiv:1912.02781"
SHARPNESS = "Chen et al. (2021), When vision transformers outperform ResNets, arXiv:2106.01548"
SEMI_WEAK = "Yalniz et al. (2019), Billion-scale semi-supervised learning, arXiv:1905.00546"

ENTRIES = (
    _robust(
        "inception-v3-adversarial",
        "timm:inception_v3.tf_adv_in1k",
        INCEPTION_BLOCKS,
        23.8,
        paper=AT_SCALE,
        about="Adversarial training on ImageNet-1k",
    ),
    _robust(
        "inception-resnet-v2-adversarial",
        "timm:inception_resnet_v2.tf_ens_adv_in1k",
        INCEPTION_RESNET_BLOCKS,
        55.8,
        paper=ENSEMBLE,
        about="Ensemble adversarial training on ImageNet-1k",
    ),
    _robust(
        "efficientnet-b0-advprop",
        "timm:tf_efficientnet_b0.ap_in1k",
        EFFICIENTNET_BLOCKS,
        5.3,
        paper=ADVPROP,
        about="Clean and adversarial images, separately normalised, of ImageNet-1k",
    ),
    _robust(
        "efficientnet-b0-noisy-student",
        "timm:tf_efficientnet_b0.ns_jft_in1k",
        EFFICIENTNET_BLOCKS,
        5.3,
        data="ImageNet-1k and unlabelled JFT-300M",
        paper=NOISY_STUDENT,
        about="A noised student of a teacher's labels on JFT-300M",
    ),
    _robust(
        "resnet50-augmix",
        "timm:resnet50.ram_in1k",
        RESNET50,
        25.6,
        paper=AUGMIX,
        about="Classification on ImageNet-1k with AugMix",
    ),
    _robust(
        "vit-base-16-sam",
        "timm:vit_base_patch16_224.sam_in1k",
        TWELVE,
        86.6,
        paper=SHARPNESS,
        about="Sharpness-aware minimisation on ImageNet-1k",
    ),
    _robust(
        "resnet50-swsl",
        "timm:resnet50.fb_swsl_ig1b_ft_in1k",
        RESNET50,
        25.6,
        data="a billion hashtagged images, then ImageNet-1k",
        licence=NON_COMMERCIAL,
        paper=SEMI_WEAK,
        about="A teacher's labels on a billion images, then ImageNet-1k",
    ),
)
