"""Courses of layers on two halves of the stimuli, and the course of the layers chosen from them, on draws.

A similarity at a time moves with the draws of stimuli to first order, so that a draw costs a product with influences.
The layer is chosen on the one half and reported on the other, on every draw anew, as RSA does: by the mean over the
times of a window, over all times, or for each time by itself.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray


class LayerChoice(StrEnum):
    """The times by which a layer is chosen: those of the score's window, all of them, or each for itself."""

    WINDOW = "window"
    ALL = "all"
    EACH = "each"


class HalfCourses(NamedTuple):
    """How alike each layer is to each subject at each time, on a half, and what each of its units adds to that."""

    values: Float[ndarray, "layers subjects times"]
    influence: Float[ndarray, "layers subjects times units"]


class DrawnCourse(NamedTuple):
    """The course of the layers chosen: of each subject, and on draws of stimuli, of subjects, and of both.

    `chosen` numbers the layer that is reported on each half at each time; `won` is the share of draws that each has.
    Without draws of subjects, those and draws of both are None.
    """

    subject_values: Float[ndarray, "subjects times"]
    chosen: Int[ndarray, "halves times"]
    won: Float[ndarray, " layers"]
    stimuli: Float[ndarray, "draws times"]
    subjects: Float[ndarray, "draws times"] | None
    both: Float[ndarray, "draws times"] | None


def chosen_course(
    halves: Sequence[HalfCourses],
    counts: Sequence[Int[ndarray, "draws units"]],
    weights: Float[ndarray, "draws subjects"] | None,
    by: Sequence[int] | None,
) -> DrawnCourse:
    """Choose layers on each half and report them on the other, averaged; `by` are times to choose by, None for each.

    `counts` are how often each unit of a half was drawn, `weights` how often each subject was.
    """
    n_layers, n_subjects, n_times = halves[0].values.shape
    away = [each - 1.0 for each in counts]
    everyone = np.ones((1, n_subjects))
    nothing = [np.zeros((1, each.shape[1])) for each in away]
    fixed = [_chosen(each, zero, everyone, by) for each, zero in zip(halves[::-1], nothing, strict=True)]
    on_draws = [_chosen(each, moved, everyone, by) for each, moved in zip(halves[::-1], away[::-1], strict=True)]
    chosen = np.stack([np.broadcast_to(each[0], n_times) for each in fixed])
    won = np.bincount(np.concatenate([each.ravel() for each in on_draws]), minlength=n_layers)
    found = DrawnCourse(
        np.mean([_subjects_at(each.values, of_half) for each, of_half in zip(halves, chosen, strict=True)], axis=0),
        chosen,
        won / won.sum(),
        np.mean([_reported(*each, everyone) for each in zip(halves, away, on_draws, strict=True)], axis=0),
        None,
        None,
    )
    if weights is None:
        return found
    of_subjects = [_chosen(each, zero, weights, by) for each, zero in zip(halves[::-1], nothing, strict=True)]
    of_both = [_chosen(each, moved, weights, by) for each, moved in zip(halves[::-1], away[::-1], strict=True)]
    return found._replace(
        subjects=np.mean(
            [_reported(*each, weights) for each in zip(halves, nothing, of_subjects, strict=True)], axis=0
        ),
        both=np.mean([_reported(*each, weights) for each in zip(halves, away, of_both, strict=True)], axis=0),
    )


def _subjects_at(
    values: Float[ndarray, "layers subjects times"], chosen: Int[ndarray, " times"]
) -> Float[ndarray, "subjects times"]:
    return np.asarray(np.take_along_axis(values, chosen[None, None], axis=0)[0])


def _chosen(
    half: HalfCourses, away: Float[ndarray, "_ units"], weights: Float[ndarray, "_ subjects"], by: Sequence[int] | None
) -> Int[ndarray, "draws _"]:
    """The best layer on each draw: one for all times, or one for each; the first of equals."""
    values, influence = half
    if by is not None:
        values = values[..., by].mean(axis=2, keepdims=True)
        influence = influence[:, :, by].mean(axis=2, keepdims=True)
    means = [_mean_over_subjects(*layer, away, weights) for layer in zip(values, influence, strict=True)]
    return np.asarray(np.argmax(np.stack(means), axis=0))


def _reported(
    half: HalfCourses, away: Float[ndarray, "_ units"], chosen: Int[ndarray, "draws _"], weights: Float[ndarray, "_ s"]
) -> Float[ndarray, "draws times"]:
    """The mean over subjects of the layers chosen, on each draw."""
    n_draws, n_times = max(len(away), len(weights)), half.values.shape[2]
    found = np.empty((n_draws, n_times))
    everywhere = np.broadcast_to(chosen, (n_draws, n_times))
    for layer in np.unique(chosen):
        here = everywhere == layer
        drawn = here.any(axis=1)
        of_layer = _mean_over_subjects(
            half.values[layer],
            half.influence[layer],
            away[drawn] if len(away) > 1 else away,
            weights[drawn] if len(weights) > 1 else weights,
        )
        found[here] = np.broadcast_to(of_layer, (int(drawn.sum()), n_times))[here[drawn]]
    return found


def _mean_over_subjects(
    values: Float[ndarray, "subjects times"],
    influence: Float[ndarray, "subjects times units"],
    away: Float[ndarray, "_ units"],
    weights: Float[ndarray, "_ subjects"],
) -> Float[ndarray, "draws times"]:
    """Mean over subjects, each as often as it was drawn, of what draws of units make of its course."""
    n_subjects = len(values)
    fixed = weights @ values / n_subjects
    if not away.any():
        return np.asarray(fixed)
    if len(weights) == 1:
        return np.asarray(fixed + away @ np.tensordot(weights[0], influence, axes=1).T / n_subjects)
    moved = np.zeros((len(away), values.shape[1]))
    for weight, of_subject in zip(weights.T, influence, strict=True):
        moved += (weight[:, None] * away) @ of_subject.T
    return np.asarray(fixed + moved / n_subjects)
