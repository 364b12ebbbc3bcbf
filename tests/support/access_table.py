"""Who may do what: a row for every endpoint and page, with what each kind of caller is answered."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tiny_study import NAMES

Api = Any  # the fixture of conftest.py, which is no module
Headers = Mapping[str, str]
CALLERS = ("nobody", "reader", "submitter", "owner", "administrator", "expired", "revoked", "spent")
# What only its owner and administrators may hear of, in any form.
SECRETS = (
    *("hushed-net", "hushed-family", "hushed note", "hushed description", "hushed-layer", "hushed log"),
    *("hushed error", "0badc0de" * 8, ".31415926"),
)


def expected(*statuses: int) -> dict[str, int]:
    return dict(zip(CALLERS, statuses, strict=True))


# Tokens are not looked at: what everybody sees.
OPEN = expected(*[200] * 8)
HIDDEN = expected(*[404] * 8)
# Looked at where there is one.
VISITED = expected(200, 200, 200, 200, 200, 401, 401, 429)
# Somebody's own, for who may read it and who may change it.
OWN = expected(404, 404, 404, 200, 200, 401, 401, 429)
SIGNED = expected(401, 200, 200, 200, 200, 401, 401, 429)
OWN_UPLOAD = expected(401, 404, 404, 200, 200, 401, 401, 429)
CHANGED = expected(401, 403, 404, 200, 200, 401, 401, 429)
AGAIN = expected(401, 403, 404, 202, 202, 401, 401, 429)
NEW = expected(401, 403, 202, 202, 202, 401, 401, 429)
ANNOUNCED = expected(401, 403, 201, 201, 201, 401, 401, 429)
REMOVED = expected(401, 403, 404, 204, 204, 401, 401, 429)
RULED = expected(401, 403, 403, 403, 200, 401, 401, 429)


@dataclass
class World:
    """Ada's private things and a public score, and a token of each kind of caller."""

    api: Api
    headers: Mapping[str, Headers]
    public_run: int
    private: dict[str, int]

    def ask(self, caller: str, method: str, path: str, **more: Any) -> Any:
        """Ask as one of CALLERS."""
        more["headers"] = {**more.get("headers", {}), **self.headers[caller]}
        return self.api.http.request(method, path, **more)

    def submission(self) -> int:
        """A new private submission of the owner's, cancelled, so that it can be retried."""
        model = {"name": "passing-net", "source": "classical:pixels"}
        wanted = {"model": model, "visibility": "private", "benchmarks": [NAMES[0]]}
        made = self.api.http.post("/v1/submissions", json=wanted, headers=self.headers["owner"]).json()
        self.api.http.post(f"/v1/submissions/{made['id']}/cancel", headers=self.headers["owner"])
        return int(made["id"])

    def upload(self) -> int:
        """A new upload of the owner's of which nothing is here yet."""
        number = len(self.api.http.get("/v1/uploads", headers=self.headers["owner"]).json()["uploads"])
        sha256 = hashlib.sha256(f"{number}".encode()).hexdigest()
        body = {"kind": "csv", "sha256": sha256, "size": 100}
        return int(self.api.http.post("/v1/uploads", json=body, headers=self.headers["owner"]).json()["id"])


class Row(NamedTuple):
    """A route in the table: what is asked, and what each caller is answered."""

    statuses: Mapping[str, int]
    path: Callable[[World], str]
    more: Callable[[World], dict[str, Any]] = lambda _: {}


def at(path: str) -> Callable[[World], str]:
    return lambda world: path.format(public=world.public_run, **world.private)


def new_submission(path: str) -> Callable[[World], str]:
    return lambda world: path.format(world.submission())


def new_upload(path: str) -> Callable[[World], str]:
    return lambda world: path.format(world.upload())


def body(**model: Any) -> Callable[[World], dict[str, Any]]:
    return lambda _: {"json": {"model": {"name": "pixels", **model}}}


