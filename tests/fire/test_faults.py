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
# The rest takes longer and adds little: `make soak` has all.
SHORT = [name for name in FAULTS if name not in {"every_worker_killed", "api_killed"}]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    try:
        with deployed(tmp_path_factory.mktemp("fire")) as made:
            yield made
    except servers.MissingServerError as error:
        pytest.skip(str(error))


@pytest.mark.xdist_group("fire")
@pytest.mark.parametrize("name", SHORT)
def test_after_a_fault_every_accepted_submission_has_one_end_and_each_score_stands_once(
    service: Deployment, name: str
) -> None:
    wait_until(service.is_ready, "the service")
    accepted = [service.client.submit("pixels", idempotency_key=secrets.token_hex(8)).id for _ in range(SUBMISSIONS)]
    recovery_s = FAULTS[name](service, random.Random(0))
    took = drained(service)
    told = "" if recovery_s is None else f"lost run to be had again after {recovery_s:.1f} s, "
    sys.stdout.write(f"{name}: {told}all done after {took:.1f} s more\n")
    assert broken(service, accepted) == []
    assert recovery_s is None or recovery_s < SAME_MACHINE_S
