"""On what models are to be scored: benchmarks and groups by name, and data of one's own in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from brainrank.benchmark.types.errors import UserError

if TYPE_CHECKING:
    from brainrank.benchmark.scoring.benchmarks import Benchmark
    from brainrank.benchmark.scoring.catalogue import Catalogue
    from brainrank.benchmark.types.locations import Locations


class Choice(NamedTuple):
    """Benchmarks and groups by their names, all without any, and the catalogue that has their data."""

    catalogue: "Catalogue"
    names: tuple[str, ...]

    def by_metric(self, metrics: "Sequence[str]") -> "Choice":
        """The same regions by these metrics. Raises UnknownNameError, and InvalidDataError for one that fits none."""
        return Choice(self.catalogue.by_metric(metrics, self.names), ())

    @property
    def benchmarks(self) -> "list[Benchmark]":
        """All that the names mean, each once, whether at hand or not. Raises UnknownNameError."""
        found = (each for name in self.names or (None,) for each in self.catalogue.select(name))
        return list({each.name: each for each in found}.values())


def chosen_benchmarks(given: Any, locations: "Locations") -> Choice:
    """The benchmarks given: one, a group, data of one's own, or several of these; without any, all.

    Raises UserError for what names nothing.
    """
    from brainrank.api.services.views.open_catalogue import open_catalogue
    from brainrank.benchmark.scoring.catalogue import Catalogue

    several = _several(given)
    own = [each for each in several if not isinstance(each, str)]
    known = Catalogue({}, {}) if own and len(own) == len(several) else open_catalogue(locations)
    names = [name for each in own for name in each.catalogue.datasets]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"Two data sets are called '{name}'; give each its own: br.data(..., name=NAME)")
    # What is given takes the place of an added package of its name, with all of that one's benchmarks.
    datasets = dict(known.datasets)
    benchmarks = {name: each for name, each in known.benchmarks.items() if each.dataset not in names}
    for each in own:
        datasets |= each.catalogue.datasets
        benchmarks |= each.catalogue.benchmarks
    wanted = (name for each in several for name in ((each,) if isinstance(each, str) else each.benchmarks))
    return Choice(Catalogue(datasets, benchmarks), tuple(wanted))


def _several(given: Any) -> list[Any]:
    if given is None:
        return []
    several = [given] if isinstance(given, str) or is_own_data(given) else _list_of(given)
    if not several or not all((isinstance(each, str) and each) or is_own_data(each) for each in several):
        raise UserError(
            f"benchmarks: {given!r} names no benchmark; give the name of one or of a group, as 'it', data that br.data "
            "made, or a list of these; br.benchmarks() has the names"
        )
    return several


def _list_of(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Iterable) and not isinstance(given, Mapping) else []


def is_own_data(given: Any) -> bool:
    """Whether it brings a catalogue of its own with the names of its benchmarks."""
    from brainrank.benchmark.scoring.catalogue import Catalogue

    return isinstance(getattr(given, "catalogue", None), Catalogue) and hasattr(given, "benchmarks")
