"""Cowley et al. 2023 and Miyawaki et al. 2008 from their files, and what they score."""

import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.benchmarks import BENCHMARKS
from brainrank.benchmark.metrics.encoding.brainscore import half_split_ceiling
from brainrank.benchmark.run import run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets import cowley2023, miyawaki2008
from brainrank.models_zoo.catalogue import MODELS


def test_cowley_has_three_sessions_with_images_in_number_order(locations: Locations) -> None:
    study = cowley2023.load(locations, Silent())
    shapes = {region: each.responses.shape for region, each in study.assemblies.items()}
    assert shapes == {"v4-201025": (1200, 1, 89), "v4-210225": (1200, 1, 55), "v4-210325": (640, 10, 50)}
    ids = study.stimuli["v4-210325"].ids
    assert (ids[0], ids[-1]) == ("210325-image0001", "210325-image0640")
    with Image.open(study.stimuli["v4-201025"].stimuli[0].path) as image:
        assert image.size == (112, 112)
    repeats = np.isfinite(study.assemblies["v4-210325"].responses).sum(axis=1)
    assert (repeats.min(), repeats.max()) == (6, 10)


def test_the_repeats_of_210325_are_as_reliable_as_stated(locations: Locations) -> None:
    responses = cowley2023.load(locations, Silent()).assemblies["v4-210325"].responses
    reliability = half_split_ceiling(responses, rng=np.random.default_rng(0)).value
    assert reliability == pytest.approx(0.764, abs=0.01)


def test_miyawaki_has_each_image_once_with_its_repeats(locations: Locations) -> None:
    study = miyawaki2008.load(locations, Silent())
    v1 = study.assemblies["v1"]
    assert v1.responses.shape == (20, 8, 967)
    assert np.isfinite(v1.responses[:, :, 0]).sum() == 119
    assert len({each.sha256 for each in study.stimuli["v1"].stimuli}) == 20


def test_v1_is_predicted_from_pixels(locations: Locations) -> None:
    """Figures of 10 x 10 flickering patches: V1's voxels see which patches flicker, and pixels say it."""
    benchmark = BENCHMARKS["miyawaki2008.v1.encoding"]
    score = run(MODELS["pixels"], benchmark, locations=locations, device="cpu", reporter=Silent()).score
    assert 0.3 < score.interval.low < score.value < score.ceiling.upper
