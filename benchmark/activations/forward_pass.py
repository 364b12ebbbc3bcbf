"""ForwardPass: a network, the stimuli it is to see, and what is wanted of it."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import KW_ONLY, dataclass

import torch
from torch import nn

from brainrank.benchmark.activations.batch_size import BatchSize
from brainrank.benchmark.activations.decoding import batches, decoding_threads, first_image
from brainrank.benchmark.activations.forward import forward_pass
from brainrank.benchmark.activations.layers import wanted_layers
from brainrank.benchmark.activations.probe import Probe, probe
from brainrank.benchmark.activations.reduction import Reduction
from brainrank.benchmark.activations.transfer import Receive, Transfer, transfer_for, transit_bytes
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.stimuli import StimulusSet


@dataclass(frozen=True)
class ForwardPass:
    """A network, the stimuli it is to see and how they are prepared for it, and the layers wanted on a device.

    `layers` are module names or globs, each with its own pooling if need be (`blocks.3:cls`), else `pooling`; they come
    in the order asked, those of one glob in the order of the forward pass. `reduction` leaves fewer features of each.
    """

    network: nn.Module
    stimuli: StimulusSet
    _: KW_ONLY
    layers: Sequence[str]
    preprocessing: Preprocessing
    pooling: str
    device: torch.device
    reduction: Reduction = Reduction.NONE

    def look(self, *, in_order: bool) -> Probe:
        """Move the network to the device, in evaluation mode, and look at what its layers put out for one image.

        Raises UnknownNameError for a layer the network has not, and ActivationsError for one that does not run exactly
        once, or whose output is no tensor.
        """
        wanted = wanted_layers((name for name, _ in self.network.named_modules()), self.layers, self.pooling)
        self.network.eval().to(self.device)
        return probe(self.network, self.first_image(), wanted, device=self.device, in_order=in_order)

    def first_image(self) -> torch.Tensor:
        """The first stimulus's image, as a batch of one."""
        return first_image(self.stimuli, self.preprocessing)

    def transit_bytes(self, features: Mapping[str, int], batch_size: int) -> int:
        """What images and rows of these layers on their way take in memory; nothing where they have no way to go."""
        if self.device.type == "cpu":
            return 0
        return transit_bytes(
            batch_size,
            features=sum(features.values()),
            image_items=self.image_items,
            threads=decoding_threads(self.device),
        )

    @property
    def image_items(self) -> int:
        """How many numbers an image is."""
        height, width = self.preprocessing.size
        return self.preprocessing.channels * height * width

    def run(
        self, probed: Probe, *, precision: str, batch_size: BatchSize, receive: Receive, done: Callable[[int], None]
    ) -> None:
        """Pass all stimuli forward; `done` is told how many after each batch."""
        with closing(self.batches(batch_size)) as images:  # its threads end with the pass, however that ends
            transfer = transfer_for(self.device, probed.n_features, receive)
            for count in self.pass_on(images, probed, precision=precision, batch_size=batch_size, transfer=transfer):
                done(count)

    def batches(self, batch_size: BatchSize) -> Generator[torch.Tensor]:
        """All stimuli's images, prepared for the network."""
        return batches(self.stimuli, self.preprocessing, batch_size=batch_size.value, device=self.device)

    def pass_on(
        self,
        images: Iterable[torch.Tensor],
        probed: Probe,
        *,
        precision: str,
        batch_size: BatchSize,
        transfer: Transfer,
    ) -> Iterator[int]:
        """Pass batches of images forward, and yield how many after each."""
        return forward_pass(
            self.network,
            images,
            probed,
            device=self.device,
            precision=precision,
            batch_size=batch_size,
            transfer=transfer,
        )
