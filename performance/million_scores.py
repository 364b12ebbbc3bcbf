"""A made database of a million scores: 1,000 models on 100 benchmarks, ten runs of each pair."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from brainrank.api.db.engine import open_database
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in

MODELS, BENCHMARKS, VERSIONS, DRAWS = 1000, 100, 10, 1000
GROUPS = ("early-visual", "v4", "it", "behaviour", "language")
FAMILIES = ("supervised", "self-supervised", "generative", "robust", "untrained")
RECEIPT = json.dumps(
    {"metric": {"name": "rsa"}, "libraries": {"numpy": "2.0"}, "layers": [f"layer{i}" for i in range(40)]}
)
START = datetime(2026, 1, 1, tzinfo=UTC)


def catalogue() -> Any:
    """A hundred benchmarks in five groups."""
    made = [
        Benchmark(
            f"study{i // 5}.region{i % 5}.rsa",
            1,
            "cichy2014",
            "it",
            GROUPS[i % 5],
            RsaMetric(),
            f"A study's region {i}",
        )
        for i in range(BENCHMARKS)
    ]
    return Catalogue(built_in().datasets, {each.name: each for each in made})


def fill(address: str) -> None:
    """Make the tables, and a million scores; the newest of each model and benchmark has its draws."""
    open_database(address).dispose()
    names = list(catalogue().benchmarks)
    rng = np.random.default_rng(0)
    skill = rng.normal(0.4, 0.1, MODELS)
    with psycopg.connect(address.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY models (id, name, family, description, spec, spec_digest) FROM STDIN") as copy:
            for m in range(MODELS):
                name, family = f"model-{m:04d}", FAMILIES[m % len(FAMILIES)]
                spec = {"name": name, "family": family, "source": "classical:pixels", "card": card(m)}
                copy.write_row((m + 1, name, family, f"The model numbered {m}", json.dumps(spec), f"{m:064d}"))
        for version in range(VERSIONS):
            _fill_version(cursor, names, skill, rng, version)
            connection.commit()
        cursor.execute("INSERT INTO score_changes SELECT benchmark, count(*) FROM runs GROUP BY benchmark")
        cursor.execute("SELECT setval(pg_get_serial_sequence('runs', 'id'), (SELECT max(id) FROM runs))")
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")


def card(model: int) -> dict[str, Any]:
    """What is told of a model."""
    objective = ("classification", "contrastive", "none")[model % 3]
    data = ("ImageNet-1k", "LAION-2B")[model % 2]
    return {
        "paper": "",
        "training_data": data,
        "objective": objective,
        "parameters_million": 1.0,
        "licence": "MIT",
    }


def _fill_version(cursor: Any, names: list[str], skill: np.ndarray, rng: np.random.Generator, version: int) -> None:
    """One run of every model on every benchmark."""
    newest = version == VERSIONS - 1
    first = 1 + version * MODELS * BENCHMARKS
    values = skill + rng.normal(0, 0.03, (BENCHMARKS, MODELS))
    at = START + timedelta(days=version)
    life = (True, "succeeded", at, at, 1, False, RECEIPT, '{"scoring": 1.0}')
    columns = "id, model_id, benchmark, benchmark_version, code_version, public, status, created_at, finished_at,"
    columns += " attempts, cancel_requested, receipt, seconds"
    with cursor.copy(f"COPY runs ({columns}) FROM STDIN") as copy:
        for b, name in enumerate(names):
            for m in range(MODELS):
                run = first + b * MODELS + m
                copy.write_row((run, m + 1, name, 1, f"0.{version}", *life))
    columns = "run_id, value, unit, interval_low, interval_high, interval_level, ceiling_lower, ceiling_upper,"
    columns += " ceiling_reason, layers, details, reason"
    with cursor.copy(f"COPY scores ({columns}) FROM STDIN") as copy:
        for b in range(BENCHMARKS):
            for m in range(MODELS):
                value = float(values[b, m])
                interval = (value - 0.06, value + 0.06, 0.95)
                copy.write_row((first + b * MODELS + m, value, "r", *interval, 0.7, 0.9, "", '["a", "b"]', "[]", ""))
    if newest:
        columns = "run_id, deviations, stimulus_freedom, subject_freedom, stimulus_set, subject_set"
        with cursor.copy(f"COPY draws ({columns}) FROM STDIN WITH (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "bytea", "int4", "int4", "text", "text"])
            for b in range(BENCHMARKS):
                # The benchmarks of a study share its stimuli, each has its own subjects.
                common = rng.normal(0, 0.03, (3, DRAWS))
                for m in range(MODELS):
                    drawn = common + rng.normal(0, 0.01, (3, DRAWS))
                    sets = (91, 3, f"stimuli-{b // 5}", f"subjects-{b}")
                    copy.write_row((first + b * MODELS + m, drawn.astype("<f4").tobytes(), *sets))
