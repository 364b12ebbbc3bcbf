"""br.score: what `brainrank score` does, and the same numbers to the last bit."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine, text
from tiny_study import NAMES, tiny_catalogue
from typer.testing import CliRunner

import brainrank as br
from brainrank.api.cli.main import app
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, UserError
from brainrank.datasets.dataset import Dataset
from brainrank.models_zoo.catalogue import find_model

IT, V1 = NAMES


def command(*words: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["score", *words, "--json"])
    assert done.exit_code == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def count(home: Path, table: str) -> int:
    engine = create_engine(f"sqlite:///{home / 'brainrank.db'}")
    with engine.connect() as connection:
        found = int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
    engine.dispose()
    return found


def test_a_name_has_the_very_run_of_the_command_line(tiny: Path) -> None:
    (theirs,) = command("pixels", "--benchmark", IT)
    ours = br.score("pixels", IT, progress=False)
    assert (ours.run, ours.value) == (theirs["run"], theirs["value"])
    assert json.dumps(dict(ours.receipt)) == json.dumps(theirs["receipt"])
    (again,) = command("pixels", "--benchmark", V1)
    fresh = br.score("pixels", V1, again=True, progress=False)
    assert fresh.run != again["run"]
    assert (fresh.value, fresh.interval.low, fresh.interval.high) == (
        again["value"],
        again["interval"]["low"],
        again["interval"]["high"],
    )
    (found,) = command("pixels", "--benchmark", V1)
    assert (found["run"], found["reused"]) == (fresh.run, True)


def test_other_metrics_than_the_declared_score_the_same_regions(tiny: Path) -> None:
    found = br.score("pixels", IT, metric=["debiased-cka", "rsa"], progress=False)
    region = IT.rpartition(".")[0]
    assert [each.benchmark for each in found] == [f"{region}.debiased-cka", IT]
    (theirs,) = command("pixels", "--benchmark", f"{region}.debiased-cka")
    assert theirs["value"] == found[0].value
    board = br.leaderboard(IT, metric="debiased-cka")
    assert board.benchmarks == (f"{region}.debiased-cka",)
    with pytest.raises(UserError, match="debiased-cka"):
        br.score("pixels", IT, metric="debiased-kca", progress=False)


def test_layers_and_pooling_make_the_model_of_the_command_line(tiny: Path) -> None:
    ours = br.score("gabor", IT, layers="simple", progress=False)
    assert (ours.model, ours.layers) == ("gabor[simple]", ("simple",))
    (theirs,) = command("gabor", "--layers", "simple", "--benchmark", IT)
    assert (theirs["model"], theirs["run"], theirs["reused"]) == ("gabor[simple]", ours.run, True)
    pooled = br.score("gabor", IT, pooling="mean", progress=False)
    assert (pooled.model, pooled.receipt["pooling"]) == ("gabor[mean]", "mean")
    assert br.score("gabor", IT, pooling="flatten", progress=False).model == "gabor"
    both = br.score("gabor", IT, layers=["simple", "complex"], pooling="mean", name="mine", progress=False)
    assert (both.model, both.receipt["pooling"], both.receipt["layers"]) == ("mine", "mean", ["simple", "complex"])


def test_several_models_on_a_group(tiny: Path) -> None:
    found = br.score(["pixels", "gabor"], "tiny", progress=False)
    assert [(each.model, each.benchmark) for each in found] == [(m, b) for b in NAMES for m in ("pixels", "gabor")]
    assert found.failures == ()
    assert br.score(["pixels", "gabor", "pixels"], list(NAMES), progress=False).frame().equals(found.frame())
    assert len(br.score("pixels", progress=False)) == len(NAMES)
    assert count(tiny, "runs") == len(NAMES) * 2


def test_a_frame_of_models_is_asked_by_its_column(tiny: Path) -> None:
    names = br.models(family="classical").query("name in ['pixels', 'gabor']").name
    assert {each.model for each in br.score(names, IT, progress=False)} == {"pixels", "gabor"}


def test_what_a_model_is_besides_a_name(tiny: Path) -> None:
    spec = find_model("pixels")

    class Loaded:
        pass

    held = Loaded()
    held.spec = spec  # type: ignore[attr-defined]
    assert br.score(spec, IT, progress=False).run == br.score(held, IT, progress=False).run  # type: ignore[arg-type]


def test_preprocessing_of_ones_own_takes_a_name(tiny: Path) -> None:
    with pytest.raises(br.BrainrankError, match="give it a name of its own, as name='my-net'"):
        br.score("pixels", IT, preprocess={"size": (8, 8)}, progress=False)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((("pixel",), IT), "Unknown model 'pixel': did you mean pixels"),
        (((), IT), "names nothing"),
        (("pixels", []), "names no benchmark"),
        (("pixels", 3), "3 names no benchmark"),
        (("pixels", {"it": 1}), "names no benchmark"),
        (("pixels", "tini"), "Unknown benchmark or group 'tini': did you mean tiny"),
    ],
)
def test_what_is_asked_wrongly(tiny: Path, arguments: tuple[Any, Any], match: str) -> None:
    with pytest.raises(br.BrainrankError, match=match):
        br.score(*arguments, progress=False)


@pytest.mark.parametrize(
    ("named", "match"),
    [
        ({"pooling": "max"}, "Unknown pooling 'max'"),
        ({"layers": []}, "layers: .* names nothing"),
        ({"layers": [3]}, "layers: .* names nothing"),
        ({"layers": "conv9"}, "Unknown layer 'conv9'"),
        ({"device": "tpu"}, "tpu"),
        ({"memory": "much"}, "'much' is no size"),
        ({"precision": "float8"}, "Unknown precision 'float8'"),
        ({"name": "gabor"}, "'gabor' is what another model is called"),
        ({"name": "timm:mine"}, "is what another model is called"),
        ({"name": ""}, "is no name"),
        ({"name": "two\nlines"}, "it holds U.000A, which cannot be seen"),
        ({"name": "n" * 201}, "has 201 characters; give at most 200"),
    ],
)
def test_settings_that_cannot_be(tiny: Path, named: dict[str, Any], match: str) -> None:
    with pytest.raises(br.BrainrankError, match=match):
        br.score("pixels", IT, **named, progress=False)


def test_one_name_for_several_models(tiny: Path) -> None:
    with pytest.raises(br.BrainrankError, match="one name for 2 models"):
        br.score(["pixels", "gabor"], IT, name="mine", progress=False)


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception, *, model: str, benchmark: str = "") -> None:
    from brainrank.api.services.runs import score_models

    real = score_models.run

    def run(spec: Any, on: Any, *rest: Any, **named: Any) -> Any:
        if spec.name == model and benchmark in {"", on.name}:
            raise error
        return real(spec, on, *rest, **named)

    monkeypatch.setattr(score_models, "run", run)


def test_a_model_that_fails_takes_no_other_with_it(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ModelLoadError("its weights do not fit"), model="gabor")
    found = br.score(["gabor", "pixels"], "tiny", progress=False)
    assert [(each.model, each.benchmark) for each in found] == [("pixels", name) for name in NAMES]
    assert [(each.model, each.benchmark, str(each.error)) for each in found.failures] == [
        ("gabor", name, "its weights do not fit") for name in NAMES
    ]
    frame = found.frame()
    assert frame[frame.model == "gabor"].reason.tolist() == ["its weights do not fit"] * 2
    assert frame[frame.model == "gabor"].value.isna().all()
    with pytest.raises(ModelLoadError, match="do not fit"):
        found["gabor", IT]
    with pytest.raises(br.BrainrankError, match="2 scores here, and 2 that failed"):
        _ = found.value


def test_a_single_pair_that_fails_raises(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ModelLoadError("its weights do not fit"), model="gabor")
    with pytest.raises(ModelLoadError, match="do not fit"):
        br.score("gabor", IT, progress=False)


def test_data_that_cannot_be_had_fail_every_model_that_needs_them(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = br.score("gabor", IT, progress=False)
    catalogue = tiny_catalogue(tmp_path)
    study = catalogue.datasets["tiny2026"]

    def gone(region: str, *rest: Any) -> Any:
        if region == "it":
            raise DataUnavailableError("the site is down")
        return study.stimuli(region, *rest)

    broken = Catalogue({"tiny2026": Dataset(study.card, study.regions, gone, study.assembly)}, catalogue.benchmarks)
    monkeypatch.setattr("brainrank.api.services.views.open_catalogue.built_in", lambda: broken)
    found = br.score(["pixels", "gabor"], "tiny", progress=False)
    assert {(each.model, each.benchmark) for each in found} == {("gabor", IT), ("pixels", V1), ("gabor", V1)}
    assert found["gabor", IT].run == stored.run
    assert [(each.model, str(each.error)) for each in found.failures] == [("pixels", "the site is down")]


def test_what_a_group_lacks_is_told(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = tiny_catalogue(tmp_path)
    study = catalogue.datasets["tiny2026"]
    lacking = Dataset(study.card, study.regions, study.stimuli, study.assembly, here=lambda *_: False, by_hand=("v1",))
    monkeypatch.setattr(
        "brainrank.api.services.views.open_catalogue.built_in",
        lambda: Catalogue({"tiny2026": lacking}, catalogue.benchmarks),
    )
    found = br.score("pixels", "tiny", progress=False)
    assert [each.benchmark for each in found] == [IT]
    assert found.left_out.startswith("1 needs files that are not on this machine: tiny2026")
    with pytest.raises(UserError, match=f"The files of '{V1}' are not on this machine"):
        br.score("pixels", V1, progress=False)


def test_targets_of_a_stored_run_are_there(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tiny_encoding import NAME, wide_catalogue

    catalogue = wide_catalogue(tmp_path)
    monkeypatch.setattr("brainrank.api.services.views.open_catalogue.built_in", lambda: catalogue)
    first = br.score("pixels", NAME, progress=False)
    again = br.score("pixels", NAME, progress=False)
    assert (first.run, first.per_target is None) == (again.run, False)
    assert np.array_equal(first.frame("targets").value, again.frame("targets").value, equal_nan=True)


def test_progress_is_on_stderr_and_none_where_it_is_not_wanted(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    br.score(["pixels", "gabor"], IT, progress=False)
    assert capsys.readouterr() == ("", "")
    br.score(["pixels", "gabor"], IT, again=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert f"pixels on {IT}" in err
    assert err.endswith("\r")  # nothing of the bars is left


def test_warnings_of_libraries_are_not_shown(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import warnings

    from brainrank.api.services.runs import score_models

    real = score_models.run

    def run(*given: Any, **named: Any) -> Any:
        warnings.warn("this will be removed in torch 9", DeprecationWarning, stacklevel=2)
        return real(*given, **named)

    monkeypatch.setattr(score_models, "run", run)
    br.score("pixels", IT, progress=False)  # pytest raises any warning that comes through


def test_in_a_cell_the_numbers_are_the_same(tiny: Path) -> None:
    here = br.score("timm:test_resnet@random", IT, progress=False)
    there = br.score("timm:test_resnet@random", IT, isolated=True, again=True, progress=False)
    assert (there.value, there.interval) == (here.value, here.interval)
    assert there.run != here.run


def test_ctrl_c_leaves_nothing_half_written(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from brainrank.api.python.progress import Bars

    def stop(self: Bars, stage: str, done: int, total: int) -> None:
        if stage.startswith("Gram"):
            raise KeyboardInterrupt

    monkeypatch.setattr(Bars, "progress", stop)
    with pytest.raises(KeyboardInterrupt):
        br.score("gabor", IT, progress=False)
    assert [path for path in tiny.rglob("*") if "partial" in path.name or path.suffix == ".lease"] == []
    monkeypatch.undo()


def test_a_script_scores_in_three_lines(tmp_path: Path) -> None:
    """As a user has it, in a process of its own: nothing on stdout, no warning, though all are on."""
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", "import brainrank as br; br.models()"],
        capture_output=True,
        text=True,
        check=True,
        env={"BRAINRANK_HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"},
    )
    assert (done.stdout, done.stderr) == ("", "")
