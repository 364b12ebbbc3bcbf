"""The whole service as a user has it: PostgreSQL, Redis, a serving process, two workers, real images, tiny models."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import processes
import psutil
import pytest
import servers
from processes import ONE_THREAD, Process, environment_with, kill_group, wait_until
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from brainrank.api.cli.main import app
from brainrank.api.client.client import Client, ServiceError
from brainrank.api.schemas import EventAnswer, ModelRequest, SubmissionAnswer

BENCHMARKS = ("kriegeskorte2008.monkey-it.rsa", "kriegeskorte2008.human-it.rsa")
MODELS = ("pixels", "timm:test_resnet@random")
PROGRAM = "from brainrank.api.cli.main import main; main()"


class Running(NamedTuple):
    """A service, its environment, and its worker processes."""

    client: Client
    environment: dict[str, str]
    workers: list[Process]


@pytest.fixture(scope="module")
def running(
    postgresql_server: str, redis_server: str, mirror: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    port, tmp_path = servers.free_port(), tmp_path_factory.mktemp("service")
    settings = {
        "BRAINRANK_HOME": str(tmp_path / "home"),
        "BRAINRANK_MIRROR": str(mirror),
        "BRAINRANK_BROKER_URL": redis_server,
        "BRAINRANK_URL": f"http://127.0.0.1:{port}",
        "BRAINRANK_LEASE_S": "4",
        **ONE_THREAD,
    }
    with ExitStack() as stack:
        settings["BRAINRANK_DATABASE_URL"] = stack.enter_context(servers.database(postgresql_server))
        environment = environment_with(settings)

        def started(*arguments: str) -> Process:
            words = ("-c", PROGRAM, *arguments)
            return stack.enter_context(processes.running(*words, environment=environment, folder=tmp_path))

        started("serve", "--port", str(port))
        workers = [started("worker") for _ in range(2)]
        token = tmp_path / "home" / "local-token"
        wait_until(lambda: token.exists() and token.stat().st_size > 0, "the service's token")
        client = stack.enter_context(Client(environment["BRAINRANK_URL"], token.read_text()))
        wait_until(lambda: answers(client), "the service")
        yield Running(client, environment, workers)


def answers(client: Client) -> bool:
    try:
        return next(client.submissions(mine=True), None) is None and client.health().status == "ok"
    except ServiceError:
        return False


def finished(client: Client, number: int) -> tuple[Sequence[EventAnswer], SubmissionAnswer]:
    *events, last = client.watch(number)
    assert isinstance(last, SubmissionAnswer)
    return [event for event in events if isinstance(event, EventAnswer)], last


def test_submitted_over_http_and_scored_by_workers_is_what_the_command_line_scores(
    running: Running, tmp_path: Path
) -> None:
    made = [running.client.submit(model, benchmarks=BENCHMARKS) for model in MODELS]
    for each in made:
        events, last = finished(running.client, each.id)
        assert {run.status for run in last.runs} == {"succeeded"}, [run.failure for run in last.runs]
        stages = [event.text for event in events if event.kind == "stage" and event.run == each.runs[0].id]
        assert (stages[:2], stages[-2:]) == (["queued", "resolving"], ["scoring", "succeeded"])
        assert [event.id for event in events] == sorted({event.id for event in events})
    command = [sys.executable, "-c", PROGRAM, "leaderboard", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, env=running.environment, check=True)
    board = json.loads(shown.stdout)
    options = [word for name in BENCHMARKS for word in ("--benchmark", name)]
    alone = {"BRAINRANK_HOME": str(tmp_path), "BRAINRANK_DATABASE_URL": "", "BRAINRANK_BROKER_URL": ""}
    scored = CliRunner().invoke(app, ["score", *MODELS, *options, "--json"], env=running.environment | alone)
    by_model = {row["model"]: row["scores"] for row in board["rows"]}
    scores = json.loads(scored.stdout)
    assert len(scores) == len(MODELS) * len(BENCHMARKS)
    for score in scores:
        row = by_model[score["model"]][score["benchmark"]]
        assert (row["raw"], row["raw_interval"]) == (score["value"], score["interval"])
        assert row["layers"] == score["layers"]


def test_workers_say_that_they_live(running: Running) -> None:
    command = [sys.executable, "-c", PROGRAM, "worker", "--check"]
    assert subprocess.run(command, env=running.environment, check=False).returncode == 0
    health = running.client.health()
    assert health.checks == {"database": "ok", "broker": "ok", "sweep": "ok"}
    assert health.last_sweep is not None


def test_a_worker_killed_at_work_costs_time_and_no_run(running: Running) -> None:
    model = ModelRequest(name="slow", source="timm:resnet18@random", layers=["layer1.0", "layer2.0", "layer3.0"])
    made = running.client.submit(model, benchmarks=[BENCHMARKS[0]])
    events = running.client.watch(made.id)
    next(event for event in events if isinstance(event, EventAnswer) and event.text.startswith("Running"))
    busy = working_on(running, made.runs[0].id)
    kill_group(busy)
    _, last = finished(running.client, made.id)
    (run,) = last.runs
    assert (run.status, run.attempts) == ("succeeded", 2)
    assert [each.name for each in Path(running.environment["BRAINRANK_HOME"]).parent.iterdir()] == ["home"]
    stages = [each.stage for each in run.stages]
    assert stages.count("resolving") == 2
    assert stages[-1] == "succeeded"


def working_on(running: Running, run_id: int) -> Process:
    """The worker whose child holds the run."""
    engine = create_engine(running.environment["BRAINRANK_DATABASE_URL"])
    with engine.connect() as connection:
        owner = connection.execute(text("SELECT lease_owner FROM runs WHERE id = :id"), {"id": run_id}).scalar_one()
    engine.dispose()
    child = int(owner.split(":")[1])
    return next(each for each in running.workers if child in {c.pid for c in psutil.Process(each.pid).children()})
