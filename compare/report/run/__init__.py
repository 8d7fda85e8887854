"""The report of a run: its outline, rendered as Markdown, as a page and in a terminal.

May import: `compare.results`, `compare.render`, everything below them, and the other
packages of `compare.report`.

Data flows one way: `outline.build_outline` joins the tables of a run once and collects
every sentence, table and figure (`summary`, `cautions`, `capture`, `sections`,
`figures`, `tables`); `markdown`, `page` and `console` only render that outline.
`section` has the types.
"""
