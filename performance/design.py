"""Whether `brainrank design` keeps its word; writes performance/RESULTS-design.md: `python -m performance.design`.

Models and photographs are real (1,200 images of cowley2023, activations from this home or computed), noise is that of
benchmarks. What is told of a study is tried in worlds that share no code with those it was told from: subjects' own
parts as they were measured, their images in a random order; scores by the metrics' own comparison; and the variance of
every world's difference from draws of that world.
"""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.services.analysis.design_text import subjects_text
from brainrank.api.services.analysis.study_design import (
    Asked,
    Material,
    chosen_benchmark,
    gathered,
    noise_source,
    pool_of,
)
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.design.choice import choose_images
from brainrank.benchmark.design.design import Design, Plan, design, image_set
from brainrank.benchmark.design.planned_models import on_the_scale
from brainrank.benchmark.design.worlds import ImageSet
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.metrics.rdms.stimulus_influence import similarity_influence
from brainrank.benchmark.recovery.rdm_noise import own_parts, standard_scores
from brainrank.benchmark.statistics.resampling import stimulus_counts
from brainrank.benchmark.statistics.uncertainty import deviations_of_subject_mean, spread, two_sided_p
from brainrank.benchmark.types.condensed import pairs_among, stimuli_of_pairs

POOL = "cowley2023.v4-201025"
HUMAN_IT, IT, JUDGEMENTS = "kriegeskorte2008.human-it.rsa", "cichy2014.it.rsa", "kriegeskorte2008.judgements.rsa"
SETTINGS = (
    (HUMAN_IT, ("controlled-clip", "controlled-supervised")),
    (HUMAN_IT, ("controlled-supervised", "controlled-supervised-seed1")),
    (HUMAN_IT, ("controlled-simclr", "controlled-vae")),
    (IT, ("controlled-clip", "controlled-supervised")),
    (JUDGEMENTS, ("controlled-clip", "controlled-supervised")),
    (HUMAN_IT, ("mobilenet-v2-torchvision", "controlled-clip", "controlled-supervised")),
)
CHOSEN, SUBJECTS, WORLDS, FRESH_WORLDS, DRAWS = 80, 10, 200, 300, 200
PAGE = Path(__file__).with_name("RESULTS-design.md")


class Fresh(NamedTuple):
    """Shares of fresh worlds: the true model is first and told from the second; and any model is told to be better."""

    certain: float
    some_winner: float


def fresh_worlds(
    rdms: NDArray[np.float64],
    images: ImageSet,
    signal: NDArray[np.float64],
    explained: float,
    share: float,
    *,
    comparator: Comparator,
    subjects: int,
    worlds: int,
    truth: int,
    rng: np.random.Generator,
) -> Fresh:
    """Simulate from a signal, in standard scores, and score; `rdms` are the measured subjects', which noise is of."""
    n, k = stimuli_of_pairs(rdms.shape[1]), images.images
    own = own_parts(rdms, comparator)
    mean = standard_scores(standard_scores(rdms, comparator).mean(axis=0, keepdims=True), comparator)[0]
    certain, winners = 0, 0
    for _ in range(worlds):
        common = mean[pairs_among(rng.permutation(n)[:k], n)]
        shared = explained * signal + np.sqrt(1 - explained**2) * common
        noise = [own[rng.integers(len(own))][pairs_among(rng.permutation(n)[:k], n)] for _ in range(subjects)]
        measured = np.sqrt(1 - share) * shared + np.sqrt(share) * np.array(noise)
        first, better = _told(images.rdms, measured, comparator, truth, rng)
        certain += first and better
        winners += better
    return Fresh(certain / worlds, winners / worlds)


