"""The paragraph of a planned study has its numbers, and JSON has them all."""

import json
from dataclasses import replace
from functools import cache
from typing import cast

import numpy as np
from planned_study import layers_of, noise_of, pool_with_kinds, related_rdms
from tiny_study import NAMES

from brainrank.api.services.analysis.design_text import design_json, methods_paragraph, subjects_text
from brainrank.benchmark.design.design import Design, Plan, design
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark

BENCHMARK = Benchmark(NAMES[0], 3, "tiny2026", "it", "tiny", RsaMetric(), "Tiny")


@cache
def planned(*, natural: bool = False) -> Design:
    rng = np.random.default_rng(0)
    rdms = related_rdms(2, 30, rng)
    assembly, _ = noise_of(rdms, Comparator.RHO_A, rng, subjects=3)
    plan = Plan(4, choose=10, natural=natural, worlds=40)
    return design(layers_of(rdms, [0.4, 0.3]), assembly, pool_with_kinds(rdms, rng), plan, Comparator.RHO_A)


def test_the_paragraph_has_every_number() -> None:
    found = planned(natural=True)
    text = methods_paragraph(found, BENCHMARK, "correlation", "9.9")
    power = found.study.as_measured
    for part in (
        "brainrank 9.9",
        f"{NAMES[0]} (version 3; 3 subjects, 30 images",
        "Of a pool of 30 images, 10 were chosen",
        "held to the pool's shares",
        "With 4 subjects and these 10 images",
        f"{power.first:.0%} of worlds",
        f"{power.mean:.0%} of worlds (standard error {100 * power.mean_error:.1f} %)",
        f"takes {subjects_text(found.study.fewest)} subjects",
        "model0 (layer layer, .400 in the data",
    ):
        assert part in text, part


def test_without_a_choice_nothing_is_said_of_one() -> None:
    found = replace(planned(natural=True), random=None, pool=10)
    text = methods_paragraph(found, BENCHMARK, "correlation", "9.9")
    assert "All 10 images of the pool are shown." in text
    assert "random" not in text.replace("images and subjects random", "").replace("ties broken at random", "")


def test_plain_values_are_json_and_infinite_is_none() -> None:
    found = planned(natural=True)
    endless = replace(found, study=replace(found.study, fewest=float("inf")))
    content = json.loads(json.dumps(design_json(endless, BENCHMARK)))
    assert content["study"]["fewest_subjects"] is None
    assert subjects_text(float("inf")) == "more than 100"
    assert cast(dict[str, object], content["noise"])["images"] == 30
    assert content["study"]["as_measured"]["told"][0][0] is None
    assert content["likeness"]["category"] < 1
