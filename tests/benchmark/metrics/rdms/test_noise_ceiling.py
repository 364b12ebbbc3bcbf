import warnings

import numpy as np
import pytest
from golden import RSA
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs
from scipy.io import loadmat
from scipy.spatial.distance import pdist
from stand_in_card import on_a_card

from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.noise_ceiling import noise_ceiling, noise_ceiling_on_draws
from brainrank.benchmark.types.condensed import condensed_rdm

FOLDER = "github/rsagroup/rsatoolbox/f1f83cadb7243492a1aae7460466e0f0140b20ac/demos/92imageData"


@pytest.fixture(scope="module")
def human_it(mirror):
    sessions = loadmat(mirror / FOLDER / "92_brainRDMs.mat")["RDMs"][0]
    return np.array([np.mean([condensed_rdm(session["RDM"]) for session in subject], axis=0) for subject in sessions])


@pytest.mark.parametrize(
    ("comparator", "lower", "upper", "animacy", "monkey"),
    [(Comparator(name), *values) for name, *values in RSA],
)
def test_golden_values_of_kriegeskorte2008(mirror, human_it, comparator, lower, upper, animacy, monkey):
    assert human_it.shape == (4, 4186)
    ceiling = noise_ceiling(human_it, comparator)
    assert (ceiling.lower, ceiling.upper) == pytest.approx((lower, upper), abs=1e-4)
    models = {str(m["name"][0]): m["RDM"] for m in loadmat(mirror / FOLDER / "92_modelRDMs.mat")["Models"][0]}
    animacy_rdm = condensed_rdm(next(rdm for name, rdm in models.items() if "anima" in name.lower()))
    assert compare(animacy_rdm[None], human_it, comparator).mean() == pytest.approx(animacy, abs=1e-4)
    supplement = loadmat(mirror / FOLDER / "Kriegeskorte_Neuron2008_supplementalData.mat")
    monkey_rdm = supplement["RDMs_mIT_hIT_fig1"][0, 0]["RDM"].astype(float).reshape(1, -1)
    assert compare(monkey_rdm, human_it, comparator).mean() == pytest.approx(monkey, abs=1e-4)


@pytest.mark.parametrize("comparator", Comparator)
@pytest.mark.parametrize("n_subjects", [2, 5])
def test_equals_rsatoolbox(comparator, n_subjects):
    rng = np.random.default_rng(n_subjects)
    rdms = rng.random(45) + rng.random((n_subjects, 45))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rsatoolbox says that tau pools ranks; so do we
        expected = boot_noise_ceiling(RDMs(rdms), method=comparator)
    ceiling = noise_ceiling(rdms, comparator)
    assert (ceiling.lower, ceiling.upper) == pytest.approx(tuple(expected), abs=1e-10)
    assert ceiling.lower < ceiling.upper


@pytest.mark.parametrize("comparator", Comparator)
def test_identical_subjects_have_a_ceiling_of_one(comparator):
    rdms = np.tile(np.random.default_rng(0).random(28), (3, 1))
    ceiling = noise_ceiling(rdms, comparator)
    assert (ceiling.lower, ceiling.upper) == pytest.approx((1, 1), abs=1e-10)


def test_undefined_ceilings_say_why():
    one = noise_ceiling(np.random.default_rng(0).random((1, 10)), Comparator.CORR)
    assert np.isnan([one.lower, one.upper]).all()
    assert "at least 2 subjects" in one.reason
    rdms = np.random.default_rng(0).random((3, 10))
    rdms[1] = 0.1
    constant = noise_ceiling(rdms, Comparator.CORR)
    assert np.isnan([constant.lower, constant.upper]).all()
    assert "undefined for subject" in constant.reason


def on_draws(rdms: np.ndarray, counts: np.ndarray, comparator: Comparator):
    units = np.arange(counts.shape[1])
    return [
        noise_ceiling_on_draws(rdms, counts, units=units, anew=anew, comparator=comparator) for anew in (True, False)
    ]


@pytest.mark.parametrize("comparator", Comparator)
def test_ceilings_on_draws_anew_and_by_influence(comparator):
    rng = np.random.default_rng(3)
    n = 60
    rdms = pdist(rng.standard_normal((n, 10)))[None] + rng.random((3, n * (n - 1) // 2))
    counts = rng.multinomial(n, np.full(n, 1 / n), size=400)
    anew, moved = on_draws(rdms, counts, comparator)
    assert anew.ceiling == noise_ceiling(rdms, comparator)
    assert moved.ceiling.lower == pytest.approx(anew.ceiling.lower, abs=1e-12)
    assert moved.ceiling.upper == pytest.approx(anew.ceiling.upper, abs=1e-12)
    np.testing.assert_allclose(moved.fixed, anew.fixed, atol=1e-12)
    assert anew.fixed.mean() == pytest.approx(anew.ceiling.lower, abs=1e-12)
    linear = counts @ np.linalg.lstsq(counts - 1.0, anew.drawn - anew.drawn.mean(axis=0), rcond=None)[0]
    for one, other in zip(moved.drawn.T, linear.T, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.95


@pytest.mark.parametrize("subject", ["one", "constant", "missing"])
def test_without_a_ceiling_draws_have_none_and_both_ways_say_why(subject):
    rdms = np.random.default_rng(0).random((3, 45))
    if subject == "one":
        rdms = rdms[:1]
    else:
        rdms[1, : 20 if subject == "missing" else 45] = np.nan if subject == "missing" else 0.5
    anew, moved = on_draws(rdms, np.ones((5, 10), dtype=np.int64), Comparator.CORR)
    assert anew.ceiling.reason == moved.ceiling.reason
    assert ("at least 2 subjects, here 1" if subject == "one" else "subject 2: a constant") in moved.ceiling.reason
    for each in (anew, moved):
        assert np.isnan(each.fixed).all()
        assert each.drawn.shape == (5, len(rdms))
        assert np.isnan(each.drawn).all()


@pytest.mark.parametrize("comparator", Comparator)
def test_on_a_device_it_is_what_numpy_finds(comparator):
    """Torch on the CPU stands for a card."""
    rng = np.random.default_rng(0)
    rdms, counts = rng.random(190) + rng.random((4, 190)), rng.integers(0, 3, (6, 20))
    given = {"units": np.arange(20), "anew": False, "comparator": comparator}
    plain = noise_ceiling_on_draws(rdms, counts, **given)
    with on_a_card():
        found = noise_ceiling_on_draws(rdms, counts, **given)
    assert (found.ceiling.lower, found.ceiling.upper) == pytest.approx((plain.ceiling.lower, plain.ceiling.upper))
    np.testing.assert_allclose(found.fixed, plain.fixed, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.drawn, plain.drawn, rtol=0, atol=1e-12)
