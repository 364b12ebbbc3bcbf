"""The learning metric: whether a representation, taught as people were, learns as they do."""

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.learning_curves.details import learning_details
from brainrank.benchmark.metrics.learning_curves.explained import (
    LearningTable,
    curves_for,
    curves_of,
    explained,
    guessers_distance,
    learning_table,
    mean_of_others,
)
from brainrank.benchmark.metrics.learning_curves.learned_trials import learned_trials
from brainrank.benchmark.metrics.learning_curves.phases import epochs_of, taught_images
from brainrank.benchmark.metrics.learning_curves.readout import Lesson, taught_kernel, teach
from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts, units_of
from brainrank.benchmark.statistics.uncertainty import (
    deviations_of_subject_mean,
    set_name,
    spread,
    student_interval,
)
from brainrank.benchmark.types.activations import LayerGram
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
from brainrank.benchmark.types.score import Detail, Draws, LayerScore, NoiseCeiling, Score, SubjectScore
from brainrank.benchmark.types.trials import BehaviouralAssembly

CEILING_DRAWS = 400
FEWEST_UNITS = 8
UNIT = "explained learning"
BEST = (-np.inf, 1.0)
LATENT_MEAN = "latent_mean"  # of a VAE, whose last layer it is not always


@dataclass(frozen=True)
class LearningMetric(Metric):
    """How much of people's learning the curve of a linear readout tells that was taught on the model's last layer.

    `runs` readouts are taught the images that people were taught, as often, in batches of four, with the answer after
    each, and tested on what people were tested on; `rate` is how far each feedback moves them. `explained` in
    `learning_curves/explained.py` is the score, and the mean of the other people, in a model's place, the ceiling.
    """

    name: ClassVar[str] = "learning"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.TRIALS,)
    # A model's layers are of images in their order in a study, which trials of one's own do not tell.
    declarable: ClassVar[tuple[Measure, ...]] = ()
    support: ClassVar[tuple[float, float]] = BEST
    words: ClassVar[str] = (
        "Explained learning: does a readout of the model, taught the images that people were taught with the same "
        "feedback, learn as they do? The share of people’s learning, the squared distance of their accuracies in "
        "training and on new images from chance over all epochs, that the model’s accuracies tell. 0 is who never "
        "learns, and below it who is further from people than that. The noise ceiling is what the mean of the other "
        "people (below) or of everybody (above) tells of a person."
    )
    citation: ClassVar[str] = "Huber, Mast & Wichmann 2024 (task and trials)"

    runs: int = parameter(20, "readouts taught, each with its own start and order of images", least=2)
    rate: float = parameter(1.0, "learning rate, in units of the mean squared length of the taught images' features")
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    def __post_init__(self) -> None:
        """Raise InvalidDataError for a rate that does not move a readout towards what it is told."""
        if not 0 < self.rate < np.inf:
            raise InvalidDataError(f"Learning rate {self.rate}; it must be above 0, for example 1")

    @property
    def unit(self) -> str:
        """A share."""
        return UNIT

    @property
    def fewest_units(self) -> int:
        """Of fewer images there is hardly a curve."""
        return FEWEST_UNITS

    def require(self, assembly: Assembly) -> None:
        """Raise InvalidDataError for trials without phases and epochs, or whose tests show images of training."""
        taught_images(of_kind(assembly, BehaviouralAssembly, self))

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Teach a readout on the last layer (a VAE's latent means) and score its curve; that of each layer beside it.

        Raises InvalidDataError for trials without epochs, and for layers of other images than those of the trials.
        """
        layers, people = layers_of(evidence, self), of_kind(assembly, BehaviouralAssembly, self)
        values, learned = [], {}
        for layer in layers:
            learned[layer.layer] = self.learn(layer, people)
            values.append(LayerScore(layer.layer, self._value(learned[layer.layer], people)))
        last = LATENT_MEAN if LATENT_MEAN in learned else values[-1].layer
        return replace(self.score_trials(learned[last], people), layers=(last,), layer_curve=tuple(values))

    def learn(self, layer: LayerGram, people: BehaviouralAssembly) -> BehaviouralAssembly:
        """The trials of readouts that are taught on a layer, run by run. Raises InvalidDataError as `score`."""
        taught, n = taught_images(people), len(people.stimulus_ids)
        if len(layer.gram) != n:
            raise InvalidDataError(
                f"{layer.layer} has {len(layer.gram)} images and the trials {n}; give features of the images of the "
                "trials, in the order of their ids"
            )
        answers = teach(
            taught_kernel(layer.gram, taught.places),
            taught.places,
            taught.labels,
            categories=len(people.categories),
            lesson=Lesson(taught.epochs, self.runs, self.rate),
            rng=np.random.default_rng([self.seed, 0]),
        )
        return learned_trials(answers, taught, people)

    def score_trials(self, learner: BehaviouralAssembly, people: BehaviouralAssembly) -> Score:
        """Score the trials of a learner, recorded or taught: its runs are the observers.

        Raises InvalidDataError where they have other epochs than people's, or are of other images.
        """
        each, draws = self._explained(learner, people, draws=self.draws)
        value = float(each.mean())
        return Score(
            value=value,
            unit=UNIT,
            interval=student_interval(value, spread([draws]), support=BEST),
            ceiling=self.ceiling(people),
            per_subject=tuple(map(SubjectScore, people.observers, each.tolist())),
            details=learning_details(learner, people),
            draws=draws,
        )

    def ceiling(self, assembly: Assembly) -> NoiseCeiling:
        """Below, what the mean of the others tells of a person; above, the mean of all. NaN for one person."""
        people = of_kind(assembly, BehaviouralAssembly, self)
        if len(people.observers) < 2:
            return NoiseCeiling(np.nan, np.nan, "one person's learning has nobody's to be compared with")
        each, draws = self._explained(None, people, draws=CEILING_DRAWS)
        value = float(each.mean())
        curves = curves_of(learning_table(people, people.stimulus_ids), _once(people))
        mean = np.broadcast_to(curves.mean(axis=1, keepdims=True), curves.shape)
        upper = float(explained(mean, curves, guesser=_guesser(curves, people)).mean())
        return NoiseCeiling(value, upper, interval=student_interval(value, spread([draws]), support=BEST))

    def references(self, assembly: Assembly) -> tuple[Detail, ...]:
        """What people reach on the measures that are told beside the score."""
        return learning_details(None, of_kind(assembly, BehaviouralAssembly, self))

    def _value(self, learner: BehaviouralAssembly, people: BehaviouralAssembly) -> float:
        own, table = _tables(learner, people)
        once, curves = _once(people), curves_of(table, _once(people))
        told = curves_for(own, table, counts=once, runs=_all_runs(learner))
        return float(explained(told, curves, guesser=_guesser(curves, people)).mean())

    def _explained(self, learner: BehaviouralAssembly | None, people: BehaviouralAssembly, *, draws: int) -> "_Drawn":
        """The part of each person, and how their mean deviates on draws of what images show, of people, and of runs.

        Without a learner it is the mean of the other people that tells a person's curve.
        """
        groups, ids, rng = people.group_of or {}, people.stimulus_ids, np.random.default_rng([self.seed, 1])
        units = units_of([groups.get(each, each) for each in ids], len(ids))
        counts = np.concatenate([_once(people), stimulus_counts(len(ids), draws=draws, rng=rng, units=units)])
        table = learning_table(people, ids)
        curves = curves_of(table, counts)
        if learner is None:
            told = mean_of_others(curves)
        else:
            own, table = _tables(learner, people)
            drawn_runs = subject_counts(len(learner.observers), draws=draws, rng=np.random.default_rng([self.seed, 2]))
            told = curves_for(own, table, counts=counts, runs=np.concatenate([_all_runs(learner), drawn_runs]))
        found = explained(told, curves, guesser=_guesser(curves[:1], people))
        deviating = deviations_of_subject_mean(
            found[0],
            found[1:],
            n_stimuli=len(np.unique(units)),
            stimulus_set=set_name(ids),
            subjects=people.observers,
            rng=rng,
        )
        return _Drawn(found[0], deviating)


class _Drawn(NamedTuple):
    each: Float[ndarray, " people"]
    draws: Draws


def _guesser(curves: Float[ndarray, "1 people conditions"], people: BehaviouralAssembly) -> float:
    return guessers_distance(curves[0], chance=1 / len(people.categories))


def _once(people: BehaviouralAssembly) -> Int[ndarray, "1 stimuli"]:
    return np.ones((1, len(people.stimulus_ids)), dtype=np.int64)


def _all_runs(learner: BehaviouralAssembly) -> Int[ndarray, "1 runs"]:
    return np.ones((1, len(learner.observers)), dtype=np.int64)


def _tables(learner: BehaviouralAssembly, people: BehaviouralAssembly) -> tuple[LearningTable, LearningTable]:
    own, theirs = epochs_of(learner), epochs_of(people)
    if own != theirs:
        raise InvalidDataError(f"The learner has {own} epochs and people {theirs}; give as many")
    unknown = sorted(set(learner.stimulus_ids) - set(people.stimulus_ids))
    if unknown:
        raise InvalidDataError(
            f"The learner answered to {len(unknown)} images that people did not see (first: {', '.join(unknown[:3])}); "
            "give answers to the study's images"
        )
    return learning_table(learner, people.stimulus_ids), learning_table(people, people.stimulus_ids)
