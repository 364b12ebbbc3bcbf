"""`br.design`: a plan as frames and numbers, and what is asked wrongly refused with the way."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_study import NAMES

import brainrank as br

Pool = dict[str, NDArray[np.uint8]]


@pytest.fixture
def pool() -> Pool:
    rng = np.random.default_rng(0)
    return {f"im{each}": rng.integers(0, 256, (16, 16, 3), dtype=np.uint8) for each in range(16)}


def planned(images: object, **options: object) -> br.StudyDesign:
    asked = {"subjects": 5, "noise": NAMES[0], "worlds": 40, "device": "cpu", "progress": False} | options
    return br.design(["pixels", "gabor"], images, **asked)  # type: ignore[arg-type]


def test_a_plan_is_told_in_numbers_and_frames(tiny: Path, pool: Pool) -> None:
    found = planned(pool, choose=9, layers={"gabor": "simple"})
    assert len(found.images) == 9
    assert set(found.images) <= set(pool)
    assert 0 <= found.power <= found.first <= 1
    assert 0 <= found.random_power <= 1
    assert found.frame().sum(axis=1).tolist() == pytest.approx([1, 1])
    models = found.models().set_index("name")
    assert models.loc["gabor", "layer"] == "simple"
    assert models["power"].mean() == pytest.approx(found.power)
    assert f"{found.power:.0%} of worlds" in found.methods
    assert "9 of 16 images, 5 subjects" in repr(found)
    assert found.fewest_subjects >= 3


def test_a_study_of_all_images_has_no_random_one(tiny: Path) -> None:
    assert np.isnan(planned("tiny2026.it").random_power)


def test_what_is_asked_wrongly_is_refused(tiny: Path, pool: Pool) -> None:
    with pytest.raises(br.BrainrankError, match="clip is none of the models; those are pixels, gabor"):
        planned(pool, layers={"clip": "stem"})
    with pytest.raises(br.BrainrankError, match="17 images to choose of a pool of 16"):
        planned(pool, choose=17)
    with pytest.raises(br.BrainrankError, match="1 model: a study is planned to tell models apart"):
        br.design(["pixels"], pool, subjects=5, noise=NAMES[0])
