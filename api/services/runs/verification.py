"""Score a run again from its receipt, and say whether the number is the same to the last bit."""

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from brainrank.api.score_json import ScoreJson, score_json
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.activations import Extraction
from brainrank.benchmark.types.errors import BrainrankError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.receipt import RECORDED, Receipt, kind_of_device
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.own_model import own_model_told

_RECEIPT = TypeAdapter(Receipt)
NUMBERS = ("value", "low", "high", "ceiling_lower", "ceiling_upper")


@dataclass(frozen=True)
class Claim:
    """What is to be verified: a receipt, and the numbers that came out, NaN where undefined."""

    receipt: Receipt
    numbers: Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """What came out now, beside what was claimed; `reason` says why nothing could, and `differences` what else changed.

    A difference is what the receipts say of one thing, then and now.
    """

    claim: Claim
    numbers: Mapping[str, float]
    differences: Mapping[str, tuple[str, str]]
    reason: str = ""

    @property
    def is_same(self) -> bool:
        """Whether every number is the same to the last bit; an undefined one is the same as an undefined one."""
        return not self.reason and all(_is_same(self.claim.numbers[name], self.numbers[name]) for name in NUMBERS)


def read_claim(content: Mapping[str, Any]) -> Claim:
    """The claim in a run as JSON, as /v1/runs/NUMBER and `brainrank runs show NUMBER --json` tell it.

    Raises InvalidDataError for anything else.
    """
    score, receipt = content.get("score"), content.get("receipt")
    told = score if isinstance(score, Mapping) else content
    if "value" not in told or not isinstance(receipt, Mapping):
        raise InvalidDataError(
            "This is no run with a score and its receipt; give what /v1/runs/NUMBER answers, or "
            "brainrank runs show NUMBER --json"
        )
    try:
        return Claim(_RECEIPT.validate_python(receipt), _numbers(ScoreJson.model_validate(told)))
    except ValidationError as error:
        lacking = ", ".join(str(each["loc"][-1]) for each in error.errors()[:5])
        raise InvalidDataError(
            f"The run is not one of this edition of brainrank (at fault: {lacking}); verify it with the version that "
            "made it"
        ) from error


def _numbers(score: ScoreJson) -> Mapping[str, float]:
    found = (score.value, score.interval.low, score.interval.high, score.ceiling.lower, score.ceiling.upper)
    return {name: math.nan if each is None else each for name, each in zip(NUMBERS, found, strict=True)}


def verify(
    claim: Claim,
    catalogue: Catalogue,
    *,
    locations: Locations,
    extraction: Extraction,
    reporter: Reporter,
    spec: ModelSpec | None = None,
) -> Verdict:
    """Score again: images, metric and revision of the model must be those of the receipt, and the network runs anew.

    `spec` is the model where it is known, else it is found by its name. Devices are those of the receipt; activations
    go to a store of their own, which is removed. A verdict with a reason is what cannot be scored here.
    """
    receipt = claim.receipt
    device = "cpu" if receipt.device == RECORDED else kind_of_device(receipt.device)
    scoring = kind_of_device(receipt.scored_on) or "cpu"
    try:
        spec, benchmark = _model(receipt, spec), _benchmark(receipt, catalogue)
        region = catalogue.load(benchmark, locations, reporter)
        if region.stimuli.digest != receipt.stimuli_digest:
            raise InvalidDataError(
                f"The images of {benchmark.dataset} here are others than those that were scored (digest "
                f"{region.stimuli.digest[:12]}, not {receipt.stimuli_digest[:12]})"
            )
        with tempfile.TemporaryDirectory(prefix="brainrank-verify-") as folder:
            own = replace(extraction, precision=receipt.precision, store_url=folder)
            with own_model_told(spec):
                made = run(
                    spec,
                    benchmark,
                    region,
                    locations=locations,
                    device=device,
                    reporter=reporter,
                    extraction=own,
                    score_on=scoring,
                )
    except BrainrankError as error:
        return Verdict(claim, dict.fromkeys(NUMBERS, math.nan), {}, str(error))
    return Verdict(claim, _numbers(score_json(made.score)), _differences(receipt, made.receipt))


def _model(receipt: Receipt, known: ModelSpec | None) -> ModelSpec:
    """The model of the receipt. Raises UnknownNameError, and InvalidDataError where it is another revision by now."""
    spec = known or find_model(receipt.model)
    if spec.digest != receipt.spec_digest:
        raise InvalidDataError(
            f"{receipt.model} is another revision here than the one that was scored (digest {spec.digest[:12]}, not "
            f"{receipt.spec_digest[:12]}); it was {receipt.source}"
        )
    return spec


def _benchmark(receipt: Receipt, catalogue: Catalogue) -> Benchmark:
    """The benchmark of the receipt. Raises UnknownNameError, and InvalidDataError for another version or metric."""
    benchmark = catalogue.benchmark(receipt.benchmark)
    if benchmark.version != receipt.benchmark_version:
        raise InvalidDataError(
            f"{benchmark.name} is at version {benchmark.version} by now; the run was of version "
            f"{receipt.benchmark_version}, whose numbers cannot be had any more"
        )
    metric = {"name": benchmark.metric.name, **asdict(benchmark.metric)}
    if _as_json(metric) != _as_json(receipt.metric):
        raise InvalidDataError(f"The metric of {benchmark.name} has other parameters by now: {metric}")
    return benchmark


def _differences(then: Receipt, now: Receipt) -> Mapping[str, tuple[str, str]]:
    before, after = _flat(then.content), _flat(now.content)
    return {
        name: (before.get(name, "not told"), after.get(name, "not told"))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    }


def _flat(receipt: Mapping[str, Any]) -> Mapping[str, str]:
    flat = dict[str, str]()
    for name, value in receipt.items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        flat |= {f"{name.replace('_', ' ')} {key}".strip(): str(_as_json(each)) for key, each in parts}
    return flat


def _as_json(content: Any) -> Any:
    """As JSON has it, which knows no tuples."""
    return json.loads(json.dumps(content))


def _is_same(first: float, second: float) -> bool:
    return first == second or (math.isnan(first) and math.isnan(second))
