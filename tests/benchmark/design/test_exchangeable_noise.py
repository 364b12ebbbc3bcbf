"""Noise of RDMs for any number of images: a comparison varies by it as by the measured noise in a random order."""

import numpy as np
import pytest
from numpy.typing import NDArray
from planned_study import related_rdms

from brainrank.benchmark.design.exchangeable_noise import exchangeable_noise, pair_parts
from brainrank.benchmark.recovery.rdm_noise import drawn_noise
from brainrank.benchmark.types.condensed import condensed_rdm
from brainrank.benchmark.types.errors import InvalidDataError

IMAGES = 60
FIRST, SECOND = np.triu_indices(IMAGES, k=1)


def standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return (values - values.mean()) / values.std()


def noises() -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=FIRST.size)
    added, place = rng.normal(size=IMAGES), rng.normal(size=(IMAGES, 2))
    return {
        "each pair by itself": standard(pairs),
        "images": standard(added[FIRST] + added[SECOND] + pairs),
        "axes": standard((place[FIRST] * place[SECOND]) @ np.array([2.0, -1.0]) + 0.5 * pairs),
    }


@pytest.mark.parametrize("kind", ["each pair by itself", "images", "axes"])
def test_similarities_vary_as_by_measured_noise_in_random_orders(kind: str) -> None:
    rng, rdm = np.random.default_rng(1), noises()[kind]
    fixed = [standard(condensed_rdm(each)) for each in related_rdms(1, IMAGES, rng)] + [noises()["images"]]
    permuted = drawn_noise(rdm[None], worlds=1500, rng=rng)[:, 0]
    drawn = exchangeable_noise(rdm, rng=rng).drawn(IMAGES, count=1500, rng=rng)
    for each in fixed:
        wanted, found = ((values @ each / each.size).std() for values in (permuted, drawn))
        assert found == pytest.approx(wanted, rel=0.12)
    assert drawn.var(axis=1).mean() == pytest.approx(1, abs=0.06)


def test_its_parts_are_those_it_was_made_of() -> None:
    rng = np.random.default_rng(2)
    added = rng.normal(size=(200, 1))
    first, second = np.triu_indices(200, k=1)
    found = pair_parts(standard(added[first, 0] + added[second, 0] + 1.5 * rng.normal(size=first.size)))
    assert found.of_images == pytest.approx(1 / 4.25, abs=0.05)
    assert found.beside_images == pytest.approx(2.25 / 4.25, abs=0.05)
    alone = pair_parts(standard(rng.normal(size=first.size)))
    assert alone.of_images == pytest.approx(0, abs=0.01)


def test_there_may_be_more_images_than_were_measured_and_fewer() -> None:
    noise = exchangeable_noise(noises()["images"], rng=np.random.default_rng(1))
    for images in (8, 150):
        drawn = noise.drawn(images, count=3, rng=np.random.default_rng(0))
        assert drawn.shape == (3, images * (images - 1) // 2)
        assert np.isfinite(drawn).all()


def test_its_values_are_distributed_as_measured() -> None:
    rng = np.random.default_rng(3)
    flat = standard(rng.permutation(FIRST.size).astype(float))
    drawn = exchangeable_noise(flat, rng=rng).drawn(IMAGES, count=50, rng=rng)
    assert (drawn**4).mean() == pytest.approx(1.8, abs=0.1)  # of a uniform distribution, and 3 of a normal one


def test_few_images_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="4 images are too few.*at least 5"):
        pair_parts(np.arange(6.0))
