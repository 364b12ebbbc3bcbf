"""Names of the Hugging Face hub as sources write them: a repository at a commit. No torch, and nothing is fetched."""

import re
from typing import NamedTuple

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.models_zoo.training.architectures import RANDOM

AUTOENCODERS = ("AutoencoderKL", "AutoencoderTiny")
LONGEST_REPOSITORY = 96
# A part of a repository's name, by the hub's own rule: no two dots or dashes in a row, none at an end.
_PART = r"(?![.-])(?:(?!\.\.|--)[A-Za-z0-9._-])+(?<![.-])"
_REPOSITORY = rf"(?P<repository>{_PART}/{_PART})"
_HF = re.compile(rf"hf:{_REPOSITORY}(?:@(?P<commit>.*))?")
_DIFFUSERS = re.compile(rf"diffusers:{_REPOSITORY}(?:/(?P<folder>{_PART}(?:/{_PART})*))?@(?P<commit>[0-9a-f]{{40}})")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class Repository(NamedTuple):
    """A repository of the hub at a commit; `folder` ends with a slash, or is empty."""

    name: str
    folder: str
    commit: str


def hub_repository(source: str) -> Repository:
    """The repository that `hf:OWNER/REPO@COMMIT` names. Raises UserError for what is none."""
    found = _HF.fullmatch(source)
    if found is None or len(found["repository"]) > LONGEST_REPOSITORY:
        raise UserError(f"'{source}' is no repository of the hub; write hf:OWNER/REPO@COMMIT")
    commit = found["commit"] or ""
    if _COMMIT.fullmatch(commit) is None:
        raise UserError(
            f"'{source}' needs a commit (40 hexadecimal digits) after an @, not '{commit}': a branch or tag may "
            "move, and the score with it. The repository's page lists its commits"
        )
    return Repository(found["repository"], "", commit)


def autoencoder_repository(source: str) -> Repository | None:
    """The repository that `diffusers:OWNER/REPO[/FOLDER]@COMMIT` names, None for an untrained class.

    Raises UserError for what is neither.
    """
    if source.endswith(RANDOM):
        name = source.removeprefix("diffusers:").removesuffix(RANDOM)
        if name not in AUTOENCODERS:
            raise UnknownNameError("autoencoder of diffusers", name, AUTOENCODERS)
        return None
    found = _DIFFUSERS.fullmatch(source)
    if found is None or len(found["repository"]) > LONGEST_REPOSITORY:
        raise UserError(
            f"'{source}' is no repository at a commit; write diffusers:OWNER/REPO[/FOLDER]@COMMIT with the 40 "
            f"digits of the commit, or diffusers:CLASS@random with one of {', '.join(AUTOENCODERS)}"
        )
    return Repository(found["repository"], f"{found['folder']}/" if found["folder"] else "", found["commit"])
