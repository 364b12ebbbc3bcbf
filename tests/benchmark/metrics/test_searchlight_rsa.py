"""Searchlight RSA: each searchlight is RSA of its targets; what holds without a signal; what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from meshes import sheet

from brainrank.api.python.feature_spaces import gram_layers
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.metrics.searchlight.searchlights import searchlights_of
from brainrank.benchmark.metrics.searchlight_rsa import SearchlightRsaMetric
from brainrank.benchmark.statistics.target_tests import above_zero
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.brain_space import Surface, TargetPositions, Volume
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Score
from brainrank.datasets.memory.paired_arrays import Features

SHAPE, STIMULI, FEATURES, REPEATS = (7, 6, 5), 30, 12, 3
VOLUME = Volume("sub-01", SHAPE, ((2.0, 0, 0, 0), (0, 2.0, 0, 0), (0, 0, 3.0, 0), (0, 0, 0, 1.0)))
VOXELS = 210
SHEET = TargetPositions(Surface("sub-01", VOXELS), np.arange(VOXELS), sheet(15, 14))
LEFT = np.unravel_index(np.arange(VOXELS), SHAPE)[0] < 3
RADIUS = 4.0


def measured(signal: float, seed: int = 0, *, surface: bool = False) -> tuple[ResponseAssembly, np.ndarray]:
    """Responses whose left half holds the features, with noise; and the features."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((STIMULI, FEATURES))
    true = signal * LEFT * (features @ rng.standard_normal((FEATURES, VOXELS)))
    responses = true[:, None] + rng.standard_normal((STIMULI, REPEATS, VOXELS))
    names = tuple(map(str, range(STIMULI)))
    positions = SHEET if surface else TargetPositions(VOLUME, np.arange(VOXELS))
    return ResponseAssembly("v1", names, tuple(map(str, range(VOXELS))), responses, positions=positions), features


def searched(assembly: ResponseAssembly, layers: dict[str, np.ndarray], **parameters: object) -> Score:
    metric = SearchlightRsaMetric(radius_mm=RADIUS, fewest_voxels=10, draws=100, **parameters)  # type: ignore[arg-type]
    return metric.score(gram_layers({name: Features(each, None) for name, each in layers.items()}), assembly)


def test_spheres_are_those_within_the_radius() -> None:
    found = searchlights_of(TargetPositions(VOLUME, np.arange(VOXELS)), RADIUS, 10, "v1")
    points = np.stack(np.unravel_index(np.arange(VOXELS), SHAPE), axis=1) * [2, 2, 3]
    near = np.linalg.norm(points[:, None] - points, axis=2) <= RADIUS
    np.testing.assert_array_equal(found.centres, np.flatnonzero(near.sum(axis=1) >= 10))
    for centre, members in zip(found.centres, found.members, strict=True):
        np.testing.assert_array_equal(members, np.flatnonzero(near[centre]))


@pytest.mark.parametrize("surface", [False, True])
@pytest.mark.parametrize("dissimilarity", [Dissimilarity.CORRELATION, Dissimilarity.EUCLIDEAN, Dissimilarity.COSINE])
def test_each_searchlight_has_the_score_of_its_targets(dissimilarity: Dissimilarity, surface: bool) -> None:
    assembly, features = measured(0.5, surface=surface)
    found = searched(assembly, {"a": features}, dissimilarity=dissimilarity)
    assert found.per_target is not None
    searchlights = searchlights_of(assembly.positions, RADIUS, 10, "v1")
    layers = gram_layers({"a": Features(features, None)})
    for number in (0, 40, len(searchlights.centres) - 1):
        inside = searchlights.members[number]
        part = ResponseAssembly("v1", assembly.stimulus_ids, tuple(map(str, inside)), assembly.responses[:, :, inside])
        alone = RsaMetric(dissimilarity=dissimilarity, draws=100).score(layers, part)
        assert found.per_target.values[searchlights.centres[number]] == pytest.approx(alone.value, abs=1e-9)
    without = np.setdiff1d(np.arange(VOXELS), searchlights.centres)
    assert np.isnan(found.per_target.values[without]).all()
    assert found.value == pytest.approx(np.nanmean(found.per_target.values))


