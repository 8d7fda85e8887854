"""Find the released version of a package that changed what a variant does.

Public names: `search.Search` decides what is measured next, `criteria.Until` what
counts as changed, `run.measure_versions` measures, `record.read_bisection` reads what
was measured.
"""
