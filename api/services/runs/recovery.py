"""Looking for what was left behind: leases of the dead, runs to be stopped, and runs that no signal is about.

Every process of a service looks, every few seconds. For the dead of its own machine it looks each time; for the rest
one of them does in each interval, whoever comes first (brainrank.api.repositories.sweeps).
"""

import socket
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from brainrank.api.repositories import clock, queue, sweeps
from brainrank.api.services.runs.hand_over import recall_unheard
from brainrank.api.services.runs.run_lease import is_gone
from brainrank.api.services.session import OpenSession
from brainrank.benchmark.types.errors import BrainrankError

# A signal says that there is something to do, not what: no queue needs more than are used up between two sweeps.
MOST_SIGNALS = 500


class SweepsLateError(BrainrankError):
    """Nobody has looked for what was left behind for too long."""


class Swept(NamedTuple):
    """Whether it was the caller's turn, and how many runs of each queue are there to be had."""

    turn: bool
    claimable: Mapping[str, int]


def sweep(begin: OpenSession, queues: Sequence[str], *, every_s: float) -> Swept:
    """End the leases of this machine's dead; on the caller's turn also stop what is to be, and count what is to be had.

    Runs that wait behind others are due once those have extracted; what was handed over to a queue that nobody listens
    to any more is taken back.

    Whoever ended a lease counts too, whosever turn it is: nobody need wait for what is known to be lost.
    """
    with begin() as session:
        expired = expire_dead(session)
        now = clock.now(session)
        turn = sweeps.take_turn(session, every=timedelta(seconds=every_s), now=now)
        if turn:
            queue.stop_left_behind(session, now=now)
            queue.wake(session, now=now)
            recall_unheard(session, now=now)
        if not (turn or expired):
            return Swept(turn, {})
        return Swept(turn, {name: queue.count_claimable(session, name, most=MOST_SIGNALS, now=now) for name in queues})


def signals_needed(claimable: int, waiting: int) -> int:
    """How many signals a queue lacks, of which `waiting` are on their way: one for each run that is to be had."""
    return max(0, claimable - waiting)


def last_sweep(begin: OpenSession) -> datetime | None:
    """When somebody last looked; None before the first time."""
    with begin() as session:
        return sweeps.last(session)


def check_swept(begin: OpenSession, *, within_s: float) -> None:
    """Raise SweepsLateError unless somebody has looked within these seconds."""
    with begin() as session:
        last, now = sweeps.last(session), clock.now(session)
    if last is None or (now - last).total_seconds() > within_s:
        when = "never" if last is None else f"{(now - last).total_seconds():.0f} s ago"
        raise SweepsLateError(
            f"What dead workers leave was last looked for {when}, and is to be every {within_s:.0f} s; look into the "
            "logs of the workers and of the service for why"
        )


def expire_dead(session: Session) -> bool:
    """End the leases of holders on this machine whose process is gone; return whether there were any."""
    dead = [(run_id, owner) for run_id, owner in queue.holders(session, socket.gethostname()) if is_gone(owner)]
    for run_id, owner in dead:
        queue.expire(session, run_id, owner, now=clock.now(session))
    return bool(dead)
