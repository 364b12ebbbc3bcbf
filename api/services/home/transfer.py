"""All public results in a file, and from a file into a database: a line of JSON each, beneath a line that says of what.

What comes out is what went in, to the last bit: floats are written so that they are read as the same ones.
"""

import gzip
import json
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, NamedTuple

from brainrank.api.db.engine import newest_revision
from brainrank.api.repositories import transfer
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError, UserError

KIND = "brainrank results"


class ImportCounts(NamedTuple):
    """How many results were new, and how many were here already or are older than what is."""

    added: int
    known: int


def export_results(begin: OpenSession, path: Path) -> int:
    """Write all public results; return how many. Raises StorageError where they cannot be written."""
    head = {"kind": KIND, "schema": newest_revision(), "brainrank": version("brainrank")}
    count = 0
    with begin() as session, written_whole(path) as file, _packing(file) as packed:
        packed.write(_line(head))
        for result in transfer.results(session):
            packed.write(_line(result))
            count += 1
    return count


def import_results(begin: OpenSession, path: Path) -> ImportCounts:
    """Record the results of a file, all or none. Raises UserError, InvalidDataError for a file that is none."""
    added = known = 0
    try:
        with begin() as session, gzip.open(path, "rt", encoding="utf-8") as lines:
            _check_head(json.loads(next(lines, "{}")), path)
            for line in lines:
                new = transfer.add_result(session, json.loads(line))
                added, known = added + new, known + (not new)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); give a file of brainrank admin export") from error
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidDataError(
            f"{path} is damaged, or no file of brainrank admin export ({type(error).__name__}: {error}); nothing of it "
            "was recorded"
        ) from error
    return ImportCounts(added, known)


def _packing(file: IO[bytes]) -> gzip.GzipFile:
    """Without name and time, so that the same results are the same bytes."""
    return gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0)


def _check_head(head: Any, path: Path) -> None:
    if not isinstance(head, dict) or head.get("kind") != KIND:
        raise InvalidDataError(f"{path} is no file of brainrank admin export")
    if head["schema"] != newest_revision():
        raise UserError(
            f"{path} was written with schema {head['schema']} (brainrank {head['brainrank']}), and this is schema "
            f"{newest_revision()}; export it anew with this version, which migrates the other database"
        )


def _line(content: Any) -> bytes:
    return json.dumps(content, allow_nan=False).encode() + b"\n"
