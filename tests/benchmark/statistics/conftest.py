from pathlib import Path

import pytest

from brainrank.benchmark.statistics import control_groups


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Made-up control groups: this process is in /slice/service, for memory of version 1 in /elsewhere."""
    monkeypatch.setattr(control_groups, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(control_groups, "OWN_GROUPS", tmp_path / "own")
    (tmp_path / "own").write_text("4:memory:/elsewhere\n3:cpu,cpuacct:/work\n0::/slice/service\n")
    (tmp_path / "cgroup/slice/service").mkdir(parents=True)
    return tmp_path / "cgroup"
