"""`brainrank analyse shape-bias`: shape or texture, on cue-conflict images."""

import numpy as np

from brainrank.api.cli.analyse.trial_options import Categories, Common, Conditions, Trials, assembly_of
from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.options import Columns, Draws, Json, Plot, Seed
from brainrank.api.cli.output import clear_errors, print_json, results
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.score_json import interval_json
from brainrank.benchmark.metrics.behaviour import shape_bias as metric
from brainrank.benchmark.metrics.behaviour.shape_bias import CueDecisions, ShapeBias
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import SHARE, interval_over_stimuli
from brainrank.benchmark.types.score import Interval


def shape_bias(
    trials: Trials,
    condition: Conditions = None,
    common: Common = False,
    categories: Categories = None,
    columns: Columns = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    json: Json = False,
    plot: Plot = None,
) -> None:
    """Shape bias of each observer on images named like cat7-dog1.png: shape / (shape + texture decisions).

    Images whose shape and texture agree are left out; intervals are over new images.
    """
    with clear_errors():
        assembly = assembly_of(trials, conditions=condition, common=common, categories=categories, columns=columns)
        decisions = metric.cue_decisions(assembly)
        bias = metric.shape_bias(decisions)
        counts = stimulus_counts(len(decisions.shapes), draws=draws, rng=np.random.default_rng(seed))
        resamples = metric.resampled_shape_bias(decisions, counts=counts)
        intervals = [
            interval_over_stimuli(float(value), drawn, n_stimuli=len(decisions.shapes), support=SHARE)
            for value, drawn in zip(bias.per_observer, resamples.T, strict=True)
        ]
        if plot is not None:
            from brainrank.api.plots.behaviour import shape_bias_by_category
            from brainrank.api.plots.save import save_figure

            by_category = metric.shape_bias_by_category(decisions)
            save_figure(shape_bias_by_category(decisions.observers, by_category, bias.per_observer), plot)
        if json:
            print_json({"draws": draws, "seed": seed} | _as_json(decisions, bias, intervals))
        else:
            _print(decisions, bias, intervals)


def _as_json(decisions: CueDecisions, bias: ShapeBias, intervals: list[Interval]) -> dict[str, object]:
    rows = [
        {
            "observer": observer,
            "shape_bias": float(bias.per_observer[k]),
            "interval": interval_json(intervals[k]),
            "shape_decisions": int(decisions.by_shape[k].sum()),
            "texture_decisions": int(decisions.by_texture[k].sum()),
            "images": len(decisions.shapes),
            "reason": bias.reasons.get(k, ""),
        }
        for k, observer in enumerate(decisions.observers)
    ]
    return {"observers": rows, "mean": bias.mean, "pooled": bias.pooled}


def _print(decisions: CueDecisions, bias: ShapeBias, intervals: list[Interval]) -> None:
    images = len(decisions.shapes)
    rows = []
    for k, observer in enumerate(decisions.observers):
        shape, texture = int(decisions.by_shape[k].sum()), int(decisions.by_texture[k].sum())
        cells = (number_text(float(bias.per_observer[k])), interval_text(intervals[k]))
        rows.append([observer, *cells, str(shape), str(texture), str(images - shape - texture)])
    headings = ("shape bias", "95 % interval", "shape", "texture", "neither")
    print_table([name_column("observer"), *map(number_column, headings)], rows)
    results.print()
    print_text(
        f"Mean of observers {number_text(bias.mean)}, all decisions pooled {number_text(bias.pooled)}; {images} images "
        "whose shape and texture differ"
    )
    for k, reason in bias.reasons.items():
        print_text(f"{decisions.observers[k]}: {reason}")
