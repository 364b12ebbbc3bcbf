"""`dataset.toml`: what a package says of itself, read part by part, so that one fault hides no other."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from brainrank.benchmark.types.errors import InvalidDataError, first_line
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.timed_assemblies import check_times
from brainrank.datasets.package.faults import Fault
from brainrank.datasets.package.file_names import inside_path
from brainrank.datasets.package.plain_values import odd_values
from brainrank.datasets.readers.axes import AXES_RULE, are_axes

DESCRIPTION = "dataset.toml"
STIMULI = "stimuli.csv"
MOST_BYTES, MOST_TABLES = 2**20, 200
MEASURES = (Measure.RESPONSES, Measure.RDMS, Measure.TRIALS, Measure.TRIPLETS)
"""Of the files that a region names, by their keys."""
MEASURED = (*MEASURES, Measure.TIMED_RESPONSES, Measure.TIMED_RDMS)
"""What a region may have measured."""
FULL_CIRCLE = 360.0


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
ShortText = Annotated[str, StringConstraints(max_length=60)]
FilePath = Annotated[str, AfterValidator(inside_path)]
Told = bool | int | float | str


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Card(_Part):
    """Whose data these are, and what one may do with them."""

    name: Name
    title: Text
    citation: Text
    licence: Text
    access: Text
    visual_degrees: Annotated[float, Field(gt=0, le=FULL_CIRCLE, allow_inf_nan=False)] | None = None


class RegionFiles(_Part):
    """A region (area, group of people, experiment): what was shown, and the one file of what was measured.

    `axes` are those of `responses`; None is stimuli, (repeats,) targets. `times_ms` are the times, from stimulus onset,
    at which responses or RDMs were measured. `mask` marks where the targets of `responses` lie, in a `space` that
    subjects share where it has a name, and else in the subject's own; `mesh` is the surface that a mask is of.
    `pooled` RDMs are of all subjects together. `preprocessing` says how what was measured was made, and is shown.
    """

    name: Name
    stimuli: FilePath = STIMULI
    responses: FilePath | None = None
    axes: list[Literal["stimuli", "repeats", "targets", "times"]] | None = None
    times_ms: list[float] | None = None
    targets: FilePath | None = None
    mask: FilePath | None = None
    mesh: FilePath | None = None
    space: ShortText | None = None
    rdms: FilePath | None = None
    pooled: bool = False
    trials: FilePath | None = None
    triplets: FilePath | None = None
    preprocessing: dict[ShortText, Told | list[Told]] = {}

    @model_validator(mode="after")
    def _one_measure(self) -> "RegionFiles":
        given = [key for key in MEASURES if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"has {' and '.join(given) or 'no measurement'}; give one of {', '.join(MEASURES)}")
        if self.responses is None and any(each is not None for each in (self.axes, self.targets, self.mask)):
            raise ValueError("axes, targets and mask belong to responses, which are not given")
        if self.mask is None and (self.space is not None or self.mesh is not None):
            raise ValueError("space and mesh are those of a mask, which is not given")
        if self.mask is not None and self.times_ms is not None:
            raise ValueError("mask is for maps, which responses over time do not have; leave one of the two out")
        if self.rdms is None and self.pooled:
            raise ValueError("pooled belongs to rdms, which are not given")
        if self.axes is not None and not are_axes(self.axes):
            raise ValueError(f"axes are {AXES_RULE}")
        self._check_times()
        return self

    def _check_times(self) -> None:
        if self.times_ms is None:
            if self.axes is not None and "times" in self.axes:
                raise ValueError("axes name times; give times_ms, the time of each in ms from stimulus onset")
            return
        if self.responses is None and self.rdms is None:
            raise ValueError("times_ms belongs to responses or rdms, which are not given")
        if self.axes is not None and "times" not in self.axes:
            raise ValueError("times_ms is given, and axes name no times; say which axis they are")
        if self.pooled:
            raise ValueError("pooled RDMs have no times here; give each subject's")
        try:
            check_times(np.array(self.times_ms), self.name)
        except InvalidDataError as error:
            raise ValueError(str(error)) from error

    @property
    def preprocessing_text(self) -> str:
        """How what was measured was made, in a line."""
        return ", ".join(
            f"{name} {' to '.join(map(str, value)) if isinstance(value, list) else value}"
            for name, value in self.preprocessing.items()
        )

    @property
    def key(self) -> str:
        """The key of the file of what was measured."""
        return next(key for key in MEASURES if getattr(self, key) is not None)

    @property
    def measure(self) -> Measure:
        """What it has."""
        return measure_named(self.key, timed=self.times_ms is not None)

    @property
    def files(self) -> tuple[str, ...]:
        """The files it names."""
        measured = (self.responses, self.targets, self.mask, self.mesh, self.rdms, self.trials, self.triplets)
        return (self.stimuli, *(file for file in measured if file is not None))


def measure_named(key: str, *, timed: bool) -> Measure:
    """What a file under a key measures, at many times or at none."""
    return Measure(f"timed-{key}") if timed else Measure(key)


class Declaration(_Part):
    """A benchmark on a region, as the package declares it."""

    region: ShortText
    metric: ShortText
    group: Name = "own"
    title: Text | None = None
    parameters: dict[str, Any] = {}


class Description(NamedTuple):
    """The parts of `dataset.toml` that are well formed; the card is None where it is not."""

    card: Card | None
    regions: tuple[RegionFiles, ...]
    benchmarks: tuple[Declaration, ...]


class ReadDescription(NamedTuple):
    """A description and what is wrong with it."""

    description: Description
    faults: tuple[Fault, ...]


def read_description(folder: Path) -> ReadDescription:
    """Read the `dataset.toml` of a folder. Nothing is raised for its content: faults are returned."""
    nothing = Description(None, (), ())
    try:
        content = tomllib.loads(_text_of(folder / DESCRIPTION))
    except FileNotFoundError:
        return ReadDescription(nothing, (Fault(DESCRIPTION, "missing; write one with: brainrank dataset init DIR"),))
    except (OSError, ValueError, RecursionError) as error:  # of TOML, of UTF-8, of numbers with thousands of digits
        return ReadDescription(nothing, (Fault(DESCRIPTION, f"not readable as TOML: {first_line(error)}"),))
    faults = [Fault(DESCRIPTION, text) for text in odd_values(content)]
    if faults:
        return ReadDescription(nothing, tuple(faults))
    tables = {key: content.pop(key, []) for key in ("regions", "benchmarks")}
    for key, table in tables.items():
        if not isinstance(table, list) or not table or not all(isinstance(each, dict) for each in table):
            faults.append(Fault(DESCRIPTION, f"needs {key}, each under a heading with two brackets on either side"))
            tables[key] = []
        elif len(table) > MOST_TABLES:
            faults.append(Fault(DESCRIPTION, f"has {len(table)} {key}, and at most {MOST_TABLES} are read"))
            tables[key] = []
    description = Description(
        next(_parse(Card, [content], "", faults), None),
        tuple(_parse(RegionFiles, tables["regions"], "region", faults)),
        tuple(_parse(Declaration, tables["benchmarks"], "benchmark", faults)),
    )
    regions = [str(each.get("name")) for each in tables["regions"]]
    faults.extend(_across(description, regions))
    return ReadDescription(description, tuple(faults))


def _text_of(path: Path) -> str:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(f"it has {size:,} bytes, and at most {MOST_BYTES:,} are read")
    return path.read_text(encoding="utf-8-sig")


Part = TypeVar("Part", bound=_Part)


def _parse(kind: type[Part], tables: Sequence[Mapping[str, Any]], noun: str, faults: list[Fault]) -> Iterator[Part]:
    for number, table in enumerate(tables, start=1):
        try:
            yield kind.model_validate(table)
        except ValidationError as error:
            where = f"{noun} {number}" if noun else ""
            faults.extend(Fault(DESCRIPTION, _fault_text(each, where, kind)) for each in error.errors())


def _fault_text(error: Any, where: str, kind: type[BaseModel]) -> str:
    """One of pydantic's errors in the words of this file."""
    key = " ".join(str(part + 1 if isinstance(part, int) else part) for part in error["loc"])
    place = ", ".join(part for part in (where, key) if part)
    if error["type"] == "extra_forbidden":
        near = get_close_matches(key, kind.model_fields, n=1)
        return f"{place}: unknown key; {f'did you mean {near[0]}?' if near else 'its keys are ' + _keys(kind)}"
    if error["type"] == "missing":
        return f"{place}: missing"
    if error["type"] == "string_pattern_mismatch":
        return f"{place}: '{error['input']}' must be lower-case letters and digits joined by hyphens, such as my-v4"
    if error["type"] == "value_error":
        found = "" if isinstance(error["input"], dict) else f"'{error['input']}': "
        return f"{place}: {found}{error['ctx']['error']}"
    return f"{place}: {error['input']!r}: {error['msg'].removeprefix('Input ')}"


def _keys(kind: type[BaseModel]) -> str:
    return ", ".join(kind.model_fields)


def _across(description: Description, regions: Sequence[str]) -> Iterator[Fault]:
    """Names that occur twice, and benchmarks on regions that are not there."""
    names = [region.name for region in description.regions]
    pairs = [f"{each.metric} of {each.region}" for each in description.benchmarks]
    for noun, found in (("region", names), ("benchmark", pairs)):
        for name in sorted({name for name in found if found.count(name) > 1}):
            yield Fault(DESCRIPTION, f"{noun} {name} is declared {found.count(name)} times; keep one")
    for each in description.benchmarks:
        if each.region not in regions:
            hint = get_close_matches(each.region, regions, n=1)
            remedy = f"did you mean {hint[0]}?" if hint else f"the regions are {', '.join(regions) or 'none'}"
            yield Fault(
                DESCRIPTION,
                f"benchmark {each.metric} of {each.region}: unknown region; {remedy}",
            )
