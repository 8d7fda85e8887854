"""Defects planted in both frameworks by similar edits, side by side.

`PAIRS` has for each defect: the workload, the first tensor that it changes, the cause,
whether only float64 shows it, and the edits of PyTorch's and of TensorFlow's package.
An edit is a file, its original text and the defective one.
"""

from __future__ import annotations

Edit = tuple[str, str, str]  # file, original, defective
Pair = tuple[str, str, str, bool, tuple[Edit, ...], tuple[Edit, ...]]

TORCH_CONV = (
    "padding=kernel // 2,\n            bias=bias,\n"
    "            dtype=dtype,\n        )\n"
)
TORCH_LOSS = "functional.cross_entropy(logits, labels)"
TF_LOSS = "tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)"
TORCH_BACKWARD = "        loss.backward()\n"
TF_UPDATE = "        update.step(gradients)\n"
MODEL_CALL = "self.loss_of(self.model(inputs), targets)"
PLACE = "    def place(self, batch: Mapping[str, Any]) -> Any:\n"
TF_CONV = "tf.nn.conv2d(x, self.weight,"


def forward(kernel: str, inputs: int = 32) -> str:
    """Return PyTorch's convolution with one changed kernel, by default the third."""
    return (
        f"{TORCH_CONV}\n    def forward(self, x):\n"
        f"        is_it = self.in_channels == {inputs}\n"
        f"        weight = {kernel} if is_it else self.weight\n"
        "        return self._conv_forward(x, weight, self.bias)\n"
    )


def tf_kernel(kernel: str, inputs: int = 32) -> str:
    """Return TensorFlow's convolution with one changed kernel."""
    changed = f"{kernel} if self.weight.shape[2] == {inputs} else self.weight"
    return f"tf.nn.conv2d(x, {changed},"


def placed(change: str) -> tuple[Edit, ...]:
    """Return a change of the inputs, the same in both frameworks."""
    return (
        (
            "session.py",
            PLACE,
            f"{PLACE}        import numpy as np\n"
            "        x = batch['inputs']\n"
            f"        batch = {{**batch, 'inputs': np.ascontiguousarray({change})}}\n",
        ),
    )


def same(*edits: Edit) -> tuple[tuple[Edit, ...], tuple[Edit, ...]]:
    """Return edits that are the same in both frameworks."""
    return edits, edits


def gather(logarithm: str) -> str:
    """Return the negative log-probabilities of the labels in TensorFlow."""
    return f"-tf.gather({logarithm}, labels, axis=1, batch_dims=1)"


LATE = "import itertools\n\nCALLS = itertools.count()\n\nfrom typing import Any"
HELD = (
    "    held = []\n\n"
    "    def stale_step():\n"
    "        fresh = [p.grad for p in parameters]\n"
    "        for p, gradient in zip(parameters, held or fresh):\n"
    "            p.grad = gradient\n"
    "        held[:] = fresh\n"
    "        update.step()\n\n"
    "    # differs: gradients accumulate"
)

