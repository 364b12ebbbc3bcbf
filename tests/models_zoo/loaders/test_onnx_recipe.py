"""The recipe of docs/how-to/export-to-onnx.md, run as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import torch

from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "export-to-onnx.md"


def test_the_recipe_makes_a_model(tmp_path: Path) -> None:
    (recipe,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", recipe], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["net.onnx"]
    model = resolve(find_model(f"onnx:{tmp_path / 'net.onnx'}"), Locations(tmp_path), Silent())
    assert (model.preprocessing.size, model.preprocessing.crop_fraction) == ((224, 224), 0.875)
    assert len(model.layers) == 26  # squeezenet's ReLUs
    assert model.build().eval()(torch.zeros(3, 3, 224, 224)).shape[0] == 3