@pytest.mark.parametrize("surface", [False, True])
def test_a_map_is_high_where_the_signal_is_and_tells_the_layer(surface: bool) -> None:
    assembly, features = measured(0.5, surface=surface)
    other = np.random.default_rng(9).standard_normal((STIMULI, FEATURES))
    found = searched(assembly, {"other": other, "a": features})
    assert found.layers == ("a", "a")
    assert found.per_target is not None
    assert found.per_target.spatial is not None
    values, q = found.per_target.values, above_zero(found.per_target).q
    inside, outside = (
        np.unravel_index(np.arange(VOXELS), SHAPE)[0] < 2,
        np.unravel_index(np.arange(VOXELS), SHAPE)[0] > 4,
    )
    assert np.nanmin(values[inside]) > 0.3
    assert abs(np.nanmean(values[outside])) < 0.15
    assert (q[inside & np.isfinite(values)] < 0.05).all()
    assert found.interval.low < found.value < found.interval.high
    assert found.per_target.spatial.layers == ("other", "a")
    best = np.argmax(found.per_target.spatial.layer_values[:, inside & np.isfinite(values)], axis=0)
    assert (best == 1).all()


@pytest.mark.parametrize("surface", [False, True])
def test_without_a_signal_p_is_not_below_its_level_more_often_than_that(surface: bool) -> None:
    """Searchlights overlap, so that one study tells little: eight are pooled."""
    p, means = [], []
    for seed in range(8):
        assembly, _ = measured(0.0, seed, surface=surface)
        found = searched(assembly, {"a": np.random.default_rng(100 + seed).standard_normal((STIMULI, FEATURES))})
        assert found.per_target is not None
        p.append(above_zero(found.per_target).p)
        means.append(found.value)
    assert np.nanmean(np.array(p) < 0.05) < 0.09
    assert abs(np.mean(means)) < 0.02


def test_crossnobis_weighs_voxels_by_their_noise_and_is_unbiased_by_it() -> None:
    assembly, features = measured(0.0)
    louder = replace(assembly, responses=assembly.responses * np.linspace(1, 30, VOXELS))
    one, other = (
        searched(each, {"a": features}, dissimilarity=Dissimilarity.CROSSNOBIS) for each in (assembly, louder)
    )
    assert one.per_target is not None
    assert other.per_target is not None
    np.testing.assert_allclose(one.per_target.values, other.per_target.values, atol=1e-4)


def test_what_has_no_searchlights_is_refused() -> None:
    assembly, _ = measured(0.5)
    metric = SearchlightRsaMetric(radius_mm=2.5)
    for each, problem in (
        (replace(assembly, positions=None), "nobody knows where they lie: give a mask"),
        (
            replace(assembly, positions=replace(SHEET, mesh=None)),
            "they lie in sub-01, 210 vertices in a hemisphere, without a mesh: give the mesh of their hemisphere",
        ),
        (replace(assembly, positions=SHEET), "no vertex of v1 has 20 vertices within 2.5 mm"),
        (assembly, r"no voxel of v1 has 20 voxels within 2.5 mm \(5 at most\); give a larger radius_mm"),
    ):
        with pytest.raises(InvalidDataError, match=problem):
            metric.require(each)
    with pytest.raises(InvalidDataError, match="radius_mm is 0.0; give millimetres above 0"):
        SearchlightRsaMetric(radius_mm=0.0)
    one = replace(assembly, responses=assembly.responses[:, :1])
    with pytest.raises(InvalidDataError, match="needs 2 repeats of each stimulus"):
        SearchlightRsaMetric(dissimilarity=Dissimilarity.CROSSNOBIS).require(one)
    constant = searched(assembly, {"a": np.ones((STIMULI, 3))})
    assert np.isnan(constant.value)
    assert "every layer is undefined" in constant.reason
