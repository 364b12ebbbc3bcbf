"""Names as people give them: one, or several."""

from collections.abc import Iterable, Mapping, Set

from brainrank.benchmark.types.errors import UserError


def names_of(given: str | Iterable[str], what: str) -> tuple[str, ...]:
    """The names given, a column of a frame, too, each once, in their order.

    Raises UserError for none, and for what are no names, or in no order.
    """
    listed = isinstance(given, Iterable) and not isinstance(given, str | Mapping | Set)
    names = tuple(given) if listed else (given,) if isinstance(given, str) else ()
    if not names or not all(isinstance(each, str) and each for each in names):
        raise UserError(f"{what}: {given!r} names nothing; give a name, or a list of names")
    return tuple(dict.fromkeys(names))
