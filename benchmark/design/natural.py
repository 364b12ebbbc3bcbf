"""A choice of images that is like the pool in category and in low-level statistics.

The statistics are those by which photographs differ most before anything is recognised in them: mean luminance, root
mean square contrast, and the slope of the amplitude spectrum (Field 1987; about -1 in natural photographs). A choice is
held to the pool's share of each category and of each sixth of each statistic.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from PIL import Image

from brainrank.benchmark.design.choice import Allow
from brainrank.benchmark.images import read_image
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet

STATISTICS = ("luminance", "contrast", "slope")
SIDE = 128
LOWEST_CYCLES = 2
QUANTILES = 6
SLACK = 0.1
"""By so much of its share may a sixth be exceeded: exact shares of three statistics at once leave no choice."""
CATEGORY = "category"


class ImageKinds(NamedTuple):
    """Of each image of a pool: the category, empty where nobody says, and its statistics."""

    categories: tuple[str, ...]
    statistics: Float[ndarray, "statistics pool"]


class Likeness(NamedTuple):
    """How far a choice is from its pool: the largest difference of two distribution functions, of each statistic, and
    of the shares of a category; NaN where there are no categories."""

    statistics: Float[ndarray, " statistics"]
    category: float


def image_kinds(stimuli: StimulusSet, reporter: Reporter) -> ImageKinds:
    """Measure images, each as models see it, in levels of grey. Raises InvalidDataError for a file that is no image."""
    found = np.empty((len(STATISTICS), len(stimuli)))
    for number, each in enumerate(stimuli.stimuli):
        found[:, number] = image_statistics(read_image(each.path))
        reporter.progress("statistics of images", number + 1, len(stimuli))
    return ImageKinds(categories_of(stimuli), found)


def categories_of(stimuli: StimulusSet) -> tuple[str, ...]:
    """Each image's label `category`, else the name of its folder where they lie in several; empty where neither is."""
    labels = tuple(dict(each.labels).get(CATEGORY, "") for each in stimuli.stimuli)
    if any(labels):
        return labels
    folders = tuple(_folder(each.path) for each in stimuli.stimuli)
    return folders if len(set(folders)) > 1 else ("",) * len(folders)


def _folder(path: Path) -> str:
    return path.parent.name


def image_statistics(image: Image.Image) -> tuple[float, float, float]:
    """Mean and standard deviation of the levels of grey, from 0 to 1, and the slope of log amplitude on log frequency.

    Of the middle square, scaled to 128 pixels and faded to its edges (Hann), amplitudes are averaged over directions at
    each number of cycles from two to 64. The slope of an image of one grey is 0.
    """
    grey = np.asarray(image.convert("L"), dtype=np.float64) / 255
    side = min(image.size)
    left, top = ((each - side) // 2 for each in image.size)
    square = image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side))
    return float(grey.mean()), float(grey.std()), _slope(np.asarray(square, dtype=np.float64) / 255)


def _slope(square: Float[ndarray, "side side"]) -> float:
    if np.ptp(square) == 0:
        return 0.0
    window = np.hanning(SIDE)
    amplitude = np.abs(np.fft.fft2((square - square.mean()) * np.outer(window, window)))
    cycles = np.fft.fftfreq(SIDE, 1 / SIDE)
    ring = np.rint(np.hypot(*np.meshgrid(cycles, cycles))).astype(int).ravel()
    mean = np.bincount(ring, weights=amplitude.ravel()) / np.bincount(ring)
    wanted = np.arange(LOWEST_CYCLES, SIDE // 2 + 1)
    heights = np.log(np.maximum(mean[wanted], np.finfo(float).tiny))
    return float(np.polyfit(np.log(wanted), heights, 1)[0])


def like_the_pool(kinds: ImageKinds, count: int) -> Allow:
    """Which images keep a choice of this many like the pool; where none does, those that exceed the fewest shares."""
    bins = [_sixths(each) for each in kinds.statistics]
    bins.append(np.unique(kinds.categories, return_inverse=True)[1])
    limits = [_limits(each, count, SLACK) for each in bins[:-1]] + [_limits(bins[-1], count, 0.0)]

    def allow(chosen: Int[ndarray, " chosen"]) -> Bool[ndarray, " pool"]:
        exceeded = np.zeros(len(kinds.categories), dtype=np.int64)
        for each, limit in zip(bins, limits, strict=True):
            full = np.bincount(each[chosen], minlength=len(limit)) >= limit
            exceeded += full[each]
        free = np.ones(len(exceeded), dtype=bool)
        free[chosen] = False
        return np.asarray(exceeded == exceeded[free].min())

    return allow


def _sixths(values: Float[ndarray, " pool"]) -> Int[ndarray, " pool"]:
    ends = np.quantile(values, np.arange(1, QUANTILES) / QUANTILES)
    return np.searchsorted(ends, values, side="right")


def _limits(bins: Int[ndarray, " pool"], count: int, slack: float) -> Int[ndarray, " bins"]:
    """How many of each bin a choice may have: the pool's share of it, no fraction of an image cut off."""
    share = np.bincount(bins) / len(bins)
    return np.asarray(np.ceil(count * share * (1 + slack) - 1e-9), dtype=np.int64)


def likeness(kinds: ImageKinds, chosen: Sequence[int] | Int[ndarray, " chosen"]) -> Likeness:
    """How far chosen images are from their pool (Kolmogorov & Smirnov's distance)."""
    found = []
    for values in kinds.statistics:
        places, some = np.sort(values), np.sort(values[chosen])
        functions = [np.searchsorted(each, places, side="right") / len(each) for each in (places, some)]
        found.append(float(np.abs(functions[0] - functions[1]).max()))
    if not any(kinds.categories):
        return Likeness(np.array(found), float("nan"))
    of_pool, of_choice = Counter(kinds.categories), Counter(kinds.categories[each] for each in chosen)
    shares = (abs(of_choice[each] / len(chosen) - size / len(kinds.categories)) for each, size in of_pool.items())
    return Likeness(np.array(found), max(shares))
