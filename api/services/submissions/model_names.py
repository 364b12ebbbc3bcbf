"""Names that submitters give their models: whose they are, and which are taken for others."""

import re

from sqlalchemy.orm import Session

from brainrank.api.repositories import models
from brainrank.api.services.access.refusals import ConflictError
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.models_zoo.catalogue import MODELS

OWN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,99}")
# Read at a glance, these are the same (PyPI refuses names by the same rule).
ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l"})
SEPARATORS = re.compile(r"[-_.]+")


def skeleton(name: str) -> str:
    """What names that look the same have in common: `vgg-l1` and `vgg_11` both have `vggll`."""
    return SEPARATORS.sub("", name.lower()).translate(ALIKE)


CATALOGUE = {skeleton(name): name for name in MODELS}


def require_own_name(name: str) -> None:
    """Raise InvalidDataError for what is no name for a model of one's own, ConflictError for one of the catalogue."""
    if not OWN_NAME.fullmatch(name):
        raise InvalidDataError(
            f"'{name[:100]}' is no name for a model of your own; use 2 to 100 of a-z, 0-9, '.', '_' and '-'"
        )
    if name in MODELS:
        raise ConflictError(f"'{name}' is a model of the catalogue; give yours another name")
    if skeleton(name) in CATALOGUE:
        raise ConflictError(
            f"'{name}' looks like '{CATALOGUE[skeleton(name)]}', a model of the catalogue; give yours another name"
        )


def take(session: Session, name: str, *, owner: str, public: bool) -> None:
    """Let an owner have a model of this name; `public` shows it to everybody.

    Of somebody else's private model nothing is told: two may have private models of one name. Raises ConflictError for
    a name that somebody else shows, and for one that looks like it.
    """
    found = models.take_name(session, name, owner=owner, skeleton=skeleton(name), public=public)
    if found == name:
        raise ConflictError(f"'{name}' is the name of somebody else's public model; give yours another name")
    if found is not None:
        raise ConflictError(f"'{name}' looks like '{found}', somebody else's public model; give yours another name")
