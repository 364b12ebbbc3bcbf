"""Shape bias against counting decisions trial by trial."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.behaviour.shape_bias import (
    cue_decisions,
    cues_of,
    resampled_shape_bias,
    shape_bias,
    shape_bias_by_category,
)
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly

NAMES = ("cat", "dog", "elephant", "bear", "na")


def trials(rng: np.random.Generator, observers: int = 3) -> BehaviouralAssembly:
    cues = [(s, t, k) for s in NAMES[:4] for t in NAMES[:4] for k in range(3)]
    ids = [f"{s}{k}-{t}{k + 1}.png" for s, t, k in cues] * observers
    return BehaviouralAssembly(
        observer=np.repeat([f"o{i}" for i in range(observers)], len(cues)),
        stimulus_id=np.array(ids),
        condition=np.full(len(ids), "0"),
        response=rng.choice(NAMES, len(ids)),
        category=np.array([s for s, _, _ in cues] * observers),
    )


def by_loop(assembly: BehaviouralAssembly, observer: str, shape: str | None = None) -> tuple[int, int]:
    counts = [0, 0]
    for who, name, answer in zip(assembly.observer, assembly.stimulus_id, assembly.response, strict=True):
        left, right = (part.rstrip("0123456789") for part in name.removesuffix(".png").split("-"))
        if who == observer and left != right and shape in (None, left):
            counts[0] += answer == left
            counts[1] += answer == right
    return counts[0], counts[1]


@pytest.mark.parametrize("seed", range(5))
def test_equals_counting_decisions(seed: int) -> None:
    assembly = trials(np.random.default_rng(seed))
    decisions = cue_decisions(assembly)
    bias = shape_bias(decisions)
    counts = [by_loop(assembly, observer) for observer in assembly.observers]
    np.testing.assert_allclose(bias.per_observer, [s / (s + t) for s, t in counts])
    assert bias.mean == pytest.approx(np.mean([s / (s + t) for s, t in counts]))
    shape, texture = np.sum(counts, axis=0)
    assert bias.pooled == pytest.approx(shape / (shape + texture))
    for category, values in shape_bias_by_category(decisions).items():
        for observer, value in zip(assembly.observers, values, strict=True):
            s, t = by_loop(assembly, observer, category)
            assert value == pytest.approx(s / (s + t) if s + t else np.nan, nan_ok=True)


def test_resamples_equal_repeating_stimuli() -> None:
    rng = np.random.default_rng(7)
    decisions = cue_decisions(trials(rng))
    stimuli = decisions.by_shape.shape[1]
    assert stimuli == 36  # of 48, twelve show shape and texture of one category
    chosen = rng.integers(0, stimuli, (6, stimuli))
    counts = np.stack([np.bincount(columns, minlength=stimuli) for columns in chosen])
    for drawn, columns in zip(resampled_shape_bias(decisions, counts=counts), chosen, strict=True):
        taken = decisions._replace(by_shape=decisions.by_shape[:, columns], by_texture=decisions.by_texture[:, columns])
        np.testing.assert_allclose(drawn, shape_bias(taken).per_observer)


def test_extremes() -> None:
    assembly = trials(np.random.default_rng(0), observers=1)
    cues = cues_of(assembly.stimulus_id)
    answers = {"shape": cues.shape, "texture": cues.texture, "na": np.full(len(assembly), "na")}
    for name, value in (("shape", 1.0), ("texture", 0.0), ("na", np.nan)):
        told = BehaviouralAssembly(
            assembly.observer, assembly.stimulus_id, assembly.condition, answers[name], assembly.category
        )
        bias = shape_bias(cue_decisions(told))
        assert bias.mean == pytest.approx(value, nan_ok=True)
        assert bias.pooled == pytest.approx(value, nan_ok=True)
        assert bool(bias.reasons) == (name == "na")


def test_names_with_and_without_the_experiments_prefix() -> None:
    cues = cues_of(np.array(["cat7-elephant1.png", "0001_s5n_s01_0_bird_00_bird3-bird2.png", "truck12-oven3"]))
    assert cues.shape.tolist() == ["cat", "bird", "truck"]
    assert cues.texture.tolist() == ["elephant", "bird", "oven"]
    with pytest.raises(InvalidDataError, match="1 stimulus ids name no shape and texture"):
        cues_of(np.array(["cat7-elephant1.png", "oven10.png"]))


def test_agreeing_cues_only_are_refused() -> None:
    assembly = trials(np.random.default_rng(0), observers=1)
    cues = cues_of(assembly.stimulus_id)
    with pytest.raises(InvalidDataError, match="agree on every image"):
        cue_decisions(assembly.select(cues.shape == cues.texture))
