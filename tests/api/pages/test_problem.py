"""What a reader of pages is told who asks for an address that is none."""

from typing import Any

import pytest

Api = Any  # the fixture of conftest.py, which is no module


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/model/gabor", "/models/gabor"),
        ("/benchmark", "/benchmarks"),
        ("/Leaderboard", "/leaderboards/all"),
        ("/models/gabbor", "/models/gabor"),
        ("/relation", "/relations"),
    ],
)
def test_what_was_meant_is_linked(api: Api, path: str, meant: str) -> None:
    answer = api.http.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert f'<a href="{meant}">' in answer.text
    assert "Did you mean" not in api.http.get("/nothing-like-it", headers={"accept": "text/html"}).text
