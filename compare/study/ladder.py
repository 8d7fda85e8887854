"""The lessons by chapter, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STATIC = "Static graphs"
CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "Graph or no graph": ("graph_or_not",),
    "Tensors": ("tensors", "shapes", "products", "devices", "hand_gradients"),
    "Autograd": (
        "autograd",
        "leaves",
        "accumulation",
        "updates",
        "freed_graph",
        "second_derivatives",
    ),
    "New operations": ("sigmoid_function", "custom_gradient"),
    "Parameters and modules": ("parameters", "linear_layer", "nested_modules"),
    "Backward from scratch": ("logistic_regression",),
    "Loss and optimizer": ("linear_regression", "wrong_orders", "optimizers"),
    "nn and Keras": (
        "sequential",
        "custom_module",
        "functional_api",
        "train_and_eval",
        "backward_hooks",
        "three_ways",
    ),
    "Data": (
        "datasets",
        "samplers",
        "padding",
        "text_and_audio",
        "loading",
        "workers_and_streams",
        "larger_than_memory",
    ),
    "A learner from scratch": (
        "image_data",
        "augmentation",
        "layers_from_scratch",
        "hooks",
        "loss_and_sgd",
        "learner",
        "rate_finder",
        "one_cycle",
        "whole_learner",
    ),
    "Dynamic graphs": ("random_depth", "recurrent", "recursive", "modular_net"),
    STATIC: (
        "define_and_run",
        "tracing",
        "scripting",
        "whole_step",
        "compilers",
        "debugging",
    ),
    "Saving and deploying": ("weights", "exported", "pretrained"),
    "TensorBoard": ("event_files",),
}


# Title -> what the path is for, and its lessons in order.
PATHS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "I know neither framework": (
        "Every chapter in order, without what can wait.",
        (
            "graph_or_not",
            "tensors",
            "shapes",
            "products",
            "hand_gradients",
            "autograd",
            "updates",
            "parameters",
            "linear_layer",
            "linear_regression",
            "sequential",
            "train_and_eval",
            "datasets",
            "image_data",
            "learner",
            "random_depth",
            "tracing",
            "weights",
        ),
    ),
    "I know PyTorch": (
        "What is different in TensorFlow.",
        (
            "tensors",
            "autograd",
            "leaves",
            "freed_graph",
            "parameters",
            "functional_api",
            "train_and_eval",
            "three_ways",
            "datasets",
            "loading",
            "image_data",
            "define_and_run",
            "tracing",
            "compilers",
            "exported",
        ),
    ),
    "I know TensorFlow": (
        "What is different in PyTorch.",
        (
            "tensors",
            "shapes",
            "devices",
            "autograd",
            "accumulation",
            "updates",
            "wrong_orders",
            "custom_module",
            "train_and_eval",
            "backward_hooks",
            "datasets",
            "workers_and_streams",
            "image_data",
            "tracing",
            "compilers",
        ),
    ),
    "Graphs only": (
        "Dynamic and static graphs, from the first gradient to the compiler.",
        (
            "graph_or_not",
            "autograd",
            "leaves",
            "freed_graph",
            "sigmoid_function",
            "random_depth",
            "recurrent",
            "recursive",
            "modular_net",
            "define_and_run",
            "tracing",
            "scripting",
            "whole_step",
            "compilers",
            "debugging",
            "exported",
        ),
    ),
}


# Lessons whose programs capture graphs.
CAPTURING = (*CHAPTERS[STATIC], "exported")
# Those in which a function of the library captures a whole training.
CAPTURING_TRAINING = ("three_ways",)


def captures_itself(name: str) -> bool:
    """Return whether the programs of a lesson capture graphs themselves."""
    return name in (*CAPTURING, *CAPTURING_TRAINING)


def lesson_names() -> list[str]:
    """Return the name of every lesson, in reading order."""
    return [name for chapter in CHAPTERS.values() for name in chapter]


def chapter_of(name: str) -> str:
    """Return the chapter of a lesson."""
    return next(title for title, names in CHAPTERS.items() if name in names)
