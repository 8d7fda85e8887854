"""A Learner with callbacks: metrics and early stopping."""

from collections import defaultdict

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Subset, TensorDataset

EPOCHS, BATCH, RATE, TARGET = 20, 64, 0.25, 0.85


# [step: learner]
class CancelFit(Exception):  # noqa: N818 - not an error
    """Exception that ends a fit; any callback may raise it."""


class Learner:
    """A training loop that calls its callbacks at fixed points."""

    def __init__(self, model: nn.Module, callbacks: list[object]) -> None:
        self.model, self.callbacks = model, callbacks
        self.optimizer = torch.optim.SGD(model.parameters(), RATE)

    def notify(self, moment: str) -> None:
        for callback in self.callbacks:
            getattr(callback, moment, lambda _: None)(self)

    def fit(self, loaders: dict[str, DataLoader]) -> None:
        self.notify("before_fit")
        try:
            for self.epoch in range(1, EPOCHS + 1):
                for self.part, loader in loaders.items():
                    for self.x, self.y in loader:
                        self.one_batch(training=self.part == "train")
                        self.notify("after_batch")
                self.notify("after_epoch")
        except CancelFit:
            print("cancelled in epoch", self.epoch)

    def forward(self, *, training: bool) -> None:
        self.model.train(training)
        self.outputs = self.model(self.x)  # (batch, classes)
        self.loss = cross_entropy(self.outputs, self.y)

    def one_batch(self, *, training: bool) -> None:
        if not training:
            with torch.no_grad():
                self.forward(training=False)
            return
        self.forward(training=True)
        self.loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()


# [step: callbacks]
class Metrics:
    """Callback that records the mean loss and accuracy of each epoch."""

    def before_fit(self, learner: Learner) -> None:
        learner.history = defaultdict(list)
        self.sums = defaultdict(lambda: np.zeros(3))

    def after_batch(self, learner: Learner) -> None:
        right = (learner.outputs.argmax(1) == learner.y).sum().item()
        size, loss = len(learner.y), learner.loss.item()
        self.sums[learner.part] += size * loss, right, size

    def after_epoch(self, learner: Learner) -> None:
        for part, (loss, right, size) in self.sums.items():
            learner.history[f"{part}_loss"].append(loss / size)
            learner.history[f"{part}_right"].append(right / size)
        self.sums.clear()


class StopAtTarget:
    """Callback that cancels the fit at the target validation accuracy."""

    def after_epoch(self, learner: Learner) -> None:
        if max(learner.history["valid_right"], default=0) >= TARGET:
            raise CancelFit


# [step: data]
def main() -> dict[str, object]:
    """Train until the target is reached; return the history by epoch."""
    images, labels = load_digits(return_X_y=True)  # (digits, pixels)
    data = TensorDataset(torch.tensor(images / 16), torch.tensor(labels))
    parts = Subset(data, range(1400)), Subset(data, range(1400, len(data)))
    train, valid = (DataLoader(part, BATCH) for part in parts)

    # [step: fit]
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for p in model.double().parameters():
            p.copy_(torch.tensor(rng.normal(0, 0.1, p.shape[::-1]).T))
    learner = Learner(model, [Metrics(), StopAtTarget()])
    learner.fit({"train": train, "valid": valid})
    return {**learner.history, "epochs": learner.epoch}


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
