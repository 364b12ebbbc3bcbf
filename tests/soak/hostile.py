"""The service is asked everything that its description allows, and what it does not: a hundred times each."""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient
from hostile_requests import ask_everything
from tiny_study import tiny_catalogue

from brainrank.api.app import create_app
from brainrank.api.routes.service import open_service
from brainrank.api.services.access import tokens
from brainrank.api.services.access.tokens import Scope
from brainrank.api.settings import Settings


def main() -> None:
    """Ask, with a token and without; an answer that is a fault ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="brainrank-hostile-") as folder:
        home = Path(folder)
        settings = Settings(home=home, mirror=None, database_url=None, broker_url=None)
        service = replace(open_service(settings, signal=lambda _waiting: None), catalogue=tiny_catalogue(home))
        with service.begin() as session:
            limits = {"requests_a_minute": 1_000_000, "runs_a_day": 1_000_000}
            made = tokens.create(session, owner="ada", scope=Scope.SUBMIT, **limits)
        with TestClient(create_app(service), raise_server_exceptions=False) as http:
            for headers in ({"Authorization": f"Bearer {made}"}, {}):
                asked = ask_everything(http.app, headers, examples=given.examples, number=given.seed)
                sys.stdout.write(f"{asked} requests {'with a token' if headers else 'without'}: no fault\n")


if __name__ == "__main__":
    main()
