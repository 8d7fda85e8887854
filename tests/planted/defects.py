"""Defects as edits of source: the original text and its replacement.

A defect names the workload that exposes it, the first tensor that it changes, and the
cause that the check should report, if there is one for it. `worker.py` in this folder
makes the edits while Python imports the files; the code under test is not changed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from pairs import PAIRS

# Workloads that the defects are planted in: name -> configuration.
SIZES = {
    "two_layer": (
        ("batch", 16),
        ("inputs", 40),
        ("hidden", 20),
        ("outputs", 5),
        ("learning_rate", 1e-4),
    ),
    # The maps have 10, 5, 3 and 2 pixels a side.
    "cnn": (("data", "synthetic"), ("image_size", 20), ("batch", 6)),
    # The probe of the cnn: not square, channels differ, an uneven last batch.
    "probe": (
        ("data", "probe"),
        ("batch", 7),
        ("learning_rate", 2.0**-5),
        ("weight_decay", 2.0**-6),
        ("epochs", 0),
    ),
    # The probe of the rnn: sequences with gaps, of different lengths.
    "gaps": (
        ("batch", 7),
        ("lengths", 2),
        ("longest", 7),
        ("inputs", 5),
        ("units", 6),
        ("classes", 3),
        ("learning_rate", 2.0**-5),
        ("is_probe", True),
    ),
    "square": (
        ("batch", 16),
        ("inputs", 12),
        ("hidden", 12),
        ("outputs", 12),
        ("learning_rate", 1e-4),
    ),
    "modular": (("batch", 16), ("width", 12), ("outputs", 5)),
    "tree": (("batch", 16), ("width", 12)),
    "chain": (("batch", 4), ("operations", 100), ("width", 6)),
    "control_flow": (("batch", 8), ("inputs", 20), ("hidden", 12), ("outputs", 5)),
    "adam": (("quirk", "adam_epsilon"), ("spelling", "after_correction")),
}
WORKLOAD = {
    "square": "two_layer",
    "adam": "quirk",
    "probe": "cnn",
    "gaps": "rnn",
}  # where the names differ
ULP = "(1 + 2.0**-23)"


@dataclass(frozen=True)
class Defect:
    """Edits of the package's files: file -> (original, defective) pairs."""

    size: str
    first: str  # the first tensor that it changes
    cause: str  # the cause that the check should report; empty: unknown
    edits: dict[str, tuple[tuple[str, str], ...]]
    only_float64: bool = False  # not larger than the rounding of float32
    mode: str = "eager"  # in which it is planted


NEXT_BATCH = {
    "compare/workers/worker.py": (
        ("next(islice(batches, step, None))", "next(islice(batches, step + 1, None))"),
        ("islice(batches, request.steps)", "islice(batches, 1, request.steps + 1)"),
    )
}
STALE = """placed = {call}
        stale = getattr(self, "_stale", placed)
        self._stale = placed
        return stale
"""
RATE = ("rate = optimizer.learning_rate", "rate = optimizer.learning_rate * 1.01")


