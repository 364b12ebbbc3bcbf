"""How far off the estimates of runs are: each model's first run of each benchmark against the others' runs.

`python -m performance.estimates DATABASE_URL` reads a database that has many runs; writes RESULTS-estimates.md.
"""

import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.db.tables import ModelRow, RunRow
from brainrank.api.repositories import durations
from brainrank.api.repositories.models import spec_of
from brainrank.api.services.runs.estimates import LOOKED_AT, from_others

RESULTS = Path(__file__).parent / "RESULTS-estimates.md"
LONG_S = 10.0


def main() -> None:
    """Measure and write."""
    engine = open_database(sys.argv[1])
    factors, seen = dict[str, list[tuple[float, float]]](), set[tuple[str, str]]()
    with transaction(engine) as session:
        query = select(RunRow, ModelRow).join(ModelRow, ModelRow.id == RunRow.model_id).order_by(RunRow.id)
        found = session.execute(query.where(RunRow.status == "succeeded", RunRow.public)).all()
        for run, model in found:
            if (model.name, run.benchmark) in seen or not run.seconds:
                continue
            seen.add((model.name, run.benchmark))
            spec = spec_of(model)
            known = durations.of_models(session, run.benchmark, run.benchmark_version, limit=LOOKED_AT)
            told, _ = from_others(spec, [each for each in known if each.model != spec.name])
            taken = sum(run.seconds.values())
            if told is not None:
                # Half a second more or less is no fault of anybody's.
                ratio = max(told, 0.5) / max(taken, 0.5)
                factors.setdefault(run.benchmark, []).append((max(ratio, 1 / ratio), taken))
    engine.dispose()
    report(factors)


def report(factors: dict[str, list[tuple[float, float]]]) -> None:
    """Write the table."""
    groups: dict[str, list[float]] = {"all": [], (long := f"all that took more than {LONG_S:.0f} s"): []}
    for benchmark, pairs in sorted(factors.items()):
        groups[f"`{benchmark}`"] = [factor for factor, _ in pairs]
        groups["all"] += [factor for factor, _ in pairs]
        groups[long] += [factor for factor, taken in pairs if taken > LONG_S]
    lines = [
        f"| {name} | {len(each)} | {ordered[len(each) // 2]:.2f} | {ordered[int(0.9 * len(each))]:.2f} |"
        for name, each in groups.items()
        if each
        for ordered in [sorted(each)]
    ]
    content = f"""# Estimates of runs

`python -m performance.estimates DATABASE_URL`, {datetime.now():%Y-%m-%d}: each model's first run of a benchmark against
what would have been told from the other models' runs. The factor is how many times too long or too short; below half a
second nothing counts. Times are those of a machine shared with other work. What misleads most is what was stored
before: a run that finds its activations takes no time for them, and the record does not say which did.

| benchmark | runs | median factor | 90 % are within |
|---|---|---|---|
"""
    RESULTS.write_text(content + "\n".join(lines) + "\n")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
