"""Which version is measured next, and what the outcomes imply."""

from __future__ import annotations

from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from compare.bisect.search import Search, VersionOutcome

DECIDED = (VersionOutcome.UNCHANGED, VersionOutcome.CHANGED)


def search_all(versions, outcome_of):
    """Return the search after its end, and the versions in order of measurement."""
    outcomes = {}
    while following := Search(versions=versions, outcomes=outcomes).following:
        assert following not in outcomes
        outcomes[following] = outcome_of(following)
    return Search(versions=versions, outcomes=outcomes), [*outcomes]


@st.composite
def changes(draw):
    """Draw versions and the index of the one that changes something."""
    count = draw(st.integers(2, 60))
    return [f"1.{number}" for number in range(count)], draw(st.integers(1, count - 1))


@given(changes())
def test_the_version_that_changes_something_is_found(drawn):
    versions, index = drawn
    search, measured = search_all(
        versions, lambda v: DECIDED[versions.index(v) >= index]
    )
    assert search.changed == versions[index]
    assert search.unchanged == versions[index - 1]
    assert search.between == []
    inner = len(versions) - 2
    assert len(measured) - 1 <= ceil(log2(inner + 1)), "more than a binary search"


def test_six_versions_need_at_most_three_measurements_between_the_ends():
    versions = [f"2.{number}" for number in range(6)]
    for index in range(1, 6):
        _, measured = search_all(versions, lambda v, i=index: DECIDED[v >= f"2.{i}"])
        assert len(measured) - 1 <= 3


@given(changes(), st.data())
def test_a_version_that_decides_nothing_leaves_only_its_neighbours_open(drawn, data):
    versions, index = drawn
    skipped = data.draw(st.sets(st.sampled_from(versions[1:-1] or ["none"])))

    def outcome_of(version):
        if version in skipped:
            return data.draw(
                st.sampled_from([VersionOutcome.CANNOT_TELL, VersionOutcome.NOT_RUN])
            )
        return DECIDED[versions.index(version) >= index]

    search, _ = search_all(versions, outcome_of)
    assert set(search.between) <= skipped
    candidates = [*search.between, search.changed]
    assert versions[index] in candidates, "the version was excluded"


@given(
    st.sampled_from(
        [VersionOutcome.UNCHANGED, VersionOutcome.CANNOT_TELL, VersionOutcome.NOT_RUN]
    ),
    st.integers(2, 9),
)
def test_nothing_is_searched_unless_the_newest_version_is_changed(outcome, count):
    versions = [f"1.{number}" for number in range(count)]
    search, measured = search_all(versions, lambda _: outcome)
    assert measured == versions[-1:]
    assert search.changed == ""
