"""The two implementation packages have the same files, names and signatures."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from compare import quirks
from compare.frameworks import frameworks

ROOT = Path(__file__).parents[1]
TORCH, TF = ROOT / "impl_torch", ROOT / "impl_tf"
# PyTorch has no sessions. Keras is a layer above TensorFlow; PyTorch has none of its
# own. PyTorch's masks of dropout do not depend on a compiler.
ONLY_TF = ["draws.py", "graph_mode.py", "keras_model.py", "keras_modes.py"]
# Each compiler has graphs of its own kind. The tape cannot be read, autograd can.
ONLY_TF += ["function_graph.py", "grappler_graph.py", "hlo_graph.py"]
ONLY_TORCH = ["autograd_graph.py", "dynamo_graph.py", "inductor_graph.py"]
ONLY_TORCH += ["torchscript_graph.py"]
# Each replica of PyTorch is a process; those of TensorFlow are devices of one.
ONLY_TORCH += ["replica.py", "replica_process.py"]
# Exported models run in Python with other libraries.
ONLY_TF += ["runners/litert.py"]
ONLY_TORCH += ["runners/program.py"]
FILES = sorted(
    path
    for p in TORCH.rglob("*.py")
    if (path := str(p.relative_to(TORCH))) not in ONLY_TORCH
)
# A lesson's classes belong to its framework; tests/study/test_lessons.py compares them.
MODULES = [file for file in FILES if not file.startswith("lessons")]

# Names that only one side has, and why.
ONLY_ONE_SIDE = {
    # Each framework has forms of its own.
    "export_formats.py": {"TORCHSCRIPT", "INCLUDE", "LINK", "GRAPH"},
    "remedied.py": {
        *("detect_anomaly", "no_jit", "backend_eager", "disable", "force_eager"),
        *("logs", "reorderable_print"),
        *("check_numerics", "run_eagerly", "tf_print", "py_function"),
        *("CalledModel", "CalledModel.__init__", "CalledModel.forward"),
    },
    "exporting.py": {
        *("export_script", "export_trace", "export_program", "export_aotinductor"),
        *("export_saved_model", "export_frozen", "export_litert", "read_signature"),
        *("PairModel", "PairModel.__init__", "PairModel.forward"),
        *("InferenceModel", "InferenceModel.__init__", "InferenceModel.forward"),
        *("track_variables", "make_function", "trace_program", "trace_graph"),
        *("trace_litert", "NodeRecorder", "NodeRecorder.__init__"),
        *("NodeRecorder.run_node", "ValueRecorder.forward"),
    },
    # The modes are what the toolkit compares.
    "modes.py": {
        *("script", "script_step", "trace", "compile", "compile_dynamic"),
        *("compile_step", "cudagraph"),
        *("Recorded", "Recorded.__init__", "Recorded.forward"),
        *("TracedShapes", "TracedShapes.__init__", "TracedShapes.forward"),
        *("shapes_of", "compile_whole"),
        *("function", "function_relaxed", "graph", "xla", "capture"),
        *("keras_eager", "keras", "keras_xla"),
    },
    # Layers of torch.nn; TensorFlow has functions, which need shapes.
    "models/net.py": {
        *("LayerNorm.__init__", "channel_axis", "Function", "Function.__init__"),
        *("Function.forward", "Pool", "Pool.__init__", "Pool.forward"),
        *("Flatten.__init__", "gelu", "leaky_relu"),
    },
    # TensorFlow has a function for this.
    "models/tree.py": {"is_captured"},
    # Each framework stores its graphs in its own way.
    "introspect.py": {
        *("report_torchscript", "report_dynamo", "report_cuda_graphs"),
        *("dynamo_is_loaded", "read_compiled_captures", "runs_graph"),
        *("updates_parameters", "RECOMPILE_LIMIT", "nothing_captured"),
        "generated_programs",
        "count_given_up",
        *("control_flow_of_program", "every_node", "reads_tensor"),
        *("CONVERSIONS", "LOOPS", "BRANCHES", "every_graph"),
        *("kinds_within", "count_python_calls"),
        *("UPDATES", "PYTHON_CALLS", "MUST_COMPILE"),
        *("captured_operations", "must_compile"),
    },
    # The first process leads the others with each call; a strategy has one session.
    "replicas.py": {
        *("CAPTURED", "Placed", "synchronized_step", "ReplicatedSession.convert_whole"),
        *(
            f"ReplicatedSession.{name}"
            for name in (
                *("place", "step", "synchronize", "snapshot", "operations", "load"),
                *("set_parameters", "parameters", "captures_count", "graph"),
                *("named_state", "profile"),
            )
        ),
    },
    # PyTorch transposes weights.
    "layout.py": {"swap"},
    # TorchScript needs an example to trace; TensorFlow's optimizer takes the gradients.
    "activations.py": {"trace_layers"},
    # Keras computes something else under the names of PyTorch's optimizers.
    "optimizers.py": {
        *("GradientDescent.step", "GradientDescent.apply", "make_stateful"),
        *("Momentum", "Momentum.__init__", "Momentum.apply"),
        *("RMSprop", "RMSprop.__init__", "RMSprop.apply"),
        *("Adam", "Adam.__init__", "Adam.apply"),
        *("STATEFUL", "zeros_like", "decayed"),
    },
    # PyTorch itself sums its events and writes its trace.
    "graphs.py": {"CUDA_GRAPH", "BEFORE", "AFTER", "read_hlo"},
    "graph_names.py": {"LIBRARIES", "AUTOGRAD", "VERSION"},
    # PyTorch calls the recorder with the operation, TensorFlow after it.
    "executed_graph.py": {"MARKS", "anomalies_traced", "tensors_of", "shape_of"}
    | {"Recorder.forward", "memory", "TAPE", "place_of"},
    "lesson_capture.py": {"Watched.count"},
    "lesson_graph.py": {
        *("GRADIENTS", "convert_module", "convert_scripted"),  # two kinds of graphs
        *("noting_results", "convert_traced", "FILES", "writes_files"),
    },
    "profiling.py": {
        *("name_compiled_kernels", "OPERATIONS", "HASH"),
        *("read_events", "operation_name"),
        *("export_chrome_trace", "chrome_events", "name_event"),
        *("EAGER", "FUNCTION", "DEVICE", "CONVOLUTIONS", "NUMBER"),
    },
    # How results are reached differs: PyTorch returns moved tensors, TensorFlow moves
    # a result in its memory, and variables by their handles.
    "executed.py": {
        *("Executed.kind", "Executed.named", "Executed.on"),
        *("product_magnitudes", "scaled", "sum_magnitudes"),
        *("CALLS", "run_unrecorded", "Executed.size", "memory", "is_moved"),
        *("is_copy", "variable_dtype", "read_variable", "assign_variable"),
        "require_visible",
    },
    "kernels.py": {
        "is_whole_number",  # only exponents of TensorFlow are tensors
        *("STEP", "UPDATES", "updated_rows", "is_scaling", "grouped_convolutions"),
    },
    "sums.py": {"sum_rule", "count_terms", "sum_magnitudes", "PRODUCTS", "SUMS"},
    # Keras calls model and loss separately; TorchScript needs the type of inputs.
    "step.py": {
        *("Objective.output_of", "inference"),
        *("PairObjective", "PairObjective.forward"),
    },
    # Dynamo explains breaks and failed guards in a text. TensorFlow raises errors, and
    # its graphs list calls of Python.
    "breaks.py": {
        *("EXPLANATION", "JUMP", "BRANCH", "HINT", "describe", "classify"),
        *("PRINT", "GUARD", "FRAME", "RESULT_OF_BREAK", "TENSOR_GUARDS"),
        *("BOLD", "HINTS", "RUNS_EAGERLY", "is_own", "list_operations"),
        *("find_python_calls", "describe_recapture", "PACKAGE"),
        *("MODEL", "find_source_range", "find_captured", "find_own"),
        *("find_frozen", "find_message", "find_switch", "switches_on"),
        *("list_recaptures", "capture_again"),
    },
    # Tensors can be given other data; variables of TensorFlow can be read and set.
    "callables.py": {
        *("device_of", "original_model", "read_state", "copied", "trace"),
        *(
            "keep",
            "not_traced",
            "with_dtype",
            "list_variables",
            "is_model",
            "TRACED_AGAIN",
        ),
    },
    # Keras models may declare their inputs; PyTorch's layers state their sizes.
    "guesses.py": {"embedded_values", "describe", "flat_layers", "float_shapes"}
    | {"conv_shapes", "norm_shapes", "SHAPES"}
    # A Keras model declares its inputs itself.
    | {"config_inputs", "configured_shapes", "read_sizes", "tokens"},
    # One mode of PyTorch captures a step twice; a mode of PyTorch sees each draw.
    "target_session.py": {"sharing_capture", "WHOLE_STEPS", "UNREPEATABLE"},
    "drawing.py": {"_Drawing.__init__"},
    # Keras passes training as an argument, TorchScript needs a module alone.
    "targets.py": {
        *("takes_training", "variables", "is_functional"),
        *("TargetObjective.trainable_variables", "TargetObjective.with_model"),
        "TargetObjective.output_of",
    },
    # TensorFlow calls it after each operation.
    "rounding.py": {"_Mover.forward"},
    # TensorFlow has its own names for devices.
    "runtime.py": {"device_name"},
}
SAME_METHOD = {"__call__": "forward"}


def public_names(path: Path) -> dict[str, object]:
    """Return the public functions, methods and constants of a file, with signatures."""
    found: dict[str, object] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = signature(node)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = "class"
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    name = SAME_METHOD.get(part.name, part.name)
                    found[f"{node.name}.{name}"] = signature(part)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {ast.unparse(target): "constant" for target in targets}
    public = {
        name: shape
        for name, shape in found.items()
        if not name.rpartition(".")[2].startswith("_") or name.endswith("__init__")
    }
    if path.parent.name == "quirks":  # their constants are in the entry
        return {n: s for n, s in public.items() if s != "constant"}
    return public


def signature(node: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """Return the names of the positional and of the keyword-only parameters.

    A TensorFlow model may take ``training``; a PyTorch module has it as its state.
    """
    arguments = node.args
    keywords = [a.arg for a in arguments.kwonlyargs if a.arg != "training"]
    return [a.arg for a in arguments.args], keywords


def differences(file: str) -> dict[str, tuple[object, object]]:
    """Return the public names of a file whose signatures differ."""
    torch, tf = public_names(TORCH / file), public_names(TF / file)
    allowed = ONLY_ONE_SIDE.get(file, set()) | impossible(file)
    return {
        name: (torch.get(name, "absent"), tf.get(name, "absent"))
        for name in torch.keys() | tf.keys()
        if torch.get(name) != tf.get(name) and name not in allowed
    }


def impossible(file: str) -> set[str]:
    """Return the spellings of a quirk that its entry declares impossible."""
    path = Path(file)
    if path.parent.name != "quirks" or path.stem == "__init__":
        return set()
    reasons = quirks.find_quirk(path.stem).quirk.impossible
    return {spelling for each in reasons.values() for spelling in each}


def test_both_packages_have_the_same_files():
    assert sorted(str(p.relative_to(TF)) for p in TF.rglob("*.py")) == sorted(
        [*FILES, *ONLY_TF]
    )


# These layers inherit `forward` in PyTorch and define `__call__` in TensorFlow.
INHERITED = {
    f"{layer}.forward"
    for layer in ("Linear", "Conv", "UpConv", "BatchNorm", "LayerNorm")
}


@pytest.mark.parametrize("file", MODULES)
def test_a_file_defines_the_same_names_in_both_packages(file):
    found = {n: d for n, d in differences(file).items() if n not in INHERITED}
    assert not found, f"{file}: torch and tf differ in {found}"


@pytest.mark.parametrize("package", [TORCH, TF], ids=["torch", "tf"])
def test_every_mode_takes_the_same_arguments(package):
    modes = public_names(package / "modes.py")
    expected = (["objective"], ["optimizer", "example"])
    others = ("capture", "Recorded", "TracedShapes", "shapes_of", "compile_whole")
    shapes = {
        name: shape
        for name, shape in modes.items()
        if name.split(".")[0] not in others and shape != "constant"
    }
    assert set(map(str, shapes.values())) == {str(expected)}, shapes


@pytest.mark.parametrize("name", ["torch", "tf"])
def test_the_declared_modes_are_the_implemented_modes(name):
    framework = frameworks()[name]
    tree = ast.parse((ROOT / framework.package / "modes.py").read_text())
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "MODES"
    )
    implemented = [key.value for key in table.keys]
    assert [mode.name for mode in framework.modes] == implemented


@pytest.mark.parametrize("package", [TORCH, TF], ids=["torch", "tf"])
def test_models_and_modes_do_not_mention_each_other(package):
    (framework,) = [f for f in frameworks().values() if f.package == package.name]
    modes = {mode.name for mode in framework.modes}
    for path in (package / "models").glob("*.py"):
        words = set(path.read_text().replace(".", " ").replace("(", " ").split())
        assert not words & (modes - {"function", "eager", "graph"}), path
    for path in package.glob("*mode*.py"):
        text = path.read_text()
        assert "Cnn" not in text
        assert "TwoLayer" not in text


def test_a_file_of_one_package_is_only_there():
    assert [file for file in ONLY_TORCH if not (TORCH / file).exists()] == []
    assert [file for file in ONLY_TORCH if (TF / file).exists()] == []


@pytest.mark.parametrize("file", [*FILES, *ONLY_TF, *ONLY_TORCH])
def test_lines_are_short_enough_for_two_columns(file):
    for path in (TORCH / file, TF / file):
        if file in (*ONLY_TF, *ONLY_TORCH) and not path.exists():
            continue
        long = [n for n in path.read_text().splitlines() if len(n) > 79]
        assert not long, f"{path}: {long}"


def test_a_marked_difference_is_marked_on_both_sides():
    for file in FILES:
        count = {p: (p / file).read_text().count("# differs:") for p in (TORCH, TF)}
        assert count[TORCH] == count[TF], f"{file}: {count}"
