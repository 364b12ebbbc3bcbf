"""A claim, written down before it is looked up: two sets of models and what is expected of their difference, and where;
or a property of models and what it goes with."""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError

REGISTERED = Path(__file__).with_name("registered")
"""The claims that come with brainrank."""
DIGESTS = "registered.sha256"
KIND = "kind"
CORRELATION, TOGETHER = "correlation", "together"
EVERY = {"statement": str, "source": str, "on": list}
NEEDED = {**EVERY, "first": list, "second": list, "expects": str}
OPTIONAL = {"registered": date, "margin": float}
NEEDED_OF_CORRELATION = {**EVERY, "kind": str, "x": str}
OPTIONAL_OF_CORRELATION = {"registered": date, "besides": str, "models": list, TOGETHER: list}
SEED = re.compile(r"-seed\d+$")


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

    effect_name: ClassVar[str] = "difference"


@dataclass(frozen=True)
class CorrelationClaim:
    """Over models, scores on each of `on` rise with `x`; also where `besides` is held equal, if there is one.

    Both are `parameters`, a benchmark, or `BENCHMARK:DETAIL`, a number told beside its score; `:DETAIL` is that beside
    the score itself. `models` are all that come with brainrank unless named. Seeds of one training are one model, and
    so are those that a list of `together` names.
    """

    name: str
    statement: str
    source: str
    x: str
    besides: str
    models: tuple[str, ...]
    together: tuple[tuple[str, ...], ...]
    on: tuple[str, ...]
    registered: date | None
    digest: str
    expects: Expectation = Expectation.MORE
    margin: float | None = None

    effect_name: ClassVar[str] = "rank correlation"

    def cluster(self, model: str) -> str:
        """What a model is one of: models that were made alike have the same."""
        for each in self.together:
            if model in each:
                return each[0]
        return SEED.sub("", model)


AnyClaim = Claim | CorrelationClaim


def read_claim(path: Path) -> AnyClaim:
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
    if KIND not in found:
        _check_keys(path, found, NEEDED, OPTIONAL)
        return _claim(path, found, digest)
    if found[KIND] != CORRELATION:
        raise InvalidDataError(
            f"{path}: kind is '{found[KIND]}'; give '{CORRELATION}', or no kind for two sets of models"
        )
    _check_keys(path, found, NEEDED_OF_CORRELATION, OPTIONAL_OF_CORRELATION)
    return _correlation(path, found, digest)


def read_claims(files: Sequence[Path]) -> list[AnyClaim]:
    """The claims of some files; those that come with brainrank without any. Raises as `read_claim`."""
    return [read_claim(each) for each in claim_files(files)]


def claim_files(files: Sequence[Path]) -> Sequence[Path]:
    """These files; those of the claims that come with brainrank without any."""
    return files or sorted(REGISTERED.glob("*.toml"))


def registered_claims() -> dict[str, AnyClaim]:
    """The claims that come with brainrank, by name. Raises as `read_claim`."""
    return {each.name: each for each in read_claims(())}


def registered_digests(folder: Path) -> dict[str, str]:
    """The sha256 of registered claims by file name, as `registered.sha256` in their folder has them."""
    path = folder / DIGESTS
    lines = path.read_text().splitlines() if path.is_file() else []
    return {name.strip(): digest for digest, _, name in (line.partition(" ") for line in lines if line)}


def register(path: Path) -> AnyClaim:
    """Write a claim's digest beside it, so that an edit is told from then on. Raises as `read_claim`."""
    claim = read_claim(path)
    if path.name not in registered_digests(path.parent):
        with (path.parent / DIGESTS).open("a") as file:
            file.write(f"{claim.digest}  {path.name}\n")
    return claim


def _check_keys(path: Path, found: dict[str, Any], needed: Mapping[str, type], optional: Mapping[str, type]) -> None:
    for key in found:
        if key not in needed and key not in optional:
            raise UnknownNameError(f"key of a claim ({path})", key, (*needed, *optional))
    for key, kind in (*needed.items(), *optional.items()):
        if key not in found:
            if key in needed:
                raise InvalidDataError(f"{path}: '{key}' is missing; a claim has {', '.join(needed)}")
        elif type(found[key]) is not kind:
            raise InvalidDataError(f"{path}: '{key}' is {type(found[key]).__name__}, not {kind.__name__}")
    lists = [key for key, kind in {**needed, **optional}.items() if kind is list and key in found]
    for key in lists:
        each = [name for group in found[key] for name in group] if _is_nested(found[key]) else found[key]
        if not each or not all(isinstance(name, str) for name in each) or _is_nested(found[key]) != (key == TOGETHER):
            of = "lists of names" if key == TOGETHER else "one name or more, as text"
            raise InvalidDataError(f"{path}: '{key}' is {found[key]}; give {of}")


def _is_nested(names: list[Any]) -> bool:
    return all(isinstance(each, list) for each in names) and bool(names)


def _correlation(path: Path, found: dict[str, Any], digest: str) -> CorrelationClaim:
    return CorrelationClaim(
        path.stem,
        found["statement"],
        found["source"],
        found["x"],
        found.get("besides", ""),
        tuple(dict.fromkeys(found.get("models", ()))),
        tuple(tuple(each) for each in found.get(TOGETHER, ())),
        tuple(dict.fromkeys(found["on"])),
        found.get("registered"),
        digest,
    )


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
