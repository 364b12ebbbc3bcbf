"""Sizes and the settings that say how activations are had."""

import pytest

from brainrank.api.settings import Settings, size_in_bytes
from brainrank.benchmark.types.activations import Extraction
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4GiB", 4 * 2**30), ("500MB", 500_000_000), ("1.5 MiB", 1_572_864), ("1024", 1024), (7, 7), ("2G", 2**31)],
)
def test_sizes(text: object, expected: int) -> None:
    assert size_in_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "four", "4 gallons", "-1GiB", "0"])
def test_what_is_no_size_says_what_is(text: str) -> None:
    with pytest.raises(InvalidDataError, match="is no size; write a number with a unit, such as 4GiB"):
        size_in_bytes(text)


def test_the_environment_says_where_and_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_STORE_URL", "s3://bucket/folder")
    monkeypatch.setenv("BRAINRANK_STORE_LIMIT", "10GiB")
    monkeypatch.setenv("BRAINRANK_MEMORY", "1GiB")
    monkeypatch.setenv("BRAINRANK_UPLOADS_URL", "s3://bucket/uploads")
    assert Settings().locations.uploads == "s3://bucket/uploads"
    assert Settings().extraction() == Extraction("float32", 2**30, "s3://bucket/folder", 10 * 2**30)
    assert Settings().extraction(memory="3MiB", precision="bf16").memory_bytes == 3 * 2**20
    monkeypatch.setenv("BRAINRANK_PRECISION", "tf32")
    assert Settings().extraction().precision == "tf32"
    assert Settings().extraction(precision="bf16").precision == "bf16"
    with pytest.raises(UnknownNameError, match="Unknown precision 'fp8'"):
        Settings().extraction(precision="fp8")
    monkeypatch.setenv("BRAINRANK_PRECISION", "half")
    with pytest.raises(UnknownNameError, match="Unknown precision 'half'"):
        Settings()


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("URL", "brainrank.example", "'brainrank.example' is no address of a service; write http://HOST:PORT"),
        ("URL", "http://[host", "write http://HOST:PORT"),
        ("URL", "http://host:99999", "write http://HOST:PORT"),
        ("URL", "ftp://host", "write http://HOST:PORT"),
        ("LEASE_S", "-1", "BRAINRANK_LEASE_S '-1' is no length of time; write a number of seconds above 0"),
        ("RUN_LIMIT_S", "6h", "BRAINRANK_RUN_LIMIT_S '6h' is no length of time"),
    ],
)
def test_what_is_no_setting_says_what_is(monkeypatch: pytest.MonkeyPatch, name: str, text: str, match: str) -> None:
    monkeypatch.setenv(f"BRAINRANK_{name}", text)
    with pytest.raises(InvalidDataError, match=match):
        Settings()
