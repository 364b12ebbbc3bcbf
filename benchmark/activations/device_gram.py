"""Layers whose features stay on the device that computes them: only their Gram matrices leave it."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from brainrank.benchmark.activations.computing import float32_products
from brainrank.benchmark.activations.device_sums import RowSums, centred_gram
from brainrank.benchmark.activations.gram import BLOCK_FEATURES, narrow_layer
from brainrank.benchmark.statistics.centred_gram import FLOAT64_STIMULI
from brainrank.benchmark.types.activations import LayerGram

STRIP_STIMULI = 512
"""Rows of a product at once: each strip ends at the diagonal, so that nearly half of the work is saved."""


class Blocks(NamedTuple):
    """How many stimuli's features are held at once, and how many later ones' are multiplied with them at once."""

    held: int
    later: int


@runtime_checkable
class DeviceLayer(Protocol):
    """A layer whose rows stay: in turns, each of a block of stimuli and all that come behind it."""

    def begin(self, first: int) -> None:
        """The turn of the block that begins with this stimulus."""

    def take(self, start: int, rows: Tensor) -> None:
        """Take a batch's rows, within the block or within a group of later ones; taken again, they replace those."""

    def passed(self, end: int) -> None:
        """All rows of this turn before that of stimulus `end` were taken."""

    def whole(self, layer: str) -> LayerGram:
        """What came of all turns."""


class DeviceFeatures:
    """The features of a layer that has fewer than stimuli; the Gram matrix is made of them as it is from the store."""

    def __init__(self, n_stimuli: int, n_features: int, *, device: torch.device) -> None:
        self._rows, self._first = torch.empty((n_stimuli, n_features), device=device), 0

    def begin(self, first: int) -> None:
        """Only the first turn has something to give."""
        self._first = first

    def take(self, start: int, rows: Tensor) -> None:
        """Copy them."""
        if self._first == 0:
            self._rows[start : start + len(rows)].copy_(rows)

    def passed(self, end: int) -> None:
        """Nothing is multiplied."""

    def whole(self, layer: str) -> LayerGram:
        """As `narrow_layer` has it."""
        return narrow_layer(layer, self._rows.cpu().numpy())


