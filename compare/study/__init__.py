"""Lessons: one problem a lesson, a program in each framework, proved to agree.

The programs stand in ``lessons/NAME.py`` of the implementation packages and read on
their own. What is said of a pair stands once, in ``compare/study/lessons/NAME.py``.
"""
