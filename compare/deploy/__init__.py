"""Exported models: do they run without Python, agree, and how fast are they?

`run` exports a trained model in every format of its framework and runs each file in a
process of its own. `judge` compares the outputs with a float64 session, `locate` finds
the first node that differs, `rows` has one row per file.

May import `compare.pipeline` and what is below it.
"""
