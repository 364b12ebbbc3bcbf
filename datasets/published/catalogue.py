"""Which published tables there are: the `PUBLICATIONS` of each file in this folder."""

from collections.abc import Mapping

from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.modules import modules_in
from brainrank.datasets.published.scores import Publication

CATALOGUE: Mapping[str, Publication] = {
    each.card.name: each
    for module in modules_in("brainrank.datasets.published")
    if module.__name__ != __name__
    for each in getattr(module, "PUBLICATIONS", ())
}


def publication(name: str) -> Publication:
    """The table of that name. Raises UnknownNameError with the nearest names."""
    if name not in CATALOGUE:
        raise UnknownNameError("published table", name, CATALOGUE)
    return CATALOGUE[name]
