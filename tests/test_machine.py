"""Which facts of a machine identify it, and which may change."""

from __future__ import annotations

import pytest

from compare.machine import (
    IDENTITY,
    OPERATING_SYSTEM,
    VOLATILE,
    machine,
    processor_features,
    select_identity,
    system_and_architecture,
)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Linux-6.18.44-fc-v669-x86_64-with-glibc2.36", "Linux x86_64"),
        ("Linux-6.1.0-18-amd64-x86_64-with-glibc2.36", "Linux x86_64"),
        ("Linux-6.1.0-18-arm64-aarch64-with-glibc2.36", "Linux aarch64"),
        ("macOS-14.4.1-arm64-arm-64bit", "macOS arm64"),
        ("macOS-14.4.1-x86_64-i386-64bit", "macOS x86_64"),
        ("Windows-10-10.0.19045-SP0", "Windows"),
    ],
)
def test_of_an_operating_system_only_name_and_architecture_remain(system, expected):
    assert system_and_architecture(system) == expected


def test_volatile_facts_do_not_identify_a_machine():
    facts = machine()
    identity = select_identity(facts)
    assert facts.keys() - identity.keys() == set(VOLATILE)
    assert set(IDENTITY) <= identity.keys()
    changed = {name for name in identity if identity[name] != facts[name]}
    assert changed == {OPERATING_SYSTEM}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["processor : 0", "flags : sse2 avx", "flags : sse2 avx"], ["avx", "sse2"]),
        (["Features : fp asimd"], ["asimd", "fp"]),
        ([], []),
    ],
)
def test_the_instruction_sets_of_the_first_processor_are_listed(
    monkeypatch, lines, expected
):
    monkeypatch.setattr("compare.machine._read_cpu_info", lambda: lines)
    assert processor_features() == expected
