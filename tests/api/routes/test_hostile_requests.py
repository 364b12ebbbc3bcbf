"""Whatever is asked, by the description or against it: no answer is a fault, and all are as described."""

from typing import Any

from hostile_requests import ask_everything

EXAMPLES = 4


def test_nothing_that_is_asked_is_a_fault(api: Any) -> None:
    headers = api.token(requests_a_minute=1_000_000, runs_a_day=1_000_000)
    assert ask_everything(api.http.app, headers, examples=EXAMPLES, number=15) > 150
    assert ask_everything(api.http.app, {}, examples=1, number=15) > 30
