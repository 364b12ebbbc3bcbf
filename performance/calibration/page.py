"""docs/calibration.md, written from what was simulated."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from brainrank.api.cli.board_files import markdown_table
from performance.calibration.boards import LeftOut
from performance.calibration.measures import Calibration, Share
from performance.calibration.settings import DRAWS, Setting, settings

Before = Mapping[str, Mapping[str, float]]
GOALS = {"coverage": (0.93, 0.97), "false_05": (0.04, 0.06), "false_01": (0.0, 0.015), "split": (0.0, 0.06)}
WITHIN = 2  # Monte Carlo standard errors that a share may be beyond its goal and still be told from nothing


def page(
    found: Mapping[str, Calibration],
    before: Mapping[str, Any],
    boards: Sequence[LeftOut],
    *,
    sets: int,
    minutes: float,
    day: date,
) -> str:
    """The whole page; `before` has the commit it was measured at, and its numbers by setting."""
    earlier: Before = before["settings"]
    return TEXT.format(
        sets=sets,
        draws=DRAWS,
        minutes=minutes,
        day=day,
        commit=before["commit"],
        before_sets=before["sets"],
        pairs=markdown_table(PAIRS, _pairs(found, earlier)),
        unequal=markdown_table(UNEQUAL, _unequal(found)),
        boards=markdown_table(BOARDS, _boards(found, earlier)),
        noise=markdown_table(NOISE, _noise(found, earlier, "noise")),
        groups=markdown_table(NOISE, _noise(found, earlier, "groups")),
        left_out=_left_out(boards),
    )


def _pairs(found: Mapping[str, Calibration], before: Before) -> list[list[str]]:
    rows = []
    for setting in _of_kind("pair"):
        each, earlier = found[setting.name], before.get(setting.name, {})
        rows.append(
            [
                *(setting.metric, setting.size, setting.world),
                *(_number(earlier, key) for key in ("coverage", "false_05", "false_01")),
                *(_share(getattr(each, key), *GOALS[key]) for key in ("coverage", "false_05", "false_01")),
            ]
        )
    return rows


def _unequal(found: Mapping[str, Calibration]) -> list[list[str]]:
    rows = []
    for setting in _of_kind("unequal"):
        each = found[setting.name]
        shares = (f"{share.value:.3f} ({share.error:.3f})" for share in (each.normal_05, each.false_05))
        rows.append([setting.metric, setting.size, setting.world, *shares])
    return rows


def _boards(found: Mapping[str, Calibration], before: Before) -> list[list[str]]:
    return [
        [
            *(setting.metric, setting.size, setting.world),
            _number(before.get(setting.name, {}), "split"),
            _share(found[setting.name].split, *GOALS["split"]),
        ]
        for setting in _of_kind("board")
    ]


def _noise(found: Mapping[str, Calibration], before: Before, kind: str) -> list[list[str]]:
    rows = []
    for setting in _of_kind(kind):
        each, earlier = found[setting.name], before.get(setting.name, {})
        rows.append(
            [
                *(setting.metric, setting.size),
                *(_number(earlier, key) for key in ("mean", "coverage")),
                f"{each.mean.value:.4f} ({each.mean.error:.4f})",
                f"{each.coverage.value:.3f} ({each.coverage.error:.3f})",
            ]
        )
    return rows


def _of_kind(kind: str) -> list[Setting]:
    return [each for each in settings() if each.kind == kind]


def _share(share: Share, low: float, high: float) -> str:
    """The share with its Monte Carlo error; in bold where it is beyond its goal by more than that can explain."""
    text = f"{share.value:.3f} ({share.error:.3f})"
    beyond = max(low - share.value, share.value - high)
    return f"**{text}**" if beyond > WITHIN * share.error else text


def _number(earlier: Mapping[str, float], key: str) -> str:
    return f"{earlier[key]:.3f}" if key in earlier else "-"


def _left_out(boards: Sequence[LeftOut]) -> str:
    rows = []
    for rule in boards:
        for way, (lines, first, last) in rule.gained.items():
            gained = (f"{value:+.1f} ({error:.1f})" for value, error in (lines, first, last))
            rows.append([rule.rule, way, *gained, f"{rule.beyond[way]:.0%}"])
    held = "; ".join(
        f"{rule.rule}: " + ", ".join(f"{way} {share:.1%}" for way, share in rule.held.items()) for rule in boards
    )
    table = markdown_table(LEFT_OUT, rows)
    return f"{table}\nPlaces from half of the cells hold the model's place in the whole table: {held}."


PAIRS = (
    "metric",
    "size",
    "world",
    *("coverage, before", "p < .05", "p < .01"),
    *("coverage, now", "p < .05", "p < .01"),
)
UNEQUAL = ("metric", "size", "world", "told apart, variance taken as known", "told apart, now")
BOARDS = ("metric", "size", "world", "split, before", "split, now")
NOISE = ("metric", "size", "mean, before", "holds 0", "mean, now", "holds 0")
LEFT_OUT = ("rule", "what one model keeps", "lines gained", "first place", "last place", "true place beyond its places")

TEXT = """# Calibration: how often brainrank is wrong

Made by `make calibration` on {day}, in {minutes:.0f} minutes: {sets} simulated sets of each setting
(three tenths of them of noise, a fifth of veRSA), {draws} draws
each, with the Monte Carlo standard error in brackets. "Before" is commit {commit}, by the same worlds and seeds,
{before_sets} sets of some settings (60 of noise; 1,000 of RSA with 92 stimuli x 4 subjects, whose first 200 told .030
apart by chance). The worlds are in performance/calibration/worlds.py; what is done and why, in
[uncertainty](decisions/uncertainty.md), [encoding](decisions/encoding.md) and [ranks](decisions/ranks.md). What lies
beyond its goal by more than two Monte Carlo errors is in bold.

## Two equally good models

The share of 95 % intervals that hold the expected score (goal .93 to .97), and how often two models that are equally
good are told apart (goals .04 to .06 at p < .05, at most .015 at p < .01). In the strong world a few features are most
of what a subject, a target or an observer weighs, so that four subjects differ a lot; in the mild one all weigh about
alike.

{pairs}
The script of the report that led to this (92 stimuli x 4 subjects, 300 draws, 250 sets of another seed) told equal
models apart in .112 (p < .05) and .072 (p < .01) of sets before, and in .052 and .008 now.

## Two models of which one is better

What the degrees of freedom cost: how often a difference is told at p < .05 where there is one, now and if its variance
were taken as known, which tells apart too many models that are equal. Of the features that the first model sees, the
second has a third (RSA), two thirds (encoding, 150 stimuli), five sixths (640) or half (errors).

{unequal}
## Six equally good models on a board

How often a board of one benchmark does not give all six the same places (goal: at most .06).

{boards}
## Noise

Models of noise, or responses of noise: the mean score must be within .01 of 0, and intervals hold 0.

{noise}
## Copies

Forty objects of noise, three near-identical photographs of each. Where the groups are told, whole objects are held out
and drawn; where they are not, a model of noise seems to predict responses of noise.

{groups}
## Benchmarks that a model leaves out

On the table of [results](results.md), one model at a time keeps some of its benchmarks: lines and places gained (above
0 is a gain), and the share of models whose place in the whole table lies beyond all the places they then have.

{left_out}
"""
