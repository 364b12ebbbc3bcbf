"""The results that come with brainrank: offered once to each database, where they give way to anybody's own.

What is in them and what is not: docs/decisions/published-results.md. `make results` writes them.
"""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import Engine

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories import merging
from brainrank.api.repositories.origins import PUBLISHED
from brainrank.api.services.home import transfer
from brainrank.api.services.session import OpenSession
from brainrank.api.settings import Settings
from brainrank.benchmark.files.storage import written_whole

FILE = Path(__file__).with_name("published_results.jsonl.xz")


class Edition(BaseModel):
    """Which results these are: the sha256 of their file, when they were written, and of how much."""

    sha256: str
    made_at: datetime
    scores: int
    models: int
    benchmarks: int


@cache
def edition(file: Path = FILE) -> Edition | None:
    """What stands beside the file of results; None where none comes with this brainrank."""
    told = _beside(file)
    return Edition.model_validate_json(told.read_text()) if told.is_file() else None


def open_own_database(settings: Settings, *, kept: int | None = None) -> Engine:
    """The database of the settings, at the newest schema, with the published results in it.

    Raises as `open_database`.
    """
    engine = open_database(settings.effective_database_url, **({} if kept is None else {"kept": kept}))
    if settings.published_results:
        offer(partial(transaction, engine))
    return engine


def offer(begin: OpenSession, file: Path = FILE) -> bool:
    """Record the published results, unless this edition was offered here before; return whether it was now."""
    told = edition(file)
    if told is None:
        return False
    with begin() as session:
        if merging.is_edition_here(session, told.sha256):
            return False
    with begin() as session:
        if not merging.begin_edition(session, told.sha256, datetime.now(UTC)):
            return False
        transfer.read_results(session, file, origin=PUBLISHED)
    return True


def write(begin: OpenSession, file: Path = FILE, *, models: int, benchmarks: Collection[str]) -> Edition:
    """Write all public results on these benchmarks that were made in a database as the published ones."""
    scores = transfer.export_results(begin, file, compact=True, benchmarks=benchmarks)
    made = Edition(
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        made_at=datetime.now(UTC),
        scores=scores,
        models=models,
        benchmarks=len(benchmarks),
    )
    with written_whole(_beside(file)) as told:
        told.write(made.model_dump_json(indent=1).encode() + b"\n")
    edition.cache_clear()
    return made


def _beside(file: Path) -> Path:
    return file.with_name(file.name.partition(".")[0] + ".json")
