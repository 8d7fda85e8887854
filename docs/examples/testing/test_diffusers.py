"""A model of Diffusers is captured whole, and once.

Original: ``test_torch_compile_recompilation_and_graph_break`` of the mix-in
``TorchCompileTesterMixin``, with ``fullgraph=True`` and ``error_on_recompile``.
"""

import pytest
import torch

from compare.testing import assert_compiles

diffusers = pytest.importorskip("diffusers")


def test_recompilation_and_graph_break():
    channels = {"block_out_channels": (4, 8), "norm_num_groups": 2}
    blocks = {
        "down_block_types": ("DownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "UpBlock2D"),
    }
    model = diffusers.UNet2DModel(
        layers_per_block=1, sample_size=8, **channels, **blocks
    )
    inputs = {"sample": torch.randn(2, 3, 8, 8), "timestep": torch.tensor(10)}
    assert_compiles(model, [inputs, inputs])