TORCH = {
    "wrong padding side": Defect(
        "cnn",
        "activation:conv1",
        "same_padding",
        {
            "models/layers.py": (
                (
                    "            padding=kernel // 2,\n            bias=bias,\n"
                    "            dtype=dtype,\n        )\n",
                    "            bias=bias,\n            dtype=dtype,\n        )\n\n"
                    "    def forward(self, x):\n"
                    "        before = x.shape[-1] % 2\n"
                    "        return super().forward(\n"
                    "            nn.functional.pad(x, (before, 1, before, 1)))\n",
                ),
            )
        },
    ),
    "mean instead of sum": Defect(
        "two_layer",
        "loss",
        "loss_reduction",
        {"step.py": ((".square().sum()", ".square().mean()"),)},
    ),
    "sum instead of mean": Defect(
        "cnn",
        "loss",
        "cross_entropy_reduction",
        {
            "step.py": (
                (
                    "functional.cross_entropy(logits, labels)",
                    "functional.cross_entropy(logits, labels, reduction='sum')",
                ),
            )
        },
    ),
    "one kernel transposed": Defect(
        "cnn",
        "activation:conv1",
        "kernel_layout",
        {
            "models/layers.py": (
                (
                    "            bias=bias,\n            dtype=dtype,\n        )\n",
                    "            bias=bias,\n            dtype=dtype,\n        )\n\n"
                    "    def forward(self, x):\n"
                    "        return self._conv_forward(\n"
                    "            x, self.weight.transpose(2, 3), self.bias)\n",
                ),
            )
        },
    ),
    "one ReLU left out": Defect(
        "cnn",
        "activation:conv4",
        "relu_left_out",
        {"models/cnn.py": (("torch.relu(self.conv3(x))", "self.conv3(x)"),)},
    ),
    "weight decay left out": Defect(
        "cnn",
        "parameter:conv1.weight",
        "weight_decay_left_out",
        {"optimizers.py": (("weight_decay=optimizer.weight_decay", "weight_decay=0"),)},
    ),
    "learning rate off by 1%": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "learning_rate",
        {"optimizers.py": (RATE,)},
    ),
    "gradients not zeroed": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "gradients_not_zeroed",
        {"step.py": (("p.grad = None", "pass"),)},
    ),
    "update before backward": Defect(
        "two_layer",
        "loss",
        "update_before_backward",
        {
            "step.py": (
                (
                    "        for p in parameters:\n            p.grad = None\n",
                    "        if parameters[0].grad is not None:\n"
                    "            update.step()\n"
                    "        for p in parameters:\n            p.grad = None\n",
                ),
                (
                    "update.step()\n        return loss\n",
                    "return loss\n",
                ),
                (
                    "update.step()\n        return loss, gradients\n",
                    "return loss, gradients\n",
                ),
            )
        },
    ),
    "stale batch": Defect(
        "cnn",
        "activation:conv1",
        "another_batch",
        {
            "session.py": (
                (
                    "return layout.place(batch, device=self._device, "
                    "dtype=self._dtype)\n",
                    STALE.format(
                        call="layout.place(\n            batch, "
                        "device=self._device, dtype=self._dtype)"
                    ),
                ),
            )
        },
    ),
    "data order off by one": Defect(
        "cnn", "activation:conv1", "another_batch", NEXT_BATCH
    ),
    "wrong parameter shared": Defect(
        "square",
        "loss",
        "wrong_parameter",
        {
            "models/two_layer.py": (
                (
                    "return self.output(h)",
                    "return self.hidden(h) + 0 * self.output(h)",
                ),
            )
        },
    ),
    "one parameter frozen": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "frozen_parameter",
        {
            "optimizers.py": (
                (
                    "for p in self._parameters:\n",
                    "for p in self._parameters[1:]:\n",
                ),
            )
        },
    ),
    "one gradient negated": Defect(
        "two_layer",
        "gradient:hidden.weight",
        "negated_gradient",
        {
            "step.py": (
                (
                    "loss.backward()\n",
                    "loss.backward()\n        parameters[0].grad.neg_()\n",
                ),
            )
        },
    ),
    "one layer detached": Defect(
        "two_layer",
        "gradient:hidden.weight",
        "missing_gradient",
        {
            "models/two_layer.py": (
                (
                    "torch.relu(self.hidden(x))",
                    "torch.relu(self.hidden(x)).detach()",
                ),
            )
        },
    ),
    "one tensor cast to float32": Defect(
        "two_layer",
        "activation:output",
        "float32_rounding",
        {
            "models/two_layer.py": (
                (
                    "torch.relu(self.hidden(x))",
                    "torch.relu(self.hidden(x).float().to(x.dtype))",
                ),
            )
        },
        only_float64=True,
    ),
    "one weight off by a float32 ULP": Defect(
        "two_layer",
        "activation:hidden",
        "",
        {
            "layout.py": (
                (
                    "p.copy_(torch.from_numpy(np.ascontiguousarray(native)))\n",
                    "p.copy_(torch.from_numpy(np.ascontiguousarray(native)))\n"
                    f"            p.view(-1)[0] *= {ULP}\n",
                ),
            )
        },
        only_float64=True,
    ),
    "optimizer state not restored": Defect(
        "adam",
        "parameter:layer.weight",
        "optimizer_not_reset",
        {
            "step.py": (
                (
                    "        self._made = make_optimizer(",
                    "        if hasattr(self, '_made'):\n"
                    "            return\n"
                    "        self._made = make_optimizer(",
                ),
            )
        },
    ),
}