def _told(
    models: NDArray[np.float64],
    measured: NDArray[np.float64],
    comparator: Comparator,
    truth: int,
    rng: np.random.Generator,
) -> tuple[bool, bool]:
    """Whether the true model is first, and whether the first is told from the second."""
    k, subjects = stimuli_of_pairs(models.shape[1]), len(measured)
    scores = compare(models, measured, comparator)
    second, first = np.argsort(scores.mean(axis=1))[-2:]
    influence = similarity_influence(models[[first, second]], measured, np.arange(k), comparator).influence
    apart = scores[first] - scores[second]
    counts = stimulus_counts(k, draws=DRAWS, rng=rng)
    drawn = apart + np.tensordot(counts - 1.0, influence[0] - influence[1], axes=(1, 1))
    names = [str(each) for each in range(subjects)]
    draws = deviations_of_subject_mean(apart, drawn, n_stimuli=k, stimulus_set="", subjects=names, rng=rng)
    return bool(first == truth), two_sided_p(float(apart.mean()), spread([draws])) < 0.05


class Setting(NamedTuple):
    """Models with their material, and the noise they are told apart in."""

    noise: str
    models: tuple[str, ...]
    material: Material
    comparator: Comparator


def main() -> None:
    """Gather, plan, try, write."""
    lines = [HEAD.format(date=datetime.now(UTC).date(), processors=platform.machine()).rstrip()]
    settings = Settings()
    catalogue = open_catalogue(settings.locations)
    found = list[Setting]()
    with (
        TerminalReporter() as reporter,
        open_machine(settings, catalogue, device="cpu") as machine,
        pool_of(POOL, settings.locations, reporter) as pool,
    ):
        for noise, models in SETTINGS:
            source = noise_source(chosen_benchmark(noise, catalogue, settings.locations), machine, reporter)
            material = gathered(Asked(models, {}), pool, source, machine, reporter, chosen=True)
            found.append(Setting(noise, models, material, source.metric.comparator))
    gains, tried = list[str](), list[str]()
    for each in found:
        made = {name: _planned(each, natural=name == "natural") for name in ("free", "natural")}
        gains.append(_gain_line(each, made))
        tried.append(_calibration_line(each, made["free"]))
        print(gains[-1], tried[-1], sep="\n", flush=True)
    lines += ["", GAINS, *gains, "", TRIED, *tried, "", NULL, *_null_lines(found), "", SPEED, *_speed_lines()]
    PAGE.write_text("\n".join(lines) + "\n")


def _planned(setting: Setting, *, natural: bool) -> Design:
    plan = Plan(SUBJECTS, CHOSEN, natural, WORLDS)
    return design(setting.material.layers, setting.material.assembly, setting.material.pool, plan, setting.comparator)


def _gain_line(setting: Setting, made: dict[str, Design]) -> str:
    random = made["free"].random
    assert random is not None
    cells = [" ".join(setting.models), setting.noise]
    cells += [subjects_text(each.fewest) for each in (random, made["free"].study, made["natural"].study)]
    cells += [f"{each.as_measured.mean:.2f}" for each in (random, made["free"].study, made["natural"].study)]
    return f"| {' | '.join(cells)} |"


def _calibration_line(setting: Setting, made: Design) -> str:
    """Told, and in fresh worlds."""
    pool, cells = setting.material.pool, list[str]()
    images = np.flatnonzero(np.isin(pool.stimulus_ids, made.images))
    chosen = image_set(pool.rdms, _scaled(setting), images)
    realised = [
        fresh_worlds(
            setting.material.assembly.rdms,
            chosen,
            chosen.signals[truth],
            made.models[truth].explained,
            made.noise.share,
            comparator=setting.comparator,
            subjects=made.subjects,
            worlds=FRESH_WORLDS,
            truth=truth,
            rng=np.random.default_rng([7, truth]),
        ).certain
        for truth in range(len(made.models))
    ]
    told = made.study.as_measured.certain.tolist()
    cells = [" ".join(setting.models), setting.noise]
    cells += [", ".join(f"{each:.2f}" for each in shares) for shares in (told, realised)]
    cells.append(f"{np.mean(told):.2f} / {np.mean(realised):.2f}")
    return f"| {' | '.join(cells)} |"