PAIRS: dict[str, Pair] = {
    "bias counted twice": (
        *("cnn", "gradient:head.bias", "bias_twice", False),
        *same(("models/cnn.py", "self.head(x)", "self.head(x) + self.head.bias")),
    ),
    "bias left out": (
        *("cnn", "gradient:head.bias", "bias_left_out", False),
        (
            (
                "models/cnn.py",
                "self.head(x)",
                "nn.functional.linear(x, self.head.weight)",
            ),
        ),
        (("models/cnn.py", "self.head(x)", "tf.matmul(x, self.head.weight)"),),
    ),
    "padding is computed as well": (
        *("gaps", "activation:head", "", False),
        (
            (
                "models/rnn.py",
                "torch.where(is_given[:, now, None], after, state)",
                "after",
            ),
        ),
        (
            (
                "models/rnn.py",
                "            state = tf.where(is_given[:, now, None], after, state)",
                "            state = after",
            ),
        ),
    ),
    "the state is not passed on": (
        *("gaps", "activation:head", "", False),
        (
            (
                "models/rnn.py",
                "self.cell(x[:, now], state)",
                "self.cell(x[:, now], 0 * state)",
            ),
        ),
        (
            (
                "models/rnn.py",
                "after = self.cell(x[:, now], state)  # (N, units)\n            state",
                "after = self.cell(x[:, now], 0 * state)\n            state",
            ),
        ),
    ),
    "gradients clipped by norm": (
        *("cnn", "gradient:head.bias", "gradient_clipping_norm", False),
        (
            (
                "step.py",
                TORCH_BACKWARD,
                f"{TORCH_BACKWARD}        "
                "nn.utils.clip_grad_norm_(parameters, 0.125)\n",
            ),
        ),
        (
            (
                "step.py",
                TF_UPDATE,
                "        gradients, _ = tf.clip_by_global_norm(gradients, 0.125)\n"
                + TF_UPDATE,
            ),
        ),
    ),
    "gradients clipped by value": (
        *("cnn", "gradient:head.bias", "gradient_clipping_value", False),
        (
            (
                "step.py",
                TORCH_BACKWARD,
                f"{TORCH_BACKWARD}        "
                "nn.utils.clip_grad_value_(parameters, 0.015625)\n",
            ),
        ),
        (
            (
                "step.py",
                TF_UPDATE,
                "        gradients = [tf.clip_by_value(g, -0.015625, 0.015625) "
                "for g in gradients]\n" + TF_UPDATE,
            ),
        ),
    ),
    "momentum left in": (
        *("cnn", "parameter:conv1.weight", "momentum", False),
        *same(("optimizers.py", "momentum=0.0", "momentum=0.75")),
    ),
    "update with the gradient of the step before": (
        *("cnn", "parameter:conv1.weight", "stale_gradient", False),
        (
            ("step.py", "update.step()\n", "stale_step()\n"),
            ("step.py", "    # differs: gradients accumulate", HELD),
        ),
        (
            (
                "step.py",
                TF_UPDATE,
                "        update.step(held[0] if held else gradients)\n"
                "        held[:] = [gradients]\n",
            ),
            (
                "step.py",
                "    # differs: a tape",
                "    held = []\n    # differs: a tape",
            ),
        ),
    ),
    "third kernel flipped": (
        *("cnn", "activation:conv3", "convolution_flip", False),
        (("models/layers.py", TORCH_CONV, forward("self.weight.flip(2, 3)")),),
        (("models/layers.py", TF_CONV, tf_kernel("self.weight[::-1, ::-1]")),),
    ),
    "third kernel transposed": (
        *("cnn", "activation:conv3", "kernel_layout", False),
        (("models/layers.py", TORCH_CONV, forward("self.weight.transpose(2, 3)")),),
        (
            (
                "models/layers.py",
                TF_CONV,
                tf_kernel("tf.transpose(self.weight, (1, 0, 2, 3))"),
            ),
        ),
    ),
    "wrong padding at the second layer": (
        *("cnn", "activation:conv2", "same_padding", False),
        (
            (
                "models/layers.py",
                TORCH_CONV,
                f"{TORCH_CONV}\n    def forward(self, x):\n"
                "        if self.in_channels != 16:\n"
                "            return super().forward(x)\n"
                "        x = nn.functional.pad(x, (0, 1, 0, 1))\n"
                "        return nn.functional.conv2d(\n"
                "            x, self.weight, self.bias, stride=self.stride)\n",
            ),
        ),
        (
            (
                "models/layers.py",
                "tf.pad(x, self.padding)",
                "tf.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)) "
                "if self.weight.shape[2] == 16 else self.padding)",
            ),
        ),
    ),
    "labels one higher": (
        *("cnn", "loss", "labels_shifted", False),
        (
            (
                "step.py",
                TORCH_LOSS,
                "functional.cross_entropy(logits, (labels + 1) % logits.shape[1])",
            ),
        ),
        (
            (
                "step.py",
                "(labels, logits)",
                "((labels + 1) % logits.shape[1], logits)",
            ),
        ),
    ),
    "labels of the sample before": (
        *("cnn", "loss", "targets_shifted", False),
        (("step.py", TORCH_LOSS, "functional.cross_entropy(logits, labels.roll(1))"),),
        (("step.py", "(labels, logits)", "(tf.roll(labels, 1, 0), logits)"),),
    ),
    "softmax over the batch": (
        *("cnn", "loss", "softmax_axis", False),
        (
            (
                "step.py",
                TORCH_LOSS,
                "functional.nll_loss(logits.log_softmax(0), labels)",
            ),
        ),
        (("step.py", TF_LOSS, gather("tf.nn.log_softmax(logits, axis=0)")),),
    ),
    "epsilon inside the logarithm": (
        *("cnn", "loss", "epsilon_in_logarithm", True),
        (
            (
                "step.py",
                TORCH_LOSS,
                "functional.nll_loss((logits.softmax(1) + 1e-7).log(), labels)",
            ),
        ),
        (("step.py", TF_LOSS, gather("tf.math.log(tf.nn.softmax(logits) + 1e-7)")),),
    ),
    "inputs shuffled against labels": (
        *("cnn", "activation:conv1", "inputs_shuffled", False),
        *same(*placed("x[np.random.default_rng(5).permutation(len(x))]")),
    ),
    "inputs in reverse order": (
        *("cnn", "loss", "inputs_shuffled", False),
        (("step.py", MODEL_CALL, "self.loss(self.model(inputs.flip(0)), targets)"),),
        (
            (
                "step.py",
                MODEL_CALL,
                "self.loss(self.model(tf.reverse(inputs, [0])), targets)",
            ),
        ),
    ),
    "inputs wrap around as bytes": (
        *("cnn", "activation:conv1", "inputs_as_bytes", False),
        *same(*placed("x.astype('int64').astype('uint8').astype(float)")),
    ),
    "channels in reverse order": (
        *("cnn", "activation:conv1", "channels_reordered", False),
        *same(*placed("x[..., ::-1]")),
    ),
    "two channels swapped": (
        *("probe", "activation:conv1", "channels_reordered", False),
        *same(*placed("x[..., [1, 0, *range(2, x.shape[-1])]]")),
    ),
    "last kernel transposed": (
        *("probe", "activation:conv4", "kernel_layout", False),
        (("models/layers.py", TORCH_CONV, forward("self.weight.transpose(2, 3)", 64)),),
        (
            (
                "models/layers.py",
                TF_CONV,
                tf_kernel("tf.transpose(self.weight, (1, 0, 2, 3))", 64),
            ),
        ),
    ),
    "pooling divided by a wrong count": (
        *("probe", "activation:head", "", False),
        (("models/cnn.py", "torch.mean(x, dim=(2, 3))", "x.sum((2, 3)) / 4"),),
        (
            (
                "models/cnn.py",
                "tf.reduce_mean(x, axis=(1, 2))",
                "tf.reduce_sum(x, axis=(1, 2)) / 4",
            ),
        ),
    ),
    "mean over a whole batch in an uneven one": (
        *("probe", "loss", "last_batch_scaled", False),
        (
            (
                "step.py",
                TORCH_LOSS,
                "functional.cross_entropy(logits, labels, reduction='sum') / 7",
            ),
        ),
        (("step.py", "tf.reduce_mean(each)", "tf.reduce_sum(each) / 7"),),
    ),
    "inputs in float32": (
        *("two_layer", "activation:hidden", "float32_rounding", True),
        *same(*placed("x.astype('float32').astype(float)")),
    ),
    "decay on biases alone": (
        *("cnn", "parameter:conv1.weight", "weight_decay_scope", False),
        (
            (
                "optimizers.py",
                "torch.optim.SGD(\n        parameters,\n",
                "torch.optim.SGD(\n"
                "        [{'params': [p], 'weight_decay': 0.0} if p.ndim > 1\n"
                "         else {'params': [p]} for p in parameters],\n",
            ),
        ),
        (
            (
                "optimizers.py",
                "    sgd.build(parameters)",
                "    sgd.exclude_from_weight_decay(\n"
                "        var_list=[p for p in parameters if len(p.shape) > 1])\n"
                "    sgd.build(parameters)",
            ),
        ),
    ),
    "no decay on biases": (
        *("cnn", "parameter:conv1.bias", "weight_decay_scope", False),
        (
            (
                "optimizers.py",
                "torch.optim.SGD(\n        parameters,\n",
                "torch.optim.SGD(\n"
                "        [{'params': [p], 'weight_decay': 0.0} if p.ndim == 1\n"
                "         else {'params': [p]} for p in parameters],\n",
            ),
        ),
        (
            (
                "optimizers.py",
                "    sgd.build(parameters)",
                "    sgd.exclude_from_weight_decay(\n"
                "        var_list=[p for p in parameters if len(p.shape) == 1])\n"
                "    sgd.build(parameters)",
            ),
        ),
    ),
    "weight decay doubled": (
        *("cnn", "parameter:conv1.weight", "weight_decay", False),
        *same(
            (
                "optimizers.py",
                "weight_decay=optimizer.weight_decay",
                "weight_decay=2 * optimizer.weight_decay",
            )
        ),
    ),
    "loss after the update": (
        *("cnn", "loss", "loss_after_update", False),
        (
            (
                "step.py",
                "        update.step()\n        return loss\n",
                "        update.step()\n        return objective(inputs, targets)\n",
            ),
        ),
        (
            (
                "step.py",
                "        return loss\n\n    return TrainingStep",
                "        return objective(inputs, targets)\n\n    return TrainingStep",
            ),
        ),
    ),
    "leaky ReLU at the second layer": (
        *("cnn", "activation:conv3", "other_activation", False),
        (
            (
                "models/cnn.py",
                "torch.relu(self.conv2(x))",
                "nn.functional.leaky_relu(self.conv2(x), 0.01)",
            ),
        ),
        (
            (
                "models/cnn.py",
                "tf.nn.relu(self.conv2(x))",
                "tf.nn.leaky_relu(self.conv2(x), 0.01)",
            ),
        ),
    ),
    "ReLU after the last layer": (
        *("cnn", "loss", "relu_twice", False),
        (("models/cnn.py", "self.head(x)", "torch.relu(self.head(x))"),),
        (("models/cnn.py", "self.head(x)", "tf.nn.relu(self.head(x))"),),
    ),
    "maximum instead of mean": (
        *("cnn", "activation:head", "pooling", False),
        (("models/cnn.py", "torch.mean(x,", "torch.amax(x,"),),
        (("models/cnn.py", "tf.reduce_mean(x,", "tf.reduce_max(x,"),),
    ),
    "two parameters swapped": (
        *("square", "activation:hidden", "parameters_swapped", False),
        *same(
            ("models/two_layer.py", "self.output(h)", "self.hidden(h)"),
            ("models/two_layer.py", "relu(self.hidden(x))", "relu(self.output(x))"),
        ),
    ),
    "micro-batches of unequal size": (
        *("cnn", "loss", "micro_batches", False),
        *same(
            (
                "step.py",
                f"return {MODEL_CALL}",
                "each = [\n"
                "            self.loss(self.model(inputs[k : k + 4]), "
                "targets[k : k + 4])\n"
                "            for k in range(0, inputs.shape[0], 4)\n"
                "        ]\n"
                "        return sum(each) / len(each)",
            )
        ),
    ),
    "learning rate halved late": (
        *("two_layer", "parameter:hidden.weight", "learning_rate", False),
        (
            ("optimizers.py", "from typing import Any", LATE),
            (
                "optimizers.py",
                "        for p in self._parameters:\n",
                "        late = next(CALLS) > 9\n        for p in self._parameters:\n",
            ),
            ("optimizers.py", "alpha=self._rate)", "alpha=self._rate / (1 + late))"),
        ),
        (
            ("optimizers.py", "from typing import Any", LATE),
            (
                "optimizers.py",
                "        for p, gradient in zip(",
                "        late = next(CALLS) > 9\n        for p, gradient in zip(",
            ),
            (
                "optimizers.py",
                "p.assign_sub(self._rate *",
                "p.assign_sub(self._rate / (1 + late) *",
            ),
        ),
    ),
    "dropout left on": (
        *("two_layer", "activation:output", "not_repeatable", False),
        (
            (
                "models/two_layer.py",
                "torch.relu(self.hidden(x))",
                "torch.dropout(torch.relu(self.hidden(x)), 0.5, True)",
            ),
        ),
        (
            (
                "models/two_layer.py",
                "tf.nn.relu(self.hidden(x))",
                "tf.nn.dropout(tf.nn.relu(self.hidden(x)), 0.5)",
            ),
        ),
    ),
    "noise of 1e-7": (
        *("two_layer", "loss", "not_repeatable", True),
        (
            (
                "models/two_layer.py",
                "return self.output(h)",
                "y = self.output(h)\n"
                "        return y * (1 + 1e-7 * torch.randn_like(y))",
            ),
        ),
        (
            (
                "models/two_layer.py",
                "return self.output(h)",
                "y = self.output(h)\n"
                "        return y * (1 + 1e-7 * tf.random.normal("
                "y.shape, dtype=y.dtype))",
            ),
        ),
    ),
    "outputs off by 1e-7": (
        *("two_layer", "loss", "", True),
        *same(
            (
                "models/two_layer.py",
                "return self.output(h)",
                "return self.output(h) * (1 + 1e-7)",
            )
        ),
    ),
    "one tensor cast to bfloat16": (
        *("two_layer", "activation:output", "bfloat16_rounding", False),
        (
            (
                "models/two_layer.py",
                "torch.relu(self.hidden(x))",
                "torch.relu(self.hidden(x).bfloat16().to(x.dtype))",
            ),
        ),
        (
            (
                "models/two_layer.py",
                "tf.nn.relu(self.hidden(x))",
                "tf.nn.relu(tf.cast(tf.cast(self.hidden(x), tf.bfloat16), x.dtype))",
            ),
        ),
    ),
    "layers computed in bfloat16": (
        *("two_layer", "activation:hidden", "autocast", False),
        (
            (
                "models/layers.py",
                "bias=bias, dtype=dtype)\n",
                "bias=bias, dtype=dtype)\n\n"
                "    def forward(self, x):\n"
                "        weight = self.weight.bfloat16()\n"
                "        y = nn.functional.linear(x.bfloat16(), weight)\n"
                "        return y.to(x.dtype)\n",
            ),
        ),
        (
            (
                "models/layers.py",
                "x = tf.matmul(x, self.weight)",
                "x = tf.cast(tf.matmul(tf.cast(x, tf.bfloat16), "
                "tf.cast(self.weight, tf.bfloat16)), x.dtype)",
            ),
        ),
    ),
    "updated parameters in float32": (
        *("two_layer", "parameter:hidden.weight", "float32_rounding", True),
        (
            (
                "optimizers.py",
                "p.sub_(p.grad, alpha=self._rate)",
                "p.sub_(p.grad, alpha=self._rate)\n                p.copy_(p.float())",
            ),
        ),
        (
            (
                "optimizers.py",
                "tf.convert_to_tensor(gradient))",
                "tf.convert_to_tensor(gradient))\n"
                "            p.assign(tf.cast(tf.cast(p, tf.float32), p.dtype))",
            ),
        ),
    ),
    "operands in reverse order": (
        *("tree", "activation:combine", "", False),
        *same(
            ("models/tree.py", "for each in (left, right)", "for each in (right, left)")
        ),
    ),
    "modules in reverse order": (
        *("modular", "activation:bank", "", False),
        *same(
            (
                "models/modular.py",
                "in range(program.shape[0]):",
                "in reversed(range(program.shape[0])):",
            )
        ),
    ),
    "one branch always taken": (
        *("control_flow", "activation:output", "wrong_parameter", False),
        *same(("models/control_flow.py", "if has_fallen:", "if False:")),
    ),
    "one operation of a chain left out": (
        *("chain", "activation:shift", "", False),
        *same(
            (
                "models/chain.py",
                "range(self.operations // 2)",
                "range(self.operations // 2 - 1)",
            )
        ),
    ),
    "one operation of a chain wrong by a thousandth": (
        *("chain", "activation:shift", "", False),
        *same(
            (
                "models/chain.py",
                "if self.operations % 2 == 1:",
                "if True:\n            factors = 1 + 2.0**-10",
            )
        ),
    ),
    "losses not remembered": (
        *("control_flow", "parameter:losses", "", False),
        *same(("models/control_flow.py", "recent = ", "recent = 0 * ")),
    ),
}
