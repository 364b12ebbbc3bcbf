"""Names of what a module puts out: `MODULE[#CALL][:KEY...][:POOLING]`, as in `relu#2`, `encoder:0`, `head:logits:mean`.

A call is numbered where the module runs more than once in a forward pass; a key leads into a tuple, list, dictionary or
dataclass. What stands behind the last colon is a pooling if it is one of POOLING_NAMES: a key that is called like one
needs the pooling behind it (`head:mean:flatten`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

POOLING_NAMES = ("flatten", "mean", "cls")
CALL, KEY = "#", ":"


def parts(output: object) -> Iterator[tuple[str, object]]:
    """Yield each thing inside an output, at any depth, behind the keys that lead to it (`:0:hidden`).

    An output that holds nothing by key is the only one, behind ''. None is nothing.
    """
    inside = _inside(output)
    if inside is None:
        yield "", output
        return
    for key, value in inside:
        if value is not None:
            for rest, each in parts(value):
                yield f"{KEY}{key}{rest}", each


def kind_of(output: object) -> str:
    """What an output that is no tensor is called in a message: what it says of itself (`told`), else its type."""
    return str(getattr(output, "told", type(output).__name__))


def output_name(module: str, call: int, part: str) -> str:
    """The name of a part of what a module puts out; `call` is 0 where the module runs once."""
    return f"{module}{f'{CALL}{call}' if call else ''}{part}"


def layer_name(output: str, part: str) -> str:
    """The output's name as a layer is asked for: with the pooling where the last key is called like one."""
    return f"{output}{KEY}flatten" if part.rpartition(KEY)[2] in POOLING_NAMES else output


def _inside(output: object) -> Iterator[tuple[object, object]] | None:
    """What an output holds by key; None where it is one thing."""
    if isinstance(output, Mapping):
        return iter(output.items())
    if isinstance(output, tuple | list):
        return iter(enumerate(output))
    if is_dataclass(output) and not isinstance(output, type):
        return iter([(field.name, getattr(output, field.name)) for field in fields(output)])
    return None
