"""What a user can change to debug a captured step; imports no framework."""

from compare.contract import DebuggingRemedy

REMEDIES = (
    DebuggingRemedy(
        name="check_numerics",
        summary="tf.debugging.enable_check_numerics()",
        mode="eager",
        mistake="nan_in_forward",
    ),
    DebuggingRemedy(
        name="check_numerics",
        summary="tf.debugging.enable_check_numerics()",
        mode="function",
        mistake="nan_in_forward",
    ),
    DebuggingRemedy(
        name="run_eagerly",
        summary="tf.config.run_functions_eagerly(True)",
        mode="function",
        mistake="breakpoint",
    ),
    DebuggingRemedy(
        name="run_eagerly",
        summary="tf.config.run_functions_eagerly(True)",
        mode="xla",
        mistake="index_out_of_range",
    ),
    DebuggingRemedy(
        name="tf_print",
        summary="tf.print in place of print",
        mode="function",
        mistake="print",
    ),
    DebuggingRemedy(
        name="tf_print",
        summary="tf.print in place of print",
        mode="xla",
        mistake="print",
    ),
    DebuggingRemedy(
        name="py_function",
        summary="tf.py_function around the forward pass",
        mode="function",
        mistake="side_effect",
    ),
)
