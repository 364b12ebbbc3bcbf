"""What importing costs: no torch in the web process, nothing heavy for `--help`, nothing printed or fetched."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def modules_of(folder: str) -> list[str]:
    files = sorted((ROOT / folder).rglob("*.py"))
    names = [".".join(("brainrank", *file.relative_to(ROOT).with_suffix("").parts)) for file in files]
    return [name for name in names if ".migrations." not in name]


def loaded_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.parametrize("folder", ["api", "benchmark/types", "benchmark/statistics", "datasets"])
def test_no_torch_without_a_model(folder: str) -> None:
    loaded = loaded_after("\n".join(f"import {name}" for name in modules_of(folder)))
    assert "brainrank.benchmark.types.errors" in loaded
    assert not {"torch", "timm", "torchvision"} & loaded


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_after(
        "from typer.testing import CliRunner\nfrom brainrank.api.cli.main import app\n"
        "for words in (['--help'], ['--version']): CliRunner().invoke(app, words)"
    )
    assert "brainrank.api.cli.main" in loaded
    assert not {"torch", "numpy", "scipy", "pandas", "sqlalchemy", "alembic", "matplotlib", "pydantic"} & loaded


def test_the_web_process_loads_no_torch_and_nothing_that_only_scoring_needs() -> None:
    loaded = loaded_after("import brainrank.api.app, brainrank.workers.app, uvicorn")
    assert not {"torch", "timm", "torchvision", "pandas", "sklearn", "matplotlib"} & loaded
    parts = {"scipy.linalg", "scipy.optimize", "scipy.sparse", "scipy.spatial", "scipy.special", "scipy.stats"}
    assert not parts & loaded  # SciPy itself loads its parts when they are first used: `import scipy`, nothing deeper
