"""Score models on the variants of benchmarks, and store what comes out as other scores are.

A model's evidence is had once for all variants of a benchmark; of half of the images it is part of that. Scores are
made by the one path (`run`), under the variant's name; what was scored before is found.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from brainrank.api.repositories import models, runs
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.analysis.claims import models_of
from brainrank.api.services.runs.score_models import Machine, find_current
from brainrank.benchmark.claims.claim import AnyClaim, CorrelationClaim
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.image_halves import content_of_images, images_of_half, region_of_half
from brainrank.benchmark.scoring.run import Extracted, RunResult, run
from brainrank.benchmark.scoring.variants import Variant, variants
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.datasets.dataset import LoadedRegion
from brainrank.models_zoo.catalogue import MODELS
from brainrank.models_zoo.own_model import own_model_told


class Refused(NamedTuple):
    """A variant that a model has no score on, or a benchmark that it has none of, and why."""

    model: str
    benchmark: str
    error: BrainrankError


def claimed_benchmarks(claims: Sequence[AnyClaim], catalogue: Catalogue, locations: Locations) -> list[Benchmark]:
    """The benchmarks that claims name, of those that have variants and whose data can be had here."""
    named = {each.name: each for claim in claims for name in claim.on for each in catalogue.select(name)}
    return [each for each in named.values() if variants(each) and catalogue.can_be_had(each, locations)]


def claimed_models(session: Session, claims: Sequence[AnyClaim]) -> list[str]:
    """The models that claims are of: those they name, and all of brainrank's with a score where one names none."""
    named = models_of(claims)
    if all(not isinstance(each, CorrelationClaim) or each.models for each in claims):
        return named
    scored = models.scored_models(session, Viewer(everything=True))
    return list(dict.fromkeys([*named, *(name for name in MODELS if name in scored)]))


class _ExtractedError(Exception):
    """The evidence is there: it is scored on the variants, not on the benchmark itself."""


def score_variants(
    benchmarks: Sequence[Benchmark], specs: Sequence[ModelSpec], machine: Machine, reporter: Reporter
) -> Iterator[Refused]:
    """Score each model on each variant that it has no current score of; yield what could not be scored.

    Raises StorageError where data cannot be written, DataUnavailableError where a benchmark's cannot be had.
    """
    for benchmark in benchmarks:
        region: LoadedRegion | None = None
        for done, spec in enumerate(specs):
            reporter.progress(f"variants of {benchmark.name}", done, len(specs))
            missing = [each for each in variants(benchmark) if find_current(spec, each, machine) is None]
            if missing:
                region = region or machine.catalogue.load(benchmark, machine.locations, reporter)
                yield from _score(spec, benchmark, missing, region, machine, reporter)


def _path(spec: ModelSpec, machine: Machine, reporter: Reporter) -> Callable[..., RunResult]:
    """The scoring path on this machine."""
    return partial(
        run,
        locations=machine.locations,
        device=machine.device,
        reporter=reporter,
        extraction=machine.extraction_of(spec),
    )


def _extracted(
    spec: ModelSpec, benchmark: Benchmark, region: LoadedRegion, machine: Machine, reporter: Reporter
) -> Extracted:
    """A model's evidence on a benchmark's images. Raises as `run`."""
    kept: list[Extracted] = []

    def end(extracted: Extracted) -> None:
        kept.append(extracted)
        raise _ExtractedError

    with suppress(_ExtractedError):
        _path(spec, machine, reporter)(spec, benchmark, region, resolve=machine.resolver(region), after_extraction=end)
    return kept[0]


def _score(
    spec: ModelSpec,
    benchmark: Benchmark,
    missing: Sequence[Variant],
    region: LoadedRegion,
    machine: Machine,
    reporter: Reporter,
) -> Iterator[Refused]:
    try:
        with own_model_told(spec):
            whole = _extracted(spec, benchmark, region, machine, reporter)
    except BrainrankError as error:
        yield Refused(spec.name, benchmark.name, error)
        return
    for each in missing:
        shown, extracted = region, whole
        try:
            if each.half is not None:
                shown = region_of_half(region, each.half)
                content = content_of_images(whole.evidence.content, images_of_half(region, each.half))
                extracted = whole._replace(evidence=whole.evidence._replace(content=content))
            result = _path(spec, machine, reporter)(spec, each, shown, extracted=extracted)
        except BrainrankError as error:
            yield Refused(spec.name, each.name, error)
            continue
        with machine.begin() as session:
            runs.add_succeeded(session, spec, result)
