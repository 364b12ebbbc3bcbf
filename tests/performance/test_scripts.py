"""Scripts that nothing else calls are found when what they import, name or fill has moved."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def found_by(code: str) -> Any:
    """What a program in the folder above `performance` prints last, as JSON; on its path is what `make load` has."""
    path = os.pathsep.join([str(ROOT / "tests" / "support"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_script_can_be_imported() -> None:
    files = sorted((ROOT / "performance").rglob("*.py"))
    names = [".".join(each.relative_to(ROOT).with_suffix("").parts) for each in files]
    assert "performance.pages" in names
    imports = "\n".join(f"import {each}" for each in names if not each.endswith("__main__"))
    assert found_by(f"{imports}\nprint('[]')") == []


def test_the_edits_that_are_counted_are_of_files_there_are_and_of_one_new_one() -> None:
    code = """
import json
from performance.staleness import EDITS, sources
print(json.dumps([file for file, _ in EDITS if not (sources().root / file).is_file()]))
"""
    assert found_by(code) == ["benchmark/metrics/another.py"]


def test_pages_are_measured_on_boards_that_are_computed_and_told_apart_by_draws(tmp_path: Path) -> None:
    code = """
import json
from functools import partial
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.standings import Selection
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.benchmark.scoring.catalogue import built_in
from performance import pages
pages.MODELS, pages.BENCHMARKS = 3, 2
pages.fill(ADDRESS)
boards = LeaderboardCache(partial(transaction, open_database(ADDRESS)), built_in())
keys = [boards.key(name, None) for name in ("all", "it")]
assert all(boards.edition(each) for each in keys)
print(json.dumps([[json.loads(line) for line in boards.page(each, Selection()).page.lines] for each in keys]))
"""
    for lines in found_by(code.replace("ADDRESS", repr(f"sqlite:///{tmp_path}/pages.db"))):
        assert [each["coverage"] for each in lines] == [2, 2, 2]
        assert all(each["interval"]["low"] < each["mean"] < each["interval"]["high"] for each in lines)


def test_matrices_made_on_a_device_are_compared_in_one_block_and_in_turns() -> None:
    code = """
import json
from performance.gpu_gram import matrices_agree
found = list(matrices_agree("cpu", 2_000))
assert all(each.apart > 0 for each in found)
print(json.dumps([[each.what, each.apart <= each.most] for each in found]))
"""
    told = dict(found_by(code))
    assert len(told) == 8
    assert all(told.values())
    assert "600 x 2,000 features about 100, bf16, turns of 224 stimuli" in told


def test_encoding_on_a_device_is_compared_and_measured() -> None:
    code = """
import json, time
from performance.gpu_scoring import SMALL, rdms_agree, rdms_speed, ridge_speed, scores_agree, study_speed
agree = [*scores_agree("cpu", SMALL), *rdms_agree("cpu", SMALL.rdms)]
found = [[what, apart <= most] for what, apart, most in agree]
assert len(list(rdms_speed("cpu", SMALL.rdms))) == 4
lines = [*ridge_speed("cpu", SMALL), *study_speed("cpu", SMALL, until=time.monotonic())]
print(json.dumps([found, lines]))
"""
    found, lines = found_by(code)
    assert len(found) == 32 + 12
    assert all(holds for _, holds in found)
    assert [each.split("|")[2].strip() for each in lines[:5]] == [
        "brainrank loo, CPU",
        "brainrank loo, device",
        "brainrank cv, CPU",
        "brainrank cv, device",
        "himalaya",
    ]
    medians = [float(each.split("|")[4]) for each in lines[:4]]
    assert abs(medians[0] - medians[1]) < 1e-5
    assert abs(medians[2] - medians[3]) < 1e-5
    assert [each.split("|")[1].strip() for each in lines[6:]] == [
        "300 x 400 x 60, 2 layers",
        "300 x 400 x 60, 16 layers",
    ]


def test_images_at_hand_are_as_many_as_the_stimuli(tmp_path: Path) -> None:
    code = """
import json
from pathlib import Path
import torch
from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.types.model_spec import Preprocessing
from performance.decoding import photographs
from performance.gpu_speed import AtHand, _stimuli
stimuli = _stimuli(photographs(Path(FOLDER), 32, 3), 11)
made = AtHand(torch.nn.Identity(), stimuli, layers=[], preprocessing=Preprocessing(size=(8, 8)), pooling="mean",
              device=torch.device("cpu"))
print(json.dumps([list(each.shape) for each in made.batches(BatchSize(4))]))
"""
    assert found_by(code.replace("FOLDER", repr(str(tmp_path)))) == [[4, 3, 8, 8], [4, 3, 8, 8], [3, 3, 8, 8]]
