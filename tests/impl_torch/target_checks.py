"""Properties of how users' PyTorch models are run: each function checks one.

They run in a process that imports PyTorch; `test_targets.py` reports each.
"""

from __future__ import annotations

import json
from types import SimpleNamespace

import torch
from torch import nn

from impl_torch.guesses import declared_inputs, layer_inputs
from impl_torch.rounding import drawing, rounded
from tests.support.properties import check_properties

LARGEST = torch.finfo(torch.float64).max


class _Configured(nn.Module):
    """A model with the attributes by which a Hugging Face model describes itself."""

    def __init__(self, main, **config):
        super().__init__()
        self.main_input_name = main
        self.config = SimpleNamespace(**config)
        self.dummy_inputs = {"input_ids": torch.tensor([[3, 1]])}


def _texts(model):
    return [spec.text for spec in declared_inputs(model)[0]]


def _draw(dtype):
    torch.manual_seed(7)
    x = torch.ones(4, 8, dtype=dtype)
    return [
        torch.rand(3, 40, dtype=dtype),
        torch.randn(50, dtype=dtype),
        torch.rand_like(x),
        torch.randn_like(x),
        torch.empty(30, dtype=dtype).uniform_(-1, 2),
        torch.empty(30, dtype=dtype).normal_(),
        torch.empty(30, dtype=dtype).bernoulli_(0.3),
        nn.functional.dropout(x, 0.5),
    ]


def float64_draws_the_numbers_of_float32():
    narrow = _draw(torch.float32)
    with drawing(dtype="float32"):
        wide = _draw(torch.float64)
    with drawing(dtype="float32"), rounded(unit=2.0**-24, underflow=0.0, seed=0):
        moved = _draw(torch.float64)
    for one, other, third in zip(narrow, wide, moved, strict=True):
        assert other.dtype == third.dtype == torch.float64
        assert torch.allclose(one.double(), other, rtol=1e-6, atol=0)
        assert torch.allclose(one.double(), third, rtol=1e-6, atol=0)


def float64_draws_its_own_numbers_where_it_is_checked():
    plain = _draw(torch.float64)
    with drawing(dtype="float64"):
        same = _draw(torch.float64)
    assert all(torch.equal(a, b) for a, b in zip(plain, same, strict=True))


def masks_of_infinities_and_of_the_largest_numbers_are_kept():
    mask = torch.tensor([[-torch.inf, -LARGEST, 1.0]], dtype=torch.float64)
    scores = torch.randn(2, 3, dtype=torch.float64)
    for seed in range(4):
        with rounded(unit=2.0**-24, underflow=0.0, seed=seed):
            moved = mask * 1.5 / 1.5 + mask
            shares = torch.softmax(scores + mask, dim=-1)
        assert not moved.isnan().any()
        assert shares.isfinite().all()
        assert moved[0, 2] != 2


def tokens_follow_from_a_configuration():
    text = _Configured("input_ids", vocab_size=50, pad_token_id=0)
    assert _texts(text) == ["input_ids=int64[1,50):8x16"]
    pair = _Configured("input_ids", vocab_size=50, is_encoder_decoder=True)
    assert _texts(pair) == [
        "input_ids=int64[0,50):8x16",
        "decoder_input_ids=int64[0,50):8x16",
    ]


def images_and_sounds_follow_from_a_configuration():
    image = _Configured("pixel_values", image_size=[24, 48], num_channels=1)
    assert _texts(image) == ["pixel_values=float32:8x1x24x48"]
    sound = _Configured("input_features", num_mel_bins=4, max_source_positions=10)
    assert _texts(sound) == ["input_features=float32:8x4x20"]
    spectrogram = _Configured("input_values", num_mel_bins=4, max_length=12)
    assert _texts(spectrogram) == ["input_values=float32:8x12x4"]


def examples_are_used_where_a_configuration_is_silent():
    model = _Configured("pixel_values", num_channels=3)
    assert _texts(model) == ["input_ids=int64[1,4):1x2"]


def the_row_for_padding_is_not_drawn():
    (guess, _), *_ = layer_inputs(nn.Embedding(9, 4, padding_idx=0))
    assert [spec.text for spec in guess] == ["int64[1,9):8x16"]


def a_part_in_float32_moves_by_its_own_rounding():
    x = torch.rand(1000, dtype=torch.float64) + 1
    with rounded(unit=2.0**-53, underflow=0.0, seed=0):
        wide, narrow = x.exp(), x.float().exp()
    assert 0 < (wide - x.exp()).abs().max() < 1e-14
    assert (narrow - x.float().exp()).abs().max() > 1e-8


if __name__ == "__main__":
    print(json.dumps(check_properties(globals())))
