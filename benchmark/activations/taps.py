"""Taps: hooks that hand over what modules put out, call by call, and end the forward pass after the last of them."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from types import TracebackType

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from brainrank.benchmark.activations.layers import Call


class _AllTaken(Exception):  # noqa: N818 - no error: it ends a forward pass whose rest nobody needs
    """Raised from the hook of the last call, and caught by `run`."""


class Taps:
    """A context in which `run(images)` gives each output of the modules to `receive`, in the order of the pass.

    Without `last`, the pass runs to its end; with it, it stops behind that call.
    """

    def __init__(
        self,
        network: nn.Module,
        modules: Iterable[str],
        receive: Callable[[Call, object], None],
        *,
        last: Call | None = None,
    ) -> None:
        self._network, self._receive, self._last = network, receive, last
        self._modules = tuple(dict.fromkeys(modules))
        self._runs, self._order = Counter[str](), list[Call]()
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> "Taps":
        modules = dict(self._network.named_modules())
        self._handles = [modules[name].register_forward_hook(partial(self._take, name=name)) for name in self._modules]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._handles:
            handle.remove()

    def run(self, images: torch.Tensor) -> tuple[Call, ...]:
        """Pass the images forward; return the modules' calls in the order in which they ended."""
        self._runs.clear()
        self._order.clear()
        with suppress(_AllTaken):
            self._network(images)
        return tuple(self._order)

    def _take(self, _module: nn.Module, _inputs: object, output: object, *, name: str) -> None:
        self._runs[name] += 1
        call = Call(name, self._runs[name])
        self._order.append(call)
        self._receive(call, output)
        if call == self._last:
            raise _AllTaken
