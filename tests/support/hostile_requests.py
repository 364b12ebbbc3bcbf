"""Requests by the service's own description, and against it: what schemathesis makes of /openapi.json."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
# A stream of events ends when its runs do, and nobody works on them here.
ENDLESS = ("/v1/submissions/{number}/events",)
PHASES = (Phase.explicit, Phase.generate)


def ask_everything(app: Any, headers: Mapping[str, str], *, examples: int, number: int) -> int:
    """Ask each operation `examples` times what its description allows, and as often what it does not.

    Every answer is one that the description tells of, and none is a fault. The same `number`, the same requests.
    Returns how many were asked.
    """
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in ENDLESS:
            continue
        for mode in schemathesis.GenerationMode:

            @seed(number)
            @settings(
                max_examples=examples,
                database=None,
                deadline=None,
                phases=PHASES,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                nonlocal asked
                asked += 1
                answer = case.call(headers=dict(headers))
                case.validate_response(answer, checks=list(CHECKS))

            with suppress(Unsatisfiable):  # nothing can be wrong about what takes nothing
                ask()
    return asked
