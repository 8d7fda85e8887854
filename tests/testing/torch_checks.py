"""Properties of assertions on PyTorch: each function checks one.

They run in a process that imports PyTorch; `test_agreement.py` reports each.
"""

from __future__ import annotations

import copy
import json
import math
from types import ModuleType

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from compare.errors import UsageError
from compare.runs.words import Verdict
from compare.testing import (
    assert_agrees,
    assert_compiles,
    compare_functions,
    compare_pace,
)
from tests.support.properties import check_properties, describe_missing_error

torch.set_num_threads(1)
torch.manual_seed(0)
X = torch.randn(5, 8)
OTHER_MODULE = ModuleType("other")


class Net(nn.Module):
    """A small network with a normalization."""

    def __init__(self, eps=1e-5):
        super().__init__()
        self.first, self.norm = nn.Linear(8, 16), nn.LayerNorm(16, eps=eps)
        self.last = nn.Linear(16, 4)

    def forward(self, x):
        return {"logits": self.last(self.norm(functional.gelu(self.first(x))))}


def _pair(**changes):
    one, other = Net(), Net(**changes)
    other.load_state_dict(one.state_dict())
    return one, other


def two_equal_models_agree_in_float64_and_in_their_own_dtype():
    found = assert_agrees(*_pair(), X)
    assert [each.dtype for each in found.checks] == ["float64", "float32"]
    assert not any(each.not_run for each in found.checks)


def another_epsilon_is_found_in_its_layer():
    return describe_missing_error(
        AssertionError,
        lambda: assert_agrees(*_pair(eps=1e-6), X),
        "in float64: output logits",
        "first layer that differs: norm; first, before it, agrees",
    )


def a_difference_below_the_rounding_of_float32_is_found_in_float64():
    def wrong(x):
        return x * (1 + 1e-12)

    found = compare_functions(lambda x: x * 1.0, wrong, X)
    assert found.verdict is Verdict.DISAGREES
    wide, own = found.checks
    assert wide.first_difference is not None
    assert own.first_difference is None


def another_order_of_a_sum_agrees():
    x = torch.randn(3, 2000)
    assert_agrees(lambda x: x.sum(-1), lambda x: x.flip(-1).cumsum(-1)[..., -1], x)


def a_wrong_gradient_of_a_correct_output_is_found():
    def detached(x):
        return x.detach() * x + (x * x - (x * x).detach()) * 0

    return describe_missing_error(
        AssertionError,
        lambda: assert_agrees(lambda x: x * x, detached, X),
        "gradient of the input 0",
        "agree: output",
    )


def a_wrong_gradient_of_a_parameter_is_found():
    net, other = _pair()
    other.first.weight.register_hook(lambda g: g * 1.001)
    return describe_missing_error(
        AssertionError, lambda: assert_agrees(net, other, X), "gradient of first.weight"
    )


def a_state_that_is_not_updated_is_found_and_restored():
    norm, stale = nn.BatchNorm1d(8), nn.BatchNorm1d(8)
    stale.momentum = 0.0
    before = norm.running_mean.clone()
    found = compare_functions(norm, stale, X)
    assert "state running_mean" in str(found.failed.first_difference.quantity)
    assert torch.equal(norm.running_mean, before)
    assert norm.weight.dtype is torch.float32


def training_steps_are_followed_over_several_calls():
    net = nn.Linear(8, 4)
    optimizer = torch.optim.Adam(net.parameters())

    def step(x, *, forget=False):
        optimizer.zero_grad()
        loss = net(x).square().mean()
        loss.backward()
        optimizer.step()
        if forget:
            optimizer.state.clear()
        return loss.detach()

    def forgetful(x):
        return step(x, forget=True)

    before = net.weight.detach().clone()
    assert_agrees(step, step, [X, X, X])
    found = compare_functions(step, forgetful, [X, X, X])
    assert str(found.failed.first_difference.quantity) == "output of call 3"
    assert torch.equal(before, net.weight)
    assert not optimizer.state
    assert net.weight.grad is None


def a_model_and_numpy_agree():
    layer = nn.Linear(8, 4)
    w, b = (p.detach().numpy().copy() for p in layer.parameters())
    found = assert_agrees(layer, lambda x: x @ w.T + b, X)
    assert found.not_compared == ("gradients: b has none",)


def a_wrong_formula_of_numpy_is_found():
    found = compare_functions(
        functional.gelu, lambda x: x / (1 + np.exp(-1.702 * x)), X
    )
    assert found.verdict is Verdict.DISAGREES


def stored_values_are_compared_within_rounding():
    net = Net()
    expected = net(X)["logits"].detach().numpy()
    assert_agrees(expected, net, X)
    return describe_missing_error(
        AssertionError, lambda: assert_agrees(expected * 1.001, net, X), "float32"
    )


def sixteen_bit_models_are_compared_with_their_own_rounding():
    layer = nn.Linear(8, 4).bfloat16()
    x = X.bfloat16()
    w, b = (p.detach().float() for p in layer.parameters())
    assert_agrees(layer, lambda x: (x.float() @ w.T + b).bfloat16(), x)
    return describe_missing_error(
        AssertionError,
        lambda: assert_agrees(layer, lambda x: 1.1 * layer(x), x),
        "disagree",
    )


def a_captured_model_is_compared_in_its_own_dtype():
    net = nn.Sequential(nn.Linear(8, 4), nn.Tanh())
    found = assert_agrees(net, torch.jit.trace(net, X), X)
    assert "TorchScript keeps" in found.checks[0].not_run


def other_structures_are_refused_in_one_sentence():
    net = Net()
    return describe_missing_error(
        UsageError,
        lambda: assert_agrees(net, lambda x: (net(x)["logits"], x), X),
        "a returns logits, b returns 0 and 1",
    )


