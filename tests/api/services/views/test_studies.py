"""Which images readers are shown: those that are here and come under no terms of their own."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_study import tiny_catalogue

from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views import studies
from brainrank.api.services.views.studies import Studies
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.datasets.dataset import Dataset


def looked_at(folder: Path, **changes: object) -> Studies:
    tiny = tiny_catalogue(folder)
    study: Dataset = replace(tiny.datasets["tiny2026"], **changes)
    return Studies(Catalogue({"tiny2026": study}, tiny.benchmarks), Locations(home=folder / "home"))


def test_images_that_are_here_are_shown(tmp_path: Path) -> None:
    found = looked_at(tmp_path)
    assert found.why_hidden("tiny2026", "it") == ""
    assert len(found.stimuli("tiny2026", "it")) == 12
    found.require("tiny2026", "it")


def test_images_that_one_gets_oneself_are_never_shown(tmp_path: Path) -> None:
    found = looked_at(tmp_path, by_hand=frozenset({"it"}))
    assert "under their own terms (CC0)" in found.why_hidden("tiny2026", "it")
    with pytest.raises(NotFoundError, match="under their own terms"):
        found.stimuli("tiny2026", "it")
    assert found.can_be_had("tiny2026", "it")
    assert found.why_hidden("tiny2026", "v1") == ""


@pytest.mark.parametrize(
    ("licence", "shown"),
    [
        *(("CC0", True), ("none stated", False), ("none stated; the raw recordings are OpenNeuro ds004357", False)),
        *(
            ("none stated (trials); CC-BY-4.0 (images)", True),
            ("BY-NC-SA-4.0 (the labels); none stated for the images", False),
        ),
        *(("MIT (the toolbox that carries the files); nothing separate is stated for the images", True),),
    ],
)
def test_images_are_shown_only_under_a_licence(tmp_path: Path, licence: str, shown: bool) -> None:
    tiny = tiny_catalogue(tmp_path).datasets["tiny2026"]
    found = looked_at(tmp_path, card=replace(tiny.card, licence=licence))
    assert (found.why_hidden("tiny2026", "it") == "") == shown


def test_names_that_are_none_are_told_with_those_near_them(tmp_path: Path) -> None:
    found = looked_at(tmp_path)
    with pytest.raises(NotFoundError, match="did you mean tiny2026"):
        found.dataset("tiny2025")
    assert "did you mean it" in found.why_hidden("tiny2026", "itt")


def test_what_cannot_be_read_now_is_tried_again(tmp_path: Path) -> None:
    tiny = tiny_catalogue(tmp_path).datasets["tiny2026"]
    faults = [InvalidDataError("image3.png is cut off")]

    def broken_once(*arguments: object) -> object:
        if faults:
            raise faults.pop()
        return tiny.stimuli(*arguments)

    found = looked_at(tmp_path, stimuli=broken_once)
    with pytest.raises(NotFoundError, match=r"cannot be read here: image3\.png is cut off"):
        found.stimuli("tiny2026", "it")
    assert len(found.stimuli("tiny2026", "it")) == 12


def test_whether_files_are_here_is_looked_up_once_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, here, now = looked_at(tmp_path), [True], [0.0]
    monkeypatch.setattr(Dataset, "is_here", lambda *_: here[0])
    monkeypatch.setattr(studies.time, "monotonic", lambda: now[0])
    assert found.is_here("tiny2026", "it")
    here[0] = False
    now[0] = studies.LOOKED_FOR_EVERY_S - 1
    assert found.is_here("tiny2026", "it")
    now[0] = studies.LOOKED_FOR_EVERY_S
    assert not found.is_here("tiny2026", "it")
    with pytest.raises(NotFoundError, match="are not on this machine"):
        found.require("tiny2026", "it")
    assert "fetched when a model is first scored" in found.why_hidden("tiny2026", "it")
