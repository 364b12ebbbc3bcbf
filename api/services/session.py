"""How a service gets a transaction: it knows neither the database nor when it is committed."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

# Opens a session that is committed when its block ends; the caller decides on which database.
OpenSession = Callable[[], AbstractContextManager[Session]]
