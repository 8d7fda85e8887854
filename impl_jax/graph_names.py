"""JAX's names of operations, and the names that all frameworks share."""

from compare.graphs.operations import CommonOperation as Common

NAMES = {
    Common.MATRIX_PRODUCT: "dot_general",
    Common.CONVOLUTION: "conv_general_dilated",
    Common.ADD: "add add_any",
    Common.SUBTRACT: "sub",
    Common.MULTIPLY: "mul",
    Common.DIVIDE: "div",
    Common.REMAINDER: "rem",
    Common.NEGATE: "neg",
    Common.POWER: "pow integer_pow",
    Common.SQUARE: "square",
    Common.SQUARE_ROOT: "sqrt",
    Common.RECIPROCAL_ROOT: "rsqrt",
    Common.EXPONENTIAL: "exp expm1",
    Common.LOGARITHM: "log log1p",
    Common.ABSOLUTE: "abs",
    Common.SIGN: "sign",
    Common.FLOOR: "floor ceil round",
    Common.ERROR_FUNCTION: "erf erfc",
    Common.MAXIMUM: "max",
    Common.MINIMUM: "min",
    Common.CLIP: "clamp",
    Common.COMPARE: "eq ne lt le gt ge is_finite",
    Common.LOGIC: "and or not xor",
    Common.SELECT: "select_n",
    Common.SIGMOID: "logistic",
    Common.TANH: "tanh",
    Common.SUM: "reduce_sum",
    Common.REDUCE_MAXIMUM: "reduce_max",
    Common.REDUCE_MINIMUM: "reduce_min",
    Common.REDUCE_LOGIC: "reduce_and reduce_or",
    Common.REDUCE: "reduce reduce_window reduce_window_sum",
    Common.POOLING: "reduce_window_max",
    Common.POOLING_GRADIENT: "select_and_scatter_add select_and_gather_add",
    Common.RESHAPE: "reshape squeeze expand_dims",
    Common.TRANSPOSE: "transpose",
    Common.BROADCAST: "broadcast_in_dim",
    Common.CONCATENATE: "concatenate",
    Common.STACK: "stack",
    Common.SPLIT: "split unstack",
    Common.SLICE: "slice dynamic_slice",
    Common.PAD: "pad",
    Common.GATHER: "gather",
    Common.SCATTER: "scatter scatter-add dynamic_update_slice",
    Common.REVERSE: "rev",
    Common.FILL: "empty2",
    Common.RANGE: "iota",
    Common.SORT: "sort",
    Common.COPY: "copy copy_p",
    Common.CAST: "convert_element_type",
    Common.IDENTITY: "stop_gradient optimization_barrier",
    Common.LOOP: "scan while",
    Common.BRANCH: "cond",
}
COMMON = {own: c for c, names in NAMES.items() for own in names.split()}


def common_name(operation: str) -> str:
    """Return the shared name of an operation; empty if there is none."""
    return str(COMMON.get(operation, ""))
