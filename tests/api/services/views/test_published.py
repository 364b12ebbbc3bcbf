"""Published tables for readers: found, filtered, sorted, and nothing fetched because somebody looks."""

import math
from pathlib import Path

import pytest

from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.published import AXES, Wanted, line_row, load_table, published_lines, select
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.published.scores import PublishedLine, PublishedModel

LINES = [
    PublishedLine(PublishedModel("a", family="ResNet", objective="simclr", samples_seen=5.0), {"V1": 0.1}),
    PublishedLine(PublishedModel("b", family="ViT", training_data="ecoset", parameters=7.0), {"V1": math.nan}),
    PublishedLine(PublishedModel("c", family="ResNet", seed=2), {"V1": 0.3}),
]


def names(wanted: Wanted) -> list[str]:
    return [each.model.name for each in select(LINES, wanted)]


def test_lines_are_chosen_by_words_and_sorted_by_score_those_without_last() -> None:
    assert names(Wanted()) == ["a", "b", "c"]
    assert names(Wanted(benchmark="V1")) == ["c", "a", "b"]
    assert names(Wanted(text="ECOset")) == ["b"]
    assert names(Wanted(family="ResNet", objective="simclr")) == ["a"]


def test_an_axis_is_what_the_table_tells() -> None:
    assert AXES["samples_seen"].of(LINES[0].model) == 5.0
    assert AXES["parameters"].of(LINES[1].model) == 7.0


def test_a_row_is_flat() -> None:
    row = line_row(LINES[2])
    assert (row["model"], row["seed"], row["V1"]) == ("c", 2, 0.3)
    assert "name" not in row


def test_a_table_that_is_not_here_has_no_lines_until_it_is(tmp_path: Path, mirror: Path) -> None:
    with pytest.raises(NotFoundError, match="gokce2024"):
        published_lines("gokce", Locations(tmp_path))
    assert published_lines("gokce2024", Locations(tmp_path)) == ()
    assert len(published_lines("gokce2024", Locations(tmp_path, mirror=mirror))) == 993


def test_a_damaged_file_is_not_here(tmp_path: Path, mirror: Path) -> None:
    found, lines = load_table("gokce2024", Locations(tmp_path, mirror=mirror), Silent())
    assert found is not None
    assert len(lines) == 993
    place = tmp_path / "github" / "epflneuroailab" / "scaling-primate-vvs"
    damaged = place / found.card.files[0].sources[0].partition("@")[2].replace(":", "/")
    damaged.parent.mkdir(parents=True)
    damaged.write_text("model_id,score\n")
    assert published_lines("gokce2024", Locations(tmp_path / "home", mirror=tmp_path)) == ()


def test_a_file_of_ones_own_has_no_card(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("model,V1\na,.5\n")
    found, lines = load_table(str(path), Locations(tmp_path), Silent())
    assert found is None
    assert lines[0].scores == {"V1": 0.5}
