"""Classical models against what they should compute, by other means."""

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA, SparseCoder
from torch import nn

from brainrank.models_zoo.training.architectures import CLASSICAL, find_design, fitted
from brainrank.models_zoo.training.classical import hmax, neocognitron, pca, reconstruction_ica, sparse_coding
from brainrank.models_zoo.training.classical.patches import whitening_of
from brainrank.models_zoo.training.classical.slow_features import slowest_directions, two_moments, with_products
from brainrank.models_zoo.training.training_images import TrainingImages


@pytest.fixture(scope="module")
def networks(images: TrainingImages) -> dict[str, nn.Module]:
    small = {
        (pca, "COMPONENTS"): 8,
        (reconstruction_ica, "STEPS"): 20,
        (reconstruction_ica, "BATCH"): 32,
        (hmax, "PATCHES"): 6,
        (sparse_coding, "PATCHES"): 1000,
        (sparse_coding, "PASSES"): 1,
        (neocognitron, "PATCHES"): 1000,
    }
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), value in small.items():
            patch.setattr(module, name, value)
        return {name: fitted(name, images, seed=0) for name in CLASSICAL}


@pytest.mark.parametrize("name", CLASSICAL)
def test_layers_are_finite_and_tell_images_apart(
    name: str, networks: dict[str, nn.Module], images: TrainingImages
) -> None:
    network, seen = networks[name], dict[str, torch.Tensor]()
    for layer in find_design(name).layers:
        network.get_submodule(layer).register_forward_hook(
            lambda _module, _inputs, output, layer=layer: seen.update({layer: output.flatten(1)})
        )
    few = images.first_of_each(2).pixels.float() / 255
    with torch.inference_mode():
        network(few)
        together = dict(seen)
        network(few[:1])
    for layer, rows in together.items():
        assert rows.isfinite().all()
        assert (rows.std(dim=0) > 0).any(), layer
        assert torch.allclose(rows[:1], seen[layer], rtol=1e-4, atol=1e-4), layer


def test_components_are_those_of_scikit_learn(images: TrainingImages, networks: dict[str, nn.Module]) -> None:
    halves = images.pixels.double().div(255).unflatten(2, (32, 2)).unflatten(4, (32, 2)).mean(dim=(3, 5)).flatten(1)
    expected = PCA(8, svd_solver="full").fit_transform(halves.numpy())
    with torch.inference_mode():
        found = networks["pca"](images.pixels.float() / 255).numpy()
    correlations = [abs(np.corrcoef(found[:, k], expected[:, k])[0, 1]) for k in range(4)]
    assert min(correlations) > 0.99


def test_sparse_codes_are_the_lassos() -> None:
    rng = np.random.default_rng(0)
    dictionary = rng.standard_normal((40, 16))
    dictionary /= np.linalg.norm(dictionary, axis=1, keepdims=True)
    patches = 3 * rng.standard_normal((10, 16))
    coder = SparseCoder(dictionary, transform_algorithm="lasso_cd", transform_alpha=sparse_coding.PENALTY)
    found = sparse_coding.sparse_codes(torch.from_numpy(patches), torch.from_numpy(dictionary)).numpy()

    def cost(codes: np.ndarray) -> float:
        return float(((patches - codes @ dictionary) ** 2).sum() / 2 + sparse_coding.PENALTY * np.abs(codes).sum())

    assert cost(found) == pytest.approx(cost(coder.transform(patches)), rel=0.005)
    assert (found == 0).mean() > 0.4


def test_the_slowest_direction_is_the_slow_source() -> None:
    """Three mixed sources of which one changes little; as in Wiskott & Sejnowski's first example."""
    rng = np.random.default_rng(0)
    times = np.arange(2000)
    sources = np.stack([np.sin(times / 100), np.sin(times), rng.standard_normal(2000)], axis=1)
    mixed = torch.from_numpy(sources @ rng.standard_normal((3, 3)) + 5)
    mean, transform = slowest_directions(mixed[:-1].float(), mixed[1:].float(), n_outputs=2)
    slow = ((mixed.float() - mean) @ transform).numpy()
    assert abs(np.corrcoef(slow[:, 0], sources[:, 0])[0, 1]) > 0.999
    assert abs(np.corrcoef(slow[:, 1], sources[:, 1])[0, 1]) > 0.98
    assert np.allclose(slow.std(axis=0), 1, atol=0.01)


