"""A network of a Python session, taken as it is: checked, and copied so that whatever is done leaves it alone."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from brainrank.benchmark.types.errors import UserError, first_line
from brainrank.benchmark.types.reporter import Reporter

# Where wrappers keep the network they are around: torch.compile; DataParallel and DistributedDataParallel.
COMPILED, PARALLEL = "_orig_mod", "module"
WAY_IN = "give a torch.nn.Module, or a name such as timm:resnet50 or file:WEIGHTS#timm:resnet50"


def unwrap(network: object, reporter: Reporter) -> nn.Module:
    """The network itself, without what torch.compile or DataParallel put around it, which is told.

    Raises UserError for what is no network, or one that cannot be run: lazy, on the meta device, or scripted.
    """
    if not isinstance(network, nn.Module):
        raise UserError(f"{_no_network(network)}; {WAY_IN}")
    inner = _inside(network)
    if inner is not network:
        reporter.message(
            f"{type(network).__name__}: the {type(inner).__name__} inside it is run, uncompiled and on one device"
        )
        return unwrap(inner, reporter)
    _check_runs(network)
    return network


def copy_network(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode and float32 that shares the parameters' memory and nothing else.

    Its training mode, hooks, buffers and device are its own: whatever becomes of them, the network stays as it was.
    Raises UserError where something in it cannot be copied.
    """
    memo: dict[int, Any] = {id(each): _share_memory(each) for each in _tensors_in(network)}
    try:
        for module in list(network.modules()):
            inner = _inside(module)
            if inner is not module:
                memo[id(module)] = copy.deepcopy(inner, memo)
        found = copy.deepcopy(network, memo)
    except Exception as error:  # a module's own way of being copied may raise anything
        raise UserError(
            f"{type(network).__name__} cannot be copied ({type(error).__name__}: {first_line(error)}), and it is never "
            "run itself, so that it stays as it is; take out of it what cannot be copied, such as locks and open files"
        ) from error
    return found.eval().float()


def other_precisions(network: nn.Module) -> tuple[str, ...]:
    """The types of its numbers with a fraction other than float32."""
    tensors = (*network.parameters(), *network.buffers())
    return tuple(sorted({str(each.dtype) for each in tensors if each.is_floating_point()} - {"torch.float32"}))


def _inside(module: nn.Module) -> nn.Module:
    """What a wrapper of torch's is around; the module itself if it is none."""
    if isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
        inner: nn.Module = module.module
        return inner
    within = dict(module.named_children()).get(COMPILED)
    return module if within is None else within


def _check_runs(network: nn.Module) -> None:
    named = type(network).__name__
    scripted = next((name for name, each in network.named_modules() if isinstance(each, torch.jit.ScriptModule)), None)
    if scripted is not None:
        which = f"'{scripted}' of {named}" if scripted else named
        raise UserError(
            f"{which} is scripted or traced, and its layers cannot be looked into; give the network it was made from, "
            "or export it with torch.onnx.export and give onnx:FILE"
        )
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        if is_lazy(tensor):
            raise UserError(f"'{name}' of {named} is lazy and has no numbers yet; pass it a batch of images first")
        if tensor.is_meta:
            raise UserError(f"'{name}' of {named} is on the meta device and has no numbers; load its weights first")


def _no_network(given: object) -> str:
    """What was given instead of a network, with the nearest way to one."""
    if isinstance(given, type):
        made = f"make one: {given.__name__}(...)" if issubclass(given, nn.Module) else "it is no network"
        return f"{given.__name__} is a class; {made}"
    if isinstance(given, Mapping):
        if given and all(isinstance(each, torch.Tensor) for each in given.values()):
            return "A state dict holds weights and no network; make the network and load it: net.load_state_dict(...)"
        return f"A {type(given).__name__} of {', '.join(list(map(repr, given))[:3]) or 'nothing'} is no network"
    if isinstance(given, tuple | list):
        return f"A {type(given).__name__} of {', '.join(type(each).__name__ for each in given[:3])} is no network"
    if callable(given):
        name = getattr(given, "__name__", type(given).__name__)
        return f"{name} is a function; give what it returns, if that is a network, or make it a module's forward"
    return f"{type(given).__name__} {repr(given)[:60]} is no network"


def _share_memory(tensor: torch.Tensor) -> torch.Tensor:
    """A parameter on the same memory, for they are large; of any other tensor, which a pass may change, a copy."""
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(tensor.detach(), requires_grad=False)
    return tensor.detach().clone()


def _tensors_in(network: nn.Module) -> Iterator[torch.Tensor]:
    """Parameters, buffers, and tensors among a module's attributes, which torch copies only if they have no history."""
    for module in network.modules():
        yield from _tensors_of(vars(module))


def _tensors_of(value: object) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _tensors_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors_of(each)
