"""Cowley et al. 2023 and Miyawaki et al. 2008 from their files, and what they score."""

import itertools

import numpy as np
import pytest
import scipy.ndimage
from numpy.typing import NDArray
from PIL import Image

from brainrank.benchmark.metrics.regression.brainscore import half_split_ceiling
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import cowley2023, miyawaki2008
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.catalogue import MODELS


def responses(region: LoadedRegion) -> NDArray[np.float64]:
    assert isinstance(region.assembly, ResponseAssembly)
    return region.assembly.responses


def test_cowley_has_three_sessions_with_images_in_number_order(locations: Locations) -> None:
    study = {region: cowley2023.DATASET.load(region, locations, Silent()) for region in cowley2023.DATASET.regions}
    shapes = {region: responses(each).shape for region, each in study.items()}
    assert shapes == {"v4-201025": (1200, 1, 89), "v4-210225": (1200, 1, 55), "v4-210325": (640, 10, 50)}
    ids = study["v4-210325"].stimuli.ids
    assert (ids[0], ids[-1]) == ("210325-image0001", "210325-image0640")
    with Image.open(study["v4-201025"].stimuli.stimuli[0].path) as image:
        assert image.size == (112, 112)
    repeats = np.isfinite(responses(study["v4-210325"])).sum(axis=1)
    assert (repeats.min(), repeats.max()) == (6, 10)


def test_images_of_one_photograph_are_a_group(locations: Locations) -> None:
    """38 pairs of 210325 show two objects on one photograph: their rims are alike, and nobody else's are as much."""
    region = cowley2023.DATASET.load("v4-210325", locations, Silent())
    assert isinstance(region.assembly, ResponseAssembly)
    groups = region.assembly.groups
    assert groups is not None
    assert (len(groups), len(set(groups)), max(groups.count(each) for each in groups)) == (640, 602, 2)
    pixels = np.stack([np.asarray(Image.open(each.path).convert("L"), np.float64) for each in region.stimuli.stimuli])
    fine = pixels - scipy.ndimage.uniform_filter(pixels, (1, 9, 9))
    y, x = np.mgrid[-55.5:56:1, -55.5:56:1]
    rim = fine[:, (np.hypot(x, y) > 25) & (np.hypot(x, y) < 45)]
    alike = np.corrcoef(rim)
    pairs = list(itertools.combinations(range(640), 2))
    within = [alike[pair] for pair in pairs if groups[pair[0]] == groups[pair[1]]]
    apart = [alike[pair] for pair in pairs if groups[pair[0]] != groups[pair[1]]]
    assert len(within) == 38
    assert min(within) > np.quantile(apart, 0.9999)
    for name in ("v4-210225", "v4-201025"):
        other = cowley2023.DATASET.assembly(name, locations, Silent())
        assert isinstance(other, ResponseAssembly)
        assert other.groups is None


def test_the_repeats_of_210325_are_as_reliable_as_stated(locations: Locations) -> None:
    region = cowley2023.DATASET.load("v4-210325", locations, Silent())
    reliability = half_split_ceiling(responses(region), rng=np.random.default_rng(0)).value
    assert reliability == pytest.approx(0.764, abs=0.01)


def test_miyawaki_has_each_image_once_with_its_repeats(locations: Locations) -> None:
    v1 = miyawaki2008.DATASET.load("v1", locations, Silent())
    assert responses(v1).shape == (20, 8, 967)
    assert np.isfinite(responses(v1)[:, :, 0]).sum() == 119
    assert len({each.sha256 for each in v1.stimuli.stimuli}) == 20


def test_v1_is_predicted_from_pixels(locations: Locations) -> None:
    """Figures of 10 x 10 flickering patches: V1's voxels see which patches flicker, and pixels say it."""
    benchmark = BENCHMARKS["miyawaki2008.v1.encoding"]
    region = miyawaki2008.DATASET.load("v1", locations, Silent())
    score = run(MODELS["pixels"], benchmark, region, locations=locations, device="cpu", reporter=Silent()).score
    assert 0.3 < score.interval.low < score.value < score.ceiling.upper
