"""Reaction times against pandas and SciPy, and their invariants."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from brainrank.benchmark.metrics.behaviour.reaction_times import (
    doubt,
    drawn_correlations,
    mean_of_others,
    rank_correlations,
    standardised_times,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly

CATEGORIES = ("bear", "cat", "dog")


def trials(rng: np.random.Generator, people: int = 4, images: int = 60) -> BehaviouralAssembly:
    shown = [(p, k) for p in range(people) for k in range(images) if rng.random() < 0.7]
    truth = np.array([CATEGORIES[k % 3] for _, k in shown])
    answer = np.where(rng.random(len(shown)) < 0.7, truth, "na")
    seconds = np.exp(rng.standard_normal(len(shown)) + np.array([p + 0.5 * (k % 3) for p, k in shown]))
    return BehaviouralAssembly(
        observer=np.array([f"p{p}" for p, _ in shown]),
        stimulus_id=np.array([f"i{k:03d}" for _, k in shown]),
        condition=np.full(len(shown), "0"),
        response=answer,
        category=truth,
        reaction_time_s=seconds,
    )


def test_times_are_those_of_pandas() -> None:
    found = trials(np.random.default_rng(0))
    times = standardised_times(found, minimum=8)
    frame = pd.DataFrame(
        {"who": found.observer, "image": found.stimulus_id, "t": found.reaction_time_s, "right": found.correct}
    )
    right = frame[frame["right"]].copy()
    right["log"] = np.log(right["t"])
    grouped = right.groupby("who")["log"]
    right["z"] = (right["log"] - grouped.transform("mean")) / grouped.transform("std", ddof=0)
    wanted = right.pivot(index="who", columns="image", values="z").reindex(columns=list(times.stimulus_ids))
    np.testing.assert_allclose(times.z, wanted.to_numpy(), atol=1e-12)
    assert times.people == tuple(wanted.index)


def test_correlation_within_categories_is_spearmans_of_residuals() -> None:
    rng = np.random.default_rng(1)
    times = standardised_times(trials(rng), minimum=8)
    others = mean_of_others(times.z)
    found = rank_correlations(times.z, others, category=times.category)
    for row in range(len(times.people)):
        frame = pd.DataFrame({"x": times.z[row], "y": others[row], "c": times.category}).dropna()
        residuals = frame[["x", "y"]] - frame.groupby("c")[["x", "y"]].transform("mean")
        assert found[row] == pytest.approx(spearmanr(residuals["x"], residuals["y"]).statistic)
        mean = pd.DataFrame(np.delete(times.z, row, axis=0)).mean().to_numpy()
        np.testing.assert_allclose(others[row], mean, atol=1e-12)


def test_neither_speed_nor_spread_of_a_person_nor_categories_matter() -> None:
    found = trials(np.random.default_rng(2))
    assert found.reaction_time_s is not None
    times = standardised_times(found, minimum=8)
    slower = standardised_times(
        BehaviouralAssembly(
            *(found.observer, found.stimulus_id, found.condition, found.response, found.category),
            np.exp(2 * np.log(found.reaction_time_s) + 3),
        ),
        minimum=8,
    )
    np.testing.assert_allclose(times.z, slower.z, atol=1e-12)
    rng = np.random.default_rng(0)
    model = np.broadcast_to(rng.standard_normal(len(times.stimulus_ids)), times.z.shape)
    plain = rank_correlations(times.z, model, category=times.category)
    np.testing.assert_allclose(rank_correlations(times.z, model + 9 * times.category, category=times.category), plain)
    np.testing.assert_allclose(rank_correlations(times.z, -model, category=times.category), -plain)


def test_a_draw_of_everything_once_is_the_value() -> None:
    times = standardised_times(trials(np.random.default_rng(3)), minimum=8)
    others = mean_of_others(times.z)
    counts = np.vstack([np.ones(len(times.stimulus_ids), dtype=int), np.arange(len(times.stimulus_ids)) % 3])
    drawn = drawn_correlations(times.z, others, category=times.category, counts=counts)
    np.testing.assert_allclose(drawn[0], rank_correlations(times.z, others, category=times.category))
    assert (np.abs(drawn[1] - drawn[0]) > 0).all()


def test_doubt_is_minus_the_margin_of_shares() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.1], [1.0, 0.0, 0.0], [0.2, 0.2, 0.1]])
    np.testing.assert_allclose(doubt(probabilities), [-0.5, -0.25, -1.0, 0.0])


def test_people_of_few_right_answers_are_left_out_and_times_are_needed() -> None:
    found = trials(np.random.default_rng(4))
    assert standardised_times(found, minimum=61).people == ()
    nothing = BehaviouralAssembly(found.observer, found.stimulus_id, found.condition, found.response, found.category)
    with pytest.raises(InvalidDataError, match="Reaction times were not recorded"):
        standardised_times(nothing, minimum=8)
    category = np.zeros(3, dtype=int)
    assert np.isnan(rank_correlations(np.ones((1, 3)), np.array([[1.0, 2.0, 3.0]]), category=category)).all()
    assert np.isnan(rank_correlations(np.full((1, 3), np.nan), np.ones((1, 3)), category=category)).all()
