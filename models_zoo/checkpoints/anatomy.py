"""What a network's weights consist of: a body that must be whole, a classifier that may be missing, and their names."""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from torch import nn

from brainrank.models_zoo.checkpoints.namings import Naming, namings_of

# Buffers that an architecture makes itself, whatever its weights: counts that evaluation never looks at, tables of
# places, masks. Files have them or not, with the age of the library that wrote them.
ENTAILED = frozenset(
    ("num_batches_tracked", "relative_position_index", "relative_coords_table", "attn_mask", "position_ids")
)


class Anatomy:
    """The tensors of a network by name, with their shapes; `classifier` are modules, of which none may be scored."""

    def __init__(self, name: str, network: nn.Module, classifier: tuple[str, ...]) -> None:
        self.name = name
        state = network.state_dict()
        self.shapes: Mapping[str, tuple[int, ...]] = {key: tuple(tensor.shape) for key, tensor in state.items()}
        self.fractions = frozenset(key for key, tensor in state.items() if tensor.is_floating_point())
        self.children = frozenset(key for key, _ in network.named_children())
        self.classifier = classifier
        self.namings: tuple[Naming, ...] = namings_of(name, network)

    @cached_property
    def head(self) -> tuple[str, ...]:
        """The tensors of the classifier."""
        return tuple(name for name in self.shapes if is_of(name, self.classifier))

    @cached_property
    def body(self) -> tuple[str, ...]:
        """The tensors that must be there."""
        return tuple(name for name in self.shapes if name not in self.head and name.rpartition(".")[2] not in ENTAILED)


class Places(NamedTuple):
    """Under a naming: the modules of the classifier, and the first parts of the names of all that is body."""

    classifier: tuple[str, ...]
    body: frozenset[str]


def places_of(anatomy: Anatomy, naming: Naming) -> Places:
    """Where the parts of a network are under a naming."""
    heads = [foreign for foreign, own in naming.own.items() if own in anatomy.head]
    body = {foreign.partition(".")[0] for foreign, own in naming.own.items() if own not in anatomy.head}
    is_own = not naming.name
    classifier = anatomy.classifier if is_own else tuple(dict.fromkeys(each.rpartition(".")[0] for each in heads))
    # Children without a tensor stand for steps that this network leaves out, and another's file may have.
    steps = anatomy.children - {module.partition(".")[0] for module in classifier} if is_own else frozenset[str]()
    return Places(classifier, frozenset(body) | steps)


def is_of(name: str, modules: tuple[str, ...]) -> bool:
    """Whether a tensor belongs to one of the modules."""
    return any(name.startswith(f"{module}.") for module in modules)
