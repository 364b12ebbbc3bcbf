"""Files of the Hugging Face hub: from its cache where they are there, else by one attempt and one clear message."""

import logging
from collections.abc import Sequence
from pathlib import Path

import huggingface_hub
import requests
from huggingface_hub import constants
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

from brainrank.benchmark.types.errors import DataUnavailableError

# The hub's client tries five times, 25 s in all, before it says that there is no network. One knock says so at once.
KNOCK_TIMEOUT_S = 5


def hub_file(repository: str, names: Sequence[str], *, revision: str | None = None, way_out: str = "") -> Path:
    """Return the first of these files that the repository has, at a commit or, without one, as its hub has it now.

    A cached file is taken as it is: a score should not change because a hub did. `way_out` ends the message of the
    DataUnavailableError that is raised when the file is not in the cache and cannot be had.
    """
    for name in names:
        cached = huggingface_hub.try_to_load_from_cache(
            repository, name, revision=revision, cache_dir=constants.HF_HUB_CACHE
        )
        if isinstance(cached, str):
            return Path(cached)
    if constants.HF_HUB_OFFLINE:
        raise _unavailable(repository, names, "HF_HUB_OFFLINE is set and the hub's cache does not hold it", way_out)
    _knock(repository, names, way_out)
    # The hub's client reports each of its retries; the message below says what matters.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    for name in names:
        try:
            return Path(huggingface_hub.hf_hub_download(repository, name, revision=revision))
        except EntryNotFoundError:
            continue
        except (OSError, HfHubHTTPError, RuntimeError) as error:
            raise _unavailable(repository, names, f"{type(error).__name__}", way_out) from error
    raise _unavailable(repository, names, "the repository has no such file", way_out)


def _knock(repository: str, names: Sequence[str], way_out: str) -> None:
    """Ask the hub's address once. Any answer will do; none is an error that names the address."""
    try:
        requests.head(constants.ENDPOINT, timeout=KNOCK_TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        raise _unavailable(
            repository, names, f"{constants.ENDPOINT} does not answer: {type(error).__name__}", way_out
        ) from error


def _unavailable(repository: str, names: Sequence[str], reason: str, way_out: str) -> DataUnavailableError:
    return DataUnavailableError(
        f"Could not get {names[0]} of '{repository}' from the model hub ({reason}), and it is not in its cache "
        f"{constants.HF_HUB_CACHE}. Check the network, set HF_ENDPOINT to a mirror of the hub, set HF_HOME to a folder "
        f"that holds the file, or give your own copy as file:WEIGHTS.safetensors#SOURCE:ARCHITECTURE"
        + (f"; {way_out}" if way_out else "")
    )
