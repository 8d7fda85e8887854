"""The files around an existing model: its data, and a skeleton of the other one."""

from __future__ import annotations

from compare.scaffold.wrapping import describe_draw, describe_models
from compare.workers import messages
from compare.workloads.folder import FILE, open_folder
from compare.workloads.target import ArraySpec, Source

IMAGES = ArraySpec(shape=(8, 3, 32, 32), name="0")
TOKENS = ArraySpec(shape=(8, 16), kind="int64", low=0, high=20, name="1")
FACTS = messages.Inspected(
    kind="Module",
    inputs=[IMAGES, TOKENS],
    found_by="a guess",
    outputs=[ArraySpec(shape=(8, 5))],
    targets=[ArraySpec(shape=(8, 5))],
    loss="mean_square",
    shapes={"fc.weight": [6, 5]},
    axes={"fc.weight": [1, 0]},
    trained=["fc.weight"],
    buffers=[],
    frozen=[],
    tied=[],
    is_random=False,
    narrowed=[],
    flops=0.0,
    forward_s=1.0,
    length=0,
)


def test_the_files_have_the_inputs_the_model_and_a_skeleton(tmp_path):
    source = Source(name="Net", file=str(tmp_path / "net.py"), arguments={"width": 6})

    texts = describe_models(tmp_path / "mine", {"torch": source}, FACTS)

    assert '"inputs_0": rng.standard_normal((self.batch, 3, 32, 32))' in texts[FILE]
    assert '"inputs_1": rng.integers(0, 20, (self.batch, 16))' in texts[FILE]
    assert '"targets": rng.standard_normal((self.batch, 5))' in texts[FILE]
    assert 'parent / ".."' in texts["model_torch.py"]
    assert "return Net(width=6)" in texts["model_torch.py"]
    assert "fc.weight (6, 5)" in texts["model_tf.py"]


def test_the_skeleton_of_the_other_side_is_no_model_yet(tmp_path):
    source = Source(name="Linear", module="torch.nn")
    for name, text in describe_models(tmp_path, {"torch": source}, FACTS).items():
        (tmp_path / name).write_text(text)

    assert list(open_folder(str(tmp_path), settings={}, seed=0).sources) == ["torch"]
    assert "from torch.nn import Linear" in (tmp_path / "model_torch.py").read_text()


def test_arrays_are_drawn_as_the_model_takes_them():
    mask = ArraySpec(shape=(8,), kind="bool")

    assert (
        describe_draw(mask, batch=8) == "rng.integers(0, 2, (self.batch,)).astype(bool)"
    )
    assert (
        describe_draw(ArraySpec(shape=(4, 8)), batch=8) == "rng.standard_normal((4, 8))"
    )
