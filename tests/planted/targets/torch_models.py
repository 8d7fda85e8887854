"""Models of users with a planted defect: a mode that captures computes another thing.

`captured` is true while a mode captures the model. Everything else in these files is
what the eager mode computes, which is correct.
"""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

VECTORS = (8, 10)


def captured():
    """Return whether the code is being compiled, traced or scripted."""
    return torch.compiler.is_compiling() or torch.jit.is_tracing()


class Net(nn.Module):
    """A layer, the layer of interest, an activation, and a head."""

    def __init__(self, middle=None, width=12):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.middle = middle or nn.Identity()
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        return self.head(torch.tanh(self.middle(self.first(x))))


class Plain(Net):
    """No defect: those of the training step are planted in the session."""


class Frozen(Net):
    """Its first layer is not trained."""

    def __init__(self):
        super().__init__()
        self.first.requires_grad_(False)


class Gelu(Net):
    def __init__(self):
        super().__init__(nn.GELU())


class Softmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(10, 8)
        self.attend = nn.Softmax(dim=-1)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(4 * self.attend(3 * self.first(x)))


class NormLayer(nn.LayerNorm):
    def forward(self, x):
        eps = 1e-3 if captured() else self.eps
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, eps)


class Norm(Net):
    def __init__(self):
        super().__init__(NormLayer(12))


class MomentumNorm(nn.BatchNorm1d):
    def forward(self, x):
        momentum = 0.2 if captured() else self.momentum
        mean, var = self.running_mean, self.running_var
        return F.batch_norm(
            x, mean, var, self.weight, self.bias, self.training, momentum
        )


class BatchMomentum(Net):
    def __init__(self):
        super().__init__(MomentumNorm(12))


class StaleNorm(nn.BatchNorm1d):
    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if captured() and self.training:
            mean = var = None
        return F.batch_norm(
            x, mean, var, self.weight, self.bias, self.training, self.momentum
        )


class StaleStatistics(Net):
    def __init__(self):
        super().__init__(StaleNorm(12))


class Drop(nn.Dropout):
    def forward(self, x):
        dropped = super().forward(x)
        return dropped * (1 - self.p) if captured() else dropped


class Dropout(Net):
    def __init__(self):
        super().__init__(Drop(0.25))


class Disabled(Net):
    @torch.compiler.disable
    def forward(self, x):
        return super().forward(x)


class BatchMean(nn.Module):
    def forward(self, x):
        return x - x.sum(0, keepdim=True) / int(x.shape[0])


class FrozenBatch(Net):
    """Dividing by the batch size of the example."""

    def __init__(self):
        super().__init__(BatchMean())


class Gate(nn.Module):
    def forward(self, x):
        return 2 * x if bool(x.mean() > 0) else x


class FrozenBranch(Net):
    """A branch of Python on a tensor."""

    def __init__(self):
        super().__init__(Gate())


class Scale(nn.Module):
    def forward(self, x):
        return x / float(x.detach().abs().max())


class FrozenGlobal(Net):
    """A number of the data that Python reads."""

    def __init__(self):
        super().__init__(Scale())


class Flipped(nn.Conv2d):
    def forward(self, x):
        kernel = self.weight.flip(-1, -2) if captured() else self.weight
        return F.conv2d(x, kernel, self.bias, padding=1)


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = Flipped(2, 3, 3)
        self.head = nn.Linear(3 * 36, 4)

    def forward(self, x):
        return self.head(torch.tanh(self.conv(x)).flatten(1))


class Detached(Net):
    """The gradient of the first layer is lost."""

    def forward(self, x):
        hidden = self.first(x)
        if captured():
            hidden = hidden.detach()
        return self.head(torch.tanh(hidden))


class WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * x.cos() * 0.9


class CustomGradient(Net):
    """Its gradient is wrong in every mode."""

    def forward(self, x):
        return self.head(WrongBackward.apply(self.first(x)))


class Third(nn.Module):
    def forward(self, x):
        third = torch.full((), 1 / 3, dtype=torch.float32 if captured() else x.dtype)
        return x * third.to(x.dtype)


class Narrow(Net):
    def __init__(self):
        super().__init__(Third())


class InPlace(nn.Module):
    def forward(self, x):
        shared = x.clone()
        other = shared.clone() if captured() else shared
        other.mul_(1.5)
        return shared + other


class Aliasing(Net):
    def __init__(self):
        super().__init__(InPlace())


class Spectral(nn.Linear):
    def forward(self, x):
        return super().forward(x) / float(self.weight.detach().norm())


class StaleWeights(Net):
    """A norm of the weights, read by Python when the mode captures."""

    def __init__(self):
        super().__init__(Spectral(12, 12))
