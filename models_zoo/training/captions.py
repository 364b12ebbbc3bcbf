"""Captions composed from categories and templates, and the small tower that reads them."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import nn

# How the names of the tower's tensors begin in a file that has the network that sees, too.
TEXT = "text."
HIDDEN = 128
# The width of the space that images and sentences share.
SHARED = 64
FIRST_SCALE = math.log(1 / 0.07)
TEMPLATES = (
    "a photo of {}",
    "a picture of {}",
    "an image of {}",
    "this is {}",
    "there is {} in the photo",
    "a small picture that shows {}",
    "a cropped photo of {}",
    "a photo of {} in other colours",
)
# Other words for a category, and what it is a kind of, for the categories of CIFAR-10.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "airplane": ("airplane", "plane", "aeroplane"),
    "automobile": ("automobile", "car"),
    "ship": ("ship", "boat"),
    "truck": ("truck", "lorry"),
}
ANIMALS = {"bird", "cat", "deer", "dog", "frog", "horse"}
VEHICLES = {"airplane", "automobile", "ship", "truck"}


def captions_of(category: str) -> list[str]:
    """Every caption of a category: its names, with and without their kind, in every template."""
    name = category.replace("_", " ").replace("-", " ").lower()
    things = [_with_article(each) for each in SYNONYMS.get(name, (name,))]
    if name in ANIMALS | VEHICLES:
        kind = "an animal" if name in ANIMALS else "a vehicle"
        things += [f"{thing}, {kind}" for thing in things]
    return [template.format(thing) for template in TEMPLATES for thing in things]


def _with_article(name: str) -> str:
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def words_of(sentence: str) -> list[str]:
    """The words of a sentence in lower case."""
    return re.findall(r"[a-z0-9]+", sentence.lower())


def vocabulary_of(sentences: Iterable[str]) -> tuple[str, ...]:
    """Every word once, in the alphabet's order."""
    return tuple(sorted({word for sentence in sentences for word in words_of(sentence)}))


class TextTower(nn.Module):
    """Sentences to vectors, (sentences, 64): the mean of their words' vectors through a hidden layer.

    A word that is not in the vocabulary says nothing; a sentence without any known word is the zero vector's image.
    The vocabulary is a buffer of bytes, so that the weights are complete. `scale` is the logarithm of what cosines with
    images are multiplied by.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        super().__init__()
        written = bytearray(" ".join(vocabulary).encode())
        self.register_buffer("vocabulary", torch.frombuffer(written, dtype=torch.uint8).clone())
        self.numbers = {word: number for number, word in enumerate(vocabulary)}
        self.words = nn.EmbeddingBag(len(vocabulary), HIDDEN, mode="mean")
        self.readout = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, SHARED))
        self.scale = nn.Parameter(torch.tensor(FIRST_SCALE))

    def forward(self, sentences: Sequence[str]) -> torch.Tensor:
        """Return the sentences' vectors."""
        known = [[self.numbers[word] for word in words_of(each) if word in self.numbers] for each in sentences]
        starts = [sum(len(each) for each in known[:place]) for place in range(len(known))]
        numbers = torch.tensor([number for each in known for number in each], dtype=torch.long)
        vectors: torch.Tensor = self.readout(self.words(numbers, torch.tensor(starts)))
        return vectors


def text_tower_of(state: Mapping[str, torch.Tensor]) -> TextTower:
    """The tower with the tensors of a state dict."""
    tower = TextTower(bytes(state["vocabulary"].tolist()).decode().split(" "))
    tower.load_state_dict(state)
    return tower.eval()


def without_text(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of the network that sees."""
    return {name: tensor for name, tensor in state.items() if not name.startswith(TEXT)}
