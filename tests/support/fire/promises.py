"""What has to be true of a service after any fault."""

from collections.abc import Collection
from pathlib import Path

from processes import wait_until

from fire.deployment import Deployment

FINAL = ("succeeded", "failed", "cancelled")
UNFINISHED = "SELECT count(*) AS n FROM runs WHERE finished_at IS NULL"


def drained(service: Deployment, *, within_s: float = 120.0) -> float:
    """Wait until nothing waits and nothing is at work; return how long it took."""
    return wait_until(lambda: service.ask(UNFINISHED)[0]["n"] == 0, "the end of all runs", within_s=within_s)


def broken(service: Deployment, accepted: Collection[int]) -> list[str]:
    """The promises that do not hold of these accepted submissions, in words; none when all is well."""
    runs = service.ask(
        "SELECT runs.id, submission_id, status, benchmark, lease_owner, error, scores.run_id AS scored, value, "
        "(SELECT count(*) FROM run_events WHERE run_events.run_id = runs.id AND kind = 'stage' "
        "AND text IN ('succeeded', 'failed', 'cancelled')) AS ends "
        "FROM runs LEFT JOIN scores ON scores.run_id = runs.id"
    )
    found = [f"submission {each} is lost" for each in set(accepted) - {run["submission_id"] for run in runs}]
    for run in runs:
        name = f"run {run['id']}"
        if run["status"] not in FINAL or run["ends"] != 1:
            found.append(f"{name} is {run['status']}, and ended {run['ends']} times")
        if (run["scored"] is not None) != (run["status"] == "succeeded"):
            found.append(f"{name} is {run['status']}, and its score is {run['value']}")
        if run["status"] == "failed":
            found.append(f"{name} failed: {run['error']}")
        if run["lease_owner"] is not None:
            found.append(f"{name} is still held by {run['lease_owner']}")
    values = {(run["benchmark"], run["value"]) for run in runs if run["status"] == "succeeded"}
    if len(values) != len({benchmark for benchmark, _ in values}):
        found.append(f"the same model and benchmark came to several scores: {sorted(values)}")
    if service.ask("SELECT count(*) AS n FROM run_parts")[0]["n"]:
        found.append("parts of runs are left")
    return found + [f"{path} is half written" for path in half_written(service.home)]


def half_written(folder: Path) -> list[Path]:
    """Files that were begun and not finished."""
    return sorted(folder.rglob("partial-*"))
