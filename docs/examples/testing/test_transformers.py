"""Two implementations of attention in one model of Transformers.

Original: ``test_eager_matches_sdpa_inference`` in ``tests/test_modeling_common.py``,
with a table of tolerances by device and dtype.
"""

from copy import deepcopy

import pytest
import torch

from compare.testing import assert_agrees

transformers = pytest.importorskip("transformers")


def test_eager_matches_sdpa():
    sizes = {"hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 64}
    config = transformers.BertConfig(num_hidden_layers=2, vocab_size=99, **sizes)
    eager, sdpa = (
        transformers.BertModel._from_config(deepcopy(config), attn_implementation=each)
        for each in ("eager", "sdpa")
    )
    sdpa.load_state_dict(eager.state_dict())
    inputs = {
        "input_ids": torch.arange(14).reshape(2, 7),
        "attention_mask": torch.ones(2, 7, dtype=torch.int64),
    }
    assert_agrees(eager.eval(), sdpa.eval(), inputs)
