"""Which benchmarks are meant by names: of a group what is at hand, of a benchmark's own name just that one."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import EVERYTHING, Catalogue
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations

# Whether what a benchmark scores against lies here or is fetched when it is first needed.
AtHand = Callable[[Benchmark], bool]


class Place(NamedTuple):
    """Where files have to be, who gets them there, and what tells which benchmarks need none."""

    where: str
    remedy: str
    told_by: str


ON_THIS_MACHINE = Place("on this machine", "must be got by hand", "brainrank benchmarks list")
WITH_THIS_SERVICE = Place("with this service", "must be got by hand by whoever runs it", "its page /benchmarks")


@dataclass(frozen=True)
class Selection:
    """The benchmarks to score on; those of them that were named themselves; and what groups have beyond them.

    `without_files` are benchmarks of the groups that were asked for whose files one must get oneself, and which are
    not in their `place`.
    """

    benchmarks: tuple[Benchmark, ...]
    named: frozenset[str]
    without_files: tuple[Benchmark, ...]
    place: Place

    @property
    def remark(self) -> str:
        """A line on what was left out; empty where nothing was."""
        return files_remark([each.dataset for each in self.without_files], self.place)


def select(names: Sequence[str], catalogue: Catalogue, *, at_hand: AtHand, place: Place) -> Selection:
    """The benchmarks of these names, each of a benchmark, a group or `all`; without names all of them.

    A group is what is at hand of it. Raises UserError, with the way to get the files, for a benchmark that is named
    and not at hand, and for a group of which nothing is; UnknownNameError for another name.
    """
    chosen, without = dict[str, Benchmark](), dict[str, Benchmark]()
    for name in names or [EVERYTHING]:
        found = catalogue.select(name)
        there = {each.name: each for each in found if at_hand(each)}
        if not there:
            raise UserError(_none_at_hand(name, found, catalogue, place))
        chosen |= there
        without |= {each.name: each for each in found if each.name not in there}
    named = frozenset(filter(catalogue.has, names))
    return Selection(tuple(chosen.values()), named, tuple(without.values()), place)


def select_here(names: Sequence[str], catalogue: Catalogue, locations: Locations) -> Selection:
    """The benchmarks of these names that can be scored on this machine; errors as of `select`."""
    return select(names, catalogue, at_hand=partial(catalogue.can_be_had, locations=locations), place=ON_THIS_MACHINE)


def files_remark(datasets: Sequence[str], place: Place) -> str:
    """A line on benchmarks of these data sets that were left out, one entry each; empty where there are none."""
    if not datasets:
        return ""
    counts = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in Counter(datasets).items())
    verb = "needs" if len(datasets) == 1 else "need"
    return f"{len(datasets)} {verb} files that are not {place.where}: {counts}; docs/datasets says how to get them"


def _none_at_hand(name: str, found: Sequence[Benchmark], catalogue: Catalogue, place: Place) -> str:
    what = "any of the benchmarks" if name == EVERYTHING else f"'{name}'"
    ways = (f"{study}: {catalogue.dataset(study).card.access}." for study in dict.fromkeys(e.dataset for e in found))
    return (
        f"The files of {what} are not {place.where}, and {place.remedy}. {' '.join(ways)} "
        f"What needs no such files: {place.told_by}"
    )
