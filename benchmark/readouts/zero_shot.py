"""Zero-shot readout of a language-supervised model: the category whose sentences an image is nearest to."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.types.errors import InvalidDataError

# A short ensemble in the way of Radford et al. (2021); averaging over phrasings matters more than which ones they are.
TEMPLATES = (
    "a photo of {article} {category}.",
    "a picture of {article} {category}.",
    "a drawing of {article} {category}.",
    "a sketch of {article} {category}.",
    "a silhouette of {article} {category}.",
    "an image with the shape of {article} {category}.",
    "a blurry photo of {article} {category}.",
)


def prompts(categories: Sequence[str]) -> list[list[str]]:
    """Return each category's sentences, one per template."""
    return [
        [template.format(article="an" if category[:1] in "aeiou" else "a", category=category) for template in TEMPLATES]
        for category in categories
    ]


def zero_shot_probabilities(
    images: Float[ndarray, "images width"], sentences: Float[ndarray, "categories sentences width"], *, scale: float
) -> Float[ndarray, "images categories"]:
    """Return softmax(scale * cosine) of image embeddings with each category's mean sentence embedding.

    Embeddings are normalised, averaged over a category's sentences and normalised again (Radford et al. 2021).
    Raises InvalidDataError for an embedding of length zero.
    """
    categories = _unit(_unit(sentences).mean(axis=1))
    logits = scale * (_unit(images) @ categories.T)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def _unit(vectors: Float[ndarray, "*rows width"]) -> Float[ndarray, "*rows width"]:
    exact = vectors.astype(np.float64)
    lengths = np.linalg.norm(exact, axis=-1, keepdims=True)
    if (lengths == 0).any():
        raise InvalidDataError("An embedding has length zero and no direction; the model's output is broken")
    return np.asarray(exact / lengths)
