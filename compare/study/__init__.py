"""Lessons: each solves one problem with one program per framework.

The programs are in ``lessons/NAME.py`` of the implementation packages and run on
their own. Their explanation is in ``compare/study/lessons/NAME.py``. This
package runs the programs, checks that their results agree, and shows them in the
terminal, as a website and as notebooks. It also shows the code of workloads and quirks.

May import the packages below `study` in the layers; it uses `agreement`, `workers`,
`render` and lower layers. Must not import `cli` or `report`.

Public names: `Lesson`, `Exercise` and `Picture` in `compare.study.lesson` for authors
of lessons; the functions of `compare.study.command` for the command line.
"""
