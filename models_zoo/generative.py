"""Encoders of generative models: variational autoencoders of faces, and tiny copies of latent diffusion's encoders."""

from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.models_zoo.entry import MIT

FAMILY = "generative"
DISENTANGLING = "github:YannDubs/disentangling-vae@f0452191bab6d94eba0b4e6a065f74dcfd54ac52:results"
TAESD = "github:madebyollin/taesd@5cccb12dc72074a4be35680c3b108548a7c69978"
CELEBA = "CelebA (faces, 64 x 64)"
TAESD_DATA = "natural images (not stated further)"
TAESD_PAPER = "Bohan (2023), TAESD, github.com/madebyollin/taesd"
BURGESS_LAYERS = (
    *("relu1", "relu2", "relu3", "relu_64", "relu_lin1", "relu_lin2"),
    *("latent_mean", "latent_log_variance"),
)


def _celeba(name: str, folder: str, *, sha256: str, paper: str, about: str) -> ModelSpec:
    """One of the four autoencoders of disentangling-vae: the encoder of Burgess et al. (2018), ten latents."""
    source = f"{DISENTANGLING}/{folder}/model.pt"
    return ModelSpec(
        name=name,
        family=FAMILY,
        source="vae:burgess64",
        weights=RemoteFile(name=f"{folder}.pt", sha256=sha256, sources=(source,)),
        layers=BURGESS_LAYERS,
        description=about,
        card=ModelCard(paper, CELEBA, Objective.VARIATIONAL, 0.3, MIT),
    )


def _tiny(name: str, file: str, layers: tuple[str, ...], *, sha256: str, of: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        family=FAMILY,
        source=f"vae:{name}",
        weights=RemoteFile(name=file, sha256=sha256, sources=(f"{TAESD}:{file}",)),
        layers=layers,
        description=f"A tiny encoder distilled from the autoencoder of {of}",
        card=ModelCard(TAESD_PAPER, TAESD_DATA, Objective.RECONSTRUCTION, 1.3, MIT),
    )


ENTRIES = (
    _celeba(
        "vae-celeba",
        "VAE_celeba",
        sha256="a9e1e6cd8f6d26680b9252dd30168b47b7ace801dcd3b60e2cb91ffa57768b56",
        paper="Kingma & Welling (2013), Auto-encoding variational Bayes, arXiv:1312.6114",
        about="Variational autoencoder of faces, ten latents",
    ),
    _celeba(
        "beta-vae-celeba",
        "betaH_celeba",
        sha256="39f29f54a3287219fe30e676e0bc8ba8dbf024b3e648d5be633177814bdb0ab7",
        paper="Higgins et al. (2017), beta-VAE, ICLR",
        about="Beta-VAE of faces (beta 10), ten latents",
    ),
    _celeba(
        "beta-tcvae-celeba",
        "btcvae_celeba",
        sha256="61c1e59fc3e66c56bffefe2ce90e1da24a8969d2e0148a8a1db45544ed5d6d44",
        paper="Chen et al. (2018), Isolating sources of disentanglement, arXiv:1802.04942",
        about="Beta-TCVAE of faces, ten latents",
    ),
    _celeba(
        "factor-vae-celeba",
        "factor_celeba",
        sha256="6baabb72ad2d43ae2872cbd73130aa11f749dd6891517d4c5c818e6fdb124a96",
        paper="Kim & Mnih (2018), Disentangling by factorising, arXiv:1802.05983",
        about="FactorVAE of faces, ten latents",
    ),
    _tiny(
        "taesana",
        "taesana_encoder.pth",
        tuple(str(place) for place in (4, 6, 7, 8, 10, 11, 12, 14, 15, 16, 17)),
        sha256="858f4e4cc293f88efaf58107f4154b960b9ced0cb5d9c050dad11f926b618c1f",
        of="SANA",
    ),
    _tiny(
        "taef2",
        "taef2_encoder.pth",
        tuple(str(place) for place in (1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14)),
        sha256="10a4e1021e89d7551eaf161352da8dbd0b1aa83872ae28b150c1df1ce2f147b6",
        of="FLUX.2",
    ),
)
