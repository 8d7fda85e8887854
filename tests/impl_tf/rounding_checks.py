"""Properties of simulated rounding: each function raises an error if one is missing.

They run in a process that imports TensorFlow; `test_rounding.py` reports each.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from impl_tf.rounding import drawing, rounded

UNIT = 2.0**-10
UNDERFLOW = 2.0**-40


def _within(seed=0, unit=UNIT, underflow=UNDERFLOW):
    return rounded(unit=unit, underflow=underflow, seed=seed)


def _numbers(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).standard_normal(shape))


def _relative_change(one, other):
    return np.abs(np.array(one) / np.array(other) - 1)


def the_signs_depend_on_the_seed_only():
    x = _numbers(4, 5)
    found = []
    for seed in (1, 1, 2):
        with _within(seed):
            found.append(tf.exp(x).numpy())
    assert (found[0] == found[1]).all()
    assert (found[0] != found[2]).any()


def an_operation_moves_each_element_by_one_unit_in_both_directions():
    x = _numbers(1000)
    with _within():
        moved = tf.exp(x)
    change = np.array(moved) / np.exp(x.numpy()) - 1
    assert np.allclose(np.abs(change), UNIT, rtol=1e-9)
    assert 400 < (change > 0).sum() < 600


def a_product_moves_by_the_probabilistic_bound_of_its_sum():
    a, b = _numbers(6, 50), _numbers(50, 7, seed=1)
    with _within():
        moved = a @ b
    bound = UNIT * np.sqrt(50) * (np.abs(a) @ np.abs(b)) + UNDERFLOW
    assert np.allclose(np.abs(moved - a.numpy() @ b.numpy()), bound, rtol=1e-5)


def a_sum_of_equal_terms_moves_by_their_number():
    x = tf.fill((64, 3), tf.constant(1.1, tf.float64))
    with _within():
        moved = tf.reduce_sum(x, 0)
    bound = UNIT * 64 * (64 * 1.1) + UNDERFLOW
    assert np.allclose(np.abs(moved.numpy() - 64 * 1.1), bound, rtol=1e-5)


def zeros_do_not_count_as_equal_terms():
    x = tf.nn.relu(_numbers(400, 3))
    with _within():
        moved = tf.reduce_sum(x, 0)
    exact = x.numpy().sum(0)
    bound = UNIT * np.sqrt(400) * exact + UNDERFLOW
    assert np.allclose(np.abs(moved.numpy() - exact), bound, rtol=1e-5)


def a_scalar_moves():
    x = tf.constant(3.0, tf.float64)
    with _within():
        assert _relative_change(x * x, 9.0) == pytest.approx(UNIT)
        assert _relative_change(tf.reduce_sum(tf.stack([x, x])), 6.0) > UNIT


def a_tensor_with_many_elements_moves():
    x = _numbers(600, 1000)
    with _within():
        moved = tf.exp(x)
    assert np.allclose(_relative_change(moved, np.exp(x.numpy())), UNIT, rtol=1e-9)


def an_exact_operation_does_not_move():
    x = _numbers(4, 6)
    with _within():
        found = [
            tf.reshape(tf.transpose(x), (4, 6)),
            *(tf.nn.relu(x), -x, tf.abs(x), tf.concat([x, x], 0), x[1:3]),
            *(tf.maximum(x, 0.5), tf.reduce_max(x), tf.gather(x, [0, 2])),
            *(tf.where(x > 0, x, 0.0), tf.tile(x, (2, 1)), tf.pad(x, [[1, 1], [0, 0]])),
            *(tf.clip_by_value(x, -1, 1), tf.split(x, 2)[1], tf.zeros_like(x)),
            *(tf.identity(x), tf.stop_gradient(x), tf.unstack(x)[1]),
        ]
        total = tf.reduce_sum(x[:, :1], axis=1)  # of one term
        copied = tf.einsum("ab->ba", x)
    a = x.numpy()
    expected = [
        a.T.reshape(4, 6),
        *(np.maximum(a, 0), -a, np.abs(a), np.concatenate([a, a]), a[1:3]),
        *(np.maximum(a, 0.5), a.max(), a[[0, 2]]),
        *(np.where(a > 0, a, 0), np.tile(a, (2, 1)), np.pad(a, ((1, 1), (0, 0)))),
        *(np.clip(a, -1, 1), a[2:], 0 * a, a, a, a[1]),
        *(a[:, 0], a.T),
    ]
    for one, other in zip([*found, total, copied], expected, strict=True):
        assert (np.array(one) == other).all()


def scaling_by_a_power_of_two_does_not_move():
    x = _numbers(4, 6)
    with _within():
        assert ((x * 0.5).numpy() == x.numpy() / 2).all()
        assert ((-4 * x).numpy() == -4 * x.numpy()).all()
        assert ((x / 8).numpy() == x.numpy() / 8).all()
        assert ((8 / x).numpy() != 8 / x.numpy()).all()


def an_input_never_moves():
    x, y = _numbers(4, 4), _numbers(4, 4, seed=1)
    before = x.numpy().copy()
    with _within():
        tf.einsum("ab->ab", x)
        tf.reduce_sum(x, axis=[])
        tf.add_n([x])
        tf.nn.softmax(x @ y + x)
        tf.raw_ops.Snapshot(input=x)
    assert (x.numpy() == before).all()


def a_sum_of_zeros_does_not_move():
    zeros = tf.zeros((5, 6), tf.float64)
    with _within():
        assert not (zeros @ tf.transpose(zeros)).numpy().any()
        assert not tf.reduce_sum(zeros, axis=0).numpy().any()


def an_integer_does_not_move():
    x = tf.range(10)
    with _within():
        assert (tf.reduce_sum(x) + x * x).numpy().tolist() == [
            45 + n * n for n in range(10)
        ]


def a_tape_records_the_moved_result():
    x = tf.Variable(_numbers(5))
    with _within(), tf.GradientTape() as tape:
        y = tf.exp(x)
    # The derivative of exp is its result: the tape kept it.
    assert (tape.gradient(y, x).numpy() == y.numpy()).all()


def operations_of_a_gradient_move():
    x = tf.Variable(_numbers(5))
    with tf.GradientTape(persistent=True) as tape:
        y = tf.exp(x)
    with _within():
        moved = tape.gradient(y, x)
    assert np.allclose(_relative_change(moved, y), UNIT, rtol=1e-9)


def an_updated_variable_moves_by_one_unit():
    x = tf.Variable(_numbers(5))
    before = x.numpy()
    with _within():
        x.assign_sub(tf.ones(5, tf.float64))
    assert np.allclose(_relative_change(x, before - 1), UNIT, rtol=1e-9)


def only_the_updated_rows_of_a_variable_move():
    x = tf.Variable(_numbers(4, 3))
    before = x.numpy()
    with _within():
        x.scatter_add(tf.IndexedSlices(_numbers(2, 3, seed=1), tf.constant([1, 3])))
    assert (x.numpy() != before).any(axis=1).tolist() == [False, True, False, True]


def a_counter_does_not_move():
    counter = tf.Variable(3, dtype=tf.int64)
    with _within():
        counter.assign_add(4)
    assert counter.numpy() == 7


def a_function_runs_eagerly_and_moves():
    double = tf.function(tf.exp)
    x = _numbers(3)
    plain = double(x)
    with _within():
        moved = double(x)
    assert np.allclose(_relative_change(moved, plain), UNIT, rtol=1e-9)
    assert (double(x).numpy() == plain.numpy()).all()


def a_graph_that_hides_its_operations_is_rejected():
    x = _numbers(3)
    graph = tf.function(tf.exp).get_concrete_function(x)
    with _within(), pytest.raises(NotImplementedError, match="runs a graph"):
        graph(x)


def a_complex_result_is_rejected():
    x = _numbers(8)
    with _within(), pytest.raises(NotImplementedError, match="complex"):
        tf.signal.rfft(x)


def nothing_moves_after_an_error_within_the_context():
    x = _numbers(3)
    plain = tf.exp(x)
    with pytest.raises(ValueError, match="planned"), _within():
        raise ValueError("planned")
    assert (tf.exp(x).numpy() == plain.numpy()).all()
    assert not tf.config.functions_run_eagerly()


def a_kernel_with_an_inner_sum_moves_by_the_error_of_the_sum():
    x = _numbers(3, 10000)
    plain = tf.nn.softmax(x)
    with _within():
        moved = tf.nn.softmax(x)
    assert _relative_change(moved, plain).min() > 100 * UNIT


def an_optimizer_of_keras_counts_its_steps():
    keras.config.set_floatx("float64")
    x = keras.Variable(np.ones(3), dtype="float64")
    optimizer = keras.optimizers.Adam(2.0**-4)
    optimizer.build([x])
    with _within():
        optimizer.apply([_numbers(3)])
    assert int(optimizer.iterations) == 1


def a_solver_moves_by_the_condition_of_its_matrix():
    x = _numbers(12, 12)
    square = x @ tf.transpose(x)
    for solve in (tf.linalg.inv, tf.linalg.cholesky, tf.linalg.det):
        plain = solve(square)
        with _within(unit=2.0**-24):
            moved = np.abs(solve(square) - plain).max()
        real = np.abs(solve(tf.cast(square, "float32")) - plain.numpy()).max()
        assert real < 4 * moved < 200 * real


def masks_of_infinities_and_of_the_largest_numbers_are_kept():
    largest = np.finfo("float64").max
    mask = tf.constant([[-np.inf, -largest, 1.0], [np.inf, largest, 0.5]], tf.float64)
    with _within():
        moved = (tf.constant(1.0, tf.float64) * mask + 0.25).numpy()
        shares = tf.nn.softmax(_numbers(2, 3) + mask[:1]).numpy()
    assert not np.isnan(moved).any()
    assert (moved[:, 0] == mask.numpy()[:, 0]).all()
    assert np.isfinite(moved[:, 1]).all()
    assert (moved[:, 2] != [1.25, 0.75]).all()
    assert np.isfinite(shares).all()


def _draw(dtype):
    keras.utils.set_random_seed(3)
    return [
        tf.random.uniform((50,), dtype=dtype),
        tf.random.normal((50,), stddev=2.0, dtype=dtype),
        tf.random.truncated_normal((50,), dtype=dtype),
        tf.nn.dropout(tf.ones((4, 20), dtype), 0.3),
        keras.random.uniform((50,), dtype=dtype, seed=7),
        keras.random.normal((50,), dtype=dtype, seed=7),
        keras.layers.Dropout(0.3, seed=5, dtype=dtype)(
            tf.ones((4, 20), dtype), training=True
        ),
    ]


def float64_draws_the_numbers_of_float32():
    narrow = _draw("float32")
    with drawing(dtype="float32"):
        wide = _draw("float64")
    assert all(each.dtype == tf.float64 for each in wide)
    for number, (one, other) in enumerate(zip(narrow, wide, strict=True)):
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6), number


def float64_draws_its_own_numbers_where_it_is_checked():
    plain = _draw("float64")
    with drawing(dtype="float64"):
        same = _draw("float64")
    pairs = zip(plain, same, strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
