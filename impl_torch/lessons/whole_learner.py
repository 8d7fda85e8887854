"""The whole learner: from parameters to training, with its own parts."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import ceil

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import conv2d

BATCH, EPOCHS, DECAY, WORKERS = 125, 3, 1e-3, 2
PEAK, RISING, START = 0.5, 0.25, 10  # of the learning rate


# [step: module]
class Module:
    """Registers parameters and parts that are set as attributes."""

    weights: dict[str, Tensor]
    parts: dict[str, "Module"]
    training: bool
    hook: Callable[[Tensor], None] | None

    def __init__(self) -> None:
        self.__dict__.update(weights={}, parts={}, training=True, hook=None)

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, Tensor):
            self.weights[name] = value.requires_grad_()
        elif isinstance(value, Module):
            self.parts[name] = value
        super().__setattr__(name, value)

    def __call__(self, x: Tensor) -> Tensor:
        result = self.forward(x)
        if self.hook is not None:
            self.hook(result)
        return result

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def parameters(self) -> Iterator[Tensor]:
        yield from self.weights.values()
        for part in self.parts.values():
            yield from part.parameters()

    def train(self, *, training: bool) -> None:
        self.training = training
        for part in self.parts.values():
            part.train(training=training)


# [step: layers]
class Convolution(Module):
    """3 x 3 convolution, stride 2, with a bias and a ReLU."""

    def __init__(
        self, inputs: int, outputs: int, rng: np.random.Generator
    ) -> None:
        super().__init__()
        kernel = rng.normal(0, np.sqrt(2 / (9 * inputs)), (9, inputs, outputs))
        kernel = kernel.reshape(3, 3, inputs, outputs).transpose(3, 2, 0, 1)
        self.kernel = torch.tensor(kernel)
        self.bias = torch.zeros(outputs, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:  # (n, C, H, W)
        return conv2d(x, self.kernel, self.bias, stride=2, padding=1).relu()


class Linear(Module):
    """Fully connected layer."""

    def __init__(
        self, inputs: int, outputs: int, rng: np.random.Generator
    ) -> None:
        super().__init__()
        weight = rng.normal(0, np.sqrt(1 / inputs), (inputs, outputs))
        self.weight = torch.tensor(weight)
        self.bias = torch.zeros(outputs, dtype=torch.float64)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


class Net(Module):
    """Four convolutions, a mean over the image, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        rng = np.random.default_rng(0)
        self.conv1 = Convolution(1, 8, rng)  # 8 x 8 becomes 4 x 4
        self.conv2 = Convolution(8, 16, rng)
        self.conv3 = Convolution(16, 16, rng)
        self.conv4 = Convolution(16, 32, rng)  # 1 x 1
        self.last = Linear(32, 10, rng)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv4(self.conv3(self.conv2(self.conv1(x))))
        return self.last(x.mean((2, 3)))


# [step: data]
class Digits:
    """A data set: images with channels first, and labels."""

    def __init__(self, first: int, last: int) -> None:
        digits = load_digits()
        self.images = digits.images[first:last, np.newaxis]
        self.labels = digits.target[first:last]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.images[index], self.labels[index]


def collate(elements: list[tuple]) -> tuple[Tensor, Tensor]:
    """Return a batch of elements."""
    images, labels = zip(*elements, strict=True)
    return torch.tensor(np.stack(images)), torch.tensor(np.stack(labels))


class Loader:
    """Yields batches; with a generator, in a new order in each epoch."""

    def __init__(
        self, data: Digits, rng: np.random.Generator | None = None
    ) -> None:
        self.data, self.rng = data, rng

    def __len__(self) -> int:
        return ceil(len(self.data) / BATCH)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = np.arange(len(self.data))
        if self.rng is not None:
            order = self.rng.permutation(order)
        with ThreadPoolExecutor(WORKERS) as workers:
            for part in np.array_split(order, len(self)):
                yield collate([*workers.map(self.data.__getitem__, part)])


