"""Names as people give them: one, or several."""

from collections.abc import Sequence

from brainrank.benchmark.types.errors import UserError


def names_of(given: str | Sequence[str], what: str) -> tuple[str, ...]:
    """The names given, each once, in their order. Raises UserError for none, and for what are no names."""
    names = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, Sequence) else ()
    if not names or not all(isinstance(each, str) and each for each in names):
        raise UserError(f"{what}: {given!r} names nothing; give a name, or a list of names")
    return tuple(dict.fromkeys(names))
