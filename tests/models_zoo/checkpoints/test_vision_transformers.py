"""Checkpoints of vision transformers: another resolution is resampled, and nothing that matters is dropped."""

from pathlib import Path

import pytest
import timm
import torch
from checkpoint_reading import resolved, saved, the_same
from timm.models.vision_transformer import checkpoint_filter_fn
from torch import nn

from brainrank.benchmark.types.errors import UserError

VIT_STATE = timm.create_model("test_vit").state_dict()


def test_another_resolution_is_resampled_as_timm_does_and_told(tmp_path: Path) -> None:
    large = timm.create_model("test_vit", img_size=256)
    nn.init.normal_(large.pos_embed)
    model = resolved(saved(tmp_path, large.state_dict()), "timm:test_vit")
    assert "pos_embed resampled from 16 x 16 to 10 x 10" in model.checkpoint
    expected = checkpoint_filter_fn(large.state_dict(), timm.create_model("test_vit"))["pos_embed"]
    assert torch.equal(model.build().state_dict()["pos_embed"], expected)


VIT_REFUSED = {
    "layer scale": ({"blocks.0.ls1.gamma": torch.zeros(64)}, "has not: blocks.0.ls1.gamma"),
    "a norm before the blocks": ({"norm_pre.weight": torch.zeros(64)}, "has not: norm_pre.weight"),
    "registers": ({"reg_token": torch.zeros(1, 4, 64)}, "has not: reg_token"),
    "a grid that is no square": ({"pos_embed": torch.zeros(1, 1 + 14 * 10, 64)}, r"'pos_embed' is \(1, 141, 64\)"),
}


@pytest.mark.parametrize("case", VIT_REFUSED)
def test_what_changes_a_transformer_is_never_dropped(tmp_path: Path, case: str) -> None:
    more, told = VIT_REFUSED[case]
    with pytest.raises(UserError, match=told):
        resolved(saved(tmp_path, VIT_STATE | more), "timm:test_vit")


def test_a_masked_autoencoder_gives_its_encoder(tmp_path: Path) -> None:
    decoder = {"decoder_pos_embed": torch.zeros(1, 9, 8), "decoder_blocks.0.norm1.weight": torch.zeros(8)}
    encoder = {key: each for key, each in VIT_STATE.items() if not key.startswith("head.")}
    content = {"model": encoder | decoder | {"mask_token": torch.zeros(1, 1, 64)}}
    model = resolved(saved(tmp_path, content), "timm:test_vit")
    assert model.checkpoint.endswith("no classifier; 2 tensors of decoder_pos_embed, decoder_blocks left aside")
    assert the_same(model, encoder)
