"""The images of a pool that tell models apart best, by what their RDMs let expect.

Were model A true, its score less that of B would be, over P pairs of chosen images, <u, y_A> times a number that all
models share, with y_A the dissimilarities, s_A their standard deviation, and u the difference of the standard scores of
y_A and y_B: P s_A (1 - r_AB). By noise whose pairs share images (`exchangeable_noise`) it varies by |u|^2 + k sum_i
R_i^2, where R_i are the sums of u over the pairs of an image, and k is how much an image adds to all of its pairs. Over
the square of the difference, that is how many subjects the difference takes; the images are chosen that make the mean
over all ordered pairs of models least.

All of it is made of sums over pairs: an image that is added brings the sums of its pairs with the chosen ones, so that
all candidates of a step cost products of the pool with the chosen. Images are added one by one, the best first, and
then changed for others while that gains. Compare Golan, Raju & Kriegeskorte (2020), who synthesise such images.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

FEWEST_CHOSEN = 8
STARTED_WITH = 5
EXCHANGES = 4
"""Each chosen image is changed for another at most so many times, on average."""
SAME = 1e-6

Allow = Callable[[Int[ndarray, " chosen"]], Bool[ndarray, " pool"]]
"""Which images of the pool may be added to those chosen."""


class Choice(NamedTuple):
    """The chosen images, in the order in which they were chosen, and the mean of how many subjects they take.

    That number is only good to compare choices of as many images: 1 stands for noise as strong as the signal.
    """

    images: Int[ndarray, " chosen"]
    cost: float


def choose_images(
    dissimilarities: Float[ndarray, "models pool pool"], count: int, *, of_images: float, allow: Allow | None = None
) -> Choice:
    """Choose images; `dissimilarities` are zero on the diagonal, `of_images` is the k of the noise.

    Raises InvalidDataError for fewer than two models that differ, fewer images than eight, and more than the pool has.
    """
    pool = dissimilarities.shape[1]
    if not FEWEST_CHOSEN <= count <= pool:
        raise InvalidDataError(
            f"{count} images to choose of a pool of {pool}; give a number from {FEWEST_CHOSEN} to {pool}"
            if pool >= FEWEST_CHOSEN
            else f"a pool of {pool} images; give one of at least {FEWEST_CHOSEN}"
        )
    search = _Search(np.ascontiguousarray(dissimilarities, dtype=np.float64), of_images)
    anything = np.ones(pool, dtype=bool)
    for _ in range(min(STARTED_WITH, count)):
        _add(search, search.disputed, allow, anything)
    while len(search.chosen) < count:
        _add(search, search.cost_with(), allow, anything)
    cost = search.cost
    for _ in range(EXCHANGES * count):
        kept = search.chosen.copy()
        search.remove(int(search.chosen[search.cost_without().argmin()]))
        _add(search, search.cost_with(), allow, anything)
        if not search.cost < cost * (1 - SAME):
            return Choice(kept, cost)
        cost = search.cost
    return Choice(search.chosen, cost)


def _add(
    search: "_Search", costs: Float[ndarray, " pool"], allow: Allow | None, anything: Bool[ndarray, " pool"]
) -> None:
    """Add the image of least cost that is allowed."""
    open_ones = (anything if allow is None else allow(search.chosen)).copy()
    open_ones[search.chosen] = False
    search.add(int(np.where(open_ones, costs, np.inf).argmin()))


class _Search:
    """Chosen images, with the sums over their pairs that costs are made of.

    `rows` are each image's sums over the pairs with the chosen, `products` those of products of two models; `total`,
    `squares` and `images` are, over the chosen, the sums of dissimilarities, of products, and of products of rows.
    """

    def __init__(self, dissimilarities: Float[ndarray, "models pool pool"], of_images: float) -> None:
        self.models, self.pool = dissimilarities.shape[:2]
        self._rdms, self._of_images = dissimilarities, of_images
        self._one, self._other = _different_pairs(dissimilarities)
        self.chosen = np.empty(0, dtype=np.int64)
        self.rows = np.zeros((self.models, self.pool))
        self.products = np.zeros((self.models, self.models, self.pool))
        self.total = np.zeros(self.models)
        self.squares = np.zeros((self.models, self.models))
        self.images = np.zeros((self.models, self.models))

    @property
    def disputed(self) -> Float[ndarray, " pool"]:
        """Minus how much models differ on each image's pairs: what the first images go by, as few have no spread."""
        spread = self._rdms.std(axis=(1, 2))[:, None, None]
        even = self._rdms / spread
        apart = [(even[one] - even[other]) ** 2 for one, other in zip(self._one, self._other, strict=True)]
        return -np.asarray(np.sum(apart, axis=0).sum(axis=1))

    @property
    def cost(self) -> float:
        """That of the chosen images."""
        state = (self.total[:, None], self.squares[..., None], self.images[..., None])
        return float(self._costs(*state, len(self.chosen))[0])

    def cost_with(self) -> Float[ndarray, " pool"]:
        """The cost with each image of the pool added."""
        return self._costs(*self._moved(self._across(), 1), len(self.chosen) + 1)

    def cost_without(self) -> Float[ndarray, " chosen"]:
        """The cost with each chosen image removed."""
        total, squares, images = (each[..., self.chosen] for each in self._moved(self._across(), -1))
        return self._costs(total, squares, images, len(self.chosen) - 1)

    def add(self, image: int) -> None:
        """Add an image to the chosen."""
        self._move(image, 1)
        self.chosen = np.append(self.chosen, image)

    def remove(self, image: int) -> None:
        """Remove an image from the chosen."""
        self.chosen = self.chosen[self.chosen != image]
        self._move(image, -1)

    def _move(self, image: int, sign: int) -> None:
        column = self._rdms[:, image]
        products = column[:, None] * column[None]
        self.total += sign * self.rows[:, image]
        self.squares += sign * self.products[:, :, image]
        self.rows += sign * column
        self.products += sign * products
        chosen = self.chosen if sign < 0 else np.append(self.chosen, image)
        self.images = self.rows[:, chosen] @ self.rows[:, chosen].T

    def _across(self) -> Float[ndarray, "models models pool"]:
        """For each image, the sum over the chosen of their rows of one model times their pairs with it of another."""
        return np.stack(
            [np.stack([rdm[:, self.chosen] @ row for rdm in self._rdms]) for row in self.rows[:, self.chosen]]
        )

    def _moved(
        self, across: Float[ndarray, "models models pool"], sign: int
    ) -> tuple[
        Float[ndarray, "models pool"], Float[ndarray, "models models pool"], Float[ndarray, "models models pool"]
    ]:
        """The sums with each image added, or removed."""
        total = self.total[:, None] + sign * self.rows
        squares = self.squares[..., None] + sign * self.products
        own = self.rows[:, None] * self.rows[None]
        images = self.images[..., None] + sign * (across + across.swapaxes(0, 1)) + self.products + sign * own
        return total, squares, images

    def _costs(
        self,
        total: Float[ndarray, "models some"],
        squares: Float[ndarray, "models models some"],
        images: Float[ndarray, "models models some"],
        count: int,
    ) -> Float[ndarray, " some"]:
        """The mean over ordered pairs of models of (|u|^2 + k sum R^2) / <u, y>^2; infinite without a spread."""
        pairs = count * (count - 1) / 2
        mean = total / pairs
        covariance = squares / pairs - mean[:, None] * mean[None]
        each = np.arange(self.models)
        variance = covariance[each, each]
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt(np.where(variance > SAME * squares[each, each] / pairs, variance, np.nan))
            one, other = self._one, self._other
            r = covariance[one, other] / (spread[one] * spread[other])
            shift = mean[one] / spread[one] - mean[other] / spread[other]
            rows = (
                images[one, one] / variance[one]
                + images[other, other] / variance[other]
                - 2 * images[one, other] / (spread[one] * spread[other])
                - count * (count - 1) ** 2 * shift**2
            )
            noise = 2 * pairs * (1 - r) + self._of_images * np.maximum(rows, 0.0)
            needed = noise / (pairs * (1 - r)) ** 2 * (1 / variance[one] + 1 / variance[other]) / 2
        return np.asarray(np.nan_to_num(needed, nan=np.inf, posinf=np.inf).mean(axis=0))


def _different_pairs(dissimilarities: Float[ndarray, "models pool pool"]) -> tuple[ndarray, ndarray]:
    """The pairs of models whose dissimilarities are not the same but for their scale. InvalidDataError without any."""
    upper = np.triu_indices(dissimilarities.shape[1], k=1)
    alike = np.corrcoef(dissimilarities[:, *upper])
    one, other = np.triu_indices(len(dissimilarities), k=1)
    apart = alike[one, other] < 1 - SAME
    if not apart.any():
        raise InvalidDataError("The models have the same RDM of the pool: no images tell them apart; give others")
    return one[apart], other[apart]
