"""Settings: what the environment may say."""

import math
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION, PRECISIONS, Extraction
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.locations import Locations

if TYPE_CHECKING:
    from brainrank.benchmark.cell.cell import Cell

UNITS = {"": 1, "B": 1} | {
    name: factor**power
    for power, prefix in enumerate("KMGT", start=1)
    for name, factor in ((f"{prefix}iB", 1024), (f"{prefix}B", 1000), (prefix, 1024))
}


def size_in_bytes(text: object) -> int:
    """Read a size such as `4GiB`, `500MB` or a number of bytes. Raises InvalidDataError for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", str(text))
    if found is None or found[2] not in UNITS or float(found[1]) <= 0:
        raise InvalidDataError(f"'{text}' is no size; write a number with a unit, such as 4GiB or 500MiB")
    return int(float(found[1]) * UNITS[found[2]])


def service_address(text: str) -> str:
    """The address of a service. Raises InvalidDataError for what is none."""
    try:
        address = urlsplit(text)
        is_one = address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
    except ValueError:  # brackets that are no IPv6 address, or a port that is no number up to 65535
        is_one = False
    if not is_one:
        raise InvalidDataError(
            f"'{text}' is no address of a service; write http://HOST:PORT (BRAINRANK_URL, or as it is given)"
        )
    return text


def _seconds(text: object, field: ValidationInfo) -> float:
    try:
        seconds = float(str(text))
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        name = f"BRAINRANK_{field.field_name}".upper()
        raise InvalidDataError(f"{name} '{text}' is no length of time; write a number of seconds above 0")
    return seconds


def _fraction(text: object, field: ValidationInfo) -> float:
    try:
        fraction = float(str(text))
    except ValueError:
        fraction = math.nan
    if not 0 < fraction <= 1:
        name = f"BRAINRANK_{field.field_name}".upper()
        raise InvalidDataError(f"{name} '{text}' is no part of a whole; write a number above 0, at most 1")
    return fraction


def _precision(text: object) -> str:
    if text not in PRECISIONS:
        raise UnknownNameError("precision", str(text), PRECISIONS)
    return str(text)


Size = Annotated[int, BeforeValidator(size_in_bytes)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Fraction = Annotated[float, BeforeValidator(_fraction)]
Precision = Annotated[str, BeforeValidator(_precision)]


class Settings(BaseSettings):
    """Read from BRAINRANK_HOME, BRAINRANK_MIRROR, BRAINRANK_DATABASE_URL and so on; empty means unset."""

    model_config = SettingsConfigDict(env_prefix="BRAINRANK_", env_ignore_empty=True)

    home: Path = Field(default_factory=lambda: user_data_path("brainrank"))
    mirror: Path | None = None
    studies: Path | None = None
    database_url: str | None = None
    published_results: bool = True
    store_url: str | None = None
    store_limit: Size | None = None
    derived_limit: Size = DEFAULT_EXTRACTION.derived_limit_bytes
    memory: Size = DEFAULT_EXTRACTION.memory_bytes
    precision: Precision = DEFAULT_EXTRACTION.precision
    broker_url: str | None = None
    url: Annotated[str, AfterValidator(service_address)] = "http://127.0.0.1:8765"
    token: str | None = None
    uploads_url: str | None = None
    upload_limit: Size = 4 * 2**30
    upload_quota: Size = 50 * 2**30
    lease_s: Seconds = 60
    run_limit_s: Seconds = 6 * 60 * 60
    cell_memory: Size | None = None
    cell_disk: Size | None = None
    cell_gpu_fraction: Fraction = 0.95

    @field_validator("home", "mirror", "studies")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    def extraction(self, *, memory: str | None = None, precision: str | None = None) -> Extraction:
        """How activations are had. Raises InvalidDataError for a `memory` that is no size, UnknownNameError."""
        return Extraction(
            precision=self.precision if precision is None else _precision(precision),
            memory_bytes=self.memory if memory is None else size_in_bytes(memory),
            store_url=self.store_url,
            store_limit_bytes=self.store_limit,
            derived_limit_bytes=self.derived_limit,
        )

    def cell(self, *, device: str) -> "Cell":
        """The cell that models which are not our own run in, on this device, within these limits."""
        from brainrank.benchmark.cell.cell import Cell
        from brainrank.benchmark.cell.limits import Limits, cpu_seconds, default_disk_bytes, default_memory_bytes

        self.home.mkdir(parents=True, exist_ok=True)
        limits = Limits(
            memory_bytes=self.cell_memory or default_memory_bytes(),
            disk_bytes=self.cell_disk or default_disk_bytes(self.home),
            cpu_s=cpu_seconds(self.run_limit_s),
            gpu_fraction=self.cell_gpu_fraction,
        )
        return Cell(self.locations, device=device, limits=limits)

    @cached_property
    def locations(self) -> Locations:
        """The folders the science reads and writes."""
        return Locations(home=self.home, mirror=self.mirror, own_studies=self.studies, uploads=self.uploads_url)

    @property
    def effective_database_url(self) -> str:
        """The database set, or the SQLite file of this home."""
        return self.database_url or f"sqlite:///{self.home / 'brainrank.db'}"
