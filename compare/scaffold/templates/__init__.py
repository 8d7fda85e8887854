"""One file per built-in workload that can be copied: the ``workload.py`` of a folder.

A template is complete: it imports NumPy and `compare.contract` only.
"""
