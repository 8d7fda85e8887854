"""Users' own models: how they are named, loaded in a worker, and inspected.

Only workers import a user's file; `parsing` reads a command line and looks at source
files without executing them.

May import `compare.workloads` and lower layers.

Public names:
    `parsing.parse_target`, `parsing.parse_inputs`: read what a user typed.
    `loading.load_model`: import and build a model, in a worker.
    `inspecting.inspect`: find what the user did not state, in a worker.
"""
