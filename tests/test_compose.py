"""docker-compose.yml and the Dockerfile, as far as they can be tried without Docker."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from typer.testing import CliRunner

from brainrank.api.cli.main import app

ROOT = Path(__file__).parents[1]
OURS = ("migrate", "api", "worker-gpu", "worker-cpu")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_it_keeps_to_the_compose_specification(compose: Any) -> None:
    jsonschema.validate(compose, get_builtin_schema("vendor.compose-spec"))


def test_every_part_is_there_and_can_write_nowhere_but_to_data(compose: Any) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", *OURS}
    for name in OURS:
        part = services[name]
        assert part["read_only"], name
        assert part["cap_drop"] == ["ALL"], name
        assert part["volumes"] == ["data:/data"], name
        assert set(part["depends_on"]) <= set(services), name
    for name in ("postgres", "redis", "api", "worker-gpu", "worker-cpu"):
        assert services[name]["healthcheck"]["test"], name
    assert "USER brainrank" in (ROOT / "Dockerfile").read_text()


def test_workers_stop_in_time_and_need_no_memory_to_share(compose: Any) -> None:
    """Images are decoded by threads: a container's /dev/shm of 64 MiB would hold no batch of them."""
    for name in ("worker-gpu", "worker-cpu"):
        part = compose["services"][name]
        assert part["stop_grace_period"] == "30s"
        assert "shm_size" not in part
    devices = compose["services"]["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert [each["capabilities"] for each in devices] == [["gpu"]]


@pytest.mark.parametrize("name", OURS)
def test_every_part_runs_a_command_that_there_is(compose: Any, name: str) -> None:
    words = [word.replace("${BRAINRANK_CPU_QUEUES:-cpu}", "cpu") for word in compose["services"][name]["command"]]
    shown = CliRunner().invoke(app, [*words, "--help"])
    assert shown.exit_code == 0, shown.output


def test_the_image_takes_every_folder_of_the_package() -> None:
    dockerfile, sent = (ROOT / "Dockerfile").read_text(), (ROOT / ".dockerignore").read_text().split()
    for folder in ("public", "benchmark", "models_zoo", "datasets", "api", "workers"):
        assert f"COPY {folder} {folder}" in dockerfile
        assert f"!{folder}" in sent
