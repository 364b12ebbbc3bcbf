"""A linear readout that is taught image by image, with feedback, in epochs: how a fixed representation learns.

The readout W of features x begins at random and is moved by stochastic gradient descent on the cross-entropy of the
softmax of W x. What it has learnt is a sum of the features of the images it was taught, so that the Gram matrix
K = X X' is all that is needed. Logits F begin as normal numbers whose covariance over images is K, as those of normal
weights W are, and a step on the images of a batch adds to those of all images

    F <- F - rate / size K[:, batch] (softmax(F[batch]) - truth).

Features are centred on the mean of the training images and divided by the root mean square of their length, so that a
rate, and the size of the start, mean the same for every representation. What of the start no training image has a part
in stays, and is where new images differ from those taught.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

BATCH_SIZE = 4


class Lesson(NamedTuple):
    """How a readout is taught: how often all images are gone through, by how many learners, and how fast each moves."""

    epochs: int
    runs: int
    rate: float


class Answers(NamedTuple):
    """What each run answers, as places among the categories.

    `training` are the answers to the images it is taught, in each epoch, before it is told; `all_images` those to every
    image after the epoch.
    """

    training: Int[ndarray, "runs epochs training"]
    all_images: Int[ndarray, "runs epochs stimuli"]


def taught_kernel(
    gram: Float[ndarray, "stimuli stimuli"], taught: Int[ndarray, " training"]
) -> Float[ndarray, "stimuli stimuli"]:
    """Products of images' features centred on the taught ones, in units of these ones' mean squared length.

    Raises InvalidDataError where the taught images have the same features: nothing is to be learnt from them.
    """
    rows = gram[taught].mean(axis=0)
    kernel = gram - rows - rows[:, None] + rows[taught].mean()
    power = float(np.diagonal(kernel)[taught].mean())
    if not power > np.abs(np.diagonal(gram)).max() * len(gram) * np.finfo(np.float64).eps:
        raise InvalidDataError("All training images have the same features, from which nothing can be learnt")
    return np.asarray(kernel / power)


def teach(
    kernel: Float[ndarray, "stimuli stimuli"],
    taught: Int[ndarray, " training"],
    labels: Int[ndarray, " training"],
    *,
    categories: int,
    lesson: Lesson,
    rng: np.random.Generator,
) -> Answers:
    """Teach readouts, each with its own start and order of images, batch after batch.

    `labels` are the places of the taught images' categories. What is left of an epoch is its last batch.
    """
    n, runs = len(taught), lesson.runs
    logits = np.matmul(_root(kernel), rng.standard_normal((runs, len(kernel), categories)))
    truth = np.eye(categories)[labels]
    before = np.empty((runs, lesson.epochs, n), dtype=np.int64)
    after = np.empty((runs, lesson.epochs, len(kernel)), dtype=np.int64)
    each = np.arange(runs)[:, None]
    for epoch in range(lesson.epochs):
        order = rng.permuted(np.tile(np.arange(n), (runs, 1)), axis=1)
        for start in range(0, n, BATCH_SIZE):
            batch = order[:, start : start + BATCH_SIZE]
            answered = logits[each, taught[batch]]
            before[each, epoch, batch] = answered.argmax(axis=2)
            errors = _softmax(answered) - truth[batch]
            towards = kernel[:, taught[batch]].transpose(1, 0, 2)
            logits -= lesson.rate / batch.shape[1] * np.matmul(towards, errors)
        after[:, epoch] = logits.argmax(axis=2)
    return Answers(before, after)


def _softmax(logits: Float[ndarray, "runs images categories"]) -> Float[ndarray, "runs images categories"]:
    powers = np.exp(logits - logits.max(axis=2, keepdims=True))
    return np.asarray(powers / powers.sum(axis=2, keepdims=True))


def _root(kernel: Float[ndarray, "stimuli stimuli"]) -> Float[ndarray, "stimuli stimuli"]:
    """The symmetric root of a kernel: its product with normal numbers has the kernel as covariance."""
    values, vectors = np.linalg.eigh(kernel)
    return np.asarray((vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T)