# [step: loss]
def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean negative log probability of the labels."""
    log_odds = logits - logits.logsumexp(1, keepdim=True)
    return -log_odds[range(len(labels)), labels].mean()


# [step: optimizer]
class SGD:
    """Gradient descent with weight decay."""

    def __init__(self, weights: Iterator[Tensor], rate: float) -> None:
        self.weights, self.rate = list(weights), rate

    def step(self, loss: Tensor) -> None:
        loss.backward()
        with torch.no_grad():
            for weight in self.weights:
                weight.sub_(self.rate * (weight.grad + DECAY * weight))
                weight.grad = None


# [step: learner]
class CancelFit(Exception):  # noqa: N818 - not an error
    """Exception that ends a fit; any callback may raise it."""


class Learner:
    """A training loop that notifies its callbacks of six events."""

    def __init__(self, model: Module, loaders: dict, callbacks: list) -> None:
        self.model, self.loaders, self.callbacks = model, loaders, callbacks
        self.optimizer = SGD(model.parameters(), PEAK)
        self.history = defaultdict(list)

    def notify(self, event: str) -> None:
        for callback in self.callbacks:
            getattr(callback, event, lambda _: None)(self)

    def fit(self, epochs: int) -> None:
        loaders = self.loaders
        self.notify("before_fit")
        try:
            for self.epoch in range(epochs):
                self.notify("before_epoch")
                for self.part, loader in loaders.items():
                    self.model.train(training=self.part == "train")
                    for self.x, self.y in loader:
                        self.notify("before_batch")
                        self.one_batch()
                        self.notify("after_batch")
                self.notify("after_epoch")
        except CancelFit:
            print("cancelled in epoch", self.epoch)
        self.notify("after_fit")

    def one_batch(self) -> None:
        with torch.set_grad_enabled(self.model.training):
            self.logits = self.model(self.x)
            self.loss = cross_entropy(self.logits, self.y)
        if self.model.training:
            self.optimizer.step(self.loss)


# [step: callbacks]
class Normalize:
    """Shifts and scales each batch by statistics of the first one."""

    def before_fit(self, learner: Learner) -> None:
        x, _ = next(iter(Loader(learner.loaders["train"].data)))
        self.mean, self.deviation = x.mean(), x.std(correction=0)

    def before_batch(self, learner: Learner) -> None:
        learner.x = (learner.x - self.mean) / self.deviation


class Track:
    """Records mean loss and accuracy of each part of each epoch."""

    def before_epoch(self, _learner: Learner) -> None:
        self.sums = defaultdict(lambda: np.zeros(3))

    def after_batch(self, learner: Learner) -> None:
        right = (learner.logits.argmax(1) == learner.y).sum().item()
        size, loss = len(learner.y), learner.loss.item()
        self.sums[learner.part] += size * loss, right, size

    def after_epoch(self, learner: Learner) -> None:
        for part, (loss, right, size) in self.sums.items():
            learner.history[f"{part}_loss"].append(loss / size)
            learner.history[f"{part}_accuracy"].append(right / size)


class RateFinder:
    """Raises the rate at every batch until the loss explodes."""

    def before_fit(self, learner: Learner) -> None:
        learner.optimizer.rate = 1e-3

    def before_batch(self, learner: Learner) -> None:
        learner.optimizer.rate *= 1.5

    def after_batch(self, learner: Learner) -> None:
        learner.history["found_rates"].append(learner.optimizer.rate)
        learner.history["found_losses"].append(learner.loss.item())
        if not learner.loss.item() < 2 * learner.history["found_losses"][0]:
            raise CancelFit


class OneCycle:
    """Raises the rate linearly to its peak, then lowers it linearly."""

    def before_fit(self, learner: Learner) -> None:
        self.step, self.steps = 0, EPOCHS * len(learner.loaders["train"])

    def before_batch(self, learner: Learner) -> None:
        if not learner.model.training:
            return
        done, top = self.step / self.steps, RISING
        up = (done / top) * (1 - 1 / START) + 1 / START
        learner.optimizer.rate = PEAK * min(up, (1 - done) / (1 - top))
        learner.history["rates"].append(learner.optimizer.rate)
        self.step += 1


class Statistics:
    """Records the deviation of each convolution's output, by hooks."""

    def before_fit(self, learner: Learner) -> None:
        for name in ("conv1", "conv2", "conv3", "conv4"):
            record = learner.history[f"deviation_{name}"]
            learner.model.parts[name].hook = lambda result, record=record: (
                record.append(result.detach().std(correction=0).item())
            )


# [step: find the rate]
def main() -> dict[str, object]:
    """Find a rate, then train with one cycle; return both histories."""
    train, valid = Digits(0, 1000), Digits(1000, 1250)
    rng = np.random.default_rng(1)
    loaders = {"train": Loader(train, rng)}
    finder = Learner(Net(), loaders, [Normalize(), RateFinder()])
    finder.fit(20)

    # [step: train]
    loaders["valid"] = Loader(valid)
    callbacks = [Normalize(), OneCycle(), Track(), Statistics()]
    learner = Learner(Net(), loaders, callbacks)
    learner.fit(EPOCHS)

    # [step: results]
    return {**finder.history, **learner.history}


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
