"""Taps: hooks that hand over what the wanted layers put out, and end the forward pass after the last of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from brainrank.benchmark.activations.layers import WantedLayer
from brainrank.benchmark.types.activations import ActivationsError


class _AllTaken(Exception):  # noqa: N818 - no error: it ends a forward pass whose rest nobody needs
    """Raised from the hook of the last wanted layer, and caught by `run`."""


class Taps:
    """A context in which `run(images)` gives each wanted layer's output to `receive`, in the order of the pass.

    Without `last`, the pass runs to its end; with it, it stops there.
    """

    def __init__(
        self,
        network: nn.Module,
        wanted: Sequence[WantedLayer],
        receive: Callable[[WantedLayer, torch.Tensor], None],
        *,
        last: str | None = None,
    ) -> None:
        self._network, self._receive, self._last = network, receive, last
        self._by_module: dict[str, list[WantedLayer]] = {}
        for each in wanted:
            self._by_module.setdefault(each.module, []).append(each)
        self._fired: Counter[str] = Counter()
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> "Taps":
        modules = dict(self._network.named_modules())
        self._handles = [
            modules[name].register_forward_hook(partial(self._take, name=name)) for name in self._by_module
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()

    def run(self, images: torch.Tensor) -> tuple[str, ...]:
        """Pass the images forward; return the modules in the order in which they ran.

        Raises ActivationsError when a wanted layer ran not at all or twice, or puts out no tensor.
        """
        self._fired.clear()
        with suppress(_AllTaken):
            self._network(images)
        for name in self._by_module:
            if not self._fired[name]:
                raise ActivationsError(f"Layer '{name}' never runs in the forward pass; choose another layer")
        return tuple(self._fired)

    def _take(self, _module: nn.Module, _inputs: object, output: object, *, name: str) -> None:
        self._fired[name] += 1
        if self._fired[name] > 1:
            raise ActivationsError(
                f"Layer '{name}' runs more than once in a forward pass, so its output is not one thing; choose a "
                "layer around or behind it"
            )
        if not isinstance(output, torch.Tensor):
            raise ActivationsError(
                f"Layer '{name}' puts out {type(output).__name__}, not a tensor; choose a layer inside it"
            )
        for each in self._by_module[name]:
            self._receive(each, output)
        if name == self._last:
            raise _AllTaken
