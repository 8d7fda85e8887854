"""Which mutants a source text has."""

from __future__ import annotations

import ast

import pytest

from tests.mutation.finding import find_mutants

# Operator -> a statement, and the statements that it becomes.
EXAMPLES = {
    "comparison": ("x = a < b", ["x = a <= b", "x = a >= b"]),
    "arithmetic": ("x = a + b", ["x = a - b"]),
    "boolean": ("x = a and b", ["x = a or b"]),
    "sign or not removed": ("x = not a", ["x = a"]),
    "constant": ("x = 3", ["x = 4", "x = 2", "x = 0", "x = 6"]),
    "boolean constant": ("x = f(a=True, b=a)", ["x = f(a=False, b=a)"]),
    "string": ('x = "VALID"', ['x = "SAME"']),
    "name": ("x = a.max", ["x = a.min"]),
    "transposition dropped": ("x = a.T", ["x = a"]),
    "argument dropped": ("x = f(a, b=c)", ["x = f(a)"]),
    "arguments swapped": ("x = f(a, b)", ["x = f(b, a)"]),
    "call dropped": ("x = np.abs(a)", ["x = a"]),
    "elements swapped": ("x = (a, b, b)", ["x = (b, a, b)"]),
    "values swapped": ("x = {a: b, c: d}", ["x = {a: d, c: b}"]),
    "slice": ("x = a[b:c]", ["x = a[:c]", "x = a[b:]"]),
    "condition negated": ("x = a if b else c", ["x = a if (not (b)) else c"]),
    "statement deleted": ("x.y = a", ["pass"]),
    "index summed": ('x = "ij->i"', ['x = "ij->"']),
    "indices swapped": ('x = "ij->i"', ['x = "ji->i"']),
}


def mutations_of(text, folder):
    """Return the operator and the text of each mutant of a file."""
    source = f"import numpy as np\n\n{text}\n"
    (folder / "module.py").write_text(source)
    found = find_mutants("module.py", root=folder)
    start = source.index(text)
    return [
        (m.operator, m.apply(source.encode()).decode()[start:].strip()) for m in found
    ]


@pytest.mark.parametrize("operator", EXAMPLES)
def test_an_operator_makes_these_edits_and_no_others(operator, tmp_path):
    original, expected = EXAMPLES[operator]
    mutations = mutations_of(original, tmp_path)
    found = [text for name, text in mutations if name == operator]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(x):\n    return x", "def f(x):\n    return None"),
        (
            "def f(x):\n    with g(x):\n        h(x)",
            "def f(x):\n    if True:\n        h(x)",
        ),
        ("@cached\ndef f(x):\n    return x", "def f(x):\n    return x"),
        ("def f(x):\n    x = g(x)\n    return x", "def f(x):\n    pass\n    return x"),
        ("def f(x):\n    raise ValueError(x)", "def f(x):\n    pass"),
        ("def f(x):\n    x += g(x)", "def f(x):\n    pass"),
        ("x = f(\n    a,\n    b=c,\n)", "x = f(\n    a,\n)"),
        ("x = f(\n    b=c,\n)", "x = f(\n    \n)"),
        ("x = [a for a in b if a]", "x = [a for a in b if (not (a))]"),
        ("x = f(a=1)", "x = f(a=0)"),
        ("x = -a", "x = a"),
        ("x = a not in b", "x = a in b"),
        ("x = (a) is not (b)", "x = (a) is (b)"),
    ],
)
def test_a_text_has_this_mutant(text, expected, tmp_path):
    assert expected in [found for _, found in mutations_of(text, tmp_path)]


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring with 3 numbers."""',
        "import os",
        "x: int | None",
        "def f(x: Literal[3]) -> Literal[4]: ...",
        "if TYPE_CHECKING:\n    import os\n    x = 3",
        'x = f"{a + 1}"',
        "@dataclass(frozen=True)\nclass A: ...",
    ],
)
def test_what_no_program_computes_with_is_not_mutated(text, tmp_path):
    operators = {operator for operator, _ in mutations_of(text, tmp_path)}
    assert operators <= {"decorator dropped", "statement deleted"}


def test_a_message_is_not_mutated_but_its_statement_is_deleted(tmp_path):
    found = mutations_of('def f(x):\n    raise ValueError("f", x + 1)', tmp_path)
    assert [operator for operator, _ in found] == ["statement deleted"]


def test_the_strictness_of_zip_is_not_mutated(tmp_path):
    found = mutations_of("x = zip(a, b, strict=True)", tmp_path)
    assert all("strict=True" in text for _, text in found)


def test_every_mutant_is_another_valid_program(tmp_path):
    text = "def f(x, y=1):\n    return max(x * y, 0.0)[::-1] if x else {x: [1, 2]}"
    found = [source for _, source in mutations_of(text, tmp_path)]
    assert len(found) > 15
    trees = {ast.dump(ast.parse(source)) for source in found}
    assert len(trees) == len(found)
    assert ast.dump(ast.parse(text)) not in trees


def test_a_mutant_is_identified_without_its_line_number(tmp_path):
    (tmp_path / "module.py").write_text(
        "class A:\n    def f(self):\n        return 1\n"
    )
    (tmp_path / "moved.py").write_text(
        "\n\nclass A:\n    def f(self):\n        return 1\n"
    )
    one, moved = (
        [m.key[1:] for m in find_mutants(file, root=tmp_path)]
        for file in ("module.py", "moved.py")
    )
    assert one == moved
    assert one[0] == ("A.f", "return 1", "return value at 0: return 1 -> return None")
    assert len(set(one)) == len(one)
