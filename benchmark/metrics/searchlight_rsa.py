"""Searchlight RSA: how alike a layer's RDM is to that of the voxels or vertices round each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.rdms.comparators import Comparator, is_comparable
from brainrank.benchmark.metrics.rdms.layers_on_halves import rdms_on_halves
from brainrank.benchmark.metrics.rdms.response_rdms import check_rdm, check_repeats
from brainrank.benchmark.metrics.rdms.row_influence import Units, rows_against_models
from brainrank.benchmark.metrics.searchlight.searchlight_rdms import SearchlightRdms
from brainrank.benchmark.metrics.searchlight.searchlights import Searchlights, searchlights_of
from brainrank.benchmark.metrics.timed.compared_over_time import COMPARATORS
from brainrank.benchmark.statistics.halves import (
    FEWEST_UNITS,
    STRATA,
    Half,
    counts_of_halves,
    halves_with_units,
)
from brainrank.benchmark.statistics.pieces import in_pieces
from brainrank.benchmark.statistics.resampling import counts_of_units
from brainrank.benchmark.statistics.target_tests import DRAWS_OF_TARGETS
from brainrank.benchmark.statistics.uncertainty import CORRELATION, deviations, set_name, spread, student_interval
from brainrank.benchmark.types.activations import LayerGram, names_of
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.condensed import pairs_among
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
from brainrank.benchmark.types.score import (
    Interval,
    LayerScore,
    NoiseCeiling,
    Score,
    SpatialScores,
    TargetScores,
)

SEARCHLIGHTS_AT_ONCE = 256
NO_CEILING = "searchlights are of one subject, and a noise ceiling of RDMs needs several"


@dataclass(frozen=True)
class SearchlightRsaMetric(Metric):
    """RSA in a searchlight round each target (Kriegeskorte, Goebel & Bandettini 2006); the score is the mean over them.

    Round a voxel of a volume it is a sphere, round a vertex of a surface a disc along the cortex. One layer is chosen
    for the whole map, on one half of the stimuli by its mean over searchlights, and reported on the other, both ways.
    `seed` decides halves and draws, which are those of RSA. A map of layers has the one that is best in each
    searchlight.
    """

    name: ClassVar[str] = "searchlight-rsa"
    evidence: ClassVar[EvidenceKind] = EvidenceKind.ACTIVATIONS
    measures: ClassVar[tuple[Measure, ...]] = (Measure.RESPONSES,)
    support: ClassVar[tuple[float, float]] = CORRELATION
    words: ClassVar[str] = (
        "Searchlight RSA: in the voxels round each voxel, or the vertices round each vertex along the cortex, does how "
        "unlike the responses to every two stimuli are agree with how unlike the model’s are? The score is the mean "
        "over these searchlights; the map has each one’s at its centre. The layer is chosen on one half of the stimuli "
        "and reported on the other, both ways."
    )
    citation: ClassVar[str] = "Kriegeskorte, Goebel & Bandettini 2006"

    radius_mm: float = parameter(
        10.0,
        "the radius of a searchlight in mm: from centre to centre of voxels, or along the edges of a surface's mesh",
    )
    fewest_voxels: int = parameter(
        20, "the fewest voxels, or vertices, of a searchlight; where there are fewer there is no score", least=2
    )
    dissimilarity: Dissimilarity = parameter(
        Dissimilarity.CORRELATION, "how far apart two patterns of responses are", choices=tuple(Dissimilarity)
    )
    comparator: Comparator = parameter(Comparator.RHO_A, "how two RDMs are compared", choices=COMPARATORS)
    draws: int = parameter(1000, DRAWS, least=LEAST_DRAWS)
    seed: int = parameter(0, SEED, least=0)

    def __post_init__(self) -> None:
        if not 0 < self.radius_mm < np.inf:
            raise InvalidDataError(f"radius_mm is {self.radius_mm}; give millimetres above 0, such as 10")

    @property
    def unit(self) -> str:
        """The comparator."""
        return self.comparator

    @property
    def fewest_units(self) -> int:
        """Four in each half."""
        return FEWEST_UNITS

    def require(self, assembly: Assembly) -> None:
        """Responses have searchlights, and an RDM. Raises as `searchlights_of`, and for crossnobis' repeats."""
        self._searchlights(of_kind(assembly, ResponseAssembly, self))

    def ceiling(self, _assembly: Assembly) -> NoiseCeiling:
        """None, with the reason."""
        return NoiseCeiling(np.nan, np.nan, NO_CEILING)

    def score(self, evidence: Content, assembly: Assembly) -> Score:
        """Score a model's layers against the RDM of each searchlight, on the same stimuli in the same order.

        A searchlight whose RDM is undefined, or does not vary over a half, has no score. NaN, with the reason, where
        none has one, or no layer is defined. Raises InvalidDataError as `require`, and for fewer than eight stimuli.
        """
        layers, measured = layers_of(evidence, self), of_kind(assembly, ResponseAssembly, self)
        searchlights = self._searchlights(measured)
        halves = halves_with_units(measured, seed=self.seed, name=self.name)
        models = rdms_on_halves(layers, halves, self.dissimilarity)
        usable = np.logical_and(*map(is_comparable, models))
        if not usable.any():
            return self._undefined("every layer is undefined: its activations are constant or not finite", layers)
        stimuli = [half.stimuli for half in halves]
        counts = [
            counts_of_units(each, half.units)
            for each, half in zip(
                counts_of_halves(stimuli, measured, draws=self.draws, seed=self.seed, stream=1), halves, strict=True
            )
        ]
        found = self._compared(measured, searchlights, halves, [each[usable] for each in models], counts)
        if not found.defined.any():
            return self._undefined("no searchlight's RDM is defined and varies over both halves of the stimuli", layers)
        names = [name for name, use in zip(names_of(layers), usable, strict=True) if use]
        return self._score(names, found, searchlights, measured, sum(half.number_of_units for half in halves))

    def _searchlights(self, assembly: ResponseAssembly) -> Searchlights:
        if self.dissimilarity is Dissimilarity.CROSSNOBIS:
            check_repeats(assembly)
        else:
            check_rdm(assembly, self.dissimilarity)
        return searchlights_of(assembly.positions, self.radius_mm, self.fewest_voxels, assembly.region)

    def _compared(
        self,
        assembly: ResponseAssembly,
        searchlights: Searchlights,
        halves: Sequence[Half],
        models: Sequence[Float[ndarray, "layers pairs"]],
        counts: Sequence[Int[ndarray, "draws units"]],
    ) -> "_Compared":
        """Compare layers with searchlights, some at a time: RDMs of all of them are never in memory."""
        rdms = SearchlightRdms.of(assembly, self.dissimilarity)
        among = [pairs_among(half.stimuli, len(assembly.stimulus_ids)) for half in halves]
        units = [Units.of_pairs(half.units) for half in halves]
        away = [each - 1.0 for each in counts]
        count, n_layers = len(searchlights.members), len(models[0])
        kept = min(self.draws, DRAWS_OF_TARGETS)
        values = np.full((2, n_layers, count), np.nan)
        moved = np.zeros((2, n_layers, kept, count), dtype=np.float16)
        starts = range(0, count, SEARCHLIGHTS_AT_ONCE)
        means = np.zeros((len(starts), 2, n_layers, self.draws))
        defined = np.zeros(count, dtype=bool)

        def piece(number: int, start: int) -> None:
            here = slice(start, min(start + SEARCHLIGHTS_AT_ONCE, count))
            block = rdms.of_searchlights(searchlights.members[here])
            rows = [block[:, pairs] for pairs in among]
            varies = np.logical_and(*map(is_comparable, rows))
            defined[here] = varies
            places = start + np.flatnonzero(varies)
            for half, (row, model, of, drawn) in enumerate(zip(rows, models, units, away, strict=True)):
                found = rows_against_models(model, row[varies], of, self.comparator)
                values[half][:, places] = found.values
                influence = found.influence
                means[number, half] = influence.sum(axis=1) @ drawn.T
                moved[half][:, :, places] = np.swapaxes(influence @ drawn[:kept].T, 1, 2)

        in_pieces(
            [partial(piece, number, start) for number, start in enumerate(starts)],
            bytes_each=SEARCHLIGHTS_AT_ONCE * 8 * len(models[0][0]) * 16,
        )
        return _Compared(values, moved, means.sum(axis=0) / max(int(defined.sum()), 1), defined)

    def _score(
        self,
        names: Sequence[str],
        found: "_Compared",
        searchlights: Searchlights,
        assembly: ResponseAssembly,
        n_units: int,
    ) -> Score:
        of_layers = found.values[:, :, found.defined].mean(axis=2)
        chosen = [int(np.argmax(of_layers[1 - half])) for half in range(2)]
        on_draws = of_layers[:, :, None] + found.means
        drawn_choice = [np.argmax(on_draws[1 - half], axis=0) for half in range(2)]
        picked = np.arange(self.draws)
        drawn = np.mean([on_draws[half, drawn_choice[half], picked] for half in range(2)], axis=0)
        values = np.mean([found.values[half, chosen[half]] for half in range(2)], axis=0)
        value = float(values[found.defined].mean())
        won = np.bincount(np.concatenate(drawn_choice), minlength=len(names)) / (2 * self.draws)
        draws = deviations(drawn, n_stimuli=n_units, strata=STRATA, stimulus_set=set_name(assembly.stimulus_ids))
        everywhere = np.full(len(assembly.targets), np.nan)
        everywhere[searchlights.centres] = values
        return Score(
            value,
            self.unit,
            student_interval(value, spread([draws]), support=CORRELATION),
            self.ceiling(assembly),
            layers=tuple(names[each] for each in chosen),
            layer_curve=tuple(
                LayerScore(name, float(of_layer), float(share))
                for name, of_layer, share in zip(names, of_layers.mean(axis=0), won, strict=True)
            ),
            per_target=TargetScores(
                assembly.targets, everywhere, self._spatial(names, found, chosen, searchlights, assembly, n_units)
            ),
            draws=draws,
        )

    def _spatial(
        self,
        names: Sequence[str],
        found: "_Compared",
        chosen: Sequence[int],
        searchlights: Searchlights,
        assembly: ResponseAssembly,
        n_units: int,
    ) -> SpatialScores:
        """What maps are made of; deviations are of the layers chosen, which stay."""
        count, kept = len(assembly.targets), found.moved.shape[2]
        freedom = n_units - STRATA
        layer_values = np.full((len(names), count), np.nan, dtype=np.float32)
        layer_values[:, searchlights.centres] = found.values.mean(axis=0)
        moved = np.full((kept, count), np.nan, dtype=np.float16)
        apart = np.mean([found.moved[half, chosen[half]].astype(np.float64) for half in range(2)], axis=0)
        moved[:, searchlights.centres] = np.where(found.defined, apart * np.sqrt(n_units / freedom), np.nan)
        return SpatialScores(
            np.full(count, np.nan),
            tuple(names),
            layer_values,
            moved,
            freedom,
            set_name(assembly.stimulus_ids),
            assembly.positions,
        )

    def _undefined(self, reason: str, layers: Sequence[LayerGram]) -> Score:
        nothing = tuple(LayerScore(name, np.nan) for name in names_of(layers))
        return Score(
            np.nan,
            self.unit,
            Interval(np.nan, np.nan),
            NoiseCeiling(np.nan, np.nan, NO_CEILING),
            layer_curve=nothing,
            reason=reason,
        )


class _Compared(NamedTuple):
    """Similarities on both halves, how they move on the first draws, and how their mean over targets does on all."""

    values: Float[ndarray, "halves layers searchlights"]
    moved: Float[ndarray, "halves layers some searchlights"]
    means: Float[ndarray, "halves layers draws"]
    defined: Bool[ndarray, " searchlights"]
