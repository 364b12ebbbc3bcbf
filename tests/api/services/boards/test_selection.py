"""A group is what is at hand of it; a benchmark's own name is just that one, or an error with the way to its files."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.services.boards.selection import (
    ON_THIS_MACHINE,
    WITH_THIS_SERVICE,
    files_remark,
    select,
    select_here,
)
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations

IT, V1 = NAMES


def selected(
    catalogue: Catalogue, *names: str, there: Collection[str] = NAMES
) -> tuple[list[str], set[str], list[str]]:
    found = select(names, catalogue, at_hand=lambda each: each.name in there, place=ON_THIS_MACHINE)
    chosen, without = ([each.name for each in some] for some in (found.benchmarks, found.without_files))
    return chosen, set(found.named), without


def test_a_group_and_all_are_what_is_at_hand(tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path)
    assert selected(catalogue) == ([IT, V1], set(), [])
    assert selected(catalogue, "tiny") == selected(catalogue, "all") == ([IT, V1], set(), [])
    for names in ((), ("tiny",), ("all",), ("tiny", "all")):
        assert selected(catalogue, *names, there=[V1]) == ([V1], set(), [IT])
    assert selected(catalogue, V1, "tiny") == ([V1, IT], {V1}, [])


def test_what_is_named_and_not_at_hand_is_an_error_with_the_way_to_its_files(tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path)
    card = replace(catalogue.datasets["tiny2026"].card, access="by asking: docs/datasets/tiny2026.md")
    catalogue = replace(catalogue, datasets={"tiny2026": replace(catalogue.datasets["tiny2026"], card=card)})
    with pytest.raises(UserError, match=rf"The files of '{IT}' are not on this machine.*tiny2026: by asking: docs/dat"):
        selected(catalogue, IT, there=[V1])
    for names, words in ((["tiny"], "'tiny'"), ([], "any of the benchmarks")):
        with pytest.raises(UserError, match=f"The files of {words} are not with this service.*whoever runs it"):
            select(names, catalogue, at_hand=lambda _: False, place=WITH_THIS_SERVICE)
    with pytest.raises(UnknownNameError, match="did you mean tiny"):
        selected(catalogue, "tinny")


def test_of_the_studies_that_come_with_brainrank_those_without_files_of_ones_own_are_at_hand(tmp_path: Path) -> None:
    locations, catalogue = Locations(home=tmp_path), built_in()
    found = select_here(["v4", "cowley2023.v4-210325.encoding"], catalogue, locations)
    assert {each.dataset for each in found.benchmarks} == {"cowley2023"}
    assert found.named == {"cowley2023.v4-210325.encoding"}
    assert {each.dataset for each in found.without_files} == {"majajhong2015", "nsd", "things_fmri"}
    assert found.remark.startswith(f"{len(found.without_files)} need files that are not on this machine: majajhong2015")
    everything = select_here([], catalogue, locations)
    assert len(everything.benchmarks) + len(everything.without_files) == len(catalogue.benchmarks)
    with pytest.raises(UserError, match="nsd: free after agreeing to its terms, got by hand: docs/datasets/nsd.md"):
        select_here(["nsd.shared.v1.encoding"], catalogue, locations)


def test_a_remark_counts_by_data_set_and_says_nothing_of_nothing() -> None:
    assert files_remark([], ON_THIS_MACHINE) == ""
    remark = files_remark(["nsd", "bold5000", "nsd"], WITH_THIS_SERVICE)
    assert remark == (
        "3 need files that are not with this service: nsd (2), bold5000; docs/datasets says how to get them"
    )
    assert files_remark(["nsd"], ON_THIS_MACHINE).startswith("1 needs files that are not on this machine: nsd;")
