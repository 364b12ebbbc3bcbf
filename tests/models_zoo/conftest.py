"""A hub's cache made here, in place of a hub."""

from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import pytest

Put = Callable[[str, str, Path], Path]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Put a file into the cache as the hub's client lays it out: `hub(repository@commit, name, file)`."""
    folder = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)

    def put(repository: str, name: str, file: Path) -> Path:
        owner, _, commit = repository.partition("@")
        root = folder / f"models--{owner.replace('/', '--')}"
        target = root / "snapshots" / (commit or "0" * 40) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not commit:
            (root / "refs").mkdir(exist_ok=True)
            (root / "refs" / "main").write_text("0" * 40)
        file.rename(target)
        return target

    return put
