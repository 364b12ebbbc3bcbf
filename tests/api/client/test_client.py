"""The reading half of the client, on the application: answers have their types, exports are whole files or none."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import pyarrow.parquet
import pytest
from fastapi.testclient import TestClient
from stored_scores import store
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.app import create_app
from brainrank.api.client import connection, reader
from brainrank.api.client.client import Client, RefusedByServiceError, ServiceError
from brainrank.api.routes.service import open_service
from brainrank.api.settings import Settings
from brainrank.benchmark.types.errors import UnknownNameError, UserError

IT, V1 = NAMES
SCORED = (("hf:owner/a", 0.5, 0.3), ("b", 0.4, 0.2), ("what?#100%", 0.1, None))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Of a service with three scored models."""
    folder = tmp_path_factory.mktemp("service")
    settings = Settings(home=folder, mirror=None, database_url=None, broker_url=None)
    service = replace(open_service(settings, signal=lambda _: None), catalogue=tiny_catalogue(folder))
    with service.begin() as session:
        for model, *values in SCORED:
            for name, value in zip(NAMES, values, strict=True):
                if value is not None:
                    store(session, model, service.catalogue.benchmarks[name], value)
    with TestClient(create_app(service)) as http, Client("http://testserver", transport=http._transport) as found:
        yield found


def test_leaderboards(client: Client) -> None:
    assert [each.name for each in client.leaderboards().boards] == ["all", "tiny", *NAMES]
    page = client.leaderboard("tiny", limit=2, sort=IT, family=["classical"])
    assert [row.model for row in page.rows] == ["hf:owner/a", "b"]
    assert (page.total, page.rows[0].scores[IT].raw) == (3, 0.5)
    assert client.leaderboard(reverse=True).rows[0].model == "what?#100%"
    shared = client.leaderboard(convention="brainscore-2026", as_of=datetime.now(UTC).date())
    assert shared.rows[0].scores[IT].value == pytest.approx(0.5 / 0.9)
    assert client.leaderboard(as_of=date(2020, 1, 1)).rows == []


def test_models_benchmarks_and_studies(client: Client) -> None:
    assert {name for name, *_ in SCORED} <= {each.name for each in client.models()}
    assert [each.name for each in client.models(text="OWNER")] == ["hf:owner/a"]
    for name, *_ in SCORED:
        assert client.model(name).name == name
    assert [each.name for each in client.benchmarks(group="tiny")] == list(NAMES)
    assert client.benchmark(IT).parameters["draws"] == 60
    assert [each.name for each in client.datasets()] == ["tiny2026"]
    assert client.dataset("tiny2026").licence == "CC0"


def test_comparisons_and_runs(client: Client) -> None:
    found = client.compare(["hf:owner/a", "b"], board="tiny")
    assert [(each.first, each.second) for each in found.mean] == [("hf:owner/a", "b")]
    run = client.run(1)
    assert (run.model, run.score and run.score.value) == ("hf:owner/a", 0.5)
    assert list(client.run_log(1)) == []


def test_scores_are_leafed_through(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SCORES_AT_ONCE", 2)
    assert [each.run for each in client.scores()] == [5, 4, 3, 2, 1]
    assert [each.run for each in client.scores(benchmark=[V1], since=datetime(2020, 1, 1, tzinfo=UTC))] == [4, 2]
    assert list(client.scores(since=datetime(2100, 1, 1, tzinfo=UTC))) == []
    assert [each.run for each in client.scores(model=["b", "what?#100%"])] == [5, 4, 3]


def test_exports_are_files(client: Client, tmp_path: Path) -> None:
    client.export_leaderboard("all", tmp_path / "board.csv", convention="brainscore-2026")
    rows = list(csv.DictReader((tmp_path / "board.csv").read_text().splitlines()))
    assert [(row["model"], row["benchmark"]) for row in rows][:2] == [("hf:owner/a", IT), ("hf:owner/a", V1)]
    assert float(rows[0]["value"]) == pytest.approx(0.5 / 0.9)
    client.export_scores(tmp_path / "scores.parquet", model=["b"])
    assert pyarrow.parquet.read_table(tmp_path / "scores.parquet")["value"].to_pylist() == [0.2, 0.4]
    client.export_targets(1, tmp_path / "targets.json")
    assert (tmp_path / "targets.json").read_text().startswith('[{"target": "n1"')
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UnknownNameError, match=r"choose from \.csv, \.json, \.parquet"):
        client.export_scores(tmp_path / "scores.xlsx")
    with pytest.raises(RefusedByServiceError, match="did you mean tiny"):
        client.export_leaderboard("tinny", tmp_path / "none.csv")
    assert sorted(tmp_path.iterdir()) == before


def answering(*answers: httpx2.Response) -> Client:
    """A client of a service that gives these answers, one after the other."""
    left = iter(answers)
    return Client("http://testserver", transport=httpx2.MockTransport(lambda _: next(left)))


def broken() -> Iterator[bytes]:
    yield b"rank,mo"
    raise httpx2.RemoteProtocolError("peer closed connection")


def test_what_is_no_token_is_said_before_anything_is_sent_and_not_shown() -> None:
    for token in ("caf\u00e9", "two\nlines"):
        with pytest.raises(UserError, match="copy it again") as found:
            Client("http://testserver", token)
        assert token not in str(found.value)


def test_a_connection_that_breaks_leaves_no_half_export(tmp_path: Path) -> None:
    with answering(httpx2.Response(200, content=broken())) as client, pytest.raises(ServiceError, match="reached"):
        client.export_leaderboard("all", tmp_path / "board.csv")
    assert list(tmp_path.iterdir()) == []


def test_what_is_being_computed_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(connection.time, "sleep", waited.append)
    later = httpx2.Response(503, headers={"Retry-After": "15"}, content=b"")
    with answering(later, later, httpx2.Response(200, json={"datasets": []})) as client:
        assert client.datasets() == []
    assert waited == [15.0, 15.0]
    with answering(*[httpx2.Response(502)] * 4) as client, pytest.raises(ServiceError, match="is it the address"):
        client.datasets()
    assert waited[2:] == [0.5, 1.0, 2.0]


def test_scores_of_targets(client: Client) -> None:
    (score,) = client.scores(model=["b"], benchmark=[IT])
    assert client.targets(score.run) == {"n1": 0.4, "n2": None}
    with pytest.raises(RefusedByServiceError):
        client.targets(999)
