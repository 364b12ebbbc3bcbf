"""All public results in a file, and from a file into a database: a line of JSON each, beneath a line that says of what.

What comes out is what went in, to the last bit: floats are written so that they are read as the same ones. A file that
comes with brainrank is `compact`, and loses a little (repositories/compact_results.py).
"""

import gzip
import json
import lzma
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session

from brainrank.api.db.engine import newest_revision
from brainrank.api.repositories import merging, transfer
from brainrank.api.repositories.compact_results import compacted, expanded
from brainrank.api.repositories.merging import Outcome
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError, UserError

KIND = "brainrank results"
XZ = ".xz"
AT_ONCE = 200
LONGEST_NAME = 100
# Later migrations added only what a result may lack.
READABLE_SINCE = "0017"


def export_results(
    begin: OpenSession, path: Path, *, compact: bool = False, benchmarks: Collection[str] | None = None
) -> int:
    """Write all public results but the published ones, or those on `benchmarks`, gzipped or (.xz) smaller; how many.

    Raises StorageError where they cannot be written.
    """
    head = {"kind": KIND, "schema": newest_revision(), "brainrank": version("brainrank"), "compact": compact}
    count = 0
    with begin() as session, written_whole(path) as file, _packing(file, path) as packed:
        packed.write(_line(head))
        for result in transfer.results(session, benchmarks):
            packed.write(_line(compacted(result) if compact else result))
            count += 1
    return count


def import_results(begin: OpenSession, path: Path, *, origin: str = "") -> Counter[Outcome]:
    """Record the results of a file, all or none, as made by `origin`, or by who wrote this file.

    Raises UserError, InvalidDataError for a file that is none.
    """
    with begin() as session:
        return read_results(session, path, origin=origin or path.name[:LONGEST_NAME])


def read_results(session: Session, path: Path, *, origin: str) -> Counter[Outcome]:
    """Record the results of a file in a transaction that there is. Raises as `import_results`."""
    outcomes = Counter[Outcome]()
    try:
        with _unpacked(path) as lines:
            head = _checked_head(json.loads(next(lines, "{}")), path)
            while found := [json.loads(line) for line in islice(lines, AT_ONCE)]:
                whole = [expanded(each) for each in found] if head.get("compact") else found
                outcomes += merging.add_results(session, whole, origin=origin)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); give a file of brainrank results export") from error
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, lzma.LZMAError) as error:
        raise InvalidDataError(
            f"{path} is damaged, or no file of brainrank results export ({type(error).__name__}: {error}); nothing of "
            "it was recorded"
        ) from error
    return outcomes


@contextmanager
def _packing(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """Without name and time, so that the same results are the same bytes."""
    if path.suffix == XZ:
        with lzma.open(file, "wb") as packed:
            yield packed
    else:
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
            yield packed  # type: ignore[misc]


@contextmanager
def _unpacked(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a file, which its first bytes say how to read."""
    with path.open("rb") as file:
        is_xz = file.read(6) == lzma.compress(b"")[:6]
    with lzma.open(path, "rt", encoding="utf-8") if is_xz else gzip.open(path, "rt", encoding="utf-8") as lines:
        yield lines


def _checked_head(head: Any, path: Path) -> dict[str, Any]:
    if not isinstance(head, dict) or head.get("kind") != KIND:
        raise InvalidDataError(f"{path} is no file of brainrank results export")
    if not READABLE_SINCE <= head["schema"] <= newest_revision():
        raise UserError(
            f"{path} was written with schema {head['schema']} (brainrank {head['brainrank']}), and this reads "
            f"{READABLE_SINCE} to {newest_revision()}; export it anew with this version, which migrates the other "
            "database"
        )
    return head


def _line(content: Any) -> bytes:
    return json.dumps(content, allow_nan=False).encode() + b"\n"
