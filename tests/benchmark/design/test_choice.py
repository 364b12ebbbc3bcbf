"""The choice of images: its cost is that of the definition, and no step away from it gains."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from planned_study import related_rdms

from brainrank.benchmark.design.choice import choose_images
from brainrank.benchmark.types.errors import InvalidDataError

Floats = NDArray[np.float64]


def cost(rdms: Floats, images: NDArray[np.int64], of_images: float) -> float:
    """By its definition, with none of the sums of the search."""
    first, second = np.triu_indices(len(images), k=1)
    values = rdms[:, images[first], images[second]]
    scores = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    found = []
    for one in range(len(rdms)):
        for other in set(range(len(rdms))) - {one}:
            u = scores[one] - scores[other]
            rows = np.bincount(first, u, len(images)) + np.bincount(second, u, len(images))
            found.append((u @ u + of_images * rows @ rows) / (u @ values[one]) ** 2)
    return float(np.mean(found))


@pytest.mark.parametrize("models", [2, 4])
@pytest.mark.parametrize("of_images", [0.0, 0.4])
def test_its_cost_is_that_of_the_definition_and_far_below_that_of_random_images(models: int, of_images: float) -> None:
    rng = np.random.default_rng(0)
    rdms = related_rdms(models, 120, rng)
    found = choose_images(rdms, 20, of_images=of_images)
    assert len(set(found.images.tolist())) == 20
    assert found.cost == pytest.approx(cost(rdms, found.images, of_images))
    random = [cost(rdms, rng.permutation(120)[:20], of_images) for _ in range(50)]
    assert found.cost < min(0.9 * min(random), 0.6 * float(np.mean(random)))


def test_of_all_choices_from_a_small_pool_it_is_nearly_the_best() -> None:
    rdms = related_rdms(2, 12, np.random.default_rng(3))
    every = [cost(rdms, np.array(each), 0.2) for each in combinations(range(12), 8)]
    found = choose_images(rdms, 8, of_images=0.2)
    assert sum(each < found.cost * (1 - 1e-9) for each in every) < 0.02 * len(every)


def test_the_scale_of_all_models_is_no_matter_and_the_order_of_the_pool_is_none() -> None:
    rng = np.random.default_rng(4)
    rdms = related_rdms(3, 50, rng)
    found = set(choose_images(rdms, 12, of_images=0.1).images.tolist())
    assert set(choose_images(7 * rdms, 12, of_images=0.1).images.tolist()) == found
    order = rng.permutation(50)
    moved = choose_images(rdms[:, order][:, :, order], 12, of_images=0.1).images
    assert set(order[moved].tolist()) == found


def test_a_model_with_the_features_of_another_changes_nothing() -> None:
    rdms = related_rdms(2, 40, np.random.default_rng(5))
    with_copy = np.concatenate([rdms, rdms[:1]])
    found, again = (choose_images(each, 10, of_images=0.1) for each in (rdms, with_copy))
    assert set(again.images.tolist()) == set(found.images.tolist())


def test_images_that_are_not_allowed_are_not_chosen() -> None:
    rdms = related_rdms(2, 40, np.random.default_rng(6))
    even = np.arange(40) % 2 == 0
    found = choose_images(rdms, 15, of_images=0.1, allow=lambda _chosen: even)
    assert (found.images % 2 == 0).all()
    assert choose_images(rdms, 40, of_images=0.1).images.size == 40


def test_what_cannot_be_chosen_is_refused() -> None:
    rdms = related_rdms(2, 12, np.random.default_rng(7))
    with pytest.raises(InvalidDataError, match="13 images to choose of a pool of 12; give a number from 8 to 12"):
        choose_images(rdms, 13, of_images=0.1)
    with pytest.raises(InvalidDataError, match="3 images to choose"):
        choose_images(rdms, 3, of_images=0.1)
    with pytest.raises(InvalidDataError, match="a pool of 5 images; give one of at least 8"):
        choose_images(rdms[:, :5, :5], 5, of_images=0.1)
    with pytest.raises(InvalidDataError, match="The models have the same RDM of the pool"):
        choose_images(rdms[[0, 0]], 8, of_images=0.1)
