"""`brainrank convert`, and checkpoints on `score` and `submit`."""

import json
from pathlib import Path

import pytest
import torch
from checkpoint_forms import NAME, body, prefixed, weights, write_forms
from safetensors.torch import load_file
from tiny_study import NAMES, tiny_catalogue
from typer.testing import CliRunner

from brainrank.api.cli.main import app
from brainrank.api.client.submitting import model_request
from brainrank.api.schemas import UploadAnswer
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model

OWN, OTHER = weights(0), weights(1)


def invoke(*words: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, [str(word) for word in words])
    return found.exit_code, found.stdout, found.stderr


def test_a_checkpoint_becomes_plain_safetensors(tmp_path: Path) -> None:
    torch.save({"teacher": body(OWN), "student": body(OTHER)}, tmp_path / "in.ckpt")
    out = tmp_path / "out.safetensors"
    code, _, told = invoke("convert", tmp_path / "in.ckpt", out, "--architecture", NAME)
    assert code == 2
    assert "--key 'teacher' --prefix ''" in told
    assert not out.exists()
    code, told, _ = invoke("convert", tmp_path / "in.ckpt", out, "--architecture", NAME, "--key", "teacher")
    assert code == 0
    assert told.endswith("tensors; key teacher; no classifier\n")
    assert load_file(out).keys() == body(OWN).keys()
    code, _, told = invoke("convert", tmp_path / "in.ckpt", out, "--key", "teacher")
    assert code == 2
    assert "is there already; give another name, or --replace" in told
    assert invoke("convert", tmp_path / "in.ckpt", out, "--key", "student", "--replace")[0] == 0


def test_every_form_gives_the_score_of_the_plain_file(tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path)
    benchmark = catalogue.benchmarks[NAMES[0]]
    locations = Locations(tmp_path / "home")
    region = catalogue.load(benchmark, locations, Silent())
    folder = tmp_path / "forms"
    folder.mkdir()
    scores, lines = {}, {}
    for name, path in write_forms(folder).items():
        made = run(
            find_model(f"file:{path}#{NAME}"), benchmark, region, locations=locations, device="cpu", reporter=Silent()
        )
        scores[name], lines[name] = made.score.value, made.receipt.checkpoint
    half = scores.pop("half.safetensors")
    assert len(scores) == 10
    assert set(scores.values()) == {scores["plain.safetensors"]}
    assert half == pytest.approx(scores["plain.safetensors"], abs=0.002)
    assert all(" tensors" in line for line in lines.values())
    assert len(set(lines.values())) > 8


def test_key_and_prefix_are_for_files_of_weights(tmp_path: Path) -> None:
    code, _, told = invoke("score", "timm:resnet18@random", "--key", "teacher", "--benchmark", "all")
    assert code == 2
    assert "is no file of weights, of which --key and --prefix choose a part" in told
    torch.save({"a": body(OWN), "b": body(OTHER)}, tmp_path / "in.pth")
    code, _, told = invoke("models", "show", f"file:{tmp_path}/in.pth#{NAME}?key=a", "--json")
    assert (code, told) == (0, "")


class Sent:
    """Takes the place of a service: keeps what is uploaded."""

    def __init__(self) -> None:
        self.files: list[tuple[str, dict[str, torch.Tensor]]] = []

    def __call__(self, path: Path) -> UploadAnswer:
        self.files.append((path.name, load_file(path)))
        return UploadAnswer.model_construct(source="upload:00")


def test_submit_converts_what_a_service_does_not_take(tmp_path: Path) -> None:
    content = {"state_dict": prefixed("module.net.", body(OWN)) | prefixed("module.other.", body(OTHER))}
    torch.save(content, tmp_path / "mine.pth.tar")
    sent, said = Sent(), list[str]()
    wanted = model_request(
        f"file:{tmp_path}/mine.pth.tar#{NAME}?prefix=module.net.",
        name="mine",
        layers=(),
        pooling=None,
        upload=sent,
        say=said.append,
    )
    assert wanted.source == f"upload:00#{NAME}"
    ((name, tensors),) = sent.files
    assert name == "mine.pth.safetensors"
    assert all(torch.equal(tensors[key], each) for key, each in body(OWN).items())
    line = f"{len(body(OWN))} of {len(OWN)} tensors; key state_dict, prefix module.net. removed; no classifier"
    assert said == [f"mine.pth.tar: {line}"]
    assert json.loads(wanted.model_dump_json())["name"] == "mine"
