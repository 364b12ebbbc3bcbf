"""Variances, degrees of freedom, intervals and p values against rsatoolbox, SciPy, and worlds of known variance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rsatoolbox.util import inference_util
from scipy.stats import t as student
from scipy.stats import ttest_1samp

from brainrank.benchmark.statistics.resampling import stimulus_counts, subject_counts
from brainrank.benchmark.statistics.uncertainty import (
    CORRELATION,
    Spread,
    deviations,
    deviations_of_subject_mean,
    interval_over_stimuli,
    set_name,
    spread,
    student_interval,
    two_sided_p,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.score import Draws, Interval

VARIANCES = st.floats(1e-3, 10)
DRAWS = 500


def orthogonal(*variances: float) -> list[np.ndarray]:
    """Draws of these variances that have no mean and nothing to do with each other."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((DRAWS, len(variances) + 1))
    values[:, 0] = 1
    parts = np.linalg.qr(values)[0][:, 1:].T * np.sqrt(DRAWS - 1)
    return [np.sqrt(variance) * part for variance, part in zip(variances, parts, strict=True)]


def drawn(v_stimuli: float, v_subjects: float, v_interaction: float, *, n_stimuli: int, n_subjects: int) -> Draws:
    stimuli, subjects, interaction = orthogonal(v_stimuli, v_subjects, v_interaction)
    return deviations(
        stimuli,
        n_stimuli=n_stimuli,
        stimulus_set="images",
        subjects=subjects,
        both=stimuli + subjects + interaction,
        n_subjects=n_subjects,
        subject_set="people",
    )


@given(VARIANCES, VARIANCES, VARIANCES, st.integers(3, 100), st.integers(3, 50))
def test_the_variance_is_rsatoolboxs_dual_bootstrap_within_its_bounds(p, r, e, n_stimuli, n_subjects):
    found = spread([drawn(p, r, e, n_stimuli=n_stimuli, n_subjects=n_subjects)]).variance
    peer = inference_util._dual_bootstrap(np.array([[p + r + e], [r], [p]]), n_rdm=n_subjects, n_pattern=n_stimuli)[0]
    at_least, at_most = max(r * n_subjects / (n_subjects - 1), p * n_stimuli / (n_stimuli - 1)), p + r + e
    if at_least * (1 + 1e-6) < peer < at_most * (1 - 1e-6):
        assert found == pytest.approx(peer, rel=1e-5)
    elif at_least >= at_most * (1 - 1e-6):  # nothing lies within their bounds
        assert found >= max(r, p) * (1 - 1e-5)
    elif peer >= at_most * (1 - 1e-6):  # their upper bound, which is not ours
        assert found >= peer * (1 - 1e-5)
    else:  # our lower bound is the subjects' variance without its factor
        assert max(r, p) * (1 - 1e-5) <= found <= at_least * (1 + 1e-5)


def test_variance_and_freedom_by_hand():
    found = spread([drawn(0.2, 0.1, 0.05, n_stimuli=11, n_subjects=5)])
    variance = 0.125 + 0.22 - 1.375 * 0.05
    assert found.variance == pytest.approx(variance, rel=1e-5)
    assert found.freedom == pytest.approx(variance**2 / (0.125**2 / 4 + (variance - 0.125) ** 2 / 10), rel=1e-4)


