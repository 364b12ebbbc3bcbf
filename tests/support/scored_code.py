"""Benchmarks and models whose code is looked after."""

from dataclasses import replace

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.types.model_spec import ModelSpec

RSA, CKA = BENCHMARKS["kriegeskorte2008.human-it.rsa"], BENCHMARKS["kriegeskorte2008.human-it.cka"]
OWN = replace(RSA, name="mine.it.rsa", dataset="mine", region="it")


def spec(source: str) -> ModelSpec:
    return ModelSpec(source, "unsorted", source)
