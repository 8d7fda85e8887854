"""The parts of the site's pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compare import render
from compare.contract import Framework
from compare.frameworks import frameworks_with
from compare.study import site
from compare.study.lesson import Picture
from compare.study.site.apis import find_api
from compare.study.site.images import render_images
from compare.study.site.lines import render_lines
from compare.study.site.markdown import first_sentence, plain_text
from compare.study.site.values import format_array
from tests.support.colours import colours, contrast

TEMPLATES = [Path(module.__file__).parent / "templates" for module in (render, site)]


def picture(**options):
    return Picture(step="any", caption="any", arrays={"a": "a"}, **options)


@pytest.mark.parametrize(
    "sheets", [("light.css", "style.css"), ("dark.css", "dark.css")]
)
def test_code_has_enough_contrast_in_every_colour(sheets):
    shared, own = TEMPLATES
    found = colours(shared / sheets[0], own / sheets[1])
    code = [found[name] for name in found if name.startswith("code-")]
    assert len(code) == 5
    assert min(contrast(each, found["raised"]) for each in code) >= 4.5
    for paper in ("added", "removed"):
        assert contrast(found["ink"], found[paper]) >= 4.5


@pytest.mark.parametrize(
    ("framework", "name", "ending"),
    [
        ("torch", "torch.no_grad", "/generated/torch.no_grad.html"),
        ("torch", "torch.Tensor", "/tensors.html#torch.Tensor"),
        ("torch", "torch.Tensor.grad", "/generated/torch.Tensor.grad.html"),
        (
            "torch",
            "torch.utils.data.DataLoader",
            "/data.html#torch.utils.data.DataLoader",
        ),
        ("tf", "tf.nn.relu", "/python/tf/nn/relu"),
        ("tf", "tf.keras.layers.Dense", "/python/tf/keras/layers/Dense"),
        ("tf", "tf.Variable.assign_sub", "/python/tf/Variable#assign_sub"),
    ],
)
def test_a_name_links_to_its_official_page(framework, name, ending):
    href = find_api(name, framework=frameworks_with("lessons")[framework]).href
    assert href.startswith("https://")
    assert href.endswith(ending)


def test_a_framework_without_known_pages_has_names_without_links():
    third = Framework(
        name="third",
        package="impl_third",
        module="third",
        install="",
        rank=3,
        modes=(),
        environment={},
    )
    assert find_api("third.add", framework=third).href == ""


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array(1.5), "1.5"),
        (np.array([1, 2, 3, 4]), "[1, 2, 3, 4]"),
        (np.arange(6).reshape(2, 3), "[0, 1, 2, …, 5]"),
        (np.array([True]), "[True]"),
        (np.array(60000), "60,000"),
        (np.array([60000, 2]), "[60000, 2]"),
        (np.array(["a,b", "x" * 100]), "[a,b, " + "x" * 47 + "…]"),
        (np.array("x" * 100), "x" * 47 + "…"),
        (np.array([]), "[]"),
    ],
)
def test_arrays_are_formatted_in_a_few_characters(array, expected):
    assert format_array(array) == expected


def test_the_label_of_a_chart_describes_its_lines():
    drawn = render_lines(
        picture(), arrays={"loss <1>": np.array([4.0, 1.0, 2.0])}, ident="p"
    )
    assert "loss &lt;1&gt; goes from 4.00 to 2.00, minimum 1.00, maximum 4.00" in drawn
    assert drawn.count("<svg") == 1


def test_values_that_an_axis_cannot_show_are_left_out():
    array = np.array([np.nan, np.inf, 0.0, -1.0, 10.0, 1000.0])
    drawn = render_lines(picture(y_log=True), arrays={"loss": array}, ident="p")
    assert "goes from 10.0 to 1,000, minimum 10.0, maximum 1,000" in drawn


def test_a_line_is_drawn_over_the_array_of_its_axis():
    arrays = {"rate": np.array([1e-3, 1e-1]), "loss": np.array([2.0, 1.0])}
    drawn = render_lines(picture(x="rate", x_log=True), arrays=arrays, ident="p")
    assert "rate goes" not in drawn
    assert "loss goes from 2.00 to 1.00" in drawn


def test_without_arrays_nothing_is_drawn():
    assert render_lines(picture(), arrays={}, ident="p") == ""
    assert render_images({}) == ""


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        ((8, 8), 1),
        ((3, 8, 8), 3),
        ((3, 8, 8, 1), 3),
        ((2, 8, 8, 3), 2),
        ((30, 4, 4), 10),
    ],
)
def test_every_image_of_an_array_has_a_description(shape, count):
    array = np.arange(np.prod(shape), dtype=float).reshape(shape)
    drawn = render_images({"digits": array})
    assert drawn.count("<img ") == count
    assert drawn.count("data:image/png;base64,") == count
    assert f"digits, image {count} of {count}; black 0, white" in drawn
    assert ("the first 10 of 30" in drawn) == (shape[0] == 30)


def test_an_image_without_contrast_is_drawn():
    drawn = render_images({"flat": np.ones((4, 4))})
    assert drawn.count("<img ") == 1


def test_prose_is_converted_to_one_line_of_text():
    assert plain_text("The `loss` is\n*small* & <b>.") == "The loss is small & <b>."


def test_the_first_sentence_does_not_end_at_a_dot_in_a_name():
    assert first_sentence("A `tf.Variable` is\nkept. It lives.") == (
        "A `tf.Variable` is kept."
    )
