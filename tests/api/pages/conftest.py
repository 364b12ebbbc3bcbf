"""Studies whose pages are looked at."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answered_study import answered_catalogue
from fastapi.testclient import TestClient

from brainrank.api.app import create_app
from brainrank.benchmark.scoring.catalogue import Catalogue

Api = Any  # the fixture of conftest.py above, which is no module


def with_studies(api: Api, more: Catalogue) -> Iterator[Api]:
    """The application with more studies."""
    known = api.service.catalogue
    joined = Catalogue({**known.datasets, **more.datasets}, {**known.benchmarks, **more.benchmarks})
    service = replace(api.service, catalogue=joined)
    with TestClient(create_app(service), raise_server_exceptions=True) as http:
        yield replace(api, service=service, http=http)


@pytest.fixture
def studied(api: Api, tmp_path: Path) -> Iterator[Api]:
    """The application with a study of answers beside the tiny one."""
    yield from with_studies(api, answered_catalogue(tmp_path))


@pytest.fixture
def grouped(api: Api, tmp_path: Path) -> Iterator[Api]:
    """The same, of people in two groups."""
    groups = {"ann": "children", "ben": "children", "cyd": "adults"}
    yield from with_studies(api, answered_catalogue(tmp_path, group_of=groups))


@pytest.fixture
def withheld(api: Api, tmp_path: Path) -> Iterator[Api]:
    """The same, but that one has to get its files oneself."""
    yield from with_studies(api, answered_catalogue(tmp_path, by_hand=True))
