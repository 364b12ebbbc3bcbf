"""Section: a part of the site that the head of every page leads to."""

from typing import NamedTuple


class Section(NamedTuple):
    """Its place among the others, its address, and its name."""

    place: int
    address: str
    name: str
