"""Settings: what the environment may say."""

from functools import cached_property
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from brainrank.benchmark.types.locations import Locations


class Settings(BaseSettings):
    """Read from BRAINRANK_HOME, BRAINRANK_MIRROR and BRAINRANK_DATABASE_URL; empty means unset."""

    model_config = SettingsConfigDict(env_prefix="BRAINRANK_", env_ignore_empty=True)

    home: Path = Field(default_factory=lambda: user_data_path("brainrank"))
    mirror: Path | None = None
    database_url: str | None = None

    @field_validator("home", "mirror")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @cached_property
    def locations(self) -> Locations:
        """The folders the science reads and writes."""
        return Locations(home=self.home, mirror=self.mirror)

    @property
    def effective_database_url(self) -> str:
        """The database set, or the SQLite file of this home."""
        return self.database_url or f"sqlite:///{self.home / 'brainrank.db'}"
