"""The controlled zoo: one network and one set of images, trained here for different objectives; and classical models.

The weights and their cards are part of the project (`weights/`), made by `brainrank train`; what is common to them and
what differs: docs/reference/controlled-zoo.md.
"""

from collections.abc import Iterator
from typing import NamedTuple

from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.entry import numbered_layers
from brainrank.models_zoo.weights.digests import SHA256

DATA = "CIFAR-10, 25,000 images"
LICENCE = "BSD-3-Clause"
# What the network is, lives beside its code, which needs torch.
LAYERS = ("stem", *numbered_layers("blocks.{}", 5), "embedding")
RECURRENT_LAYERS = ("stem", *(f"blocks.{block}#{step}" for block in range(5) for step in range(1, 5)), "embedding")
PARAMETERS_MILLION = 0.9


class _Model(NamedTuple):
    family: str
    objective: Objective
    about: str
    paper: str
    layers: tuple[str, ...] = LAYERS
    parameters_million: float = PARAMETERS_MILLION


SUPERVISED, SELF, LANGUAGE = "supervised", "self-supervised", "language-supervised"
GENERATIVE, RECURRENT, CLASSICAL, UNTRAINED = "generative", "recurrent", "classical", "untrained"
MODELS = {
    "supervised": _Model(
        SUPERVISED,
        Objective.CLASSIFICATION,
        "Ten categories",
        "Krizhevsky, Sutskever & Hinton (2012), ImageNet classification, NeurIPS",
    ),
    "blur-to-sharp": _Model(
        SUPERVISED,
        Objective.CLASSIFICATION,
        "Ten categories, of images blurred early in training and sharp late",
        "Vogelsang et al. (2018), Potential downside of high initial visual acuity, PNAS 115",
    ),
    "recurrent": _Model(
        RECURRENT,
        Objective.CLASSIFICATION,
        "Ten categories, by the network with lateral connections run four times",
        "Spoerer, McClure & Kriegeskorte (2017), Recurrent convolutional neural networks, Front. Psychol. 8",
        RECURRENT_LAYERS,
    ),
    "simclr": _Model(
        SELF,
        Objective.CONTRASTIVE,
        "SimCLR: two views of an image among those of others",
        "Chen et al. (2020), A simple framework for contrastive learning, arXiv:2002.05709",
    ),
    "moco": _Model(
        SELF,
        Objective.CONTRASTIVE,
        "MoCo v2: two views of an image against a queue",
        "Chen et al. (2020), Improved baselines with momentum contrastive learning, arXiv:2003.04297",
    ),
    "barlow-twins": _Model(
        SELF,
        Objective.REDUNDANCY,
        "Barlow Twins: two views agree, features do not repeat each other",
        "Zbontar et al. (2021), Barlow Twins, arXiv:2103.03230",
    ),
    "byol": _Model(
        SELF,
        Objective.DISTILLATION,
        "BYOL: one view predicts a slow copy's view of another",
        "Grill et al. (2020), Bootstrap your own latent, arXiv:2006.07733",
    ),
    "rotation": _Model(
        SELF,
        Objective.TRANSFORMATION,
        "Which quarter turn the image has made",
        "Gidaris, Singh & Komodakis (2018), Predicting image rotations, arXiv:1803.07728",
    ),
    "jigsaw": _Model(
        SELF,
        Objective.TRANSFORMATION,
        "In which order nine tiles of the image lie",
        "Noroozi & Favaro (2016), Solving jigsaw puzzles, arXiv:1603.09246",
    ),
    "colourisation": _Model(
        SELF,
        Objective.COLOUR,
        "The colours of a grey image",
        "Zhang, Isola & Efros (2016), Colorful image colorization, arXiv:1603.08511",
    ),
    "masked-autoencoder": _Model(
        SELF,
        Objective.MASKED,
        "The hidden patches of an image",
        "He et al. (2022), Masked autoencoders are scalable vision learners, arXiv:2111.06377",
    ),
    "autoencoder": _Model(
        GENERATIVE,
        Objective.AUTOENCODING,
        "The image again",
        "Hinton & Salakhutdinov (2006), Reducing the dimensionality of data, Science 313",
    ),
    "denoising-autoencoder": _Model(
        GENERATIVE,
        Objective.AUTOENCODING,
        "The image from a noisy one",
        "Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11",
    ),
    "vae": _Model(
        GENERATIVE,
        Objective.VARIATIONAL,
        "Variational autoencoder, 64 latents",
        "Kingma & Welling (2013), Auto-encoding variational Bayes, arXiv:1312.6114",
    ),
    "beta-vae": _Model(
        GENERATIVE,
        Objective.VARIATIONAL,
        "Beta-VAE (beta 4), 64 latents",
        "Higgins et al. (2017), beta-VAE, ICLR",
    ),
    "class-vae": _Model(
        GENERATIVE,
        Objective.VARIATIONAL,
        "Variational autoencoder told the categories, kept apart from its latents",
        "Cheung et al. (2014), Discovering hidden factors of variation, arXiv:1412.6583",
    ),
    "gan": _Model(
        GENERATIVE,
        Objective.ADVERSARIAL,
        "The discriminator of a generative adversarial network",
        "Radford, Metz & Chintala (2016), DCGAN, arXiv:1511.06434",
    ),
    "clip": _Model(
        LANGUAGE,
        Objective.LANGUAGE_CONTRASTIVE,
        "CLIP-style: images and captions composed from categories",
        "Radford et al. (2021), Learning transferable visual models, arXiv:2103.00020",
    ),
    "untrained": _Model(UNTRAINED, Objective.NONE, "The network before training", "He et al. (2016), arXiv:1512.03385"),
    "pca": _Model(
        CLASSICAL,
        Objective.IMAGE_STATISTICS,
        "Principal components of whole images",
        "Turk & Pentland (1991), Eigenfaces for recognition, J. Cogn. Neurosci. 3",
        ("components",),
        0.0,
    ),
    "sparse-coding": _Model(
        CLASSICAL,
        Objective.IMAGE_STATISTICS,
        "Sparse codes of patches, and their maxima",
        "Olshausen & Field (1996), Emergence of simple-cell receptive fields, Nature 381",
        ("codes", "pooled"),
        0.0,
    ),
    "slow-features": _Model(
        CLASSICAL,
        Objective.IMAGE_STATISTICS,
        "What changes least while a window moves over the image, in three layers",
        "Wiskott & Sejnowski (2002), Slow feature analysis, Neural Computation 14",
        ("slow1", "slow2", "slow3"),
        0.0,
    ),
    "reconstruction-ica": _Model(
        CLASSICAL,
        Objective.IMAGE_STATISTICS,
        "Independent components in local receptive fields, L2 pooling",
        "Le et al. (2011), ICA with reconstruction cost, NeurIPS",
        ("simple", "pooled"),
        0.0,
    ),
    "hmax": _Model(
        CLASSICAL,
        Objective.IMAGE_STATISTICS,
        "HMAX: Gabor filters, maxima, imprinted patches",
        "Riesenhuber & Poggio (1999), Hierarchical models, Nat. Neurosci. 2; Serre et al. (2007), PNAS 104",
        ("s1", "c1", "s2", "c2"),
        0.0,
    ),
    "neocognitron": _Model(
        CLASSICAL,
        Objective.IMAGE_STATISTICS,
        "A stack like the neocognitron: S cells of frequent patterns, C cells that blur",
        "Fukushima (1980), Neocognitron, Biol. Cybern. 36",
        ("c1", "c2", "c3"),
        0.0,
    ),
}


def _entries() -> Iterator[ModelSpec]:
    """An entry for all weights there are: the first seed's bears the plain name."""
    for weights, sha256 in SHA256.items():
        name, _, seed = weights.rpartition("-")
        model = MODELS[name]
        without_data = model.objective is Objective.NONE
        data, licence = ("none", "none") if without_data else (DATA, LICENCE)
        yield ModelSpec(
            name=f"controlled-{name}" if seed == "0" else f"controlled-{name}-seed{seed}",
            family=model.family,
            source=f"trained:{weights}",
            layers=model.layers,
            description=model.about if seed == "0" else f"{model.about}; seed {seed}",
            card=ModelCard(model.paper, data, model.objective, model.parameters_million, licence),
            file_sha256=sha256,
        )


ENTRIES = tuple(_entries())
