"""A claim: two sets of models, what is expected of their difference, and where; written down before it is looked up."""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError

REGISTERED = Path(__file__).with_name("registered")
"""The claims that come with brainrank."""
DIGESTS = "registered.sha256"
NEEDED = {"statement": str, "source": str, "first": list, "second": list, "expects": str, "on": list}
OPTIONAL = {"registered": date, "margin": float}


class Expectation(StrEnum):
    """Of the first models less the second: more than nothing, or within a margin of it."""

    MORE = "more"
    ALIKE = "alike"


@dataclass(frozen=True)
class Claim:
    """The models of `first` are more like brains and people than those of `second`, or as alike within `margin`.

    `on` are benchmarks, or groups of them; `registered` the day it was written down, and `digest` the sha256 of its
    file. Models of one side stand for one thing, such as the seeds of a training.
    """

    name: str
    statement: str
    source: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    expects: Expectation
    on: tuple[str, ...]
    margin: float | None
    registered: date | None
    digest: str


def read_claim(path: Path) -> Claim:
    """Read a claim from its TOML file.

    Raises UserError where there is no file, or it was edited after its digest was written into `registered.sha256`
    beside it; InvalidDataError, naming the key, for what is no claim.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}; a claim is a TOML file (docs/how-to/claims.md)")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    known = registered_digests(path.parent).get(path.name)
    if known is not None and known != digest:
        raise UserError(
            f"{path} was edited after it was registered: its sha256 is {digest[:12]}..., registered {known[:12]}...; "
            "restore it, or write the new claim into a file of another name"
        )
    try:
        found = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidDataError(f"{path} is no TOML file ({error})") from error
    _check_keys(path, found)
    return _claim(path, found, digest)


def read_claims(files: Sequence[Path]) -> list[Claim]:
    """The claims of some files; those that come with brainrank without any. Raises as `read_claim`."""
    return [read_claim(each) for each in claim_files(files)]


def claim_files(files: Sequence[Path]) -> Sequence[Path]:
    """These files; those of the claims that come with brainrank without any."""
    return files or sorted(REGISTERED.glob("*.toml"))


def registered_claims() -> dict[str, Claim]:
    """The claims that come with brainrank, by name. Raises as `read_claim`."""
    return {each.name: each for each in read_claims(())}


def registered_digests(folder: Path) -> dict[str, str]:
    """The sha256 of registered claims by file name, as `registered.sha256` in their folder has them."""
    path = folder / DIGESTS
    lines = path.read_text().splitlines() if path.is_file() else []
    return {name.strip(): digest for digest, _, name in (line.partition(" ") for line in lines if line)}


def register(path: Path) -> Claim:
    """Write a claim's digest beside it, so that an edit is told from then on. Raises as `read_claim`."""
    claim = read_claim(path)
    if path.name not in registered_digests(path.parent):
        with (path.parent / DIGESTS).open("a") as file:
            file.write(f"{claim.digest}  {path.name}\n")
    return claim


def _check_keys(path: Path, found: dict[str, Any]) -> None:
    for key in found:
        if key not in NEEDED and key not in OPTIONAL:
            raise UnknownNameError(f"key of a claim ({path})", key, (*NEEDED, *OPTIONAL))
    for key, kind in (*NEEDED.items(), *OPTIONAL.items()):
        if key not in found:
            if key in NEEDED:
                raise InvalidDataError(f"{path}: '{key}' is missing; a claim has {', '.join(NEEDED)}")
        elif type(found[key]) is not kind:
            raise InvalidDataError(f"{path}: '{key}' is {type(found[key]).__name__}, not {kind.__name__}")
    for key in ("first", "second", "on"):
        if not found[key] or not all(isinstance(each, str) for each in found[key]):
            raise InvalidDataError(f"{path}: '{key}' is {found[key]}; give one name or more, as text")


def _claim(path: Path, found: dict[str, Any], digest: str) -> Claim:
    both = set(found["first"]) & set(found["second"])
    if both:
        raise InvalidDataError(f"{path}: {', '.join(sorted(both))} stands on both sides; a model is first or second")
    if found["expects"] not in tuple(Expectation):
        raise InvalidDataError(f"{path}: expects is '{found['expects']}'; choose from {', '.join(Expectation)}")
    expects, margin = Expectation(found["expects"]), found.get("margin")
    if (expects is Expectation.ALIKE) != (margin is not None):
        raise InvalidDataError(f"{path}: a margin is needed where {Expectation.ALIKE} is expected, and only there")
    if margin is not None and not 0 < margin < 1:
        raise InvalidDataError(f"{path}: margin is {margin}; give a difference of scores between 0 and 1")
    return Claim(
        path.stem,
        found["statement"],
        found["source"],
        tuple(dict.fromkeys(found["first"])),
        tuple(dict.fromkeys(found["second"])),
        expects,
        tuple(dict.fromkeys(found["on"])),
        margin,
        found.get("registered"),
        digest,
    )
