"""Graphs of training steps: common names, normal form, matching, export.

Pure functions on the graphs of `compare.contract`; they read no run and draw nothing.
"""
