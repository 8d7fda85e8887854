"""Every mistake has a model in both frameworks, with its line marked once."""

from __future__ import annotations

import pytest

from compare.debugging.catalogue import find_mistake, list_mistakes
from compare.errors import UsageError
from compare.frameworks import frameworks_with
from compare.workers.observing import MARK

LEAST = 16
each_mistake = pytest.mark.parametrize("mistake", list_mistakes(), ids=lambda m: m.name)


def test_there_are_enough_mistakes():
    assert len(list_mistakes()) >= LEAST


@each_mistake
def test_each_framework_has_a_model_with_the_same_title_and_one_marked_line(mistake):
    assert set(mistake.files) == set(frameworks_with("mistakes"))
    for path in mistake.files.values():
        text = path.read_text("utf-8")
        assert text.startswith(f'"""{mistake.title}"""')
        assert sum(line.endswith(MARK) for line in text.splitlines()) == 1


def test_an_unknown_mistake_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="did you mean shape_mismatch"):
        find_mistake("shape_mismach")