def _scaled(setting: Setting) -> NDArray[np.float64]:
    rdms = [each.rdm for each in setting.material.layers.values()]
    pairs = zip(setting.material.pool.rdms, rdms, strict=True)
    return np.stack([on_the_scale(own, rdm, setting.comparator) for own, rdm in pairs])


def _null_lines(found: Sequence[Setting]) -> list[str]:
    """No model is nearer: the truth is neither, or half of each; images chosen for the two."""
    lines = list[str]()
    for each in found:
        if len(each.models) > 2:
            continue
        signals, pool = _scaled(each), each.material.pool
        images = choose_images(signals, CHOSEN, of_images=0.1).images
        chosen = image_set(pool.rdms, signals, images)
        halfway = _half_way(chosen, each.comparator)
        cells = [" ".join(each.models), each.noise]
        for explained in (0.0, 0.4):
            for subjects in (5, 20):
                rng = np.random.default_rng([11, subjects])
                out = fresh_worlds(
                    each.material.assembly.rdms, chosen, halfway, explained, 0.75, comparator=each.comparator,
                    subjects=subjects, worlds=FRESH_WORLDS, truth=0, rng=rng,
                )  # fmt: skip
                cells.append(f"{out.some_winner:.3f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _half_way(images: ImageSet, comparator: Comparator) -> NDArray[np.float64]:
    """The mixture of two models' signals that has the same similarity to both, in standard scores; by bisection."""
    one, other = standard_scores(images.signals, Comparator.CORR)
    low, high, middle = 0.0, 1.0, one
    for _ in range(30):
        weight = (low + high) / 2
        middle = standard_scores((weight * one + (1 - weight) * other)[None], Comparator.CORR)[0]
        to_one, to_other = compare(images.rdms, middle[None], comparator)[:, 0]
        low, high = (low, weight) if to_one > to_other else (weight, high)
    return np.asarray(middle)


def _speed_lines() -> list[str]:
    rng, lines = np.random.default_rng(0), list[str]()
    for models in (2, 5, 10):
        shared = rng.normal(size=(1000, 20))
        rdms = np.stack([1 - np.corrcoef(shared + rng.normal(size=(1000, 20))) for _ in range(models)])
        started = process_time()
        choose_images(rdms, CHOSEN, of_images=0.1)
        lines.append(f"| {models} | {process_time() - started:.1f} s |")
    return lines


HEAD = """# Planned studies

`python -m performance.design`, {date}, {processors}, two processors shared with other work.
"""
GAINS = f"""## Chosen images against random ones

{CHOSEN} of 1,200 photographs ({POOL}). Subjects for a power of 80 % (mean over truths as good as measured), and power
with {SUBJECTS} subjects; {WORLDS} worlds of each truth.

| models | noise | subjects: random | chosen | chosen, natural | power: random | chosen | chosen, natural |
|---|---|---|---|---|---|---|---|"""
TRIED = f"""## Told power and fresh worlds

Chosen images, {SUBJECTS} subjects: first and told from the second, for each truth; {FRESH_WORLDS} fresh worlds each.

| models | noise | told | in fresh worlds | means |
|---|---|---|---|---|"""
NULL = f"""## Equal models

Images chosen to tell two models apart, of which neither is nearer to the truth: what subjects share goes with no model
(*none*), or a mixture of the two with the same similarity to both correlates .4 with it (*half-way*). Share of
{FRESH_WORLDS} fresh worlds in which one is told to be better.

| models | noise | none, 5 subjects | 20 subjects | half-way, 5 subjects | 20 subjects |
|---|---|---|---|---|---|"""
SPEED = f"""## Time

Choosing {CHOSEN} of 1,000 images, one processor.

| models | processor time |
|---|---|"""


if __name__ == "__main__":
    main()
