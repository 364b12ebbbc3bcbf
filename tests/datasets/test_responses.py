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


def test_cowley_has_five_sessions_with_images_in_number_order(locations: Locations) -> None:
    study = {region: cowley2023.DATASET.load(region, locations, Silent()) for region in cowley2023.DATASET.regions}
    shapes = {region: responses(each).shape for region, each in study.items()}
    assert shapes == {
        "v4-190925": (600, 2, 36),
        "v4-201025": (1200, 1, 89),
        "v4-210225": (1200, 1, 55),
        "v4-210325": (640, 10, 50),
        "v4-210621": (1198, 2, 51),
    }
    assert {region: each.subject for region, each in study.items()} == {
        "v4-190925": "monkey WE",
        "v4-201025": "monkey PE",
        "v4-210225": "monkey PE",
        "v4-210325": "monkey PE",
        "v4-210621": "monkey RA",
    }
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
    for name in ("v4-210225", "v4-201025", "v4-190925", "v4-210621"):
        other = cowley2023.DATASET.assembly(name, locations, Silent())
        assert isinstance(other, ResponseAssembly)
        assert other.groups is None


@pytest.mark.parametrize(("session", "repeated", "at_least"), [("190925", 300, 0.75), ("210621", 2, 0.9)])
def test_a_picture_with_two_numbers_is_one_stimulus_with_two_repeats(
    locations: Locations, session: str, repeated: int, at_least: float
) -> None:
    """No two images are equal, no photograph was lost, and the two averages of a picture agree."""
    region = cowley2023.DATASET.load(f"v4-{session}", locations, Silent())
    pixels = [np.asarray(Image.open(each.path)).tobytes() for each in region.stimuli.stimuli]
    synthesised = 300 if session == "190925" else 0
    assert len(set(pixels)) == len(pixels) == 1200 - repeated - synthesised
    found = responses(region)
    twice = np.isfinite(found[:, 1]).all(axis=1)
    assert np.isfinite(found[:, 0]).all()
    assert twice.sum() == repeated
    first, second = found[twice].transpose(1, 0, 2)
    assert not np.array_equal(first, second)
    if repeated > 2:
        alike = [np.corrcoef(one, other)[0, 1] for one, other in zip(first.T, second.T, strict=True)]
    else:
        alike = [np.corrcoef(one, other)[0, 1] for one, other in zip(first, second, strict=True)]
    assert np.median(alike) > at_least


def test_the_session_of_monkey_we_has_a_noise_ceiling_by_the_pictures_shown_twice(locations: Locations) -> None:
    """By hand: N from the differences of two averages, S from their means, over the 300 photographs."""
    metric = BENCHMARKS["cowley2023.v4-190925.encoding"].metric
    assembly = cowley2023.DATASET.assembly("v4-190925", locations, Silent())
    assert isinstance(assembly, ResponseAssembly)
    first, second = assembly.responses[:300].transpose(1, 0, 2)
    noise = ((first - second) ** 2).mean(axis=0) / 2
    true = ((first + second) / 2).var(axis=0, ddof=1) - noise / 2
    by_hand = np.median(np.sqrt(true / (true + noise * (300 / 2 + 300) / 600)))
    found = metric.ceiling(assembly)
    assert found.lower == pytest.approx(by_hand, abs=0.01)
    assert found.interval is not None
    assert found.interval.low > 0.8
    # The same photographs that were listed again: by number, not by place in the file's list.
    assert assembly.stimulus_ids[-1] == "190925-image0600"
    other = cowley2023.DATASET.assembly("v4-210621", locations, Silent())
    assert "2 stimuli have repeats" in metric.ceiling(other).reason


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
    found = run(MODELS["pixels"], benchmark, region, locations=locations, device="cpu", reporter=Silent())
    assert found.receipt.content["subject"] == "the one person measured"
    score = found.score
    assert 0.3 < score.interval.low < score.value < score.ceiling.upper
