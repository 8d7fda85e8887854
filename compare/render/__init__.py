"""Format numbers, tables, charts and code for terminal, Markdown and HTML.

May import: nothing of the project. Contains nothing about runs.

Modules: `format` (numbers with units), `table` (tables of formatted text), `glossary`
(the terms, for reports and ``GLOSSARY.md``), `columns` (code of several programs in the
terminal), `sparkline` (a series as text), `visible` and `console` (control characters
are shown, not executed), and for charts `palette`, `encoding`, `svg`, and `charts`,
which draws them in a child process (`drawing`). `templates` has the style sheets and
the HTML of a table.
"""
