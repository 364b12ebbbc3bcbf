"""Where other libraries keep the weights that they fetch."""

import os
from pathlib import Path


def hub_cache() -> Path:
    """Where the client of the Hugging Face hub keeps files; its tokens lie beside it."""
    home = os.environ.get("HF_HOME") or f"{_cache_home()}/huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").expanduser().absolute()


def torch_cache() -> Path:
    """Where torch keeps weights."""
    return Path(os.environ.get("TORCH_HOME") or f"{_cache_home()}/torch").expanduser().absolute()


def _cache_home() -> str:
    return os.environ.get("XDG_CACHE_HOME") or "~/.cache"