TF = {
    "wrong padding side": Defect(
        "cnn",
        "activation:conv1",
        "same_padding",
        {
            "models/layers.py": (
                ("x = tf.pad(x, self.padding)", "pass"),
                ('padding="VALID")', 'padding="SAME")'),
            )
        },
    ),
    "mean instead of sum": Defect(
        "two_layer",
        "loss",
        "loss_reduction",
        {"step.py": (("tf.reduce_sum(", "tf.reduce_mean("),)},
    ),
    "sum instead of mean": Defect(
        "cnn",
        "loss",
        "cross_entropy_reduction",
        {"step.py": (("tf.reduce_mean(each)", "tf.reduce_sum(each)"),)},
    ),
    "one kernel transposed": Defect(
        "cnn",
        "activation:conv1",
        "kernel_layout",
        {
            "models/layers.py": (
                (
                    "tf.nn.conv2d(x, self.weight,",
                    "tf.nn.conv2d(x, tf.transpose(self.weight, (1, 0, 2, 3)),",
                ),
            )
        },
    ),
    "one ReLU left out": Defect(
        "cnn",
        "activation:conv4",
        "relu_left_out",
        {"models/cnn.py": (("tf.nn.relu(self.conv3(x))", "self.conv3(x)"),)},
    ),
    "weight decay left out": Defect(
        "cnn",
        "parameter:conv1.weight",
        "weight_decay_left_out",
        {
            "optimizers.py": (
                ("weight_decay=optimizer.weight_decay", "weight_decay=None"),
            )
        },
    ),
    "learning rate off by 1%": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "learning_rate",
        {"optimizers.py": (RATE,)},
    ),
    "gradients not zeroed": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "gradients_not_zeroed",
        {
            "step.py": (
                (
                    "    update = Update(parameters, optimizer=optimizer)",
                    "    update = Update(parameters, optimizer=optimizer)\n"
                    "    sums = [tf.Variable(tf.zeros_like(p)) for p in parameters]",
                ),
                (
                    "        update.step(gradients)\n",
                    "        gradients = [\n"
                    "            tf.identity(s.assign_add(g))\n"
                    "            for s, g in zip(sums, gradients)\n"
                    "        ]\n"
                    "        update.step(gradients)\n",
                ),
            )
        },
    ),
    "update before backward": Defect(
        "two_layer",
        "loss",
        "update_before_backward",
        {
            "step.py": (
                (
                    "        with tf.GradientTape() as tape:\n",
                    "        if held:\n"
                    "            update.step(held.pop())\n"
                    "        with tf.GradientTape() as tape:\n",
                ),
                (
                    "        update.step(gradients)\n",
                    "        held.append(gradients)\n",
                ),
                (
                    "    update = Update(parameters, optimizer=optimizer)",
                    "    update = Update(parameters, optimizer=optimizer)\n"
                    "    held = []",
                ),
            )
        },
    ),
    "stale batch": Defect(
        "cnn",
        "activation:conv1",
        "another_batch",
        {
            "session.py": (
                (
                    "return layout.place(batch, device=name, dtype=self._dtype)\n",
                    STALE.format(
                        call="layout.place(batch, device=name, dtype=self._dtype)"
                    ),
                ),
            )
        },
    ),
    "data order off by one": Defect(
        "cnn", "activation:conv1", "another_batch", NEXT_BATCH
    ),
    "wrong parameter shared": Defect(
        "square",
        "loss",
        "wrong_parameter",
        {
            "models/two_layer.py": (
                (
                    "return self.output(h)",
                    "return self.hidden(h) + 0 * self.output(h)",
                ),
            )
        },
    ),
    "one parameter frozen": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "frozen_parameter",
        {
            "optimizers.py": (
                (
                    "zip(self._parameters, gradients, strict=True):",
                    "[*zip(self._parameters, gradients)][1:]:",
                ),
            )
        },
    ),
    "one gradient negated": Defect(
        "two_layer",
        "gradient:hidden.weight",
        "negated_gradient",
        {
            "step.py": (
                (
                    "        update.step(gradients)\n",
                    "        gradients[0] = -gradients[0]\n"
                    "        update.step(gradients)\n",
                ),
            )
        },
    ),
    "one layer detached": Defect(
        "two_layer",
        "gradient:hidden.weight",
        "missing_gradient",
        {
            "models/two_layer.py": (
                (
                    "tf.nn.relu(self.hidden(x))",
                    "tf.stop_gradient(tf.nn.relu(self.hidden(x)))",
                ),
            )
        },
    ),
    "one tensor cast to float32": Defect(
        "two_layer",
        "activation:output",
        "float32_rounding",
        {
            "models/two_layer.py": (
                (
                    "tf.nn.relu(self.hidden(x))",
                    "tf.nn.relu(\n            tf.cast(tf.cast(self.hidden(x), "
                    "tf.float32), x.dtype))",
                ),
            )
        },
        only_float64=True,
    ),
    "one weight off by a float32 ULP": Defect(
        "two_layer",
        "activation:hidden",
        "",
        {
            "layout.py": (
                (
                    "p.assign(tf.cast(arrays[name], p.dtype))\n",
                    "value = arrays[name].copy()\n"
                    f"        value.flat[0] *= {ULP}\n"
                    "        p.assign(tf.cast(value, p.dtype))\n",
                ),
            )
        },
        only_float64=True,
    ),
    "optimizer state not restored": Defect(
        "adam",
        "parameter:layer.weight",
        "optimizer_not_reset",
        {"step.py": (("            variable.assign(value)\n", "            pass\n"),)},
    ),
}


