"""What is made of the public scores, made again only once they have changed."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from brainrank.api.repositories import changes
from brainrank.api.services.session import OpenSession

Made = TypeVar("Made")


@dataclass
class PublicCache(Generic[Made]):
    """Things by key, of one state of a database's public scores; one thread makes while others wait."""

    begin: OpenSession
    _making: threading.Lock = field(default_factory=threading.Lock)
    _state: frozenset[tuple[str, int]] = frozenset()
    _made: dict[Hashable, Made] = field(default_factory=dict)

    def get(self, key: Hashable, make: Callable[[Session], Made]) -> Made:
        """The thing of this key as of now."""
        with self._making, self.begin() as session:
            state = frozenset(changes.every(session).items())
            if state != self._state:
                self._made, self._state = {}, state
            if key not in self._made:
                self._made[key] = make(session)
            return self._made[key]
