"""Names known without torch: the same verdict as each source's loader, which imports what it takes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.models_zoo import known_names
from brainrank.models_zoo.catalogue import MODELS
from brainrank.models_zoo.hub_names import autoencoder_repository, hub_repository
from brainrank.models_zoo.known_names import Package, name_lists, require_known
from brainrank.models_zoo.load import check, require_data_only

COMMIT = "0123456789abcdef" * 2 + "01234567"
WEIGHTS = RemoteFile("upload.safetensors", "0" * 64, ())
EXIST = (
    *("timm:resnet18", "timm:resnet18.a1_in1k", "timm:resnet18@random", "timm:resnet18.a1_in1k@random"),
    *("timm:adv_inception_v3", "torchvision:resnet18/IMAGENET1K_V1", "torchvision:resnet18@random"),
    *("torchvision:resnet18/IMAGENET1K_V1@random", "open_clip:RN50/openai", "open_clip:RN50@random"),
    *("classical:pixels", "vae:taesd@random", "recurrent:cornet-s@random", "trained:hmax-0", "trained:hmax@random"),
    *(f"hf:timm/resnet18.a1_in1k@{COMMIT}", f"diffusers:a/b@{COMMIT}", f"diffusers:a/b/vae/x@{COMMIT}"),
    "diffusers:AutoencoderKL@random",
)
DO_NOT = (
    *("timm:resnet", "timm:resnet18.none", "timm:resnet18@main", "timm:resnet18.", "timm:hf-hub:a/b", "timm:@random"),
    *("torchvision:resnet18", "torchvision:resnet18/V9", "torchvision:none@random", "torchvision:resnet18@v1"),
    *("open_clip:RN50", "open_clip:RN50/none", "open_clip:hf-hub:a/b", "open_clip:none@random"),
    *("classical:none", "classical:pixels@main", "vae:taesd", "vae:none@random", "recurrent:cornet-s", "recurrent:x"),
    *("trained:none", "trained:hmax", "trained:hmax-77", "trained:none@random"),
    *("hf:a/b", "hf:a/b@main", f"hf:a b/c@{COMMIT}", f"hf:a/b/c@{COMMIT}", f"hf:../b@{COMMIT}", f"hf:a/b--c@{COMMIT}"),
    *(f"hf:{'a' * 50}/{'b' * 50}@{COMMIT}", f"hf:a/-b@{COMMIT}", f"hf:ä/b@{COMMIT}", f"diffusers:a/b/../c@{COMMIT}"),
    *(f"diffusers:a/b@{COMMIT[:-1]}", "diffusers:Nothing@random", f"diffusers:a/b/@{COMMIT}"),
)
FILES = ("timm:resnet18", "timm:none", "torchvision:resnet18", "torchvision:none", "open_clip:RN50", "vae:taesd")
MORE_FILES = ("vae:none", "recurrent:cornet-s", "trained:hmax", "trained:none", "hf:a/b", "classical:pixels", "x:y")


def spec_of(source: str, weights: RemoteFile | None = None) -> ModelSpec:
    return ModelSpec(name="m", family="f", source=source, weights=weights)


def refused(judge: object, spec: ModelSpec) -> bool:
    try:
        judge(spec)  # type: ignore[operator]
    except UserError:
        return True
    return False


@pytest.mark.parametrize("source", EXIST)
def test_what_exists_is_taken_as_its_loader_takes_it(source: str) -> None:
    require_known(spec_of(source))
    check(spec_of(source))


@pytest.mark.parametrize("source", DO_NOT)
def test_what_does_not_is_refused_as_its_loader_refuses_it(source: str) -> None:
    with pytest.raises(UserError):
        require_known(spec_of(source))
    assert refused(check, spec_of(source))


@pytest.mark.parametrize("written", [*FILES, *MORE_FILES])
def test_architectures_of_files(written: str) -> None:
    spec = spec_of(f"file:{'0' * 64}.safetensors#{written}", WEIGHTS)
    assert refused(require_known, spec) == refused(check, spec)


@pytest.mark.parametrize("scheme", ["onnx", "features", "trials"])
def test_files_without_an_architecture_have_no_name(scheme: str) -> None:
    require_known(spec_of(f"{scheme}:{'0' * 64}.x", WEIGHTS))


def test_the_catalogue_is_known() -> None:
    for spec in MODELS.values():
        require_data_only(spec)
        require_known(spec)


def test_the_lists_are_those_of_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))  # performance/ lies beside the package, not in it
    from performance import known_names as generated

    assert json.loads(known_names.FILE.read_text()) == generated.content()
    assert known_names.FILE.read_text() == generated.text()


def test_names_of_another_release_are_left_to_its_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    other = name_lists()._replace(
        packages={"timm": Package("timm", "0.0.1", ".", {}), "open_clip": Package("-", "", "/", {})}
    )
    monkeypatch.setattr(known_names, "name_lists", lambda: other)
    require_known(spec_of("timm:newer_than_the_list.tag"))
    require_known(spec_of("open_clip:anything"))
    with pytest.raises(UserError, match="did you mean|choose from"):
        require_known(spec_of("classical:none"))


@given(st.text("ab./-_ ä", min_size=1, max_size=12))
def test_repositories_are_those_of_the_hub(name: str) -> None:
    try:
        validate_repo_id(name)
        right = name.count("/") == 1
    except HFValidationError:
        right = False
    for parse, source in (
        (hub_repository, f"hf:{name}@{COMMIT}"),
        (autoencoder_repository, f"diffusers:{name}@{COMMIT}"),
    ):
        try:
            found = parse(source)
            taken = found is not None and found.folder == ""
        except UserError:
            taken = False
        assert taken == right, (source, name)


def test_torch_is_not_needed() -> None:
    program = (
        "import sys; import brainrank.models_zoo.known_names as k; k.name_lists(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
