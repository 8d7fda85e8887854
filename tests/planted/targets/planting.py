"""Defects in the training step or the compiler, for the session of one mode.

Each function changes the package in this worker until its context ends.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib import import_module
from unittest.mock import patch

from compare.workers.worker import RequestHandler


class PlantingHandler(RequestHandler):
    """Handles requests; the sessions of one mode have a defect."""

    plant = mode = ""

    def __init__(self):
        super().__init__()
        self._planted = ExitStack()

    def handle(self, request):
        if type(request).__name__ == "Prepare":
            self._planted.close()
            if self.plant and request.mode == self.mode:
                context = globals()[self.plant](self._imported.name)
                self._planted.enter_context(context)
        return super().handle(request)


def step_of(package):
    """Return the module with the training step of a package."""
    return import_module(f"{package}.step")


@contextmanager
def edit_update(package, edit):
    """Let `edit` change each update after it is built and after each reset."""
    module = step_of(package)
    kind = module.Update

    class Edited(kind):
        def __init__(self, parameters, *, optimizer):
            super().__init__(parameters, optimizer=optimizer)
            edit(self)

        def reset(self):
            super().reset()
            if package == "impl_torch":  # a new optimizer
                edit(self)

    with patch.object(module, "Update", Edited):
        yield


def lose_third(package):
    """Lose every third update."""

    def edit(update):
        apply, count = update._made.step, [0]

        def step():
            count[0] += 1
            if count[0] % 3:
                apply()

        update.step = step

    return edit_update(package, edit)


@contextmanager
def change_rate(package):
    """Update with a learning rate that is larger by a thousandth."""
    module = step_of(package)
    make = module.make_optimizer

    def changed(parameters, *, optimizer):
        rate = optimizer.learning_rate * 1.001
        return make(parameters, optimizer=replace(optimizer, learning_rate=rate))

    with patch.object(module, "make_optimizer", changed):
        yield


def lose_last(package):
    """Do not update the last parameter."""

    def edit(update):
        if package == "impl_torch":
            last = update._parameters[-1]
            apply = update._made.step

            def step():
                last.grad = None
                apply()

            update.step = step
        else:
            made = update._made
            update.step = lambda g: made.apply([*g[:-1], 0 * g[-1]])

    return edit_update(package, edit)


def forget_state(package):
    """Reset the state of the optimizer after each step."""

    def edit(update):
        made = update._made
        if package == "impl_torch":

            def step():
                made.step()
                made.state.clear()

        else:

            def step(gradients):
                made.apply(gradients)
                for variable in made.variables:
                    variable.assign(0 * variable)

        update.step = step

    return edit_update(package, edit)


@contextmanager
def train_frozen(package):
    """Change a parameter that is frozen."""
    module = import_module(f"{package}.modes")
    build = module.training_step

    def changed(objective, *, optimizer):
        frozen = [p for p in objective.parameters() if not p.requires_grad]
        step = build(objective, optimizer=optimizer)

        def decay():
            for p in frozen:
                p.data.mul_(0.999)

        def run(*batch):
            found = step.run(*batch)
            decay()
            return found

        def observe(*batch):
            found = step.observe(*batch)
            decay()
            return found

        return replace(step, run=run, observe=observe)

    with patch.object(module, "training_step", changed):
        yield


@contextmanager
def change_loss(package):
    """Average the loss over one element less."""
    losses = step_of(package).LOSSES
    mean = losses["mean_square"]

    def changed(outputs, targets):
        count = outputs.numel()
        return mean(outputs, targets) * (count / (count - 1))

    with patch.dict(losses, mean_square=changed):
        yield


def _uncached():
    config = import_module("torch._functorch.config")
    return config.patch(enable_autograd_cache=False)


@contextmanager
def _decomposing(operator, planted):
    """Let Inductor decompose an operator by a function, and no longer than this."""
    module = import_module("torch._inductor.decomposition")
    with patch.dict(module.decompositions, {operator: planted}), _uncached():
        module.fast_random_decomps.cache_clear()  # it keeps a copy of the table
        yield
    module.fast_random_decomps.cache_clear()


@contextmanager
def approximate_gelu(package):
    """Let Inductor decompose GELU into its approximation by tanh."""
    torch = import_module("torch")
    gelu = torch.ops.aten.gelu.default

    def approximate(x, approximate="none"):
        inner = 0.7978845608028654 * (x + 0.044715 * x * x * x)
        return 0.5 * x * (1 + torch.tanh(inner))

    with _decomposing(gelu, approximate):
        yield


@contextmanager
def turn_softmax(package):
    """Let Inductor decompose softmax over the first axis."""
    torch = import_module("torch")
    softmax = torch.ops.aten._softmax.default

    def turned(x, dim, half_to_float):
        exponentials = torch.exp(x - torch.amax(x, 0, keepdim=True))
        return exponentials / torch.sum(exponentials, 0, keepdim=True)

    with _decomposing(softmax, turned):
        yield


@contextmanager
def suppress_errors(package):
    """Let the compiler fail, and Dynamo run eagerly instead."""
    config = import_module("torch._dynamo.config")
    compiler = import_module("torch._inductor.compile_fx")

    def fail(*arguments, **options):
        raise RuntimeError("the compiler fails")

    with (
        config.patch(suppress_errors=True),
        patch.object(compiler, "compile_fx", fail),
    ):
        yield


@contextmanager
def run_eagerly(package):
    """Let TensorFlow run every function eagerly."""
    tf = import_module("tensorflow")
    tf.config.run_functions_eagerly(run_eagerly=True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(run_eagerly=False)
