import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from brainrank.benchmark.statistics.mds import arrangement, turned_onto


def test_points_of_a_plane_are_found_again() -> None:
    points = np.random.default_rng(0).standard_normal((12, 2))
    found = arrangement(squareform(pdist(points)) ** 2)
    np.testing.assert_allclose(pdist(found.points), pdist(points), rtol=1e-10)
    assert found.share == pytest.approx(1)
    np.testing.assert_allclose(turned_onto(found.points, points - points.mean(axis=0)), points - points.mean(axis=0))


def test_what_a_plane_cannot_hold_is_told() -> None:
    points = np.random.default_rng(1).standard_normal((200, 10))
    variances = np.sort(np.linalg.eigvalsh(np.cov(points.T)))
    share = arrangement(squareform(pdist(points)) ** 2).share
    assert share == pytest.approx(variances[-2:].sum() / variances.sum())


def test_all_at_one_place_is_no_division_by_zero() -> None:
    found = arrangement(np.zeros((4, 4)))
    assert (found.points == 0).all()
    assert found.share == 0
    assert (turned_onto(found.points, found.points) == 0).all()
