"""The taught readout against one that has weights and features, and what a kernel must not depend on."""

import numpy as np
import pytest

from brainrank.benchmark.metrics.learning_curves.readout import BATCH_SIZE, Lesson, taught_kernel, teach
from brainrank.benchmark.types.errors import InvalidDataError

TAUGHT = np.array([1, 3, 4, 6, 8, 9, 10, 11])
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1])


def features() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((14, 20)) + 5.0


def scaled(x: np.ndarray) -> np.ndarray:
    x = x - x[TAUGHT].mean(axis=0)
    return np.asarray(x / np.sqrt((x[TAUGHT] ** 2).sum(axis=1).mean()))


def test_kernel_is_of_centred_features_in_units_of_their_length() -> None:
    x = features()
    moved = x @ np.linalg.qr(np.random.default_rng(4).standard_normal((20, 20)))[0] * 7 + 3
    for each in (x, moved, x - x.mean(axis=0)):
        assert taught_kernel(each @ each.T, TAUGHT) == pytest.approx(scaled(x) @ scaled(x).T, abs=1e-9)


def test_answers_are_those_of_weights_moved_by_gradients() -> None:
    """The same start, order and steps for weights W of features: gradient of the cross-entropy, batch by batch."""
    x, lesson = scaled(features()), Lesson(epochs=4, runs=3, rate=0.8)
    found = teach(x @ x.T, TAUGHT, LABELS, categories=3, lesson=lesson, rng=np.random.default_rng(9))
    rng = np.random.default_rng(9)
    values, vectors = np.linalg.eigh(x @ x.T)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    start = root @ rng.standard_normal((3, 14, 3))  # logits W0 x, of which W0 itself is not needed
    weights = np.zeros((3, 3, 20))
    for epoch in range(4):
        order = rng.permuted(np.tile(np.arange(8), (3, 1)), axis=1)
        for run in range(3):
            for first in range(0, 8, BATCH_SIZE):
                batch = order[run, first : first + BATCH_SIZE]
                gradient = np.zeros((3, 20))
                for image in batch:
                    logits = weights[run] @ x[TAUGHT[image]] + start[run, TAUGHT[image]]
                    assert found.training[run, epoch, image] == logits.argmax()
                    p = np.exp(logits) / np.exp(logits).sum()
                    gradient += np.outer(p - np.eye(3)[LABELS[image]], x[TAUGHT[image]]) / len(batch)
                weights[run] -= 0.8 * gradient
            logits = x @ weights[run].T + start[run]
            assert found.all_images[run, epoch].tolist() == logits.argmax(axis=1).tolist()


def test_a_fast_readout_knows_what_it_was_taught_and_a_slow_one_guesses() -> None:
    x = scaled(features())
    accuracy = [
        (
            teach(
                x @ x.T,
                TAUGHT,
                LABELS,
                categories=3,
                lesson=Lesson(6, 200, rate),
                rng=np.random.default_rng(0),
            ).all_images[:, -1, TAUGHT]
            == LABELS
        ).mean()
        for rate in (1e-6, 30.0)
    ]
    assert accuracy[0] == pytest.approx(1 / 3, abs=0.04)
    assert accuracy[1] > 0.99


def test_images_that_are_all_the_same_teach_nothing() -> None:
    same = np.tile(np.arange(20.0), (14, 1))
    with pytest.raises(InvalidDataError, match="from which nothing can be learnt"):
        taught_kernel(same @ same.T, TAUGHT)
