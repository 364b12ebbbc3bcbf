"""Names of one's own models: private ones cannot be found out, public ones not be imitated."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_scores import made_result
from tiny_study import NAMES

from brainrank.api.repositories import queue
from brainrank.api.repositories.queue import Lease
from brainrank.api.services.access.tokens import Scope
from brainrank.api.services.submissions.model_names import CATALOGUE, OWN_NAME, skeleton
from brainrank.models_zoo.catalogue import MODELS

Api = Any  # the fixture of conftest.py, which is no module


def submit(api: Api, owner: str, name: str = "mine", *, public: bool, source: str = "classical:pixels") -> Any:
    model = {"name": name, "source": source}
    wanted = {"model": model, "visibility": "public" if public else "private", "benchmarks": [NAMES[0]]}
    return api.http.post("/v1/submissions", json=wanted, headers=api.token(owner))


def score(api: Api, submission: Any, value: float) -> int:
    """Let the run of a submission succeed."""
    from datetime import UTC, datetime, timedelta

    (run,), now = (each["id"] for each in submission.json()["runs"]), datetime.now(UTC)
    with api.service.begin() as session:
        queue.claim(session, run, Lease("a:1:b", now + timedelta(minutes=1)), now=now)
        result = made_result("mine", api.service.catalogue.benchmarks[NAMES[0]], value)
        assert queue.succeed(session, run, "a:1:b", result, now=now)
    return int(run)


def test_a_private_name_is_in_nobodys_way_and_each_sees_their_own(api: Api) -> None:
    ada, bob = submit(api, "ada", public=False), submit(api, "bob", public=False, source="timm:test_resnet@random")
    assert (ada.status_code, bob.status_code) == (202, 202)
    score(api, ada, 0.5)
    score(api, bob, 0.3)
    for owner, value in (("ada", 0.5), ("bob", 0.3)):
        page = api.http.get("/v1/models/mine", headers=api.token(owner)).json()
        assert [each["value"] for each in page["scores"]] == [value]
    assert api.http.get("/v1/models/mine").status_code == 404


def test_who_publishes_first_has_the_name_and_the_other_is_told(api: Api) -> None:
    ada, bob = submit(api, "ada", public=False), submit(api, "bob", public=False)
    runs = score(api, ada, 0.5), score(api, bob, 0.3)
    shown, refused = (
        api.http.post(f"/v1/submissions/{each.json()['id']}/publish", headers=api.token(owner))
        for owner, each in (("bob", bob), ("ada", ada))
    )
    assert (shown.status_code, refused.status_code, refused.json()["code"]) == (200, 409, "conflict")
    assert "somebody else's public model" in refused.json()["detail"]
    assert submit(api, "carol", public=False).status_code == 409
    assert submit(api, "ada", public=True).status_code == 409
    assert submit(api, "ada", public=False).status_code == 202  # it was theirs before
    # One name is one model, whoever looks: ada's own for ada, the public one for everybody else.
    seen = {
        owner: [each["run"] for each in api.http.get("/v1/scores?model=mine", headers=headers).json()["scores"]]
        for owner, headers in {"ada": api.token("ada"), "carol": api.token("carol"), "": {}}.items()
    }
    assert seen == {"ada": [runs[0]], "carol": [runs[1]], "": [runs[1]]}


def test_an_administrator_publishes_under_the_owners_name(api: Api) -> None:
    made = submit(api, "ada", public=False).json()["id"]
    root = api.token("root", Scope.ADMIN)
    assert api.http.post(f"/v1/submissions/{made}/publish", headers=root).status_code == 200
    assert submit(api, "ada", public=True).status_code == 202
    assert submit(api, "root", public=True).status_code == 409


def test_unpublished_names_stay_their_owners(api: Api) -> None:
    made = submit(api, "ada", public=True).json()["id"]
    assert api.http.post(f"/v1/submissions/{made}/unpublish", headers=api.token("ada")).status_code == 200
    assert submit(api, "bob", public=True).status_code == 409


@pytest.mark.parametrize("name", ["res-net.11", "resnetll", "re5net", "resnet_11", "re-snet1l"])
def test_names_that_look_like_somebody_elses_are_refused(api: Api, name: str) -> None:
    assert submit(api, "ada", "resnet-11", public=True).status_code == 202
    answer = submit(api, "bob", name, public=False)
    if skeleton(name) == skeleton("resnet-11"):
        assert (answer.status_code, "looks like 'resnet-11'" in answer.json()["detail"]) == (409, True)
    else:
        assert answer.status_code == 202
    assert submit(api, "ada", name, public=True).status_code == 202  # one's own may be near each other


def test_names_that_look_like_the_catalogues_are_refused(api: Api) -> None:
    for name, alike in (("p1xels", "pixels"), ("efficientnet_lite0", "efficientnet-lite0"), ("a-lexnet", "alexnet")):
        answer = submit(api, "ada", name, public=False)
        assert (answer.status_code, f"looks like '{alike}'" in answer.json()["detail"]) == (409, True)
    assert len(CATALOGUE) == len(MODELS)


@given(st.from_regex(OWN_NAME, fullmatch=True), st.from_regex(OWN_NAME, fullmatch=True))
def test_skeletons_ignore_separators_and_alikes_alone(first: str, second: str) -> None:
    assert skeleton(first) == skeleton(first.replace("-", "_.").replace("1", "l").replace("o", "0"))
    if skeleton(first) != skeleton(second):
        assert first != second
