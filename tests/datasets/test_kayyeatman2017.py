"""Kay & Yeatman 2017: what the file holds, which stimuli are one, and what its bootstraps say."""

import h5py
import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.kayyeatman2017 import DATASET, EXPERIMENT


def area(locations: Locations) -> ResponseAssembly:
    assembly = DATASET.assembly("ffa", locations, Silent())
    assert isinstance(assembly, ResponseAssembly)
    return assembly


def test_faces_drive_the_area_and_words_do_not(locations: Locations) -> None:
    ffa = area(locations)
    assert ffa.responses.shape == (115, 1, 1)
    assert ffa.targets == ("mean of FFA",)
    response = dict(zip(ffa.stimulus_ids, ffa.responses[:, 0, 0], strict=True))
    assert response["face"] == pytest.approx(2.6786, abs=1e-4)
    assert response["face"] > response["faceph75"] > response["faceph50"] > response["faceph25"] > response["noise"]
    assert response["face"] > response["facecon10"] > response["facecon6"] > response["facecon4"]
    assert max(response["word"], response["house"], response["checkerboard"]) < 0.6


def test_images_stand_upright_and_are_as_wide_as_the_screen(locations: Locations) -> None:
    """A word is wider than high."""
    stimuli = DATASET.stimuli("ffa", locations, Silent())
    shown = {each.stimulus_id: each.path for each in stimuli.stimuli}
    with Image.open(shown["word"]) as image:
        pixels = np.asarray(image.convert("L"))
    rows, columns = np.nonzero(pixels != 127)
    assert pixels.shape == (750, 750)
    assert np.ptp(columns) > 2 * np.ptp(rows)
    assert stimuli.ids == area(locations).stimulus_ids
    assert stimuli.visual_degrees == 6.25


def test_the_face_and_the_word_are_groups(locations: Locations) -> None:
    groups = area(locations).groups
    assert groups is not None
    assert (groups.count("face"), groups.count("word"), len(set(groups))) == (11, 8, 98)


def test_bootstraps_are_no_repeats(locations: Locations) -> None:
    """Their spread is the error the file states, and of runs: nine directions, as ten runs have, hold most of it."""
    with h5py.File(fetch(EXPERIMENT, locations, reporter=Silent())) as stored:
        betas, errors = stored["subjectbeta"][:, :, 0], stored["subjectbetase"][:, :, 0]
        drawn = stored["subjectbetaboot"][..., 0]
    assert drawn.shape == (100, 115, 2)
    assert np.median(drawn, axis=0) == pytest.approx(betas)
    assert drawn.std(axis=0, ddof=1) == pytest.approx(errors, abs=0.05)
    deviating = (drawn - drawn.mean(axis=0)).reshape(100, -1)
    strengths = np.linalg.svd(deviating, compute_uv=False)
    assert strengths[9] < 0.3 * strengths[8]
    # What docs/datasets/kayyeatman2017.md says of the r that the true responses would have.
    true = betas.var(axis=0, ddof=1)
    of_the_file = np.sqrt(1 - (errors**2).mean(axis=0) / true)
    unbiased = np.sqrt(1 - 10 / 9 * (errors**2).mean(axis=0) / true)
    shared_left_out = np.sqrt(1 - (drawn - drawn.mean(axis=0)).var(axis=1, ddof=1).mean(axis=0) / true)
    assert of_the_file == pytest.approx([0.602, 0.966], abs=0.001)
    assert unbiased == pytest.approx([0.540, 0.963], abs=0.001)
    assert shared_left_out == pytest.approx([0.653, 0.970], abs=0.001)
    ceiling = BENCHMARKS["kayyeatman2017.ffa.encoding"].metric.ceiling(area(locations))
    assert np.isnan(ceiling.lower)
    assert "averaged over repeats" in ceiling.reason