def test_products_are_all_pairs_once() -> None:
    features = torch.tensor([2.0, 3.0, 5.0])
    assert with_products(features).tolist() == [2, 3, 5, 4, 6, 10, 9, 15, 25]


def test_two_moments_differ_a_little(images: TrainingImages) -> None:
    before, after = two_moments(images.pixels.float() / 255, generator=torch.Generator().manual_seed(0))
    other = before.roll(1, dims=0)
    assert 0 < float((before - after).square().mean()) < 0.5 * float((before - other).square().mean())


def test_whitening_decorrelates() -> None:
    rng = np.random.default_rng(0)
    patches = torch.from_numpy(rng.standard_normal((5000, 6)) @ rng.standard_normal((6, 6))).float()
    mean, transform = whitening_of(patches, 3)
    whitened = (patches - mean) @ transform
    covariance = torch.cov(whitened.T)
    assert torch.allclose(covariance, torch.diag(covariance.diagonal()), atol=1e-3)
    assert float(covariance.diagonal().min()) > 0.9
    assert float(covariance.diagonal().max()) < 1


class TestHMAX:
    def test_tuning_is_a_gaussian_of_the_distance(self) -> None:
        generator = torch.Generator().manual_seed(0)
        band, patches = torch.rand(1, 4, 6, 6, generator=generator), torch.rand(2, 4, 3, 3, generator=generator)
        found = hmax.tuning(band, patches)
        distance = (band[0, :, 1:4, 2:5] - patches[1]).square().sum()
        assert float(found[0, 1, 1, 2]) == pytest.approx(math.exp(-hmax.SHARPNESS * float(distance)), rel=1e-4)

    def test_an_imprinted_image_has_the_largest_response(
        self, images: TrainingImages, networks: dict[str, nn.Module]
    ) -> None:
        with torch.inference_mode():
            responses = networks["hmax"](images.pixels.float() / 255)
        assert torch.allclose(responses.amax(dim=0), torch.ones(responses.shape[1]), atol=1e-4)

    def test_means_are_those_of_pooling(self) -> None:
        maps = torch.rand(2, 1, 20, 20)
        expected = nn.functional.avg_pool2d(maps, 7, stride=1)
        assert torch.allclose(hmax.means_under(maps, 7), expected, atol=1e-6)


class TestNeocognitron:
    def test_an_s_cell_prefers_its_pattern(self, networks: dict[str, nn.Module]) -> None:
        stage = networks["neocognitron"].get_submodule("c1")
        assert isinstance(stage, neocognitron.SAndC)
        preferred = stage.get_buffer("preferred")
        assert torch.allclose(preferred.flatten(1).norm(dim=1), torch.ones(len(preferred)), atol=1e-5)
        maps = nn.functional.pad(10 * preferred, [1, 2, 1, 2])  # fields of 7 in maps of 10, which pool to 2 x 2
        cells = stage(nn.functional.pad(maps, [1, 1, 1, 1]))
        responses = cells.amax(dim=(2, 3))
        assert (responses.diagonal() > 0.8 * responses.amax(dim=1)).all()

    def test_contrast_does_not_matter(self, networks: dict[str, nn.Module], images: TrainingImages) -> None:
        few = images.first_of_each(1).pixels.float() / 255
        with torch.inference_mode():
            full, weak = networks["neocognitron"](few), networks["neocognitron"](0.5 + 0.5 * (few - 0.5))
        assert torch.allclose(full, weak, atol=0.02)


def test_reconstruction_ica_lowers_its_cost(images: TrainingImages, networks: dict[str, nn.Module]) -> None:
    network = networks["reconstruction-ica"]
    assert isinstance(network, reconstruction_ica.ReconstructionICA)
    whitened = network.whitened(images.pixels.float() / 255)
    filters = network.get_buffer("filters")
    first = torch.randn(filters.shape, generator=torch.Generator().manual_seed(1)) / filters.shape[1] ** 0.5
    assert reconstruction_ica.cost(whitened, filters) < reconstruction_ica.cost(whitened, first)
