"""Mistakes of users, and how each mode shows them.

`catalogue` lists the mistakes: models with one wrong line, in the packages of the
frameworks. `run` runs each of them in every mode. `words` states how a mistake showed.

May import `compare.workers` and what is below it.
"""
