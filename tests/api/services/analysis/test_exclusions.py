"""Which experiment trials are of, by the names of folders and files, and what it leaves out."""

from pathlib import Path

import numpy as np
import pytest

from brainrank.api.services.analysis.exclusions import find_published_exclusion, leave_out
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.trials import BehaviouralAssembly


def trials(*conditions: str) -> BehaviouralAssembly:
    rows = [("ann", f"i{condition}", condition, "cat", "cat") for condition in conditions]
    return BehaviouralAssembly(*(np.array(column) for column in zip(*rows, strict=True)))


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("raw-data/colour", True),
        ("raw-data/Colour/", True),
        ("colour/session/trials.csv", True),
        ("colour_subject-01_session_1.csv", True),
        ("colour.csv", True),
        ("colours/trials.csv", False),
        ("false-colour/trials.csv", False),
        ("my-colour-study.csv", False),
    ],
)
def test_an_experiment_is_known_by_its_folder_or_file(path: str, named: bool) -> None:
    found = find_published_exclusion([Path("other.csv"), Path(path)], trials("bw", "cr"), ())
    assert (found is not None) == named
    if found is not None:
        assert found.conditions == ("cr",)
        assert str(found).endswith("--published colour")


def test_what_is_left_out_or_was_not_shown_needs_no_word() -> None:
    assert find_published_exclusion([Path("colour")], trials("bw"), ()) is None
    assert find_published_exclusion([Path("colour")], trials("bw", "cr"), ("cr",)) is None
    found = find_published_exclusion([Path("contrast")], trials("c100", "c50", "c03", "c01"), ("c03",))
    assert found is not None
    assert found.conditions == ("c100", "c01")


def test_conditions_are_left_out_by_name_and_by_publication() -> None:
    some, excluded = leave_out(trials("c100", "c50", "c30", "c01"), exclude=("c30", "c50", "c30"), published=None)
    assert (some.conditions, excluded) == (("c01", "c100"), ("c30", "c50"))
    some, excluded = leave_out(trials("c100", "c50", "c30"), published="contrast")
    assert (some.conditions, excluded) == (("c30", "c50"), ("c100",))
    with pytest.raises(UnknownNameError, match="Unknown excluded condition 'c31': did you mean c30"):
        leave_out(trials("c50", "c30"), exclude=("c31",))
    with pytest.raises(InvalidDataError, match="none of them: give that experiment's trials"):
        leave_out(trials("c50", "c30"), published="colour")
    with pytest.raises(InvalidDataError, match="No condition is left"):
        leave_out(trials("c100"), published="contrast")
