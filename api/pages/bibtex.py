"""Entries for a list of references: of a study as its card cites it, of a board, and of brainrank itself."""

import re
from collections.abc import Mapping
from importlib.metadata import version

from brainrank.benchmark.types.dataset_card import DatasetCard

# Authors (year). Title. The rest: as cards write it.
CITATION = re.compile(
    r"^(?P<author>.+?) \((?P<year>\d{4})[a-z]?\)[.,] (?P<title>[^.?!]+[.?!]) (?P<rest>.+)$", re.DOTALL
)
DOI = re.compile(r"\b10\.\d{4,9}/[^\s,;()]+[^\s,;().]")
ARXIV = re.compile(r"\barXiv[: ](\d{4}\.\d{4,5})")
# What styles print as it is.
ADDRESSES = ("url", "doi", "eprint")
SPECIAL = re.compile(r"([&%$#_{}])")


def study_entry(card: DatasetCard) -> str:
    """A study; where its citation has another form, it stands in the note as it is."""
    found = CITATION.match(card.citation)
    fields = {"title": card.title, "note": card.citation}
    if found is not None:
        authors = re.sub(r",? (?:&|and) ", ", ", found["author"]).replace(" et al", ", others")
        fields = {
            "author": " and ".join(re.split(r", ", authors)),
            "year": found["year"],
            "title": found["title"].rstrip("."),
            "note": found["rest"],
        }
    if (doi := DOI.search(card.citation)) is not None:
        fields["doi"] = doi[0]
    if (arxiv := ARXIV.search(card.citation)) is not None:
        fields |= {"eprint": arxiv[1], "archivePrefix": "arXiv"}
    return entry(card.name, fields)


def board_entry(name: str, *, day: str, address: str, digest: str) -> str:
    """A board as of the end of a day."""
    return entry(
        f"brainrank-{name}-{day}",
        {
            "title": f"brainrank leaderboard: {name}, as of {day}",
            "year": day[:4],
            "url": address,
            "note": f"brainrank {version('brainrank')}, sha256 of the scores {digest}",
        },
    )


def entry(key: str, fields: Mapping[str, str]) -> str:
    """An entry of the kind misc, which every style knows."""
    told = {name: value if name in ADDRESSES else SPECIAL.sub(_escaped, value) for name, value in fields.items()}
    lines = [f"  {name} = {{{value}}}," for name, value in told.items()]
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[1]}"
