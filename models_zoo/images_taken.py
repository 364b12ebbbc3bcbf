"""What images a network takes: RGB or grey ones, or none at all, which is told in words."""

import inspect
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from brainrank.benchmark.types.errors import BrainrankError, ModelLoadError, first_line
from brainrank.benchmark.types.model_spec import COLOUR, GREY

# Tried where the size given is not the network's, to name those that are.
USUAL_SIDES = (224, 32, 64, 28, 96, 128, 160, 192, 256, 288, 299, 320, 384, 448, 512)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
LIBRARIES = "site-packages"


def channels_taken(network: nn.Module, size: tuple[int, int], *, named: str, remedy: str) -> int:
    """How many channels of an image the network takes, 3 (RGB) or 1 (grey), found by passing one of that size.

    `named` is what the network is called in an error, `remedy` how images of another size are asked for. The network is
    left in evaluation mode. Raises ModelLoadError for one that is not in float32, takes more than one input, or takes
    neither.
    """
    others = {each.dtype for each in network.parameters() if each.is_floating_point() and each.dtype != torch.float32}
    if others:
        raise ModelLoadError(
            f"{named} is a network in {', '.join(sorted(map(str, others)))}; images and responses are float32: "
            "give network.float()"
        )
    needed = _needed_inputs(network)
    if len(needed) != 1:
        raise ModelLoadError(
            f"The forward pass of {named} needs {len(needed)} inputs ({', '.join(needed) or 'none'}); a model takes "
            "one, a batch of images. Wrap it in a module that takes the images and makes the rest"
        )
    network.eval()
    errors = dict[int, Exception]()
    for channels in (COLOUR, GREY):
        try:
            _pass(network, channels, size)
        except BrainrankError:
            raise
        except Exception as error:  # noqa: BLE001 a network of anybody's may raise anything
            errors[channels] = error
        else:
            return channels
    raise _refusal(network, size, errors, named, remedy)


def _needed_inputs(network: nn.Module) -> list[str]:
    """The names of what the forward pass cannot do without; that it takes images where its signature does not tell."""
    try:
        parameters = inspect.signature(network.forward).parameters.values()
    except (TypeError, ValueError):
        return ["images"]
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [each.name for each in parameters if each.default is each.empty and each.kind in positional]
    needed += [each.name for each in parameters if each.default is each.empty and each.kind == each.KEYWORD_ONLY]
    may_take = any(each.kind in (*positional, each.VAR_POSITIONAL) for each in parameters)
    return needed or (["images"] if may_take else [])


def _pass(network: nn.Module, channels: int, size: tuple[int, int]) -> None:
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what fails here is told once, in words
        network(torch.zeros(1, channels, *size))


def _refusal(
    network: nn.Module, size: tuple[int, int], errors: dict[int, Exception], named: str, remedy: str
) -> ModelLoadError:
    channels = _first_channels(network)
    # Of the two attempts the one that the first convolution could do with tells what is wrong.
    error = errors[GREY if channels == GREY else COLOUR]
    shape = (1, GREY if channels == GREY else COLOUR, *size)
    text = f"{named} failed on float32 images of shape {shape}: {type(error).__name__}: {first_line(error)}"
    text += "".join(f" ({line})" for line in _user_line(error)) + ". "
    first = next((each for each in network.modules() if not any(each.children())), network)
    if channels not in {None, COLOUR, GREY}:
        text += f"Its first convolution takes {channels} channels; images have 3 (RGB) or 1 (grey)"
    elif isinstance(first, nn.Embedding | nn.RNNBase):
        text += (
            f"Its first module is {type(first).__name__}: a network of words or sequences, where one that takes "
            "(batch, channels, height, width) is needed. Wrap it in a module that makes its input from images"
        )
    else:
        fitting = [str(side) for side in USUAL_SIDES if side != size[0] and _takes(network, side)]
        text += f"Images of {' or '.join(fitting[:3])} pixels a side would do: {remedy}. " if fitting else ""
        text += f"It must take RGB images of that size, or grey ones, as one tensor; {remedy}" if not fitting else ""
    return ModelLoadError(text.rstrip(". "))


def _first_channels(network: nn.Module) -> int | None:
    return next((each.in_channels for each in network.modules() if isinstance(each, CONVOLUTIONS)), None)


def _takes(network: nn.Module, side: int) -> bool:
    for channels in (COLOUR, GREY):
        try:
            _pass(network, channels, (side, side))
        except Exception:  # noqa: BLE001, S112 a network of anybody's may raise anything
            continue
        return True
    return False


def _user_line(error: Exception) -> Iterator[str]:
    """The last line of the user's own code that the error came through."""
    lines = [each for each in traceback.extract_tb(error.__traceback__) if LIBRARIES not in each.filename]
    if lines and lines[-1].filename != channels_taken.__code__.co_filename:
        yield f"line {lines[-1].lineno} of {Path(lines[-1].filename).name}"
