"""Refusals: a code of its own for each, by which a program knows it; those that pass say when to ask again."""

import pytest

from brainrank.api.services.access import refusals
from brainrank.api.services.access.refusals import AskAgainError, RefusalError
from brainrank.benchmark.types.errors import UserError

ALL = [each for each in vars(refusals).values() if isinstance(each, type) and issubclass(each, RefusalError)]
RAISED = [each for each in ALL if not each.__subclasses__()]


def test_each_has_a_code_of_its_own_and_is_the_callers_to_mend() -> None:
    assert len({each.code for each in RAISED}) == len(RAISED) == 8
    assert all(issubclass(each, UserError) and each.__doc__ for each in ALL)


@pytest.mark.parametrize("kind", AskAgainError.__subclasses__())
def test_what_may_be_asked_again_says_when(kind: type[AskAgainError]) -> None:
    found = kind("too much", wait_s=30)
    assert (str(found), found.wait_s) == ("too much", 30)
