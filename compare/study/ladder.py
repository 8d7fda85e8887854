"""The lessons by chapter, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STATIC = "Static graphs"
CHAPTERS: Mapping[str, tuple[str, ...]] = {
    "Tensors": ("tensors", "shapes", "products", "hand_gradients"),
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
        "train_and_eval",
        "backward_hooks",
        "three_ways",
    ),
    "Data": (
        "datasets",
        "samplers",
        "padding",
        "loading",
        "workers_and_streams",
        "larger_than_memory",
    ),
    "A learner from scratch": (
        "image_data",
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
        "scripting",
        "tracing",
        "whole_step",
        "compilers",
        "define_and_run",
    ),
    "Saving and deploying": ("weights", "exported", "pretrained"),
    "TensorBoard": ("event_files",),
}


# Lessons whose programs capture graphs.
CAPTURING = (*CHAPTERS[STATIC], "exported")


def lesson_names() -> list[str]:
    """Return the name of every lesson, in reading order."""
    return [name for chapter in CHAPTERS.values() for name in chapter]


def chapter_of(name: str) -> str:
    """Return the chapter of a lesson."""
    return next(title for title, names in CHAPTERS.items() if name in names)
