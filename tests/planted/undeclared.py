"""Modes that do not do what they declare, as edits of source.

The numbers of each stay right, so that only the capture verdict can find it.
"""

from __future__ import annotations

from dataclasses import dataclass

from compare.runs.words import CaptureVerdict

NOTHING, LESS = CaptureVerdict.NOTHING, CaptureVerdict.LESS
FELL_BACK = CaptureVerdict.FELL_BACK
NO_COMPILER, MORE = CaptureVerdict.NO_COMPILER, CaptureVerdict.MORE


@dataclass(frozen=True)
class Undeclared:
    """Edits of the package's files, the mode that they change, and its verdict."""

    mode: str
    verdict: CaptureVerdict
    edits: dict[str, tuple[tuple[str, str], ...]]
    own_process: bool = False  # changes a setting of the whole process


FORWARD = "    def forward(self, x: Tensor) -> Tensor:  # (N, inputs)\n"
CALL = "    def __call__(self, x: Tensor) -> Tensor:  # (N, inputs)\n"
# AutoGraph reads a function's source from its file, where it is not edited.
UNCONVERTED = "    @tf.autograph.experimental.do_not_convert\n"
OBJECTIVE = "    def forward(self, inputs: Tensor, targets: Tensor) -> Tensor:\n"
LATER = """        self._calls = getattr(self, "_calls", 0) + 1
        if self._calls == 3:
            {change}
        return self._run(*batch)
"""

REFUSE = """def refuse(graph, inputs):
    raise RuntimeError("this compiler fails")


"""
ATTEMPT = f"""{REFUSE}class Attempt(nn.Module):
    def __init__(self, objective):
        super().__init__()
        self.objective = objective
        self.compiled = [torch.compile(objective, backend=refuse)]

    def forward(self, inputs, targets):
        try:
            return self.compiled[0](inputs, targets)
        except Exception:
            return self.objective(inputs, targets)


class Recorded:"""

KERAS_EAGER = '{"run_eagerly": True, "jit_compile": False}'
KERAS = '{"run_eagerly": False, "jit_compile": False}'
KERAS_XLA = '{"run_eagerly": False, "jit_compile": True}'

