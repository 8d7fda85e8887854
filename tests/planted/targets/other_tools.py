"""What other tools report about a mode: outputs and gradients of the first step.

Each compares float32 results of the mode with those of eager by fixed tolerances:

- pytest-torch 1.1.1: outputs in inference; rtol = atol = 1e-4 for torch.compile, 1e-5
  for TorchScript (``pytest_torch/tolerances.py``).
- torch.testing.assert_close: outputs and gradients; rtol 1.3e-6, atol 1e-5.
- torch._dynamo.utils.same: outputs and gradients; rtol = atol = 1e-4.
- numpy.testing.assert_allclose: outputs and gradients; rtol 1e-7, atol 0.
- tf.test.TestCase.assertAllClose: outputs and gradients; rtol = atol = 1e-6.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np

EAGER = ("eager", "keras-eager")


def judge_by_others(framework, session, mode, known):
    """Return which tools report no difference; empty for eager itself."""
    values = observe(framework, session, mode)
    if not known:
        known.update(values)
    if mode in EAGER:
        return {}
    if framework == "torch":
        return judge_torch(known, values, mode=mode)
    return judge_tf(known, values)


def observe(framework, session, mode):
    """Return outputs in training and in inference, and gradients."""
    targets = import_module(f"impl_{framework}.targets")
    captured = import_module(f"impl_{framework}.activations").CAPTURED
    inputs, _ = session._example
    before = session.parameters()
    layers = targets.Outputs(session._objective)

    def run():
        if mode == "script":
            scripted = import_module("torch").jit.script(session._model)
            session.load(before)
            return list(dict(targets.flatten(scripted(*inputs))).values())
        found = captured[mode](layers, inputs)
        session.load(before)
        return found(inputs)

    if framework == "torch":
        torch = import_module("torch")
        with torch.no_grad():
            outputs = run()
            with import_module("impl_torch.step").inference(session._model):
                inferred = run()
    else:
        outputs, inferred = run(), []
    session.load(before)
    snapshot = session.snapshot(session._example)
    session.load(before)
    return {
        "outputs": [targets.to_array(each) for each in outputs],
        "inferred": [targets.to_array(each) for each in inferred],
        "gradients": [snapshot.loss, *snapshot.gradients.values()],
    }


def passes(compare, *arguments, **options):
    """Return whether a comparison raises nothing."""
    try:
        compare(*arguments, **options)
    except AssertionError:
        return False
    return True


def judge_torch(eager, values, *, mode):
    """Return whether each tool for PyTorch passes."""
    torch = import_module("torch")
    same = import_module("torch._dynamo.utils").same

    def tensors(found, *parts):
        return [torch.from_numpy(np.array(a)) for p in parts for a in found[p]]

    trained = ("outputs", "gradients")
    expected, received = tensors(eager, *trained), tensors(values, *trained)
    fixed = 1e-4 if "compile" in mode else 1e-5
    close = torch.testing.assert_close
    return {
        "pytest-torch": passes(
            close,
            tensors(values, "inferred"),
            tensors(eager, "inferred"),
            rtol=fixed,
            atol=fixed,
        ),
        "assert_close": passes(close, received, expected),
        "dynamo same": bool(same(expected, received, log_error=lambda *_: None)),
    }


def judge_tf(eager, values):
    """Return whether each tool for TensorFlow passes."""
    close = np.testing.assert_allclose
    pairs = [
        pair
        for part in ("outputs", "gradients")
        for pair in zip(values[part], eager[part], strict=True)
    ]
    return {
        "assert_allclose": all(passes(close, a, b) for a, b in pairs),
        "assertAllClose": all(
            passes(close, a, b, rtol=1e-6, atol=1e-6) for a, b in pairs
        ),
    }
