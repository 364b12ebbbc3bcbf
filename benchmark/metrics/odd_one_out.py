"""The odd-one-out metric: of three stimuli, whether a model finds the one that people find least like the others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.behaviour.odd_one_out import (
    best_temperature,
    choice_probabilities,
    pair_similarities,
    right_choices,
    same_triplet,
)
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.statistics.resampling import stimulus_counts, units_of
from brainrank.benchmark.statistics.uncertainty import SHARE, deviations, set_name, spread, student_interval
from brainrank.benchmark.types.activations import LayerGram, names_of
from brainrank.benchmark.types.condensed import square_rdm
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.measure import Assembly, Measure
from brainrank.benchmark.types.metric import (
    DRAWS,
    LEAST_DRAWS,
    SEED,
    Content,
    EvidenceKind,
    Metric,
    layers_of,
    of_kind,
    parameter,
)
from brainrank.benchmark.types.score import Detail, Draws, LayerScore, NoiseCeiling, Score
from brainrank.benchmark.types.triplets import TripletAssembly

FEWEST_STIMULI, FEWEST_TRIPLETS = 8, 20
CEILING_DRAWS = 200
UNIT = "accuracy"


class _Half(NamedTuple):
    """The judgements of one half, and how alike each layer finds the pairs of each."""

    judgements: Int[ndarray, " judgements"]
    pairs: Float[ndarray, "layers judgements three"]

    def accuracies(self) -> Float[ndarray, " layers"]:
        return np.array([right_choices(each).mean() for each in self.pairs])


@dataclass(frozen=True)
class OddOneOutMetric(Metric):
    """The share of judgements in which the most similar pair is the one that people left (Hebart et al. 2020).

    Layer and temperature are chosen on one half of the triplets and reported on the other, both ways; all judgements of
    the same three stimuli are in one half.
    """

    name: ClassVar[str] = "odd-one-out"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TRIPLETS,)
    usual_for: ClassVar[tuple[Measure, ...]] = (Measure.TRIPLETS,)
    support: ClassVar[tuple[float, float]] = SHARE
    words: ClassVar[str] = (
        "Odd one out: of three stimuli, is the pair most alike for the model the one that people left when they chose "
        "the odd one? The share of judgements; guessing has a third. Beside it, the mean probability of people’s "
        "choice, by a softmax of the three similarities. Layer and temperature are chosen on one half of the triplets "
        "and reported on the other, both ways. The noise ceiling is from triplets judged more than once: below, how "
        "often two judgements agree; above, how often a judgement is the most frequent one."
    )
    citation: ClassVar[str] = "Hebart, Zheng, Pereira & Baker 2020; Muttenthaler et al. 2023"

    similarity: str = parameter("cosine", "how alike two patterns of features are", choices=("cosine", "dot"))
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    def __post_init__(self) -> None:
        if self.similarity not in ("cosine", "dot"):
            raise InvalidDataError(f"odd-one-out by '{self.similarity}'; choose from cosine, dot")

    @property
    def unit(self) -> str:
        """The share of right choices."""
        return UNIT

    @property
    def fewest_units(self) -> int:
        """Of fewer stimuli the triplets are all alike."""
        return FEWEST_STIMULI

    def require(self, assembly: Assembly) -> None:
        """Raise InvalidDataError for too few different triplets to choose a layer by."""
        found = of_kind(assembly, TripletAssembly, self)
        different = int(same_triplet(found.triplets).max()) + 1
        if different < FEWEST_TRIPLETS:
            raise InvalidDataError(
                f"{different} different triplets in {found.region}: a layer is chosen on one half and reported on the "
                f"other, so odd-one-out needs at least {FEWEST_TRIPLETS}"
            )

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers on judgements of the same stimuli in the same order.

        NaN, with the reason, when no layer's similarities are defined. Raises InvalidDataError as `require`.
        """
        layers, found = layers_of(evidence, self), of_kind(assembly, TripletAssembly, self)
        self.require(found)
        matrices = [self._similarities(layer) for layer in layers]
        defined = np.array([bool(np.isfinite(pair_similarities(each, found.triplets)).all()) for each in matrices])
        if not defined.any():
            nothing = self.unscored("every layer's activations are constant or not finite for some stimulus", found)
            return replace(nothing, layer_curve=tuple(LayerScore(name, np.nan) for name in names_of(layers)))
        usable = [matrix for matrix, is_defined in zip(matrices, defined, strict=True) if is_defined]
        return self._score(names_of(layers), defined, usable, found)

    def _score(
        self,
        names: Sequence[str],
        defined: Bool[ndarray, " layers"],
        matrices: Sequence[Float[ndarray, "stimuli stimuli"]],
        assembly: TripletAssembly,
    ) -> Score:
        usable = [name for name, is_defined in zip(names, defined, strict=True) if is_defined]
        halves = [
            _Half(each, np.stack([pair_similarities(matrix, assembly.triplets[each]) for matrix in matrices]))
            for each in self._split(assembly)
        ]
        chosen = [int(np.argmax(other.accuracies())) for other in halves[::-1]]
        right, likely = np.empty((2, len(assembly.triplets)))
        for half, other, layer in zip(halves, halves[::-1], chosen, strict=True):
            right[half.judgements] = right_choices(half.pairs[layer])
            temperature = best_temperature(other.pairs[layer])
            likely[half.judgements] = choice_probabilities(half.pairs[layer], temperature)
        value, draws = float(right.mean()), self._draws(right, assembly, self.draws, stream=1)
        curve = dict(zip(usable, np.mean([half.accuracies() for half in halves], axis=0).tolist(), strict=True))
        return Score(
            value=value,
            unit=UNIT,
            interval=student_interval(value, spread([draws]), support=SHARE),
            ceiling=self.ceiling(assembly),
            layers=tuple(usable[layer] for layer in chosen),
            layer_curve=tuple(
                LayerScore(name, curve.get(name, np.nan), [usable[layer] for layer in chosen].count(name) / 2)
                for name in names
            ),
            details=(Detail("probability of people's choice", float(likely.mean())),),
            draws=draws,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """Of triplets judged more than once: how often two judgements agree, and how often one is the most frequent.

        Both are means over judgements. A model that always chooses what most people would is between them.
        """
        found = of_kind(assembly, TripletAssembly, self)
        same = same_triplet(found.triplets)
        often = np.bincount(same)[same]
        if not (often > 1).any():
            return NoiseCeiling(np.nan, np.nan, "no triplet was judged more than once")
        stimuli = len(found.stimulus_ids)
        odd = np.unique(same * stimuli + found.triplets[:, 2], return_inverse=True)[1]
        agreeing = np.bincount(odd)[odd]
        most = np.zeros(int(same.max()) + 1)
        np.maximum.at(most, same, agreeing)
        repeated = often > 1
        agree = np.where(repeated, (agreeing - 1) / np.maximum(often - 1, 1), np.nan)
        lower, upper = float(np.nanmean(agree)), float((most[same] / often)[repeated].mean())
        draws = self._draws(agree, found, CEILING_DRAWS, stream=2)
        return NoiseCeiling(lower, upper, "", student_interval(lower, spread([draws]), support=SHARE))

    def _similarities(self, layer: LayerGram) -> Float[ndarray, "stimuli stimuli"]:
        """Cosine, or inner product, of features as they are."""
        if self.similarity == "cosine":
            return np.asarray(1 - square_rdm(rdm_from_gram(layer, Dissimilarity.COSINE)))
        # X X' = K + a_i + a_j, what centring took away, of which a row's squared length has twice its own.
        lengths, own = layer.row_lengths, np.diagonal(layer.gram)
        half = (lengths - own) / 2
        return np.asarray(layer.gram + half[:, None] + half)

    def _split(self, assembly: TripletAssembly) -> list[Int[ndarray, " judgements"]]:
        same = same_triplet(assembly.triplets)
        n = int(same.max()) + 1
        first = np.isin(same, np.random.default_rng([self.seed, n]).permutation(n)[: n // 2])
        return [np.flatnonzero(first), np.flatnonzero(~first)]

    def _draws(
        self, values: Float[ndarray, " judgements"], assembly: TripletAssembly, draws: int, *, stream: int
    ) -> Draws:
        """The mean of judgements' values (NaN where it has none) on draws of stimuli, or groups of them."""
        units = units_of(assembly.groups, len(assembly.stimulus_ids))
        n_units = int(units.max()) + 1
        counts = stimulus_counts(n_units, draws=draws, rng=np.random.default_rng([self.seed, stream, n_units]))
        defined = np.isfinite(values)
        influence = influence_of_stimuli(values[defined], assembly.triplets[defined], units)
        return deviations(
            np.nanmean(values) + (counts - 1) @ influence,
            n_stimuli=n_units,
            stimulus_set=set_name(assembly.stimulus_ids),
        )


def influence_of_stimuli(
    values: Float[ndarray, " judgements"], judged: Int[ndarray, "judgements three"], units: Int[ndarray, " stimuli"]
) -> Float[ndarray, " units"]:
    """How much each unit of stimuli moves the mean of judgements' values, by the judgements that it is in.

    A judgement's own chance is in all three of its stimuli, so that the influences have its variance S three times:
    they are drawn in to V - 2 S, S at least, with V their own and S the sum over triplets of (sum of values about the
    mean)^2 / judgements^2 (Hoeffding 1948).
    """
    n_units = int(units.max()) + 1
    about = (values - values.mean()) / len(values)
    within = units[judged]
    influence = np.zeros(n_units)
    for place in range(3):
        # A unit that is in a triplet twice moves it once: its stimuli are drawn together.
        new = ~(within[:, :place] == within[:, place : place + 1]).any(axis=1)
        influence += np.bincount(within[new, place], weights=about[new], minlength=n_units)
    total = float((influence**2).sum())
    own = float((np.bincount(same_triplet(judged), weights=about) ** 2).sum())
    return influence * np.sqrt(min(max(total - 2 * own, own) / total, 1.0)) if total > 0 else influence
