"""The Celery application: how signals travel to workers. Each setting stands with its reason.

The database is the record of work (brainrank.api.repositories.queue); a message only says which run to look at. So a
message that is lost, doubled or late costs time and nothing else.
"""

from collections.abc import Sequence
from typing import Any

from celery import Celery
from celery.exceptions import OperationalError as BrokerError
from celery.utils.log import get_task_logger

from brainrank.api.repositories.queue import CPU, GPU, WaitingRun
from brainrank.api.settings import Settings

RUN, HELP, SWEEP, STANDINGS = "brainrank.run", "brainrank.help", "brainrank.sweep", "brainrank.standings"
MEMORY = "memory://"
QUEUES = (GPU, CPU)
# Of a lease's length: a dead worker's run waits a little longer than its lease.
SWEPT_EVERY = 0.25
# How late a large leaderboard may be; a small one is computed for its reader (brainrank.api.services.standings).
STANDINGS_EVERY_S = 15.0
# A run stops itself at its limit (brainrank.api.services.holding). What does not look at the clock for this much longer
# is interrupted, which its record still hears of; after as much again its process is killed.
GRACE_S = 60.0

log = get_task_logger(__name__)


def make_celery(settings: Settings) -> Celery:
    """The application on the broker of the settings; without one, queues live in this process's memory."""
    app = Celery("brainrank", broker=settings.broker_url or MEMORY)
    sweep_every_s = settings.lease_s * SWEPT_EVERY
    app.conf.update(
        # Results are rows of the database; a second place for them could only disagree.
        task_ignore_result=True,
        result_backend=None,
        # Messages are data: JSON and nothing else, so that whoever reaches the broker can run no code.
        accept_content=["json"],
        task_serializer="json",
        # A message is gone only when its run is recorded: a worker that dies leaves it to another.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        # The run's record holds the failure; the message has done its work then, too.
        task_acks_on_failure_or_timeout=True,
        # One run at a time, and none kept waiting behind a long one while another worker is free.
        worker_prefetch_multiplier=1,
        # A run's memory is the network's: what a library leaks is given back after this many runs.
        worker_max_tasks_per_child=500,
        # The soft limit raises inside the run, which then says so in its record; the hard one is for what hangs.
        task_soft_time_limit=settings.run_limit_s + GRACE_S,
        task_time_limit=settings.run_limit_s + 2 * GRACE_S,
        task_default_queue=CPU,
        task_routes={SWEEP: {"queue": CPU}, STANDINGS: {"queue": CPU}},
        # Workers and broker may be started in any order.
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport(settings),
        # Nobody listens to Celery's own events, and a database row says more.
        worker_send_task_events=False,
        task_send_sent_event=False,
        # Celery would take over the root logger and colour it.
        worker_hijack_root_logger=False,
        # One that nobody took before the next is due is of no more use.
        beat_schedule={
            task: {"task": task, "schedule": every_s, "options": {"expires": every_s}}
            for task, every_s in ((SWEEP, sweep_every_s), (STANDINGS, STANDINGS_EVERY_S))
        },
        # The one that keeps no file: the other's is a pickle, and there is nothing here worth remembering.
        beat_scheduler="celery.beat:Scheduler",
    )
    return app


def _transport(settings: Settings) -> dict[str, Any]:
    if settings.broker_url is None:
        # How long a message in memory waits to be seen; the default is a second.
        return {"polling_interval": 0.01}
    return {
        # A message that nobody acknowledged comes back after this long. Shorter than a long run is no harm: the second
        # worker finds the run held and lets go. By itself Redis's transport looks for such messages only every 100 s.
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        # A dead connection is noticed; the default waits for the operating system, hours.
        "socket_keepalive": True,
        "socket_timeout": 30,
        # A submission is answered while the broker is down: what it asked for is swept up later.
        "max_retries": 1,
    }


def signal(app: Celery, waiting: Sequence[WaitingRun]) -> bool:
    """Tell each run's queue that there is something to do; a broker that does not answer is logged, and no fault.

    Returns whether it did.
    """
    return _send(app, RUN, waiting, unheard=f"{len(waiting)} runs wait for the next sweep")


def call_for_help(app: Celery, run_id: int, n_others: int) -> None:
    """Tell as many other workers that a run has parts for them; whoever does not hear of it is not waited for."""
    _send(app, HELP, [WaitingRun(run_id, CPU)] * n_others, unheard=f"nobody helps with run {run_id}")


def _send(app: Celery, task: str, waiting: Sequence[WaitingRun], *, unheard: str) -> bool:
    try:
        with app.producer_or_acquire() as producer:
            for run in waiting:
                app.send_task(task, (run.run_id,), queue=run.queue, producer=producer, retry=False)
    except (BrokerError, OSError) as error:
        log.warning("The broker does not answer (%s); %s", error, unheard)
        return False
    return True


def waiting_messages(app: Celery) -> int:
    """How many messages wait in the queues of runs."""
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        return sum(channel.queue_declare(queue, passive=False, durable=True).message_count for queue in QUEUES)
