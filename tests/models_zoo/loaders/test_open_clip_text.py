"""The text tower against the whole model of open_clip, of which it is a part."""

import numpy as np
import open_clip
import pytest
import torch

from brainrank.benchmark.types.errors import UserError
from brainrank.models_zoo.loaders.open_clip import visual_only
from brainrank.models_zoo.loaders.open_clip_text import text_tower

SENTENCES = ["a photo of a cat.", "a silhouette of an oven."]


def test_sentences_are_embedded_as_the_whole_model_does() -> None:
    torch.manual_seed(3)
    whole = open_clip.create_model("ViT-S-32-alt").eval()
    weights = whole.state_dict()
    tower = text_tower("ViT-S-32-alt", None, weights)
    assert tower is not None
    with torch.inference_mode():
        expected = whole.encode_text(open_clip.get_tokenizer("ViT-S-32-alt")(SENTENCES)).numpy()
    np.testing.assert_array_equal(tower.encode(SENTENCES), expected)
    assert tower.scale == pytest.approx(float(whole.logit_scale.detach().exp()))
    assert text_tower("ViT-S-32-alt", None, visual_only(weights)) is None


def test_random_sentences_are_the_same_every_time() -> None:
    first, second = (text_tower("ViT-S-32-alt", None, None) for _ in range(2))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.encode(SENTENCES), second.encode(SENTENCES))


def test_a_tokenizer_of_another_package_is_named() -> None:
    pytest.importorskip("open_clip")
    try:
        import transformers  # noqa: F401
    except ImportError:
        with pytest.raises(UserError, match="pip install transformers"):
            text_tower("ViT-B-16-SigLIP", None, None)
    else:
        pytest.skip("transformers is here")
