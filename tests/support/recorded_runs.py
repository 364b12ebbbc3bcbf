"""Runs with receipts as extraction makes them, and boards of six models, in a database."""

from sqlalchemy.orm import Session
from stored_scores import store

from brainrank.api.repositories import runs
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import RunResult, Seconds
from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.score import Score

MODELS = 6


def store_six(session: Session, catalogue: Catalogue, first: str, second: str) -> None:
    """Six models: m0 to m5, the higher the number the better on both benchmarks; m5 has no second score."""
    for place in range(MODELS):
        for name, value in ((first, 0.1 * place), (second, 0.2 + 0.05 * place)):
            if name == first or place < MODELS - 1:
                store(session, f"m{place}", catalogue.benchmarks[name], value)


def record(session: Session, name: str, benchmark: Benchmark, score: Score, stimuli: str) -> int:
    """A run with a receipt; return its number."""
    receipt = Receipt(
        name, "classical:pixels", True, "", f"weights of {name}", f"network of {name}", vars(Preprocessing((8, 8))),
        ("a", "b"), "", "flatten", "float32", "cpu", stimuli, benchmark.name, benchmark.version, {}, 0, "1", {},
    )  # fmt: skip
    card = ModelCard("nobody", "none", Objective.NONE, 0.0, "none")
    spec = ModelSpec(name, "classical", "classical:pixels", card=card)
    return runs.add_succeeded(session, spec, RunResult(score, receipt, Seconds(1.0, 1.0))).run_id
