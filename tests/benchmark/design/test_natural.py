"""A choice that is like its pool; statistics of images against what they must be."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from planned_study import pool_with_kinds, related_rdms

from brainrank.benchmark.design.choice import choose_images
from brainrank.benchmark.design.natural import (
    SIDE,
    categories_of,
    image_kinds,
    image_statistics,
    like_the_pool,
    likeness,
)
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet


def noise_image(exponent: float, rng: np.random.Generator) -> Image.Image:
    """Noise whose amplitudes fall with frequency by this exponent."""
    cycles = np.fft.fftfreq(SIDE, 1 / SIDE)
    radius = np.maximum(np.hypot(*np.meshgrid(cycles, cycles)), 1)
    field = np.fft.ifft2(np.fft.fft2(rng.normal(size=(SIDE, SIDE))) * radius**exponent).real
    return Image.fromarray(np.clip(128 + 32 * field / field.std(), 0, 255).astype(np.uint8)).convert("RGB")


@pytest.mark.parametrize("exponent", [-0.5, -1.0, -1.5])
def test_the_slope_is_that_of_the_spectrum(exponent: float) -> None:
    luminance, contrast, slope = image_statistics(noise_image(exponent, np.random.default_rng(0)))
    assert luminance == pytest.approx(128 / 255, abs=0.05)
    assert contrast == pytest.approx(32 / 255, abs=0.02)
    assert slope == pytest.approx(exponent, abs=0.2)


def test_an_image_of_one_grey_has_no_contrast_and_no_slope() -> None:
    assert image_statistics(Image.new("RGB", (40, 20), (51, 51, 51))) == (pytest.approx(0.2), 0, 0)


def stimuli(folder: Path, names: list[str], labels: tuple[tuple[str, str], ...] = ()) -> StimulusSet:
    found = []
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (number, number, number)).save(path)
        found.append(Stimulus(name, path, name, labels))
    return StimulusSet("pool", tuple(found))


def test_a_category_is_a_label_or_else_a_folder(tmp_path: Path) -> None:
    assert categories_of(stimuli(tmp_path, ["a/1.png", "b/2.png"])) == ("a", "b")
    assert categories_of(stimuli(tmp_path, ["a/1.png", "a/2.png"])) == ("", "")
    assert categories_of(stimuli(tmp_path, ["a/1.png", "b/2.png"], (("category", "cat"),))) == ("cat", "cat")
    kinds = image_kinds(stimuli(tmp_path, ["a/1.png", "b/2.png"]), Silent())
    assert kinds.statistics[0] == pytest.approx([0, 1 / 255])


@pytest.mark.parametrize("count", [20, 60])
def test_a_natural_choice_is_nearer_to_the_pool_and_costs_more_than_a_free_one(count: int) -> None:
    rng = np.random.default_rng(1)
    rdms = related_rdms(2, 240, rng)
    kinds = pool_with_kinds(rdms, rng).kinds
    assert kinds is not None
    # What tells the models apart goes with the first statistic: a free choice is not like the pool.
    rows = ((rdms[0] - rdms[1]) ** 2).sum(axis=0)
    kinds = kinds._replace(statistics=np.stack([rows, *kinds.statistics[1:]]))
    free = choose_images(rdms, count, of_images=0.1)
    natural = choose_images(rdms, count, of_images=0.1, allow=like_the_pool(kinds, count))
    apart, alike = (likeness(kinds, each.images) for each in (free, natural))
    assert apart.statistics[0] > 0.3
    assert alike.statistics.max() < 0.25
    assert alike.statistics[0] < apart.statistics[0] - 0.1
    assert alike.category <= 2 / count
    assert natural.cost > free.cost


def test_likeness_of_all_images_is_none_and_of_no_categories_nan() -> None:
    kinds = pool_with_kinds(related_rdms(2, 20, np.random.default_rng(0)), np.random.default_rng(0)).kinds
    assert kinds is not None
    whole = likeness(kinds, np.arange(20))
    assert (whole.statistics.max(), whole.category) == (0, 0)
    assert np.isnan(likeness(kinds._replace(categories=("",) * 20), np.arange(5)).category)
