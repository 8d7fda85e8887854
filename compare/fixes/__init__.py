"""Mechanical fixes of graph breaks: source text in, changed source text out.

One module per rule. A rule takes a `Site` (a source file and the line of a break) and
returns the changed source text, or ``None`` if it does not apply.
`propose.propose_fixes` applies all rules. Nothing here runs the code:
`compare.pipeline.fixes` finds out whether a fix works and keeps the results.

- `site`: the parsed file, its line, and how to replace nodes.
- `fix`: the names of the rules, and a proposed fix.
- `branch`, `side_effect`, `scalar`, `numpy_call`, `python_function`,
  `excluded_function`, `number_attribute`, `new_variable`,
  `constant_range`, `relaxed`: the rules.
- `other_mode`: recaptures for which another mode is the fix.
"""