def other_shapes_and_dtypes_are_stated():
    first = describe_missing_error(
        AssertionError,
        lambda: assert_agrees(lambda x: x, lambda x: x.T, X),
        "shape (5, 8) in a, (8, 5) in b",
    )
    return first or describe_missing_error(
        AssertionError,
        lambda: assert_agrees(lambda x: x, lambda x: x.int(), X),
        "int32 in b",
    )


def a_call_that_fails_is_refused_with_its_reason():
    return describe_missing_error(
        UsageError,
        lambda: assert_agrees(Net(), Net(), torch.randn(5, 7)),
        "a cannot be called with these inputs",
        "mat1 and mat2",
    )


def outputs_without_a_tensor_are_not_called_equal():
    return describe_missing_error(
        AssertionError,
        lambda: assert_agrees(lambda x: None, lambda x: None, X),
        "nothing was compared",
    )


def values_of_rounding_errors_alone_are_not_called_equal():
    def cancelled(x):
        return (x + 1e8) - 1e8 - x

    def other(x):
        return (x - 3e8) + 3e8 - x

    return describe_missing_error(
        AssertionError, lambda: assert_agrees(cancelled, other, X.double()), "rounding"
    )


def nan_in_the_same_places_agrees_and_elsewhere_does_not():
    assert_agrees(torch.log, lambda x: torch.log(x) * 1, X)
    found = compare_functions(torch.log, lambda x: torch.log(x.abs()), X)
    assert found.verdict is Verdict.DISAGREES


def random_functions_are_recognized():
    def noisy(x):
        return x + torch.rand(x.shape, generator=generator)

    generator = torch.Generator().manual_seed(1)
    found = compare_functions(lambda x: x + 0.5, noisy, X)
    assert found.unsteady == ("b",)


def dropout_with_the_same_seed_agrees():
    net = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))
    assert_agrees(net, copy.deepcopy(net), X)


def graph_breaks_are_reported_with_their_lines():
    def broken(x):
        if x.sum() > 0:
            return x
        return -x

    found = assert_compiles(broken, X, breaks=1)
    assert found.breaks[0].file == __file__
    return describe_missing_error(
        AssertionError, lambda: assert_compiles(broken, X), "1 graph break (expected 0)"
    )


def recompiles_are_counted_over_calls():
    calls = [torch.randn(n, 8) for n in (3, 4)]
    assert_compiles(Net(), [X, X])
    return describe_missing_error(
        AssertionError,
        lambda: assert_compiles(Net(), calls),
        "1 recapture (expected 0)",
    )


def a_function_without_a_graph_is_not_called_compiled():
    @torch.compiler.disable
    def eager(x):
        return x

    return describe_missing_error(
        AssertionError, lambda: assert_compiles(eager, X), "no graph"
    )


def a_loss_is_compared_as_a_number():
    found = assert_agrees(
        lambda x: {"loss": x.square().mean(), "count": 3, "cache": object()},
        lambda x: {
            "loss": (x * x).sum() / math.prod(x.shape),
            "count": 3,
            "cache": object(),
        },
        X,
    )
    assert any("cache" in text for text in found.not_compared)


def an_undecided_output_is_not_hidden_by_one_that_agrees():
    def saturated(x, shift=0.0):
        return x.argmax(), torch.sin(1e20 * (x + shift))

    return describe_missing_error(
        AssertionError,
        lambda: assert_agrees(saturated, lambda x: saturated(x, 1.0), X.double()),
        "rounding alone may change every digit",
    )


def tensors_without_a_finite_element_show_nothing():
    for one, other in ((X[:0], X[:0] + 1), (X * math.nan, X + math.nan)):
        found = compare_functions(one, other)
        assert found.verdict is Verdict.UNDECIDED


def a_detached_output_of_the_same_framework_is_found():
    return describe_missing_error(
        AssertionError,
        lambda: assert_agrees(lambda x: x * 2, lambda x: x.detach() * 2, X),
        "gradient of the input 0",
    )


def no_number_of_breaks_describes_a_missing_graph():
    return describe_missing_error(
        AssertionError, lambda: assert_compiles(np.sin, X.numpy(), breaks=1), "NumPy"
    )


def random_generators_continue_as_if_nothing_was_compared():
    pair = _pair()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    assert_agrees(*pair, X)
    assert torch.rand(1) == expected


def measured_models_keep_their_state():
    norm = nn.BatchNorm1d(8)
    compare_pace(norm, norm, X, budget_s=0)
    assert norm.num_batches_tracked == 0


def a_scheduler_of_learning_rates_is_restored():
    layer = nn.Linear(8, 4)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda e: 0.5**e)

    def step(x):
        optimizer.zero_grad()
        loss = layer(x).square().mean()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss.detach()

    assert_agrees(step, step, [X, X])
    assert scheduler.last_epoch == 0


def the_model_of_another_module_is_restored():
    OTHER_MODULE.net = nn.BatchNorm1d(8)

    def call(x):
        return OTHER_MODULE.net(x)

    found = assert_agrees(call, call, X)
    assert OTHER_MODULE.net.num_batches_tracked == 0
    assert "state running_mean" in [str(r.quantity) for r in found.checks[0].results]


def two_stored_arrays_may_differ_by_their_storage():
    assert_agrees(np.array([0.1, 0.2]), np.array([0.1, 0.2], "float32"))
    found = compare_functions(np.array([0.1]), np.array([0.1 + 1e-6], "float32"))
    assert found.verdict is Verdict.DISAGREES


if __name__ == "__main__":
    print(json.dumps(check_properties(globals())))
