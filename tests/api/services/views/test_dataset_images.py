"""The images of a study: each once, of all its regions or of one, and refused where regions disagree."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_study import IMAGES, tiny_catalogue

from brainrank.api.services.views import dataset_images
from brainrank.api.services.views.dataset_images import images_of_dataset
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter, Silent
from brainrank.benchmark.types.stimuli import StimulusSet

EXPECTED = tuple(f"image{number}" for number in range(IMAGES))


def given(catalogue: Catalogue, patch: pytest.MonkeyPatch) -> None:
    def opened(_locations: Locations, wanted: list[str] | None = None) -> Catalogue:
        return catalogue.only(wanted) if wanted else catalogue

    patch.setattr(dataset_images, "open_catalogue", opened)


@pytest.mark.parametrize("name", ["tiny2026", "tiny2026.it"])
def test_the_images_of_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    given(tiny_catalogue(tmp_path), monkeypatch)
    found = images_of_dataset(name, Locations(tmp_path), Silent())
    assert (found.name, found.ids) == (name, EXPECTED)


def test_other_names_are_told_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given(tiny_catalogue(tmp_path), monkeypatch)
    with pytest.raises(UnknownNameError, match=r"Unknown region of tiny2026 'v9'"):
        images_of_dataset("tiny2026.v9", Locations(tmp_path), Silent())
    with pytest.raises(UnknownNameError, match="did you mean tiny2026"):
        images_of_dataset("tiny2025", Locations(tmp_path), Silent())


@pytest.mark.parametrize(
    ("change", "message"),
    [("image", "'image0' is another image in one region than in another"), ("angle", "different visual angles")],
)
def test_regions_that_disagree_are_to_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, message: str
) -> None:
    tiny = tiny_catalogue(tmp_path)
    study = tiny.datasets["tiny2026"]

    def shown(region: str, locations: Locations, reporter: Reporter) -> StimulusSet:
        found = study.stimuli(region, locations, reporter)
        if region == "it":
            return found
        if change == "angle":
            return replace(found, visual_degrees=8.0)
        return replace(found, stimuli=(replace(found.stimuli[0], sha256="0" * 64), *found.stimuli[1:]))

    given(Catalogue({"tiny2026": replace(study, stimuli=shown)}, tiny.benchmarks), monkeypatch)
    with pytest.raises(InvalidDataError, match=f"{message}.*name one of its regions, as tiny2026.it"):
        images_of_dataset("tiny2026", Locations(tmp_path), Silent())
    assert images_of_dataset("tiny2026.v1", Locations(tmp_path), Silent()).ids == EXPECTED
