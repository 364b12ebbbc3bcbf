"""How a service is found: by its address and token, or the token that `brainrank serve` leaves on its machine."""

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from brainrank.api.client.client import Client
    from brainrank.api.settings import Settings


def local_token_file(settings: "Settings") -> Path:
    """Where `brainrank serve` leaves the token by which this machine's user is let in; only that user can read it."""
    return settings.home / "local-token"


def is_this_machine(host: str) -> bool:
    """Whether an address is a loopback one: nobody else can send anything there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_client(settings: "Settings") -> "Client":
    """The client of the address set, with the token set; a service on this machine takes the token it left here."""
    from brainrank.api.client.client import Client

    file, token = local_token_file(settings), settings.token
    if token is None and is_this_machine(urlsplit(settings.url).hostname or "") and file.is_file():
        token = file.read_text().strip()
    return Client(settings.url, token)
