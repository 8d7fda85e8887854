"""A few thousand damaged inputs: every reader raises only errors for users."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.faults import fuzz
from tests.faults.readers import all_readers

READERS = list(all_readers())
INPUTS = 100  # of each reader
SEED = 1


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_damaged_inputs_raise_only_errors_for_users(reader, tmp_path):
    found = fuzz.fuzz(reader, numbers=range(INPUTS), seed=SEED, folder=tmp_path)
    assert not found.findings
    assert found.inputs == INPUTS


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_the_examples_are_valid(reader, tmp_path):
    for name, content in reader.others.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    for example in reader.examples:
        (tmp_path / reader.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / reader.file).write_bytes(reader.encode(example))
        reader.read(tmp_path)


def test_an_unexpected_exception_is_a_finding(tmp_path):
    def read(folder):
        raise KeyError((folder / "suite.toml").read_bytes()[:1])

    (suite,) = [reader for reader in READERS if reader.name == "suite"]
    broken = replace(suite, read=read)
    found = fuzz.fuzz(broken, numbers=range(5), seed=SEED, folder=tmp_path)
    assert found.outcomes == Counter(KeyError=5)
    assert found.findings[3].startswith("suite --number 3: KeyError")
    assert str(found) == f"{'suite':28}{5:>10,} inputs: 5 KeyError"


def test_inputs_are_shared_out_to_at_least_their_number():
    counts = [count for _, count in fuzz.share_out(READERS, inputs=1_000_000)]
    assert 1_000_000 <= sum(counts) < 1_001_000
    assert min(counts) > 1_000


def test_an_input_follows_from_its_seed_and_number():
    reader = READERS[0]
    once, again, other = (
        fuzz.damaged(reader, number=7, seed=seed) for seed in (0, 0, 1)
    )
    assert once == again != other
