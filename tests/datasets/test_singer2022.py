"""Singer et al. 2022: similarities that are called RDMs, the order of the objects, and images aligned with both."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform
from scipy.stats import spearmanr

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.depictions import DepictionAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.singer2022 import ALL, DATASET, DEPICTIONS

# Pairs anybody would call alike, and unlike: they hold only if the objects are in alphabetical order and the numbers
# of the files are similarities.
ALIKE = (("airplane", "car"), ("cat", "dog"), ("horse", "zebra"), ("pineapple", "strawberry"), ("bench", "chair"))
UNLIKE = (("airplane", "cat"), ("ant", "chair"), ("dog", "pizza"), ("car", "strawberry"), ("horse", "teapot"))


def judgements(depiction: str, locations: Locations) -> RdmAssembly:
    assembly = DATASET.assembly(depiction, locations, Silent())
    assert isinstance(assembly, RdmAssembly)
    return assembly


@pytest.mark.parametrize("depiction", DEPICTIONS)
def test_objects_that_are_alike_lie_near(locations: Locations, depiction: str) -> None:
    assembly = judgements(depiction, locations)
    objects = [each.partition("-")[2] for each in assembly.stimulus_ids]
    assert (len(objects), objects) == (42, sorted(objects))
    square = squareform(assembly.rdms[0])
    far = {pair: square[tuple(map(objects.index, pair))] for pair in (*ALIKE, *UNLIKE)}
    assert max(far[pair] for pair in ALIKE) < 0.15
    assert min(far[pair] for pair in UNLIKE) > 0.7
    assert assembly.rdms.mean() == pytest.approx(2 / 3, abs=0.005)  # one pair of three is kept
    assert assembly.pooled


def test_peoples_rdms_agree_over_depictions_as_stated(locations: Locations) -> None:
    rdms = [judgements(each, locations).rdms[0] for each in DEPICTIONS]
    pairs = [(rdms[0], rdms[1]), (rdms[0], rdms[2]), (rdms[1], rdms[2])]
    assert [np.corrcoef(*pair)[0, 1] for pair in pairs] == pytest.approx([0.974, 0.971, 0.978], abs=0.0005)
    assert [spearmanr(*pair).statistic for pair in pairs] == pytest.approx([0.932, 0.923, 0.929], abs=0.0005)


def test_all_depictions_are_the_same_images_and_judgements(locations: Locations) -> None:
    assembly = DATASET.assembly(ALL, locations, Silent())
    assert isinstance(assembly, DepictionAssembly)
    stimuli = DATASET.stimuli(ALL, locations, Silent())
    assert stimuli.ids == assembly.stimulus_ids
    assert len(stimuli.ids) == 126
    for number, depiction in enumerate(DEPICTIONS):
        own = DATASET.stimuli(depiction, locations, Silent())
        assert [assembly.stimulus_ids[place] for place in assembly.places[number]] == list(own.ids)
        assert {each.sha256 for each in own.stimuli} <= {each.sha256 for each in stimuli.stimuli}
        assert np.array_equal(assembly.rdms[number], judgements(depiction, locations).rdms[0])
    assert len({each.sha256 for each in stimuli.stimuli}) == 126


def test_no_ceiling_is_told_of_group_means(locations: Locations) -> None:
    for region in DATASET.regions:
        metric = "abstraction" if region == ALL else "rsa"
        benchmark = BENCHMARKS[f"singer2022.{region}.{metric}"]
        ceiling = benchmark.metric.ceiling(DATASET.assembly(region, locations, Silent()))
        assert np.isnan(ceiling.lower)
        assert ceiling.reason
    people = BENCHMARKS["singer2022.depictions.abstraction"].metric.references(
        DATASET.assembly(ALL, locations, Silent())
    )
    assert [each.reference for each in people] == pytest.approx([0.93] * 3, abs=0.03)
