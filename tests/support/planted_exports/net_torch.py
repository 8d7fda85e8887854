"""A model with the layers whose export is altered."""

import torch
from torch import nn
from torch.nn import functional


class Net(nn.Module):
    """Images (N, 3, 12, 12) in, four numbers each out."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 6, 3, stride=2, bias=False)
        self.square = nn.Linear(24, 24)
        self.layer_norm = nn.LayerNorm(24)
        self.query, self.key, self.value = (nn.Linear(6, 6) for _ in range(3))
        self.head = nn.Linear(24, 4)

    def forward(self, images):
        x = functional.leaky_relu(self.first(images))
        x = self.norm(x)
        x = functional.avg_pool2d(x, 3, stride=2, padding=1)
        x = functional.gelu(self.second(x))
        x = x.flatten(1)
        x = self.layer_norm(self.square(x) + x)
        x = x.reshape(-1, 4, 6)
        weights = self.query(x) @ self.key(x).transpose(1, 2) / 6**0.5
        x = weights.softmax(-1) @ self.value(x)
        x = torch.cat([x[:, :2], 2 * x[:, 2:]], 1)
        return self.head(torch.tanh(x).flatten(1)).sigmoid()
