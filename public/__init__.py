"""brainrank: which vision models see as brains and people do.

This is the public face: what it offers is in `__all__`, every other module is private and may move. Nothing is imported
before it is first asked for (`__init__.pyi` says where it is), so that `import brainrank` takes no time.
"""

import os
import sys
from importlib import import_module

from lazy_loader import attach_stub

# In a checkout the other folders stand beside this one; an editable installation does not look there by itself, as it
# does for folders without an `__init__` (docs/decisions/the-public-face.md).
if os.path.basename(os.path.dirname(__file__)) == "public":  # noqa: PTH119, PTH120 pathlib is half of this import's time
    __path__.append(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120

_offered, __dir__, __all__ = attach_stub(__name__, __file__)

_Module = type(sys)


def __getattr__(name: str) -> object:
    return import_module(f"{__name__}.{name}") if name == "datasets" else _offered(name)


class _Folder(_Module):  # type: ignore[valid-type,misc]
    """The studies as a frame, when it is called; and the folder of that name, which holds them."""

    def __call__(self) -> object:
        from brainrank.api.python.datasets import datasets

        return datasets()


class _Face(_Module):  # type: ignore[valid-type,misc]
    """brainrank, whose folder `datasets` is a public function as well (see the page named above)."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "datasets" and type(value) is _Module:
            value.__class__, value.__doc__ = _Folder, _Folder.__doc__
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
