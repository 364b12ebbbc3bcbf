"""RSA with intervals of many stimuli: time, memory, and rsatoolbox's bootstrap: `python -m performance.rsa`.

Every row runs in a process of its own, so that its peak memory is its own. What is given (Gram matrices of layers, RDMs
of subjects) is made first and counts in the peak, since a score holds it; its making is not in the time. Writes
performance/RESULTS-rsa.md.
"""

import argparse
import contextlib
import io
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from threadpoolctl import threadpool_limits

from brainrank.benchmark.metrics.rdms import drawn_similarity
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rdms.drawn_similarity import MOST_UNITS_COMPARED_ANEW
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.statistics.uncertainty import spread
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.dissimilarity import Dissimilarity
from performance.report import peak_mib

RESULTS = Path(__file__).with_name("RESULTS-rsa.md")
FEATURES = 64


class Case(NamedTuple):
    """Layers and subjects on so many stimuli, and what was to be reached, if anything."""

    stimuli: int
    layers: int
    subjects: int
    comparator: Comparator = Comparator.RHO_A
    goal: str = ""


CASES = (
    Case(2_000, 8, 4, goal="20 s, 2 GiB"),
    Case(10_000, 4, 1, goal="10 min, 6 GiB"),
    Case(10_000, 1, 4),
    Case(2_000, 8, 4, Comparator.CORR),
    Case(2_000, 8, 4, Comparator.COSINE_COV),
    Case(2_000, 8, 4, Comparator.TAU_A),
    Case(MOST_UNITS_COMPARED_ANEW, 8, 4),
    Case(MOST_UNITS_COMPARED_ANEW + 1, 8, 4),
)
PEER = Case(500, 8, 4)
BOTH_WAYS = (92, 200, 300, 400)
STUDIES, TRUE_STUDIES = 10, 400  # whose draws are compared anew; whose scores vary by the true error, known to 3.5 %
WEIGHTS = 2.0 ** -np.arange(FEATURES // 8).repeat(8)  # few features are most of it, as in brains and networks
PEER_DRAWS = 4
DRAWS = 1_000


class Measured(NamedTuple):
    """Seconds, and the process's peak of memory in MiB."""

    seconds: float
    peak_mib: float


def layer(rng: np.random.Generator, latent: np.ndarray[Any, Any], name: str) -> LayerGram:
    """A layer that sees the latent features through noise; of its features no more than the Gram matrix is made."""
    features = latent + rng.standard_normal(latent.shape)
    centred = features - features.mean(axis=0)
    mean = features.mean(axis=0)
    return LayerGram(
        name,
        given_gram=centred @ centred.T,
        row_sums=centred.sum(axis=1),
        mean_products=centred @ (mean - mean.mean()),
        row_powers=((features - features.mean(axis=1, keepdims=True)) ** 2).sum(axis=1),
        row_lengths=(features**2).sum(axis=1),
        mean=float(mean.mean()),
        n_features=features.shape[1],
    )


def study(case: Case) -> tuple[list[LayerGram], RdmAssembly]:
    """Layers and subjects of a case, from one latent space."""
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((case.stimuli, FEATURES))
    rdms = np.empty((case.subjects, case.stimuli * (case.stimuli - 1) // 2))
    for rdm in rdms:
        rdm[:] = rdm_from_gram(layer(rng, latent, ""), Dissimilarity.CORRELATION)
    names = tuple(map(str, range(case.stimuli)))
    subjects = tuple(f"subject {number}" for number in range(case.subjects))
    layers = [layer(rng, latent, f"layer {number}") for number in range(case.layers)]
    return layers, RdmAssembly("region", names, subjects, rdms)


def score(case: Case) -> Measured:
    """What `brainrank score` does once it has the layers: value, interval, ceiling with interval."""
    layers, assembly = study(case)
    start = time.perf_counter()
    RsaMetric(draws=DRAWS, comparator=case.comparator).score(layers, assembly)
    return Measured(time.perf_counter() - start, peak_mib())


def bootstrap_of_rsatoolbox(case: Case) -> Measured:
    """Its bootstrap over stimuli with noise ceilings, of a few draws scaled to all; no halves, no choice of a layer."""
    from rsatoolbox.inference import eval_bootstrap_pattern
    from rsatoolbox.model import ModelFixed
    from rsatoolbox.rdm import RDMs

    layers, assembly = study(case)
    models = [ModelFixed(each.layer, rdm_from_gram(each, Dissimilarity.CORRELATION)) for each in layers]
    start = time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
        eval_bootstrap_pattern(models, RDMs(assembly.rdms), method=case.comparator, N=PEER_DRAWS)
    return Measured((time.perf_counter() - start) * DRAWS / PEER_DRAWS, peak_mib())


SIDES: Mapping[str, Callable[[Case], Measured]] = {"ours": score, "rsatoolbox": bootstrap_of_rsatoolbox}


class BothWays(NamedTuple):
    """Standard errors that the bootstrap and influences tell, over the true one, and the seconds that each takes."""

    anew: float
    influence: float
    anew_s: float
    influence_s: float


def both_ways(stimuli: int, *, signal: bool) -> BothWays:
    """Studies of one subject and one layer: all that varies are stimuli, and the true error is how much scores do."""
    scores, told, seconds = [], {stimuli: list[float](), 0: list[float]()}, {stimuli: 0.0, 0: 0.0}
    for number in range(TRUE_STUDIES):
        seen, assembly = one_layer(np.random.default_rng([stimuli, number]), stimuli, signal=signal)
        for most in told:
            if most and number >= STUDIES:
                continue
            start = time.perf_counter()
            with mock.patch.object(drawn_similarity, "MOST_UNITS_COMPARED_ANEW", most):
                score = RsaMetric(draws=DRAWS).score([seen], assembly)
            seconds[most] += time.perf_counter() - start
            told[most].append(spread([score.draws]).variance if score.draws is not None else np.nan)
        scores.append(score.value)
    true = np.std(scores, ddof=1)
    anew, influence = (np.sqrt(np.mean(told[most])) / true for most in (stimuli, 0))
    return BothWays(float(anew), float(influence), seconds[stimuli] / STUDIES, seconds[0] / TRUE_STUDIES)


def one_layer(rng: np.random.Generator, stimuli: int, *, signal: bool) -> tuple[LayerGram, RdmAssembly]:
    """A subject, and a layer that sees the same latent features, or others."""
    latent = rng.standard_normal((stimuli, FEATURES)) * WEIGHTS
    rdm = rdm_from_gram(layer(rng, latent, ""), Dissimilarity.CORRELATION)
    assembly = RdmAssembly("region", tuple(map(str, range(stimuli))), ("subject",), rdm[None])
    return layer(rng, latent if signal else rng.standard_normal(latent.shape) * WEIGHTS, ""), assembly


def measured(side: str, case: Case, *, repeats: int) -> Measured:
    """The best of some repeats, each in a process of its own."""
    given = json.dumps(case._replace(comparator=str(case.comparator)))
    command = [sys.executable, "-m", "performance.rsa", "--side", side, "--case", given]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(repeats)]
    return Measured(*min(runs))


def report(
    rows: Sequence[tuple[Case, Measured]], ways: Sequence[tuple[int, bool, BothWays]], ours: Measured, peer: Measured
) -> str:
    """RESULTS-rsa.md."""
    lines = [
        "# RSA with intervals of many stimuli",
        "",
        f"By `python -m performance.rsa`: {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the end; numpy {version('numpy')}, rsatoolbox {version('rsatoolbox')}. One "
        f"thread, {DRAWS:,} draws,",
        "noise ceiling with its interval included; each run in a process of its own, the best of two where there is a "
        "figure to reach.",
        "Memory is the process's peak; what of it is given, the layers' Gram matrices and the RDMs, is told beside it.",
        "",
        "| stimuli | layers x subjects | comparator | s | peak, MiB | given, MiB | to reach |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {case.stimuli:,} | {case.layers} x {case.subjects} | {case.comparator} | {run.seconds:.1f} | "
            f"{run.peak_mib:,.0f} | {given_mib(case):,.0f} | {case.goal} |"
            for case, run in rows
        ),
        "",
        "Standard errors over the true one (how much scores of new studies vary), one subject and one layer: what the "
        "bootstrap tells in",
        f"{STUDIES} studies, influences in {TRUE_STUDIES}; the true one is known to "
        f"{100 / np.sqrt(2 * TRUE_STUDIES):.1f} %.",
        "",
        "| stimuli | signal | bootstrap | influence | bootstrap, s | influence, s |",
        "|---|---|---|---|---|---|",
        *(
            f"| {stimuli} | {'yes' if signal else 'no'} | {both.anew:.2f} | {both.influence:.2f} | {both.anew_s:.2f} | "
            f"{both.influence_s:.3f} |"
            for stimuli, signal, both in ways
        ),
        "",
        f"Against rsatoolbox's `eval_bootstrap_pattern` with noise ceilings ({PEER_DRAWS} draws, scaled to {DRAWS:,}), "
        f"{PEER.stimuli} stimuli, {PEER.layers} layers x",
        f"{PEER.subjects} subjects, {PEER.comparator}: {peer.seconds:,.0f} s, ours {ours.seconds:.2f} s: "
        f"{peer.seconds / ours.seconds:,.0f} times as fast. It compares whole RDMs; ours compares halves,",
        "so that the layer is never judged on what it was chosen by.",
    ]
    return "\n".join(lines) + "\n"


def given_mib(case: Case) -> float:
    """Memory of what a score is given."""
    return (case.layers * case.stimuli**2 + case.subjects * case.stimuli * (case.stimuli - 1) / 2) * 8 / 2**20


def main() -> None:
    """Measure all cases and write them down, or, in a child, one side of one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--case")
    arguments = parser.parse_args()
    if arguments.side:
        case = Case(*json.loads(arguments.case))
        with threadpool_limits(1):  # as scores are computed: docs/decisions/one-thread-per-score.md
            print(json.dumps(SIDES[arguments.side](case._replace(comparator=Comparator(case.comparator)))))
        return
    rows = [(case, measured("ours", case, repeats=2 if case.goal else 1)) for case in CASES]
    with threadpool_limits(1):
        ways = [(n, signal, both_ways(n, signal=signal)) for signal in (True, False) for n in BOTH_WAYS]
    text = report(rows, ways, measured("ours", PEER, repeats=2), measured("rsatoolbox", PEER, repeats=1))
    RESULTS.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