def test_a_mean_over_stimuli_is_a_t_test():
    values = np.random.default_rng(0).normal(0.2, size=25)
    counts = stimulus_counts(25, draws=20000, rng=np.random.default_rng(1))
    resamples = counts @ values / 25
    peer = ttest_1samp(values, 0)
    of = spread([deviations(resamples, n_stimuli=25, stimulus_set="")])
    assert of.freedom == pytest.approx(24, rel=1e-4)
    assert two_sided_p(float(values.mean()), of) == pytest.approx(peer.pvalue, rel=0.05)
    interval = interval_over_stimuli(float(values.mean()), resamples, n_stimuli=25)
    expected = peer.confidence_interval()
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_the_variance_is_right_where_stimuli_subjects_and_both_vary():
    """Two-way random effects: the mean over 20 stimuli and 6 subjects has 1/20 + 2/6 + 3/120."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(300):
        table = rng.normal(size=(20, 1)) + np.sqrt(2) * rng.normal(size=6) + np.sqrt(3) * rng.normal(size=(20, 6))
        counts = stimulus_counts(20, draws=200, rng=rng)
        drawn = deviations_of_subject_mean(
            table.mean(axis=0),
            counts @ table / 20,
            n_stimuli=20,
            stimulus_set="",
            subjects=tuple("abcdef"),
            rng=rng,
        )
        found.append(spread([drawn]).variance)
    assert np.mean(found) == pytest.approx(1 / 20 + 2 / 6 + 3 / 120, rel=0.08)


def test_a_subject_who_is_undefined_on_a_draw_is_left_out_of_it():
    rng = np.random.default_rng(3)
    fixed, values = np.array([0.1, 0.2, 0.6]), rng.normal(size=(100, 3))
    values[7, 1] = np.nan
    found = deviations_of_subject_mean(
        fixed, values, n_stimuli=10, stimulus_set="", subjects=("a", "b", "c"), rng=np.random.default_rng(4)
    )
    weights = subject_counts(3, draws=100, rng=np.random.default_rng(4))
    means = np.where(np.arange(100) == 7, values[:, [0, 2]].mean(axis=1), values.mean(axis=1))
    np.testing.assert_allclose(found.deviations[0], np.sqrt(10 / 9) * (means - means.mean()), rtol=1e-4, atol=1e-6)
    of_subjects = weights @ fixed / 3
    np.testing.assert_allclose(found.deviations[1], np.sqrt(1.5) * (of_subjects - of_subjects.mean()), atol=1e-6)
    assert np.isfinite(found.deviations).all()


def test_what_pairs_of_stimuli_have_of_their_own_is_counted_twice_and_not_three_times():
    """Values of pairs that no stimulus decides: their mean has variance 1 / pairs, the bootstrap three times that."""
    rng, n = np.random.default_rng(5), 40
    first, second = np.triu_indices(n, k=1)
    linear, whole = [], []
    for _ in range(40):
        values = rng.normal(size=first.size)
        counts = stimulus_counts(n, draws=400, rng=rng)
        weights = counts[:, first] * counts[:, second]
        resamples = (weights @ values) / weights.sum(axis=1)
        whole.append(spread([deviations(resamples, n_stimuli=n, stimulus_set="")]).variance)
        linear.append(spread([deviations(resamples, n_stimuli=n, stimulus_set="", counts=counts)]).variance)
    assert np.mean(whole) * first.size == pytest.approx(3, abs=0.4)
    assert np.mean(linear) * first.size == pytest.approx(2, abs=0.4)


def test_what_comes_from_the_same_stimuli_or_subjects_is_added_before_variances_are_taken():
    one = drawn(0.2, 0.1, 0.05, n_stimuli=11, n_subjects=5)
    twice = spread([one, one])
    assert twice.variance == pytest.approx(4 * spread([one]).variance, rel=1e-5)
    apart = Draws(one.deviations, one.stimulus_freedom, one.subject_freedom, "others", "others")
    assert spread([one, apart]).variance == pytest.approx(2 * spread([one]).variance, rel=1e-5)
    assert spread([one, apart]).freedom == pytest.approx(2 * spread([one]).freedom, rel=1e-4)
    against = Draws(-one.deviations, one.stimulus_freedom, one.subject_freedom, "images", "people")
    assert spread([one, against]).variance == 0
    assert two_sided_p(0.0, spread([one, against])) == 1
    assert two_sided_p(0.1, spread([one, against])) == 0


def test_an_interval_is_student_s_on_a_scale_without_bounds():
    of = Spread(0.01, 7.0)
    reach = student.ppf(0.975, 7) * 0.1
    plain = student_interval(0.3, of)
    assert (plain.low, plain.high) == pytest.approx((0.3 - reach, 0.3 + reach))
    fisher = student_interval(0.3, of, support=CORRELATION)
    z, step = np.arctanh(0.3), reach / (1 - 0.3**2)
    assert (fisher.low, fisher.high) == pytest.approx((np.tanh(z - step), np.tanh(z + step)))
    narrow = student_interval(0.3, of, level=0.5)
    assert narrow.high - narrow.low == pytest.approx(2 * student.ppf(0.75, 7) * 0.1)
    with pytest.raises(InvalidDataError, match=r"0\.95"):
        student_interval(0.3, of, level=95.0)


@pytest.mark.parametrize(("a", "b", "held"), [(20, 0.5, 0.91), (10, 0.2, 0.84), (3, 0.3, 0.90), (5, 5, 0.95)])
def test_close_to_a_bound_an_interval_stays_of_use(a, b, held):
    """Means of five draws from Beta(a, b), whose mean is as far as .976 up: as many are held as by the logit alone."""
    values = np.random.default_rng(8).beta(a, b, (2000, 5))
    found = []
    for row in values:
        of = Spread(row.var(ddof=1) / 5, 4.0)
        interval = student_interval(row.mean(), of, support=(0.0, 1.0))
        reach = student.ppf(0.975, 4) * np.sqrt(of.variance)
        assert interval.low >= row.mean() - 3 * reach
        assert interval.high <= row.mean() + 3 * reach
        found.append(interval.low <= a / (a + b) <= interval.high)
    assert np.mean(found) == pytest.approx(held, abs=0.025)


def test_an_estimate_on_a_bound_that_varies_has_a_width_and_keeps_to_the_bound():
    of = Spread(0.01, 7.0)
    reach = student.ppf(0.975, 7) * 0.1
    on, close = (student_interval(each, of, support=(0.0, 1.0)) for each in (0.0, 1e-9))
    assert (on.low, on.high) == (0.0, pytest.approx(3 * reach))
    assert close.high == pytest.approx(on.high)
    top = student_interval(1.0, of, support=(-np.inf, 1.0))
    assert (top.low, top.high) == (pytest.approx(1 - 3 * reach), 1.0)
    assert student_interval(1.0, Spread(0.0, 7.0), support=(0.0, 1.0)) == Interval(1.0, 1.0)


def test_a_value_without_an_interval_says_why():
    nothing = student_interval(0.3, Spread(np.nan, np.nan))
    assert nothing.reason.startswith("fewer than 40 of the draws have a value")
    assert student_interval(0.3, Spread(0.01, 7.0)).reason == ""


def test_undefined_and_missing_draws():
    values = np.random.default_rng(6).normal(size=300)
    holed = np.concatenate([values, np.full(200, np.nan)])
    known, of = (spread([deviations(each, n_stimuli=20, stimulus_set="")]) for each in (values, holed))
    assert of == pytest.approx(known, rel=1e-5)
    for unknown in (np.full(300, np.nan), np.concatenate([values[:39], np.full(200, np.nan)])):
        nothing = spread([deviations(unknown, n_stimuli=20, stimulus_set="")])
        assert np.isnan(nothing.variance)
        assert np.isnan(two_sided_p(0.1, nothing))
        assert np.isnan(student_interval(0.1, nothing).low)
    assert np.isnan(spread([deviations(values, n_stimuli=1, stimulus_set="")]).variance)
    assert np.isnan(student_interval(np.nan, known).low)


def test_sets_are_named_by_their_members_in_order():
    assert set_name(["a", "b"]) == set_name(("a", "b"))
    assert len({set_name(each) for each in (["a", "b"], ["b", "a"], ["a"], ["a\nb", "c"])}) == 4
