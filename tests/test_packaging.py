"""The wheel: every module under `brainrank.`, none at the top level, and it works without the source tree."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = {".py", ".mako", ".csv", ".safetensors", ".json", ".xz", ".html", ".css", ".js", ".svg", ".toml", ".sha256"}
# Where it was built, a wheel has the guide.
GUIDE = ("api/pages/guide/index.html", "api/pages/guide/how-to/settings/index.html")
FOLDERS = ("benchmark", "models_zoo", "datasets", "api", "workers")

# Both build in the one tree: not at the same time.
pytestmark = pytest.mark.xdist_group("wheel")


def command(*arguments: str | Path, **named: object) -> str:
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, check=False, **named)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what git tracks or would, so that nothing is left in the tree."""
    source = tmp_path_factory.mktemp("source")
    listed = command("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    for name in GUIDE:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("as make guide would leave it")
    out = tmp_path_factory.mktemp("wheel")
    command(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source)
    return next(out.glob("*.whl"))


def modules() -> set[str]:
    return {f"brainrank/{name}" for name in ("__init__.py", "__init__.pyi", "py.typed")} | {
        f"brainrank/{file.relative_to(ROOT)}"
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*")
        if file.suffix in SHIPPED and "guide" not in file.relative_to(ROOT).parts
    }


def test_the_wheel_holds_every_module_under_brainrank_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == modules() | {f"brainrank/{name}" for name in GUIDE}


def test_the_installed_wheel_works_without_the_source_tree(wheel: Path, tmp_path: Path) -> None:
    """Installed into an environment of its own that sees this one's dependencies but not its editable brainrank."""
    command(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    command(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    site = Path(command(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    environment = {**os.environ, "BRAINRANK_HOME": str(tmp_path / "home")}
    imports = [name.removesuffix(".py").replace("/", ".") for name in sorted(modules()) if name.endswith(".py")]
    imports = [name.removesuffix(".__init__") for name in imports]
    program = "\n".join(f"import {name}" for name in imports if ".migrations." not in name)
    program += f"\nassert brainrank.api.cli.main.__file__.startswith({str(site)!r})"
    command(python, "-c", program, cwd=tmp_path, env=environment)
    listed = command(tmp_path / "venv" / "bin" / "brainrank", "models", "list", cwd=tmp_path, env=environment)
    assert "efficientnet-lite0" in listed
    command(tmp_path / "venv" / "bin" / "brainrank", "leaderboard", cwd=tmp_path, env=environment)
    assert (tmp_path / "home" / "brainrank.db").is_file()