# A trace records the operations of its example: here those of one program.
TRACED = {
    "program frozen in a trace": Defect(
        "modular",
        "loss",
        "",
        {
            "models/modular.py": (
                (
                    "weights = self.weights[program]",
                    "program = torch.tensor(program.tolist())\n"
                    "        weights = self.weights[program]",
                ),
            )
        },
        mode="trace",
    ),
}

# In the step of Keras, which is another one than that of the other modes.
KERAS = {
    "optimizer state not restored in keras-eager": Defect(
        "adam",
        "parameter:layer.weight",
        "optimizer_not_reset",
        {
            "keras_modes.py": (
                ("            variable.assign(value)\n", "            pass\n"),
            )
        },
        mode="keras-eager",
    ),
    "update lost in keras": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "",
        {
            "keras_modes.py": (
                (
                    "    return sgd\n",
                    "    sgd.update_step = lambda *_: None\n    return sgd\n",
                ),
            )
        },
        mode="keras",
    ),
    "learning rate off by 1% in keras-xla": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "learning_rate",
        {
            "keras_modes.py": (
                ("SGD(optimizer.learning_rate,", "SGD(optimizer.learning_rate * 1.01,"),
            )
        },
        mode="keras-xla",
    ),
}

# In the modes whose gradients are derived by hand.
RATE_BY_HAND = {
    "by_hand.py": (("= optimizer.learning_rate", "= optimizer.learning_rate * 1.01"),)
}
MANUAL_TORCH = {
    "derivative of the ReLU left out in manual": Defect(
        "two_layer",
        "gradient:hidden.weight",
        "",
        {"by_hand.py": (("(d_h * (z > 0)).T", "d_h.T"),)},
        mode="manual",
    ),
    "learning rate off by 1% in manual": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "learning_rate",
        RATE_BY_HAND,
        mode="manual",
    ),
    # TorchScript reads the source of `forward` from its file, where it is not edited.
    "learning rate off by 1% in script-step": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "learning_rate",
        RATE_BY_HAND,
        mode="script-step",
    ),
    "one parameter copied in script-step": Defect(
        "two_layer",
        "loss",
        "not_repeatable",  # loading parameters does not reach the copy
        {"by_hand.py": (("output.weight.detach()", "output.weight.detach().clone()"),)},
        mode="script-step",
    ),
}
MANUAL_TF = {
    "derivative of the ReLU left out in manual": Defect(
        "two_layer",
        "gradient:hidden.weight",
        "",
        {"by_hand.py": (("d_h * tf.cast(z > 0, z.dtype)", "d_h"),)},
        mode="manual",
    ),
    "learning rate off by 1% in manual": Defect(
        "two_layer",
        "parameter:hidden.weight",
        "learning_rate",
        RATE_BY_HAND,
        mode="manual",
    ),
}

# In the graph and the session of TensorFlow 1.
SESSION = {
    "one gradient negated in graph": Defect(
        "two_layer",
        "gradient:hidden.weight",
        "negated_gradient",
        {
            "graph_mode.py": (
                (
                    "        update = plain_update(",
                    "        gradients[0] = -gradients[0]\n"
                    "        update = plain_update(",
                ),
            )
        },
        mode="graph",
    ),
    "weight decay left out in graph": Defect(
        "cnn",
        "parameter:conv1.weight",
        "weight_decay_left_out",
        {"graph_mode.py": (("optimizer.weight_decay", "0.0"),)},
        mode="graph",
    ),
    "parameters not loaded into the session": Defect(
        "two_layer",
        "loss",
        "not_repeatable",
        {
            "session.py": (
                (
                    "arrays=parameters)\n        self._step.from_model()\n",
                    "arrays=parameters)\n",
                ),
            )
        },
        mode="graph",
    ),
}


def from_pairs(framework: int) -> dict[str, Defect]:
    """Return the defects of `PAIRS` in the first or the second framework."""
    found = {}
    for name, (size, first, cause, only_float64, *both) in PAIRS.items():
        edits: dict[str, tuple[tuple[str, str], ...]] = {}
        for file, original, defective in both[framework]:
            edits[file] = (*edits.get(file, ()), (original, defective))
        found[name] = Defect(size, first, cause, edits, only_float64)
    return found


DEFECTS = {
    "torch": {**TORCH, **from_pairs(0), **TRACED, **MANUAL_TORCH},
    "tf": {**TF, **from_pairs(1), **MANUAL_TF, **SESSION, **KERAS},
}
# Edits of the harness itself, which a worker imports only once.
OWN_PROCESS = ("data order off by one",)
