"""Defects as edits of an implementation's source: what stands there, what is put there.

A defect names the workload that shows it. `worker.py` beside this makes the edits while
Python imports the files, so the code under test carries no trace of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """Edits of one framework's package: file -> (original, defective) pairs."""

    workload: str
    edits: dict[str, tuple[tuple[str, str], ...]]


TORCH = {
    "wrong padding side": Defect(
        "cnn",
        {
            "models/layers.py": (
                (
                    "3, stride=2, padding=1, dtype=dtype)\n",
                    "3, stride=2, dtype=dtype)\n\n"
                    "    def forward(self, x):\n"
                    "        return super().forward(\n"
                    "            nn.functional.pad(x, (0, 1, 0, 1)))\n",
                ),
            )
        },
    ),
    "mean instead of sum": Defect(
        "two_layer", {"step.py": ((".square().sum()", ".square().mean()"),)}
    ),
    "sum instead of mean": Defect(
        "cnn",
        {
            "step.py": (
                (
                    "functional.cross_entropy(logits, labels)",
                    "functional.cross_entropy(logits, labels, reduction='sum')",
                ),
            )
        },
    ),
    "gradients not zeroed": Defect(
        "two_layer", {"step.py": (("p.grad = None", "pass"),)}
    ),
    "one kernel transposed": Defect(
        "cnn",
        {"layout.py": (("(3, 2, 0, 1) if to_native", "(3, 2, 1, 0) if to_native"),)},
    ),
    "weight decay left out": Defect(
        "cnn", {"step.py": (("weight_decay=optimizer.weight_decay", "weight_decay=0"),)}
    ),
    "learning rate off by 1%": Defect(
        "two_layer",
        {"step.py": (("optimizer.learning_rate", "optimizer.learning_rate * 1.01"),)},
    ),
    "one ReLU left out": Defect(
        "cnn",
        {"models/cnn.py": (("torch.relu(self.conv3(x))", "self.conv3(x)"),)},
    ),
}

TF = {
    "wrong padding side": Defect(
        "cnn",
        {
            "models/layers.py": (
                ("x = tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))", "pass"),
                ('padding="VALID")', 'padding="SAME")'),
            )
        },
    ),
    "mean instead of sum": Defect(
        "two_layer", {"step.py": (("tf.reduce_sum(", "tf.reduce_mean("),)}
    ),
    "sum instead of mean": Defect(
        "cnn", {"step.py": (("tf.reduce_mean(each)", "tf.reduce_sum(each)"),)}
    ),
    "gradients not zeroed": Defect(
        "two_layer",
        {
            "step.py": (
                (
                    "update = updates(parameters, optimizer=optimizer)",
                    "update = updates(parameters, optimizer=optimizer)\n"
                    "    sums = [tf.Variable(tf.zeros_like(p)) for p in parameters]",
                ),
                (
                    "gradients = tape.gradient(loss, parameters)",
                    "gradients = [\n"
                    "            s.assign_add(g)\n"
                    "            for s, g in zip(\n"
                    "                sums, tape.gradient(loss, parameters))\n"
                    "        ]",
                ),
            )
        },
    ),
    "one kernel transposed": Defect(
        "cnn",
        {
            "models/layers.py": (
                (
                    "tf.nn.conv2d(x, self.weight,",
                    "tf.nn.conv2d(x, tf.transpose(self.weight, (1, 0, 2, 3)),",
                ),
            )
        },
    ),
    "weight decay left out": Defect(
        "cnn",
        {"step.py": (("weight_decay=optimizer.weight_decay", "weight_decay=None"),)},
    ),
    "learning rate off by 1%": Defect(
        "two_layer",
        {"step.py": (("optimizer.learning_rate", "optimizer.learning_rate * 1.01"),)},
    ),
    "one ReLU left out": Defect(
        "cnn",
        {"models/cnn.py": (("tf.nn.relu(self.conv3(x))", "self.conv3(x)"),)},
    ),
}

DEFECTS = {"torch": TORCH, "tf": TF}
