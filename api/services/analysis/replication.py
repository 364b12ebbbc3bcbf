"""What a claim comes to: its effect on each benchmark, in each independent study, and over all of them."""

from typing import NamedTuple

from brainrank.api.services.analysis.claim_variations import Variation
from brainrank.benchmark.claims.claim import AnyClaim
from brainrank.benchmark.claims.effects import HOLDS, Effect
from brainrank.benchmark.claims.summary import Summary
from brainrank.benchmark.types.score import Interval


class Specification(NamedTuple):
    """One way of asking: a benchmark. `counted` are those that make up studies; others measure the same again."""

    benchmark: str
    effect: Effect
    verdict: str
    counted: bool


class StudyEffect(NamedTuple):
    """A study: benchmarks that share images, subjects or a data set, which are no independent evidence of each other.

    `values` are each model's, averaged over its benchmarks, those of the first before those of the second.
    """

    name: str
    benchmarks: tuple[str, ...]
    effect: Effect
    verdict: str
    values: tuple[float, ...]


class Row(NamedTuple):
    """A line of a drawing: `kind` is all studies, study or benchmark."""

    name: str
    value: float
    interval: Interval
    verdict: str
    kind: str


class Replication(NamedTuple):
    """A claim looked up in stored scores; of one study there is no `summary`.

    `by_each` says that each of several studies told it, and their summary did not. `lacking` are benchmarks that have
    not scores of all its models; `variations` are of the benchmarks that it names.
    """

    claim: AnyClaim
    specifications: tuple[Specification, ...]
    studies: tuple[StudyEffect, ...]
    summary: Summary | None
    verdict: str
    by_each: bool
    lacking: tuple[str, ...]
    variations: tuple[Variation, ...]

    @property
    def replicated(self) -> int:
        """In how many studies it holds."""
        return sum(each.verdict == HOLDS for each in self.studies)

    @property
    def effect_name(self) -> str:
        """What an effect is: a difference of scores, or a rank correlation over models."""
        return self.claim.effect_name

    @property
    def held_in(self) -> str:
        """In how many of its studies it holds, in words."""
        return f"{self.replicated} of {len(self.studies)} {'study' if len(self.studies) == 1 else 'studies'}"

    def rows(self) -> list[Row]:
        """The summary, then studies and then benchmarks, each from the largest difference to the least."""
        whole = self.summary
        top = (
            [Row(f"all {whole.studies} studies", whole.value, whole.interval, self.verdict, "all studies")]
            if whole
            else []
        )
        studies = [Row(each.name, *each.effect[:2], each.verdict, "study") for each in self.studies]
        benchmarks = [Row(each.benchmark, *each.effect[:2], each.verdict, "benchmark") for each in self.specifications]
        return [*top, *(row for kind in (studies, benchmarks) for row in sorted(kind, key=lambda each: -each.value))]