class DeviceGram:
    """A layer's Gram matrix over the stimuli, added up while they pass.

    A turn holds the rows X_b of a block of stimuli until they are whole, and puts Y_b Y_b' into K, with Y = X - 1 r';
    then it puts Y_l Y_b' into K for each group of later ones. r are the column means of the first block: its first row,
    and the mean of what is apart from that, taken away one after the other, so that a column that does not vary is 0
    and a large mean costs no digits. They are near those of all stimuli; what is left of them goes when K is centred.
    Products are float64 up to FLOAT64_STIMULI stimuli; above, they are taken in `precision` within BLOCK_FEATURES
    features, with sums in float32, and summed in float64 over these. Rows are float32, or `row_type`.
    """

    def __init__(
        self,
        n_stimuli: int,
        n_features: int,
        *,
        blocks: Blocks,
        device: torch.device,
        precision: str,
        row_type: torch.dtype = torch.float32,
    ) -> None:
        few = n_stimuli <= FLOAT64_STIMULI
        self._work = torch.float64 if few else torch.float32
        self._factor = torch.bfloat16 if precision == "bf16" and not few else self._work
        self._tf32, self._device, self._first, self._blocks = precision == "tf32", device, 0, blocks
        self._held = torch.empty((blocks.held, n_features), dtype=row_type, device=device)
        self._later = torch.empty((blocks.later, n_features), dtype=row_type, device=device)
        self._origin = torch.empty(n_features, dtype=self._work, device=device)
        self._apart = torch.empty(n_features, dtype=self._work, device=device)
        self._gram = torch.zeros((n_stimuli, n_stimuli), dtype=self._work, device=device)
        self._sums = RowSums(n_stimuli, device)

    def begin(self, first: int) -> None:
        """The turn of the block that begins with this stimulus."""
        self._first = first

    def take(self, start: int, rows: Tensor) -> None:
        """Copy them before anything that follows in the network can work in place on them."""
        place = start - self._first
        into = self._held if place < self._blocks.held else self._later
        place = place if place < self._blocks.held else self._in_group(place)
        into[place : place + len(rows)].copy_(rows)

    def passed(self, end: int) -> None:
        """Multiply the block or the group that is whole with this stimulus."""
        count, is_last = end - self._first, end == len(self._gram)
        with torch.inference_mode(), torch.autocast(self._device.type, enabled=False):
            if count == self._blocks.held or (is_last and count < self._blocks.held):
                self._multiply_block(count)
            elif count > self._blocks.held and (is_last or self._in_group(count) == 0):
                self._multiply_group(end, self._in_group(count) or self._blocks.later)
        if is_last and self._first + self._blocks.held >= end:
            self._held = self._later = torch.empty(0)  # of the last turn: nothing is multiplied any more

    def whole(self, layer: str) -> LayerGram:
        """The centred matrix and the vectors beside it."""
        with torch.inference_mode(), torch.autocast(self._device.type, enabled=False):
            return centred_gram(layer, self._gram, self._sums, shift=self._shift(slice(None)))

    def _in_group(self, place: int) -> int:
        return (place - self._blocks.held) % self._blocks.later

    def _multiply_block(self, count: int) -> None:
        product = torch.zeros((count, count), dtype=torch.float64, device=self._device)
        rows = self._held[:count]
        for columns in self._columns():
            factor = self._shifted(rows, columns, self._first, settle=self._first == 0)
            for start in range(0, count, STRIP_STIMULI):
                end = min(start + STRIP_STIMULI, count)
                product[start:end, :end] += self._product(factor[start:end], factor[:end])
        end = self._first + count
        self._gram[self._first : end, self._first : end].copy_(product)

    def _multiply_group(self, end: int, count: int) -> None:
        product = torch.zeros((count, len(self._held)), dtype=torch.float64, device=self._device)
        for columns in self._columns():
            factor = self._shifted(self._later[:count], columns, end - count)
            product += self._product(factor, self._held[:, columns].to(self._factor))
        self._gram[end - count : end, self._first : self._first + len(self._held)].copy_(product)

    def _columns(self) -> Iterator[slice]:
        for left in range(0, len(self._origin), BLOCK_FEATURES):
            yield slice(left, min(left + BLOCK_FEATURES, len(self._origin)))

    def _shift(self, columns: slice) -> Float64[Tensor, " block"]:
        return self._origin[columns].double() + self._apart[columns].double()

    def _shifted(
        self, rows: Float[Tensor, "rows features"], columns: slice, start: int, *, settle: bool = False
    ) -> Float[Tensor, "rows block"]:
        """Y of these columns as a factor of products, and in the place of X where it is needed again.

        The vectors are added to in the first turn, which sees all stimuli; its block settles what r is.
        """
        block = rows[:, columns].to(self._work)
        if settle:
            self._origin[columns] = block[0]
        shifted = block - self._origin[columns]
        if settle:
            self._apart[columns] = shifted.mean(dim=0)
        shifted -= self._apart[columns]
        if self._first == 0:
            with float32_products(tf32=False):
                self._sums.add_rows(start, columns.start, block)
                self._sums.add_shifted(start, columns.start, shifted, self._shift(columns))
        if self._blocks.later:
            rows[:, columns] = shifted
        return shifted.to(self._factor)

    def _product(
        self, one: Float[Tensor, "rows block"], other: Float[Tensor, "others block"]
    ) -> Float[Tensor, "rows others"] | Float64[Tensor, "rows others"]:
        """One times the other, transposed, in float32 or more."""
        if one.dtype == torch.bfloat16:
            if self._device.type == "cuda":
                product: Tensor = torch.mm(one, other.T, out_dtype=torch.float32)
                return product
            one, other = one.float(), other.float()
        with float32_products(tf32=self._tf32):
            return torch.mm(one, other.T)
