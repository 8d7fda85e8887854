"""Faults of the frameworks that this toolkit found, each with a script that shows it.

A script prints what happens, and exits with 0 if the fault is still there.
"""
