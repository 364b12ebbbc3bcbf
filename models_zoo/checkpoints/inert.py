"""What training loops put beside weights: settings and counts of other packages. They are read as nothing at all."""

from collections import OrderedDict
from collections.abc import Mapping

NUMPY = (
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("scalar", "_reconstruct")),
    *(f"numpy.{name}" for name in ("dtype", "ndarray", "float64", "float32", "int64", "bool_")),
)
NUMPY_TYPES = tuple(
    f"numpy.dtypes.{kind}DType"
    for kind in ("Float16", "Float32", "Float64", "Int8", "Int16", "Int32", "Int64", "UInt8", "Bool", "Str")
)
PATHS = tuple(
    f"{module}.{name}"
    for module in ("pathlib", "pathlib._local")
    for name in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
)
VALUES = (
    "argparse.Namespace",
    "types.SimpleNamespace",
    "datetime.datetime",
    "datetime.date",
    "datetime.timedelta",
    "datetime.timezone",
    "typing.Any",
    *(f"builtins.{name}" for name in ("dict", "list", "str", "int", "float", "bool", "set")),
    "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata",
    "omegaconf.base.Metadata",
    *(f"omegaconf.nodes.{kind}Node" for kind in ("Any", "Integer", "Float", "Boolean", "String", "Path", "Bytes")),
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
    "torch.torch_version.TorchVersion",
)
# Kinds of dict, whose entries are set one by one.
MAPPINGS = (
    "collections.defaultdict",
    "lightning.fabric.utilities.data.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "lightning.pytorch.utilities.parsing.AttributeDict",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "yacs.config.CfgNode",
    "fvcore.common.config.CfgNode",
    "easydict.EasyDict",
    "addict.addict.Dict",
    "ml_collections.config_dict.config_dict.ConfigDict",
    "mmengine.config.config.ConfigDict",
)


class Inert:
    """Stands for a value that is no tensor; it takes what it is told and keeps nothing."""

    def __init__(self, *_arguments: object, **_named: object) -> None: ...

    def __setstate__(self, _state: object) -> None: ...


class InertMapping:
    """Stands for a kind of dict, and makes a plain one: torch sets entries of no other."""

    def __new__(cls, *_arguments: object, **_named: object) -> OrderedDict[object, object]:  # type: ignore[misc]
        """An empty dict."""
        return OrderedDict()


INERT: Mapping[str, type] = {
    **dict.fromkeys((*NUMPY, *NUMPY_TYPES, *PATHS, *VALUES), Inert),
    **dict.fromkeys(MAPPINGS, InertMapping),
}
"""What stands for the names that are known to be data: none of their code is looked for, let alone run."""
