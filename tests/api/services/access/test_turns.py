"""Turns: a few at a time, one for each owner, and no queue without end."""

from contextlib import suppress

import anyio
import pytest

from brainrank.api.services.access.refusals import TooManyAtOnceError
from brainrank.api.services.access.turns import Turns


class Seen:
    """Who was at it together with whom."""

    def __init__(self) -> None:
        self.now, self.together = list[str](), list[tuple[str, ...]]()

    async def work(self, turns: Turns, owner: str) -> None:
        async with turns.of(owner):
            self.now.append(owner)
            self.together.append(tuple(self.now))
            await anyio.sleep(0.01)
            self.now.remove(owner)


def test_two_at_a_time_and_never_two_of_one_owner() -> None:
    seen, turns = Seen(), Turns(2)

    async def all_at_once() -> None:
        async with anyio.create_task_group() as tasks:
            for owner in "aaaabcd":
                tasks.start_soon(seen.work, turns, owner)

    anyio.run(all_at_once)
    assert sorted(each[-1] for each in seen.together) == list("aaaabcd")
    assert max(map(len, seen.together)) == 2
    assert all(len(set(each)) == len(each) for each in seen.together)
    assert {each[-1] for each in seen.together[:4]} >= {"b", "c"}, "one who asks for much does not stand in the way"


def test_too_many_are_told_to_come_again_and_a_place_is_free_afterwards() -> None:
    seen, turns, refused = Seen(), Turns(1, most_waiting=2), list[int]()

    async def ask() -> None:
        try:
            await seen.work(turns, "a")
        except TooManyAtOnceError as error:
            refused.append(error.wait_s)

    async def six_and_one_more() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(6):
                tasks.start_soon(ask)
        await ask()

    anyio.run(six_and_one_more)
    assert (len(seen.together), refused) == (4, [60, 60, 60])


def test_who_leaves_while_waiting_gives_the_place_back() -> None:
    seen, turns = Seen(), Turns(1, most_waiting=0)

    async def leave_and_come() -> None:
        with suppress(TimeoutError), anyio.fail_after(0.001):
            await seen.work(turns, "a")
        await seen.work(turns, "a")

    anyio.run(leave_and_come)
    with pytest.raises(TooManyAtOnceError, match="wait to be checked already"):
        anyio.run(_held, Turns(0, most_waiting=0))


async def _held(turns: Turns) -> None:
    async with turns.of("a"):
        pass
