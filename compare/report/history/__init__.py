"""The page and the terminal output of ``graph-compare history``.

May import: `compare.history` and the layers below it, and other packages of
`compare.report`. Only `chart` imports Altair; without it, a page has a note in place of
each chart.

Public names:
    `console.print_history`: print a history.
    `page.write_page`: write a history as one self-contained HTML file.
    `chart`, `sentences`, `tables`: their parts.
"""
