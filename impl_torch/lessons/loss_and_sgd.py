"""Cross-entropy and SGD with weight decay from scratch."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

EPOCHS, BATCH, RATE, DECAY = 12, 100, 0.5, 2**-10


# [step: loss]
def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of logits and integer labels."""
    largest = logits.amax(1, keepdim=True)  # (n, 1)
    total = (logits - largest).exp().sum(1, keepdim=True)
    log_sum_exp = largest + total.log()  # (n, 1)
    chosen = logits.gather(1, labels[:, None])  # (n, 1)
    return (log_sum_exp - chosen).mean()


# [step: update]
def descend(parameters: list[Tensor], gradients: list[Tensor]) -> None:
    """Make one step of gradient descent with weight decay."""
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.sub_(RATE * (gradient + DECAY * parameter))


# [step: start]
def main() -> dict[str, object]:
    """Train by hand and with the library; return losses and accuracies."""
    pixels, labels = load_digits(return_X_y=True)
    x, y = torch.tensor(pixels / 16), torch.tensor(labels)  # (n, 64), (n,)
    start = 0.1 * np.random.default_rng(0).standard_normal((64, 10))

    weight = torch.tensor(start, requires_grad=True)
    bias = torch.tensor(np.zeros(10), requires_grad=True)

    linear = nn.Linear(64, 10, dtype=torch.float64)
    linear.weight = nn.Parameter(torch.tensor(start.T))
    nn.init.zeros_(linear.bias)
    optimizer = torch.optim.SGD(
        linear.parameters(), lr=RATE, weight_decay=DECAY
    )
    library = nn.functional.cross_entropy

    losses, library_losses, accuracies = [], [], []
    for _ in range(EPOCHS):
        for i in range(0, 1500, BATCH):
            batch, answers = x[i : i + BATCH], y[i : i + BATCH]

            # [step: by hand]
            loss = cross_entropy(batch @ weight + bias, answers)
            gradients = torch.autograd.grad(loss, [weight, bias])
            descend([weight, bias], gradients)

            # [step: by the library]
            loss = library(linear(batch), answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        # [step: validation]
        with torch.no_grad():
            logits = x[1500:] @ weight + bias
            right = logits.argmax(1) == y[1500:]
            accuracy = right.double().mean()
            losses.append(cross_entropy(logits, y[1500:]))
            library_losses.append(library(linear(x[1500:]), y[1500:]))
            accuracies.append(accuracy)

    # [step: large logits]
    shifted_loss = cross_entropy(logits + 1000, y[1500:])

    # [step: results]
    return {
        "losses": losses,
        "library_losses": library_losses,
        "accuracies": accuracies,
        "shifted_loss": shifted_loss.item(),
        "weight": weight.detach(),
        "weight_images": weight.detach().T.reshape(10, 8, 8),
        "library_weight": linear.weight.detach().T,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
