"""Logistic regression from scratch: forward, backward and optimize."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

STEPS, RATE, TRAINED_ON = 200, 0.5, 1500


# [step: class]
class LogisticRegression:
    """A binary classifier, trained without autograd."""

    def __init__(self, inputs: int) -> None:
        self.weight = torch.zeros(inputs, 1, dtype=torch.float64)
        self.bias = torch.zeros(1, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:  # (batch, inputs)
        """Return the probabilities; store what `backward` needs."""
        self.x = x
        self.probability = torch.sigmoid(x @ self.weight + self.bias)
        return self.probability  # (batch, 1)

    def backward(self, y: Tensor) -> None:
        """Compute the gradients of the mean cross-entropy."""
        error = (self.probability - y) / len(y)  # (batch, 1)
        self.weight_gradient = self.x.T @ error  # (inputs, 1)
        self.bias_gradient = error.sum(dim=0)  # (1,)

    def optimize(self) -> None:
        """Make one step of gradient descent."""
        self.weight -= RATE * self.weight_gradient
        self.bias -= RATE * self.bias_gradient


# [step: loss]
def cross_entropy(probability: Tensor, y: Tensor) -> Tensor:
    """Return the mean cross-entropy of probabilities and labels."""
    return -torch.log(torch.where(y == 1, probability, 1 - probability)).mean()


# [step: data]
def main() -> dict[str, object]:
    """Train a classifier of odd and even digits; check its gradient."""
    digits = load_digits()
    images = torch.tensor(digits.data / 16)  # (images, pixels)
    odd = torch.tensor(digits.target[:, None] % 2.0)  # (images, 1)
    x, x_test = images[:TRAINED_ON], images[TRAINED_ON:]
    y, y_test = odd[:TRAINED_ON], odd[TRAINED_ON:]
    model = LogisticRegression(x.shape[1])

    # [step: train]
    losses = []
    for _ in range(STEPS):
        losses.append(cross_entropy(model.forward(x), y).item())
        model.backward(y)
        model.optimize()

    # [step: test]
    predicted_odd = model.forward(x_test) > 0.5
    right = (predicted_odd == (y_test == 1)).sum()

    # [step: autograd check]
    model.backward(y_test)
    weight = model.weight.requires_grad_()
    logits = x_test @ weight + model.bias
    loss = binary_cross_entropy_with_logits(logits, y_test)
    (gradient,) = torch.autograd.grad(loss, [weight])
    same = np.allclose(model.weight_gradient, gradient, rtol=1e-9, atol=0)

    # [step: results]
    return {
        "losses": losses,
        "right": right,
        "tested": len(y_test),
        "gradient_by_hand": model.weight_gradient,
        "gradient": gradient,
        "same": same,
        "weight": weight.detach(),
        "bias": model.bias,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
