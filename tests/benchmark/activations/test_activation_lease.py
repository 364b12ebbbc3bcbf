"""How often who waits for a lease looks at it, told by a clock of the test's own."""

from collections import Counter
from pathlib import Path

import pytest

from brainrank.benchmark.activations import activation_lease
from brainrank.benchmark.activations.activation_lease import hold_lease
from brainrank.benchmark.activations.blobs import Blobs
from brainrank.benchmark.types.reporter import Holder

MINUTE_S = 60.0


class EndError(Exception):
    """A minute is over."""


class Clock:
    """What the module has for `time`: it passes while somebody sleeps, and no longer."""

    def __init__(self) -> None:
        self.now, self.longest_s = 0.0, 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.longest_s = max(self.longest_s, seconds)


class BeatingBlobs(Blobs):
    """A lease that another holds and renews; counts what is asked for, as an object store or as a folder."""

    def __init__(self, folder: Path, clock: Clock, *, objects: bool) -> None:
        super().__init__(folder)
        self.asked, self._clock = Counter[str](), clock
        if objects:
            self.folder = None

    def create(self, name: str, content: bytes) -> bool:
        self.asked["create"] += 1
        return False

    def read(self, name: str) -> bytes | None:
        self.asked["read"] += 1
        return b'{"host": "elsewhere", "process": 7, "beat": "%d"}' % (self._clock.now // 5)


@pytest.mark.parametrize(("objects", "least", "most"), [(True, 12, 24), (False, 95, 165)])
def test_a_minute_of_waiting_costs_an_object_store_few_requests_and_hears_every_fifth_of_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, objects: bool, least: int, most: int
) -> None:
    clock = Clock()
    monkeypatch.setattr(activation_lease, "time", clock)
    blobs, holders = BeatingBlobs(tmp_path, clock, objects=objects), set[Holder]()

    def waiting(holder: Holder) -> None:
        holders.add(holder)
        if clock.now >= MINUTE_S:
            raise EndError

    with pytest.raises(EndError), hold_lease(blobs, "aa/lease", waiting=waiting):
        pytest.fail("it is another's")
    assert least <= blobs.asked.total() <= most
    assert blobs.asked["create"] == 1
    assert holders == {Holder("elsewhere", 7)}
    assert clock.longest_s <= 0.2


def test_those_who_began_together_look_at_different_times_in_the_end(tmp_path: Path) -> None:
    first, second = activation_lease._pauses(5.0), activation_lease._pauses(5.0)
    ones, others = ([next(each) for _ in range(20)] for each in (first, second))
    assert ones != others
    assert 0.15 <= ones[0] <= 0.25
    assert all(3.75 <= each <= 6.25 for each in ones[6:])
