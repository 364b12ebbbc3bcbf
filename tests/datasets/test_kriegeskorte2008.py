"""The golden values of RSA (docs/conventions.md#golden-values), through the loader."""

from types import ModuleType

import numpy as np
import pytest
import scipy.io
from golden import RSA
from scipy.spatial.distance import squareform

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.noise_ceiling import noise_ceiling
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets import cichy2014, kriegeskorte2008

MODEL_RDMS = "github/rsagroup/rsatoolbox/f1f83cadb7243492a1aae7460466e0f0140b20ac/demos/92imageData/92_modelRDMs.mat"


def rdms(study: ModuleType, region: str, locations: Locations) -> RdmAssembly:
    found = study.DATASET.assembly(region, locations, Silent())
    assert isinstance(found, RdmAssembly)
    return found


@pytest.fixture(scope="module")
def stimuli(locations: Locations) -> StimulusSet:
    return kriegeskorte2008.load_stimuli(locations, Silent())


def test_stimuli_are_the_same_on_every_machine(stimuli: StimulusSet) -> None:
    assert len(stimuli) == 92
    assert stimuli.digest == "6698963d9da04af82c00739aa25b404fd6ecc433dc5c3af5aa45ce0f18173bdc"
    assert stimuli.stimuli[0].labels[0] == ("category", "human bodypart")


def test_a_damaged_stimulus_file_is_made_anew(stimuli: StimulusSet, locations: Locations) -> None:
    path = stimuli.stimuli[3].path
    whole = path.read_bytes()
    path.write_bytes(b"damaged")
    kriegeskorte2008.load_stimuli(locations, Silent())
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("comparator", "lower", "upper", "animacy", "monkey"),
    [(Comparator(name), *values) for name, *values in RSA],
)
def test_golden_values(
    locations: Locations,
    comparator: Comparator,
    lower: float,
    upper: float,
    animacy: float,
    monkey: float,
) -> None:
    human = rdms(kriegeskorte2008, "human-it", locations)
    assert human.subjects == ("BE", "KO", "SN", "TI")
    ceiling = noise_ceiling(human.rdms, comparator)
    assert (ceiling.lower, ceiling.upper) == pytest.approx((lower, upper), abs=5e-5)
    assert locations.mirror is not None
    models = scipy.io.loadmat(locations.mirror / MODEL_RDMS)["Models"][0]
    animacy_rdm = squareform(models[0]["RDM"].astype(float), checks=False)[None]
    assert compare(animacy_rdm, human.rdms, comparator).mean() == pytest.approx(animacy, abs=5e-5)
    monkeys = rdms(kriegeskorte2008, "monkey-it", locations).rdms
    assert compare(monkeys, human.rdms, comparator).mean() == pytest.approx(monkey, abs=5e-5)


def test_the_supplement_holds_the_mean_of_the_sessions(locations: Locations) -> None:
    path = kriegeskorte2008.fetch(kriegeskorte2008.SUPPLEMENT, locations)
    published = scipy.io.loadmat(path)["RDMs_mIT_hIT_fig1"][0, 1]["RDM"][0]
    np.testing.assert_allclose(rdms(kriegeskorte2008, "human-it", locations).rdms.mean(axis=0), published, rtol=1e-5)


def test_cichy_saw_the_same_images_in_the_same_order(stimuli: StimulusSet, locations: Locations) -> None:
    assert cichy2014.DATASET.stimuli("it", locations, Silent()).digest == stimuli.digest
    assert [len(rdms(cichy2014, region, locations).subjects) for region in ("evc", "it")] == [15, 15]
    both = rdms(cichy2014, "it", locations), rdms(kriegeskorte2008, "human-it", locations)
    means = [each.rdms.mean(axis=0)[None] for each in both]
    assert compare(means[0], means[1], Comparator.SPEARMAN)[0, 0] == pytest.approx(0.557, abs=5e-4)
