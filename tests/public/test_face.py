"""The public face: it costs nothing to import, has what it says, and every part of it says what it does."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import brainrank as br

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "numpy", "pandas", "sqlalchemy", "matplotlib", "pydantic", "scipy", "tqdm", "PIL", "httpx2", "rich"}


def loaded_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_importing_it_loads_nothing_heavy() -> None:
    loaded = loaded_after("import brainrank as br\nbr.__version__, br.__all__, dir(br), br.BrainrankError")
    assert not HEAVY & loaded


def test_no_function_loads_anything_heavy_before_it_is_called() -> None:
    loaded = loaded_after("import brainrank as br\nfor name in br.__all__: getattr(br, name)")
    assert not (HEAVY - {"numpy"}) & loaded


def test_the_folder_datasets_is_the_function_whatever_was_imported_before() -> None:
    for first in ("", "import brainrank.datasets.cichy2014", "from brainrank.datasets import catalogue"):
        code = f"{first}\nimport brainrank as br\nassert callable(br.datasets)\nfrom brainrank import datasets\n"
        loaded_after(
            f"{code}import brainrank.datasets.nsd as one\nassert datasets is br.datasets\nassert datasets.nsd is one"
        )


def stub() -> ast.Module:
    return ast.parse((ROOT / "public" / "__init__.pyi").read_text())


def test_all_is_what_is_offered() -> None:
    imported = [alias.asname for node in stub().body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(br.__all__) == sorted(imported)
    assert len(set(imported)) == len(imported)
    for name in br.__all__:
        assert getattr(br, name) is not None
    assert set(br.__all__) <= set(dir(br))
    with pytest.raises(AttributeError):
        _ = br.no_such_name  # type: ignore[attr-defined]


def public_functions() -> list[tuple[str, object]]:
    found = []
    for name in br.__all__:
        offered = getattr(br, name)
        if inspect.isclass(offered) and not issubclass(offered, Exception):
            found += [
                (f"{name}.{key}", value.fget if isinstance(value, property) else value)
                for key, value in vars(offered).items()
                if not key.startswith("_") and (isinstance(value, property) or inspect.isfunction(value))
            ]
        if callable(offered):
            found.append((name, offered))
    return found


@pytest.mark.parametrize(("name", "offered"), public_functions())
def test_everything_is_described(name: str, offered: object) -> None:
    text = inspect.getdoc(offered)
    assert text, name
    is_top = "." not in name
    if is_top and inspect.isfunction(offered):
        assert "Example:" in text, name


@pytest.mark.parametrize("name", [each for each in br.__all__ if inspect.isfunction(getattr(br, each))])
def test_at_most_two_arguments_by_place_and_all_typed(name: str) -> None:
    parameters = inspect.signature(getattr(br, name)).parameters.values()
    by_place = [each for each in parameters if each.kind is not each.KEYWORD_ONLY]
    assert len(by_place) <= 2
    assert all(each.annotation is not each.empty for each in parameters)
    assert inspect.signature(getattr(br, name)).return_annotation is not inspect.Signature.empty


def test_private_modules_are_not_in_the_way_of_a_reader() -> None:
    assert (ROOT / "public" / "py.typed").is_file()
    assert [node for node in stub().body if not isinstance(node, ast.ImportFrom | ast.Assign)] == []
