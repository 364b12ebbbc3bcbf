"""The application on a tiny study, each database in turn and no workers: what is signalled is kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from tiny_study import tiny_catalogue
from typer.main import get_command

from brainrank.api.app import create_app
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.queue import WaitingRun
from brainrank.api.routes.service import Service, open_service
from brainrank.api.services.access import tokens
from brainrank.api.services.access.tokens import Scope
from brainrank.api.settings import Settings


@dataclass
class Api:
    """The application as a test has it."""

    service: Service
    http: TestClient
    signalled: list[WaitingRun]

    def token(self, owner: str = "ada", scope: Scope = Scope.SUBMIT, **limits: int) -> dict[str, str]:
        """The headers of a new token."""
        with self.service.begin() as session:
            made = tokens.create(session, owner=owner, scope=scope, **limits)
        return {"Authorization": f"Bearer {made}"}


@pytest.fixture(scope="session", autouse=True)
def _commands_built_once() -> Iterator[None]:
    """Typer's runner builds all commands anew for each call; they are the same each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield


@pytest.fixture
def api(tmp_path: Path, migrated_url: str) -> Iterator[Api]:
    signalled: list[WaitingRun] = []
    settings = Settings(
        home=tmp_path / "home",
        mirror=None,
        database_url=migrated_url,
        broker_url=None,
        upload_limit="2MiB",
        upload_quota="4MiB",
    )
    signal: Callable[..., None] = signalled.extend
    service = replace(open_service(settings, signal=signal), catalogue=tiny_catalogue(tmp_path))
    with TestClient(create_app(service), raise_server_exceptions=False) as http:
        yield Api(service, http, signalled)


@pytest.fixture
def session(migrated_sqlite: str) -> Iterator[Session]:
    """A transaction on an empty database."""
    engine = open_database(migrated_sqlite)
    with transaction(engine) as opened:
        yield opened
    engine.dispose()
