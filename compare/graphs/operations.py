"""The names of operations that all frameworks share.

Each implementation package translates its framework's own names to these, in its
module ``graph_names``.
"""

from enum import StrEnum


class CommonOperation(StrEnum):
    """What a node of a graph computes, whatever its framework calls it.

    A gradient has its own name where a framework computes it in one operation. Where a
    gradient consists of other operations, they have their own names.
    """

    # Values that are given.
    INPUT = "input"
    PARAMETER = "parameter"
    CONSTANT = "constant"
    OUTPUT = "output"  # of a graph, or of the body of a loop or a branch
    # Products.
    MATRIX_PRODUCT = "matrix product"
    LINEAR = "linear"  # a matrix product, and a bias added to it
    CONVOLUTION = "convolution"
    CONVOLUTION_GRADIENT = "convolution gradient"
    # Arithmetic on elements.
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    DIVIDE = "divide"
    REMAINDER = "remainder"
    NEGATE = "negate"
    POWER = "power"
    SQUARE = "square"
    SQUARE_ROOT = "square root"
    RECIPROCAL = "reciprocal"
    RECIPROCAL_ROOT = "reciprocal square root"
    EXPONENTIAL = "exponential"
    LOGARITHM = "logarithm"
    ABSOLUTE = "absolute value"
    SIGN = "sign"
    FLOOR = "floor"
    SINE = "sine"
    COSINE = "cosine"
    ERROR_FUNCTION = "error function"
    MAXIMUM = "maximum"  # of two tensors
    MINIMUM = "minimum"
    CLIP = "clip"
    COMPARE = "compare"
    LOGIC = "logic"
    SELECT = "select"
    # Activations and losses.
    RELU = "relu"
    RELU_GRADIENT = "relu gradient"
    SIGMOID = "sigmoid"
    SIGMOID_GRADIENT = "sigmoid gradient"
    TANH = "tanh"
    TANH_GRADIENT = "tanh gradient"
    GELU = "gelu"
    GELU_GRADIENT = "gelu gradient"
    SILU = "silu"
    SILU_GRADIENT = "silu gradient"
    SOFTMAX = "softmax"
    SOFTMAX_GRADIENT = "softmax gradient"
    LOG_SOFTMAX = "log softmax"
    LOG_SOFTMAX_GRADIENT = "log softmax gradient"
    CROSS_ENTROPY = "cross-entropy"
    CROSS_ENTROPY_GRADIENT = "cross-entropy gradient"
    DROPOUT = "dropout"
    DROPOUT_GRADIENT = "dropout gradient"
    RANDOM = "random numbers"
    # Reductions.
    SUM = "sum"
    MEAN = "mean"
    PRODUCT = "product"
    REDUCE_MAXIMUM = "maximum of an axis"
    REDUCE_MINIMUM = "minimum of an axis"
    REDUCE_LOGIC = "any or all"
    REDUCE = "reduce"  # by a function of its own
    ARGUMENT_MAXIMUM = "index of the maximum"
    CUMULATIVE_SUM = "cumulative sum"
    # Layers.
    POOLING = "pooling"
    POOLING_GRADIENT = "pooling gradient"
    NORMALIZATION = "normalization"
    NORMALIZATION_GRADIENT = "normalization gradient"
    EMBEDDING = "embedding"
    EMBEDDING_GRADIENT = "embedding gradient"
    ATTENTION = "attention"
    ATTENTION_GRADIENT = "attention gradient"
    RECURRENT_LAYER = "recurrent layer"
    RESIZE = "resize"
    RESIZE_GRADIENT = "resize gradient"
    BIAS_GRADIENT = "bias gradient"
    # Shapes, and moves of elements.
    RESHAPE = "reshape"
    TRANSPOSE = "transpose"
    BROADCAST = "broadcast"
    CONCATENATE = "concatenate"
    STACK = "stack"
    SPLIT = "split"
    SLICE = "slice"
    SLICE_GRADIENT = "slice gradient"
    PAD = "pad"
    GATHER = "gather"
    SCATTER = "scatter"
    REVERSE = "reverse"
    FILL = "fill"
    RANGE = "range"
    ONE_HOT = "one-hot"
    SORT = "sort"
    SHAPE = "shape"  # reads or computes a shape, a size or a dtype
    COPY = "copy"
    CAST = "cast"
    GRADIENTS = "gradients"  # of all operations before, in one node
    IDENTITY = "identity"  # passes its input on, such as the read of a variable
    # State.
    UPDATE = "update"  # writes a parameter, a buffer or a part of a tensor
    # Structure.
    LOOP = "loop"
    BRANCH = "branch"
    BODY = "body"  # of a loop or of one side of a branch: the region of its nodes
    CALL = "call"  # of a function with a body of its own
    CALL_PYTHON = "call of Python"
    READ_VALUE = "value read by Python"  # a number of a tensor
    FUSION = "fusion"  # one kernel for several operations
    COLLECTION = "collection"  # makes or reads a tuple, a list or an optional value
    CHECK = "check"  # an assertion, or a guard of an optimized graph
    ORDER = "order"  # states only that an operation follows another
