"""The classic sentences about static and dynamic graphs, with measured verdicts.

`parts` measures what they need and reads it back, `statements` has one function per
sentence, `page` makes the page.

May import everything but `compare.cli`.
"""
