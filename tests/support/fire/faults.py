"""Faults, each of which happens to a service with runs at work, and says what it did.

What is killed is started again as whoever supervises processes would: at once, unless its being
away is the point.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from processes import kill_group, wait_until

from brainrank.api.client.client import ServiceError
from brainrank.api.settings import Settings
from brainrank.workers.app import QUEUES, make_celery, send_signals
from fire.deployment import Deployment
from fire.program import DEADLY
from fire.promises import FINAL

CLAIMED = "SELECT count(*) AS n FROM run_events WHERE run_id = :run AND text = 'resolving'"


HERE = (1,)


class Seconds(float):
    """How long it took until a lost run was there to be had by any worker that is free."""


Fault = Callable[[Deployment, random.Random], Seconds | None]


def child_killed(service: Deployment, _rng: random.Random) -> Seconds:
    """Kill -9 of the process that works on a run."""
    run, _, child = service.busy(*HERE)
    return _again(service, run, lambda: os.kill(child, signal.SIGKILL))


def worker_killed(service: Deployment, _rng: random.Random) -> None:
    """Kill -9 of the worker that listens, not of its child, which ends its run and goes."""
    _, worker, _ = service.busy()
    worker.kill()
    service.replace(worker)


def worker_group_killed(service: Deployment, _rng: random.Random) -> Seconds:
    """Kill -9 of a worker and its child."""
    run, worker, _ = service.busy(*HERE)
    taken = _again(service, run, lambda: kill_group(worker))
    service.replace(worker)
    return taken


def worker_elsewhere_killed(service: Deployment, _rng: random.Random) -> Seconds:
    """Kill -9 of a worker and its child on another machine, of whose processes nobody here knows anything."""
    run, worker, _ = service.busy(0)
    taken = _again(service, run, lambda: kill_group(worker))
    service.replace(worker)
    return taken


def every_worker_killed(service: Deployment, _rng: random.Random) -> None:
    """Kill -9 of all workers at once, and others in their place."""
    service.busy()
    for worker in list(service.workers):
        kill_group(worker)
        service.replace(worker)


def api_killed(service: Deployment, _rng: random.Random) -> None:
    """Kill -9 of the serving process."""
    kill_group(service.api)
    service.start_api()
    wait_until(service.is_ready, "the service")


def api_killed_between_commit_and_signal(service: Deployment, _rng: random.Random) -> None:
    """Kill -9 of the serving process once a submission is recorded and before any worker is told."""
    (service.folder / DEADLY).touch()
    with suppress(ServiceError):  # its answer may or may not have come
        service.client.submit(service.model, idempotency_key=f"deadly-{time.monotonic_ns()}")
    service.api.wait()
    service.start_api()
    wait_until(service.is_ready, "the service")


def postgresql_crashed(service: Deployment, rng: random.Random) -> None:
    """`pg_ctl stop -m immediate`, and back after a second or so."""
    service.postgresql.crash()
    time.sleep(rng.uniform(0.5, 1.5))
    service.postgresql.start()


def redis_killed(service: Deployment, rng: random.Random) -> None:
    """Kill -9 of Redis, which comes back with what it held."""
    service.redis.kill()
    time.sleep(rng.uniform(0.5, 1.5))
    service.redis.start()


def redis_emptied(service: Deployment, rng: random.Random) -> None:
    """Kill -9 of Redis, which comes back with nothing."""
    service.redis.kill()
    time.sleep(rng.uniform(0.5, 1.5))
    service.redis.forget()
    service.redis.start()


def network_cut(service: Deployment, rng: random.Random) -> None:
    """Nothing passes between workers and database for longer than a lease; then only new connections do."""
    service.busy()
    service.proxy.silent()
    time.sleep(service.lease_s + rng.uniform(1.0, 2.0))
    service.proxy.restore()


def signals_doubled(service: Deployment, rng: random.Random) -> None:
    """Many signals more than there are runs, to every queue."""
    app = make_celery(Settings(broker_url=service.redis.address))
    send_signals(app, {name: rng.randint(10, 30) for name in QUEUES})
    app.close()


FAULTS: Mapping[str, Fault] = {
    each.__name__: each
    for each in (
        child_killed,
        worker_killed,
        worker_group_killed,
        worker_elsewhere_killed,
        every_worker_killed,
        api_killed,
        api_killed_between_commit_and_signal,
        postgresql_crashed,
        redis_killed,
        redis_emptied,
        network_cut,
        signals_doubled,
    )
}


def _again(service: Deployment, run: int, lose: Callable[[], None]) -> Seconds:
    """Lose a run's worker; how long until the run is there to be had, or is had, or had ended by then."""
    before = service.ask(CLAIMED, run=run)[0]["n"]
    lose()
    state = "SELECT status, lease_expires_at < clock_timestamp() AS lost FROM runs WHERE id = :run"

    def goes_on() -> bool:
        now = service.ask(state, run=run)[0]
        return now["lost"] or now["status"] in ("queued", *FINAL) or service.ask(CLAIMED, run=run)[0]["n"] > before

    return Seconds(wait_until(goes_on, f"run {run}'s being lost"))