TORCH = {
    "no compiler behind compile": Undeclared(
        "compile",
        NO_COMPILER,
        {
            "modes.py": (
                (
                    "torch.compile(objective)",
                    "torch.compile(objective, backend='eager')",
                ),
            )
        },
    ),
    "no compiler behind compile-step": Undeclared(
        "compile-step",
        NO_COMPILER,
        {"modes.py": (("fullgraph=True)", "fullgraph=True, backend='eager')"),)},
    ),
    "no compiler behind compile-dynamic": Undeclared(
        "compile-dynamic",
        NO_COMPILER,
        {"modes.py": (("dynamic=True)", "dynamic=True, backend='eager')"),)},
    ),
    "compile-dynamic left out": Undeclared(
        "compile-dynamic",
        NOTHING,
        {"modes.py": (("torch.compile(objective, dynamic=True)", "objective"),)},
    ),
    "compile left out": Undeclared(
        "compile", NOTHING, {"modes.py": (("torch.compile(objective)", "objective"),)}
    ),
    "objective not compiled": Undeclared(
        "compile",
        NOTHING,
        {"step.py": ((OBJECTIVE, f"    @torch.compiler.disable\n{OBJECTIVE}"),)},
    ),
    "model not compiled": Undeclared(
        "compile",
        LESS,
        {
            "models/two_layer.py": (
                (FORWARD, f"    @torch.compiler.disable\n{FORWARD}"),
            )
        },
    ),
    "graph break in the model": Undeclared(
        "compile",
        LESS,
        {
            "models/two_layer.py": (
                (FORWARD, f"{FORWARD}        torch._dynamo.graph_break()\n"),
            )
        },
    ),
    "update outside the compiled step": Undeclared(
        "compile-step",
        LESS,
        {
            "modes.py": (
                (
                    "        differentiate = grad_and_value(loss_of)\n",
                    "        differentiate = compiled\n",
                ),
                (
                    "        run=compile_whole(run),\n"
                    "        observe=compile_whole(observe),\n",
                    "        run=run,\n        observe=observe,\n",
                ),
                (
                    "    def observe(inputs: Tensor, targets: Tensor) -> Any:\n"
                    "        differentiate",
                    "    compiled = torch.compile(grad_and_value(loss_of))\n\n"
                    "    def observe(inputs: Tensor, targets: Tensor) -> Any:\n"
                    "        differentiate",
                ),
            )
        },
    ),
    "eager after the limit of recompilations": Undeclared(
        "compile",
        FELL_BACK,
        {
            "session.py": (
                (
                    "        return self._run(*batch)\n",
                    LATER.format(
                        change="torch._dynamo.config.recompile_limit = 1\n"
                        "            torch._dynamo.config.automatic_dynamic_shapes = "
                        "False\n"
                        "            self._run(*(part[:3] for part in batch))"
                    ),
                ),
            )
        },
        own_process=True,
    ),
    "script runs the plain module": Undeclared(
        "script", NOTHING, {"modes.py": (("torch.jit.script(objective)", "objective"),)}
    ),
    "script runs the plain module and declares its graph": Undeclared(
        "script",
        NOTHING,
        {
            "modes.py": (
                (
                    "return training_step(torch.jit.script(objective), "
                    "optimizer=optimizer)",
                    "import dataclasses\n"
                    "    plain = training_step(objective, optimizer=optimizer)\n"
                    "    return dataclasses.replace(\n"
                    "        plain, graph=torch.jit.script(objective))",
                ),
            )
        },
    ),
    "script-step runs the plain step and declares its graph": Undeclared(
        "script-step",
        NOTHING,
        {
            "modes.py": (
                (
                    "replace(whole_step(scripted), graph=scripted)",
                    "replace(\n        whole_step(ByHand(objective, "
                    "optimizer=optimizer)), graph=scripted)",
                ),
            )
        },
    ),
    "update outside the script": Undeclared(
        "script-step",
        LESS,
        {
            "by_hand.py": (
                (
                    "        self.hidden.sub_(d_hidden, alpha=self.rate)\n"
                    "        self.output.sub_(d_output, alpha=self.rate)\n",
                    "",
                ),
            ),
            # TorchScript would read source from a file, where it is not edited.
            "modes.py": (
                (
                    "torch.jit.script(ByHand(objective, optimizer=optimizer))\n",
                    "torch.jit.trace(\n"
                    "        made := ByHand(objective, optimizer=optimizer), example)\n"
                    "\n    def run(*batch):\n"
                    "        loss, gradients = scripted(*batch)\n"
                    "        for p, g in zip((made.hidden, made.output), gradients):\n"
                    "            p.sub_(g, alpha=made.rate)\n"
                    "        return loss\n\n",
                ),
                ("whole_step(scripted), graph", "whole_step(scripted), run=run, graph"),
            ),
        },
    ),
    # Dynamo does not enter the layer: it compiles what comes before and after.
    "a recurrent layer of the library": Undeclared(
        "compile",
        LESS,
        {
            "models/two_layer.py": (
                ("class TwoLayer", "CELL = nn.GRU(30, 3)\n\n\nclass TwoLayer"),
                (FORWARD, f"{FORWARD}        x = x + 0 * CELL(x[None])[0].sum()\n"),
            )
        },
    ),
    "an exception of the compiler is swallowed": Undeclared(
        "compile",
        NOTHING,
        {
            "modes.py": (
                ("torch.compile(objective)", "Attempt(objective)"),
                ("class Recorded:", ATTEMPT),
            )
        },
    ),
    "errors of the compiler are suppressed": Undeclared(
        "compile",
        NOTHING,
        {
            "modes.py": (
                (
                    "torch.compile(objective)",
                    "torch.compile(objective, backend=refuse)",
                ),
                (
                    "class Recorded:",
                    f"torch._dynamo.config.suppress_errors = True\n{REFUSE}"
                    "class Recorded:",
                ),
            )
        },
        own_process=True,
    ),
    "eager is compiled": Undeclared(
        "eager",
        MORE,
        {
            "modes.py": (
                (
                    '"""Run each operation when Python reaches it."""\n',
                    '"""Run each operation when Python reaches it."""\n'
                    "    objective = torch.compile(objective)\n",
                ),
            )
        },
    ),
}
TF = {
    "functions run eagerly": Undeclared(
        "function",
        NOTHING,
        {
            "modes.py": (
                (
                    "def capture(",
                    "tf.config.run_functions_eagerly(True)\n\n\ndef capture(",
                ),
            )
        },
        own_process=True,
    ),
    "functions run eagerly after a few steps": Undeclared(
        "function",
        NOTHING,
        {
            "session.py": (
                (
                    "        return self._run(*batch)\n",
                    LATER.format(change="tf.config.run_functions_eagerly(True)"),
                ),
            )
        },
        own_process=True,
    ),
    "function-relaxed runs the plain step": Undeclared(
        "function-relaxed",
        NOTHING,
        {"modes.py": (("capture(step, reduce_retracing=True)", "step"),)},
    ),
    "no compiler behind xla": Undeclared(
        "xla",
        NO_COMPILER,
        {"modes.py": (("capture(step, jit_compile=True)", "capture(step)"),)},
    ),
    "update outside the function": Undeclared(
        "function",
        LESS,
        {
            "step.py": (
                (
                    "    def observe(inputs: Tensor, targets: Tensor) -> Any:\n",
                    "    @tf.function(autograph=False)\n"
                    "    def differentiate(inputs, targets):\n",
                ),
                (
                    "        update.step(gradients)\n        return loss, gradients\n",
                    "        return loss, gradients\n\n"
                    "    def observe(inputs, targets):\n"
                    "        loss, gradients = differentiate(inputs, targets)\n"
                    "        update.step(gradients)\n"
                    "        return loss, gradients\n",
                ),
                (
                    "run=run, observe=observe, reset=update.reset)",
                    "run=run, observe=observe, reset=update.reset,\n"
                    "        graph=differentiate)",
                ),
            ),
            "modes.py": (
                (
                    "return capture(training_step(objective, optimizer=optimizer))",
                    "return training_step(objective, optimizer=optimizer)",
                ),
            ),
        },
    ),
    "a call of Python in the model": Undeclared(
        "function",
        LESS,
        {
            "models/two_layer.py": (
                (
                    CALL,
                    f"{UNCONVERTED}{CALL}"
                    "        x = tf.ensure_shape(\n"
                    "            tf.py_function(lambda y: y, [x], x.dtype), x.shape)\n",
                ),
            )
        },
    ),
    "graph runs eagerly and declares a session": Undeclared(
        "graph",
        NOTHING,
        {
            "modes.py": (
                (
                    "return graph_step("
                    "objective, optimizer=optimizer, example=example)",
                    "import dataclasses\n"
                    "    held = graph_step(\n"
                    "        objective, optimizer=optimizer, example=example)\n"
                    "    plain = training_step(objective, optimizer=optimizer)\n"
                    "    return dataclasses.replace(plain, graph=held.graph)",
                ),
            )
        },
    ),
    "update outside the session": Undeclared(
        "graph",
        LESS,
        {
            "graph_mode.py": (
                (
                    "        computed, _ = session.run([loss, update], dict(fed))\n",
                    "        computed, found = session.run(\n"
                    "            [loss, gradients], dict(fed))\n"
                    "        copies.to_model()\n"
                    "        for p, g in zip(copies._model, found):\n"
                    "            p.assign_sub(optimizer.learning_rate * g)\n"
                    "        copies.from_model()\n",
                ),
            )
        },
    ),
    "a call of Python in the graph": Undeclared(
        "graph",
        LESS,
        {
            "graph_mode.py": (
                (
                    "        loss = own(*feeds)\n",
                    "        loss = own(*feeds)\n"
                    "        loss = tf.ensure_shape(\n"
                    "            v1.py_func(lambda y: y, [loss], loss.dtype), ())\n"
                    "        loss = own(*feeds) + 0 * loss\n",
                ),
            )
        },
    ),
    "eager is a function": Undeclared(
        "eager",
        MORE,
        {
            "modes.py": (
                (
                    '"""Run each operation when Python reaches it."""\n'
                    "    return training_step(objective, optimizer=optimizer)",
                    '"""Run each operation when Python reaches it."""\n'
                    "    return capture(training_step(objective, optimizer=optimizer))",
                ),
            )
        },
    ),
    "an exception of the trace is swallowed": Undeclared(
        "function",
        NOTHING,
        {
            "modes.py": (
                (
                    "    run = tf.function(step.run, **options)\n",
                    "    def refuse(*batch):\n"
                    "        raise ValueError('this trace fails')\n\n"
                    "    traced = tf.function(refuse, autograph=False)\n\n"
                    "    def run(*batch):\n"
                    "        try:\n"
                    "            return traced(*batch)\n"
                    "        except ValueError:\n"
                    "            return step.run(*batch)\n\n",
                ),
                ("reset=step.reset, graph=run)", "reset=step.reset, graph=traced)"),
            )
        },
    ),
    "keras runs eagerly": Undeclared(
        "keras", NOTHING, {"modes.py": ((KERAS, KERAS_EAGER),)}
    ),
    "no compiler behind keras-xla": Undeclared(
        "keras-xla",
        NO_COMPILER,
        {"modes.py": ((KERAS_XLA, KERAS),)},
    ),
    "keras-eager is a function": Undeclared(
        "keras-eager",
        MORE,
        {"modes.py": ((KERAS_EAGER, KERAS),)},
    ),
    "keras compiled again, to run eagerly": Undeclared(
        "keras",
        NOTHING,
        {
            "session.py": (
                (
                    "        return self._run(*batch)\n",
                    LATER.format(
                        change="model = self._step.graph._model\n"
                        "            model.compile(model.optimizer, loss=model.loss,"
                        " run_eagerly=True)"
                    ),
                ),
            )
        },
    ),
}
UNDECLARED = {"torch": TORCH, "tf": TF}
