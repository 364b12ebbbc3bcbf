"""Short forms of the faults: each happens to a service at work, and afterwards every promise holds."""

import random
import secrets
import sys
from collections.abc import Iterator

import pytest
import servers
from fire.deployment import Deployment, deployed
from fire.faults import FAULTS
from fire.promises import broken, drained
from processes import wait_until

# A dead worker of this machine is missed within this; on another, once its lease has run out.
SAME_MACHINE_S = 10.0
SUBMISSIONS = 3
# Of these one is of who scores, one of who extracts.
HANDED_OVER = ("child_killed", "worker_elsewhere_killed", "redis_emptied", "postgresql_crashed", "network_cut")
TOLD = "SELECT count(*) AS n FROM run_events WHERE text LIKE '%of the queue cpu scores them'"
# The rest takes longer and adds little: `make soak` has all.
SHORT = [name for name in FAULTS if name not in {"every_worker_killed", "api_killed"}]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    try:
        with deployed(tmp_path_factory.mktemp("fire")) as made:
            yield made
    except servers.MissingServerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def service_of_two_queues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One worker extracts, elsewhere as far as anybody knows; one here scores."""
    try:
        with deployed(tmp_path_factory.mktemp("fire"), queues=("gpu", "cpu")) as made:
            yield made
    except servers.MissingServerError as error:
        pytest.skip(str(error))


@pytest.mark.xdist_group("fire")
@pytest.mark.parametrize("name", SHORT)
def test_after_a_fault_every_accepted_submission_has_one_end_and_each_score_stands_once(
    service: Deployment, name: str
) -> None:
    hold_after(name, service)


@pytest.mark.xdist_group("fire")
@pytest.mark.parametrize("name", HANDED_OVER)
def test_what_is_handed_over_is_lost_by_no_fault_either(service_of_two_queues: Deployment, name: str) -> None:
    service = service_of_two_queues
    wait_until(lambda: bool(service.ask("SELECT 1 FROM listening WHERE queue = 'cpu'")), "a worker of the queue cpu")
    before = service.ask(TOLD)[0]["n"]
    hold_after(name, service)
    assert service.ask(TOLD)[0]["n"] > before


def hold_after(name: str, service: Deployment) -> None:
    wait_until(service.is_ready, "the service")
    accepted = [
        service.client.submit(service.model, idempotency_key=secrets.token_hex(8)).id for _ in range(SUBMISSIONS)
    ]
    recovery_s = FAULTS[name](service, random.Random(0))
    took = drained(service)
    told = "" if recovery_s is None else f"lost run to be had again after {recovery_s:.1f} s, "
    sys.stdout.write(f"{name}: {told}all done after {took:.1f} s more\n")
    assert broken(service, accepted) == []
    assert recovery_s is None or recovery_s < SAME_MACHINE_S