TABLE: Mapping[str, Sequence[Row]] = {
    "GET /openapi.json": [Row(OPEN, at("/openapi.json"))],
    "GET /docs": [Row(OPEN, at("/docs"))],
    "POST /v1/submissions": [Row(NEW, at("/v1/submissions"), body())],
    "GET /v1/submissions": [Row(VISITED, at("/v1/submissions"))],
    "GET /v1/submissions/{number}": [Row(OWN, at("/v1/submissions/{submission}"))],
    "GET /v1/submissions/{number}/events": [Row(OWN, at("/v1/submissions/{submission}/events"))],
    "GET /v1/submissions/{number}/log": [Row(OWN, at("/v1/submissions/{submission}/log"))],
    "POST /v1/submissions/{number}/cancel": [Row(CHANGED, new_submission("/v1/submissions/{}/cancel"))],
    "POST /v1/submissions/{number}/retry": [Row(AGAIN, new_submission("/v1/submissions/{}/retry"))],
    "POST /v1/submissions/{number}/publish": [Row(CHANGED, new_submission("/v1/submissions/{}/publish"))],
    "POST /v1/submissions/{number}/unpublish": [Row(CHANGED, new_submission("/v1/submissions/{}/unpublish"))],
    "POST /v1/uploads": [
        Row(ANNOUNCED, at("/v1/uploads"), lambda _: {"json": {"kind": "csv", "sha256": "f" * 64, "size": 9}})
    ],
    "GET /v1/uploads": [Row(SIGNED, at("/v1/uploads"))],
    "GET /v1/uploads/{number}": [Row(OWN_UPLOAD, at("/v1/uploads/{upload}"))],
    "PATCH /v1/uploads/{number}": [
        Row(CHANGED, new_upload("/v1/uploads/{}"), lambda _: {"content": b"x", "headers": {"Upload-Offset": "0"}})
    ],
    "DELETE /v1/uploads/{number}": [Row(REMOVED, new_upload("/v1/uploads/{}"))],
    "GET /v1/leaderboards": [Row(OPEN, at("/v1/leaderboards"))],
    "GET /v1/leaderboards/{name}": [
        Row(OPEN, at("/v1/leaderboards/all")),
        Row(OPEN, at("/v1/leaderboards/tiny?family=hushed-family&text=hushed")),
        Row(OPEN, at(f"/v1/leaderboards/{NAMES[0]}")),
    ],
    "GET /v1/leaderboards/{name}/export": [
        Row(OPEN, at(f"/v1/leaderboards/all/export?format={kind}")) for kind in ("csv", "json", "parquet")
    ],
    "GET /v1/compare": [
        Row(VISITED, at("/v1/compare?models=shown-net&models=other-net")),
        Row(expected(404, 404, 404, 200, 200, 401, 401, 429), at("/v1/compare?models=shown-net&models=hushed-net")),
    ],
    "GET /v1/models": [Row(VISITED, at("/v1/models")), Row(VISITED, at("/v1/models?family=hushed-family"))],
    "GET /v1/models/{name:path}": [
        Row(VISITED, at("/v1/models/shown-net")),
        Row(OWN, at("/v1/models/hushed-net")),
    ],
    "GET /v1/benchmarks": [Row(OPEN, at("/v1/benchmarks"))],
    "GET /v1/benchmarks/{name}": [Row(OPEN, at(f"/v1/benchmarks/{NAMES[0]}"))],
    "GET /v1/datasets": [Row(OPEN, at("/v1/datasets"))],
    "GET /v1/datasets/{name}": [Row(OPEN, at("/v1/datasets/tiny2026"))],
    "GET /v1/scores": [
        Row(VISITED, at("/v1/scores")),
        Row(VISITED, at("/v1/scores?model=hushed-net&family=hushed-family&text=hushed")),
    ],
    "GET /v1/scores/export": [Row(VISITED, at(f"/v1/scores/export?format={kind}")) for kind in ("csv", "json")],
    "GET /v1/runs/{number}": [Row(OWN, at("/v1/runs/{run}")), Row(VISITED, at("/v1/runs/{public}"))],
    "GET /v1/runs/{number}/log": [Row(OWN, at("/v1/runs/{run}/log"))],
    "GET /v1/runs/{number}/targets": [
        Row(OWN, at("/v1/runs/{run}/targets")),
        Row(OWN, at("/v1/runs/{run}/targets?format=json")),
    ],
    "GET /v1/runs/{number}/map": [
        Row(OWN, at("/v1/runs/{run}/map")),
        Row(OWN, at("/v1/runs/{run}/map?format=json&show=ceiling")),
    ],
    "GET /v1/runs/{number}/map/image": [Row(OWN, at("/v1/runs/{run}/map/image"))],
    "GET /v1/runs/{number}/course": [
        Row(OWN, at("/v1/runs/{run}/course")),
        Row(OWN, at("/v1/runs/{run}/course?format=json")),
    ],
    "GET /v1/runs/{number}/people": [  # its people are in no groups
        Row(expected(404, 404, 404, 404, 404, 401, 401, 429), at("/v1/runs/{public}/people"))
    ],
    "GET /v1/claims": [Row(OPEN, at("/v1/claims"))],
    "GET /v1/claims/{name}": [Row(OPEN, at("/v1/claims/larger-is-better")), Row(HIDDEN, at("/v1/claims/nix"))],
    "GET /v1/published": [Row(OPEN, at("/v1/published"))],
    "GET /v1/published/{name}": [Row(OPEN, at("/v1/published/gokce2024")), Row(HIDDEN, at("/v1/published/nix"))],
    "GET /healthz": [Row(OPEN, at("/healthz"))],
    "GET /readyz": [Row(OPEN, at("/readyz"))],
    "GET /metrics": [Row(RULED, at("/metrics"))],
    "GET /": [Row(OPEN, at("/"))],
    "GET /leaderboards/{name}": [
        Row(OPEN, at("/leaderboards/all")),
        Row(OPEN, at("/leaderboards/tiny?family=hushed-family&text=hushed-net")),
    ],
    "GET /relations": [Row(OPEN, at("/relations"))],
    "GET /relations/similarity": [Row(OPEN, at("/relations/similarity"))],
    "GET /charts/relations": [Row(OPEN, at(f"/charts/relations?x={NAMES[0]}&y={NAMES[1]}"))],
    "GET /charts/similarity": [
        Row(HIDDEN, at(f"/charts/similarity?benchmark={NAMES[0]}"))  # no activations are stored
    ],
    "GET /compare": [
        Row(OPEN, at("/compare?models=shown-net&models=other-net")),
        Row(OPEN, at("/compare?models=shown-net&models=hushed-net")),  # says that there is no such public model
    ],
    "GET /charts/compare/forest": [
        Row(OPEN, at("/charts/compare/forest?models=shown-net&models=other-net")),
        Row(HIDDEN, at("/charts/compare/forest?models=shown-net&models=hushed-net")),
    ],
    "GET /charts/compare/courses": [Row(HIDDEN, at("/charts/compare/courses?first={public}&second={run}"))],
    "GET /charts/compare/points": [Row(HIDDEN, at("/charts/compare/points?first={public}&second={run}"))],
    "GET /claims": [Row(OPEN, at("/claims"))],
    "GET /claims/{name}": [Row(OPEN, at("/claims/larger-is-better")), Row(HIDDEN, at("/claims/nix"))],
    "GET /charts/claims/{name}": [Row(HIDDEN, at("/charts/claims/larger-is-better"))],  # nothing is scored for it
    "GET /submit": [Row(OPEN, at("/submit"))],
    "GET /submissions/{number}": [Row(OPEN, at("/submissions/{submission}"))],
    "GET /models": [Row(OPEN, at("/models")), Row(OPEN, at("/models?text=hushed&family=hushed-family"))],
    "GET /charts/curves": [
        Row(OPEN, at("/charts/curves?model=shown-net&group=tiny")),
        Row(HIDDEN, at("/charts/curves?model=hushed-net&group=tiny")),
    ],
    "GET /models/{name:path}": [Row(OPEN, at("/models/shown-net")), Row(HIDDEN, at("/models/hushed-net"))],
    "GET /runs/{number}": [Row(HIDDEN, at("/runs/{run}")), Row(OPEN, at("/runs/{public}"))],
    "GET /charts/runs/{number}/{kind}": [
        Row(HIDDEN, at("/charts/runs/{run}/layers")),
        Row(OPEN, at("/charts/runs/{public}/layers")),
    ],
    "GET /benchmarks": [Row(OPEN, at("/benchmarks"))],
    "GET /charts/benchmarks/{name}": [Row(OPEN, at(f"/charts/benchmarks/{NAMES[0]}"))],
    "GET /charts/benchmarks/{name}/recovery": [Row(HIDDEN, at(f"/charts/benchmarks/{NAMES[0]}/recovery"))],
    "GET /benchmarks/{name}": [Row(OPEN, at(f"/benchmarks/{NAMES[0]}"))],
    "GET /glossary": [Row(OPEN, at("/glossary"))],
    "GET /cite/{name}": [Row(OPEN, at("/cite/all"))],
    "GET /badges/{name:path}": [Row(OPEN, at("/badges/shown-net.svg")), Row(HIDDEN, at("/badges/hushed-net.svg"))],
    "GET /published/{name}": [Row(OPEN, at("/published/gokce2024"))],
    "GET /charts/published/{name}": [Row(HIDDEN, at("/charts/published/gokce2024"))],  # its file is not here
    "GET /datasets/{name}": [Row(OPEN, at("/datasets/tiny2026"))],
    "GET /stimuli/{dataset}/{region}/{stimulus_id:path}": [Row(OPEN, at("/stimuli/tiny2026/it/image0"))],
    "GET /static/{digest}/{name}": [Row(OPEN, at("/static/x/style.css"))],
    "GET /guide/{path:path}": [Row(HIDDEN, at("/guide/no-such-page/"))],
}
