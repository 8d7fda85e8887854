"""What the pages of the site are put together from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compare import report
from compare.contract import Framework
from compare.frameworks import frameworks
from compare.study import site
from compare.study.lesson import Picture
from compare.study.site.apis import api
from compare.study.site.images import images
from compare.study.site.lines import lines
from compare.study.site.shortened import shortened
from compare.study.site.wording import first_sentence, plain
from tests.support.colours import colours, contrast

TEMPLATES = [Path(module.__file__).parent / "templates" for module in (report, site)]


def picture(**options):
    return Picture(step="any", caption="any", arrays={"a": "a"}, **options)


@pytest.mark.parametrize(
    "sheets", [("light.css", "style.css"), ("dark.css", "dark.css")]
)
def test_code_can_be_read_in_every_colour(sheets):
    of_reports, of_the_site = TEMPLATES
    found = colours(of_reports / sheets[0], of_the_site / sheets[1])
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
def test_a_name_leads_to_its_official_page(framework, name, ending):
    href = api(name, framework=frameworks()[framework]).href
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
    assert api("third.add", framework=third).href == ""


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array(1.5), "1.5"),
        (np.array([1, 2, 3, 4]), "[1, 2, 3, 4]"),
        (np.arange(6).reshape(2, 3), "[0, 1, 2, …, 5]"),
        (np.array([True]), "[True]"),
        (np.array("x" * 100), "x" * 47 + "…"),
        (np.array([]), "[]"),
    ],
)
def test_values_are_shortened(array, expected):
    assert shortened(array) == expected


def test_a_line_says_in_words_where_it_goes():
    drawn = lines(picture(), arrays={"loss <1>": np.array([4.0, 1.0, 2.0])}, ident="p")
    assert "loss &lt;1&gt; goes from 4.00 to 2.00, least 1.00, largest 4.00" in drawn
    assert drawn.count("<svg") == 1


def test_what_no_axis_can_hold_is_not_drawn():
    array = np.array([np.nan, np.inf, 0.0, -1.0, 10.0, 1000.0])
    drawn = lines(picture(y_log=True), arrays={"loss": array}, ident="p")
    assert "goes from 10.0 to 1,000, least 10.0, largest 1,000" in drawn


def test_a_line_is_drawn_over_the_array_of_its_axis():
    arrays = {"rate": np.array([1e-3, 1e-1]), "loss": np.array([2.0, 1.0])}
    drawn = lines(picture(x="rate", x_log=True), arrays=arrays, ident="p")
    assert "rate goes" not in drawn
    assert "loss goes from 2.00 to 1.00" in drawn


def test_nothing_is_drawn_of_nothing():
    assert lines(picture(), arrays={}, ident="p") == ""
    assert images({}) == ""


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
def test_arrays_are_rows_of_images_with_words_for_each(shape, count):
    array = np.arange(np.prod(shape), dtype=float).reshape(shape)
    drawn = images({"digits": array})
    assert drawn.count("<img ") == count
    assert drawn.count("data:image/png;base64,") == count
    assert f"digits, image {count} of {count}; black 0, white" in drawn
    assert ("the first 10 of 30" in drawn) == (shape[0] == 30)


def test_an_image_without_contrast_is_drawn():
    drawn = images({"flat": np.ones((4, 4))})
    assert drawn.count("<img ") == 1


def test_prose_can_be_read_as_one_line():
    assert plain("The `loss` is\n*small* & <b>.") == "The loss is small & <b>."


def test_the_first_sentence_ends_where_it_ends():
    assert first_sentence("A `tf.Variable` is\nkept. It lives.") == (
        "A `tf.Variable` is kept."
    )
