"""The Celery application: how signals travel to workers. Each setting stands with its reason.

The database is the record of work (brainrank.api.repositories.queue); a message only says which queue to look into, and
whoever hears it takes the run that has waited longest. So a message that is lost, doubled, late or out of order costs
time and nothing else.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery
from celery.exceptions import OperationalError as BrokerError
from celery.utils.log import get_task_logger

from brainrank.api.repositories.queue import CPU, GPU, WaitingRun
from brainrank.api.settings import Settings

RUN, HELP, STANDINGS = "brainrank.run", "brainrank.help", "brainrank.standings"
MEMORY = "memory://"
QUEUES = (GPU, CPU)
# One of its own, which workers of the queue cpu take from in turn with it: no board waits until all runs are done.
BOARDS = "boards"
# How late a large leaderboard may be; a small one is computed for its reader (api/services/boards/standings.py).
STANDINGS_EVERY_S = 15.0
# A run stops itself at its limit (api/services/runs/run_lease.py). What does not look at the clock for this much longer
# is interrupted, which its record still hears of; after as much again its process is killed.
GRACE_S = 60.0

log = get_task_logger(__name__)


def make_celery(settings: Settings) -> Celery:
    """The application on the broker of the settings; without one, queues live in this process's memory."""
    app = Celery("brainrank", broker=settings.broker_url or MEMORY)
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
        # Workers and broker may be started in any order.
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport(settings),
        # Nobody listens to Celery's own events, and a database row says more.
        worker_send_task_events=False,
        task_send_sent_event=False,
        # Celery would take over the root logger and colour it.
        worker_hijack_root_logger=False,
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
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        # A submission is answered while the broker is down: what it asked for is swept up later.
        "max_retries": 1,
    }


def signal(app: Celery, waiting: Sequence[WaitingRun]) -> None:
    """Tell each run's queue that there is something to do; a broker that does not answer is logged, and no fault."""
    send_signals(app, Counter(run.queue for run in waiting))


def send_signals(app: Celery, needed: Mapping[str, int]) -> None:
    """Send each queue as many signals; one means that its oldest run is to be worked on, whichever that is by then."""
    messages = [(RUN, name, name) for name, count in needed.items() for _ in range(count)]
    _send(app, messages, unheard=f"{len(messages)} runs wait for the next sweep")


def wake(app: Celery, queue: str) -> None:
    """Tell a queue that there is one more run for it."""
    send_signals(app, {queue: 1})


def call_for_help(app: Celery, run_id: int, n_others: int) -> None:
    """Tell as many other workers that a run has parts for them; whoever does not hear of it is not waited for."""
    _send(app, [(HELP, run_id, CPU)] * n_others, unheard=f"nobody helps with run {run_id}")


def wake_boards(app: Celery) -> None:
    """Have a worker compute the leaderboards whose scores have changed."""
    _send(app, [(STANDINGS, None, BOARDS)], unheard="leaderboards wait for the next sweep")


def _send(app: Celery, messages: Sequence[tuple[str, object, str]], *, unheard: str) -> None:
    """Send tasks with what they are about, to their queues."""
    if not messages:
        return
    try:
        with app.producer_or_acquire() as producer:
            for task, about, queue in messages:
                told = () if about is None else (about,)
                app.send_task(task, told, queue=queue, producer=producer, retry=False)
    except (BrokerError, OSError) as error:
        log.warning("The broker does not answer (%s); %s", error, unheard)


def waiting_messages(app: Celery, queues: Sequence[str] = QUEUES) -> dict[str, int]:
    """How many messages wait in each of these queues. Raises what the broker's client does when it does not answer."""
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        return {queue: channel.queue_declare(queue, passive=False, durable=True).message_count for queue in queues}
