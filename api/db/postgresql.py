"""Connections to PostgreSQL that end when nobody answers: a network may fall silent without an error."""

from typing import Any

import psycopg
from psycopg.errors import _WaitTimeout  # the one that Connection.wait is documented to raise
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

CONNECT_TIMEOUT_S = 5
# No statement of a service takes as long; what is cut off must be known to be before everybody waits for it.
ANSWER_TIMEOUT_S = 30.0
# What a client that was cut off holds in the server (rows that others wait for) is given up after as long.
IDLE_TIMEOUT_S = 30
SERVER_SETTINGS = {
    "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_S}s",
    # The server, too, notices that its client is gone; by itself after two hours.
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
CLIENT_SETTINGS = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class AnsweringConnection(psycopg.Connection[Any]):
    """A connection that is given up when a statement is not answered within `answer_timeout_s`.

    Keep-alives find a dead host, not one whose proxy or process took the question and stays silent.
    """

    answer_timeout_s: float | None = ANSWER_TIMEOUT_S

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for a statement. Raises OperationalError, the connection closed, when no answer comes."""
        limit = self.answer_timeout_s if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=limit)
        except _WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server did not answer within {limit:.0f} s") from error


def may_be_idle(session: Session) -> None:
    """Let this transaction compute between its statements for as long as it takes: for one that only reads."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def configure(engine: Engine, *, answer_timeout_s: float | None = ANSWER_TIMEOUT_S) -> None:
    """Have an engine make such connections; None waits for ever, as migrations need."""

    def connect(_dialect: object, _record: object, arguments: list[Any], settings: dict[str, Any]) -> Any:
        options = " ".join(f"-c {name}={value}" for name, value in SERVER_SETTINGS.items())
        given = settings.pop("options", "")
        made = AnsweringConnection.connect(
            *arguments, **CLIENT_SETTINGS | settings, options=f"{options} {given}".strip()
        )
        made.answer_timeout_s = answer_timeout_s
        return made

    event.listen(engine, "do_connect", connect)
