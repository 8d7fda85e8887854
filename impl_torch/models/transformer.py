"""An encoder: embedded tokens, two blocks with attention, a linear head."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from impl_torch.models.layers import EPSILON, Embedding, Linear


class Transformer(nn.Module):
    """A batch of token sequences in, their logits out."""

    def __init__(  # noqa: PLR0913 - each is one size of the network
        self,
        *,
        length: int,
        tokens: int,
        width: int,
        heads: int,
        classes: int,
        dropout: float,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.embedding = Embedding(tokens, width, dtype=dtype)
        self.positions = nn.Parameter(torch.zeros(length, width, dtype=dtype))
        self.block1 = Block(width, heads=heads, dropout=dropout, dtype=dtype)
        self.block2 = Block(width, heads=heads, dropout=dropout, dtype=dtype)
        self.norm = LayerNorm(width, dtype=dtype)
        self.head = Linear(width, classes, dtype=dtype)

    # differs: training is a state of the module here; in TensorFlow, passed on
    def forward(self, tokens: Tensor) -> Tensor:  # (N, T)
        x = self.embedding(tokens) + self.positions  # (N, T, width)
        x = self.block1(x)  # (N, T, width)
        x = self.block2(x)  # (N, T, width)
        x = torch.mean(self.norm(x), dim=1)  # (N, width)
        return self.head(x)  # (N, classes)


class Block(nn.Module):
    """Attention and two dense layers, each added to its input."""

    def __init__(
        self, width: int, *, heads: int, dropout: float, dtype: torch.dtype
    ) -> None:
        super().__init__()
        self.norm1 = LayerNorm(width, dtype=dtype)
        self.attention = Attention(width, heads=heads, dtype=dtype)
        self.norm2 = LayerNorm(width, dtype=dtype)
        self.hidden = Linear(width, 4 * width, dtype=dtype)
        self.output = Linear(4 * width, width, dtype=dtype)
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:  # (N, T, width)
        y = self.attention(self.norm1(x))  # (N, T, width)
        x = x + functional.dropout(y, self.dropout, self.training)
        # differs: GELU is exact by default; Keras approximates it
        y = functional.gelu(self.hidden(self.norm2(x)))  # (N, T, 4 width)
        y = self.output(y)  # (N, T, width)
        return x + functional.dropout(y, self.dropout, self.training)


class Attention(nn.Module):
    """Every token's value, averaged over all tokens that it relates to."""

    def __init__(self, width: int, *, heads: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.query = Linear(width, width, dtype=dtype)
        # The softmax would ignore a bias of the keys.
        self.key = Linear(width, width, bias=False, dtype=dtype)
        self.value = Linear(width, width, dtype=dtype)
        self.mixed = Linear(width, width, dtype=dtype)
        self.heads = heads

    # differs: attention is one function here, written out in TensorFlow
    def forward(self, x: Tensor) -> Tensor:  # (N, T, width)
        query = self.split(self.query(x))  # (N, heads, T, width / heads)
        key = self.split(self.key(x))
        value = self.split(self.value(x))
        y = functional.scaled_dot_product_attention(query, key, value)
        y = y.transpose(1, 2).flatten(2)  # (N, T, width)
        return self.mixed(y)  # (N, T, width)

    def split(self, x: Tensor) -> Tensor:  # (N, T, width)
        x = x.unflatten(2, (self.heads, -1))  # (N, T, heads, width / heads)
        return x.transpose(1, 2)  # (N, heads, T, width / heads)


class LayerNorm(nn.LayerNorm):
    """A normalization of every token by its mean and variance."""

    def __init__(self, width: int, *, dtype: torch.dtype) -> None:
        super().__init__(width, eps=EPSILON, dtype=dtype)
