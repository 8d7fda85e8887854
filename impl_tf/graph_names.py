"""TensorFlow's names of operations, and the names that all share."""

import re

from compare.graphs.operations import CommonOperation as Common

# In lower case: a tf.Graph writes MatMul. HLO's names have hyphens.
NAMES = {
    Common.INPUT: "placeholder _arg",
    Common.PARAMETER: "varhandleop resource _varhandlesop variable",
    Common.CONSTANT: "const constant tensor fakeparam",
    Common.OUTPUT: "_retval return",
    Common.MATRIX_PRODUCT: "matmul batchmatmul einsum _mklmatmul "
    "_mklbatchmatmul dot dot-general",
    Common.LINEAR: "_fusedmatmul _mklnativefusedmatmul _mklfusedmatmul",
    Common.CONVOLUTION: "conv2d depthwiseconv2dnative _fusedconv2d "
    "_mklnativeconv2d _mklnativefusedconv2d _mklconv2d convolution",
    Common.CONVOLUTION_GRADIENT: "conv2dbackpropinput "
    "conv2dbackpropfilter _mklnativeconv2dbackpropinput "
    "_mklnativeconv2dbackpropfilter depthwiseconv2dnativebackpropinput "
    "depthwiseconv2dnativebackpropfilter conv2dbackpropfilterwithbias",
    Common.ADD: "add addn biasadd _mkladd",
    Common.SUBTRACT: "sub subtract _mklsub",
    Common.MULTIPLY: "mul multiply mulnonan _mklmul",
    Common.DIVIDE: "realdiv div divnonan divide floordiv",
    Common.REMAINDER: "floormod mod remainder",
    Common.NEGATE: "neg negate",
    Common.POWER: "pow power",
    Common.SQUARE: "square _mklsquare",
    Common.SQUARE_ROOT: "sqrt",
    Common.RECIPROCAL: "reciprocal inv",
    Common.RECIPROCAL_ROOT: "rsqrt",
    Common.EXPONENTIAL: "exp expm1 exponential exponential-minus-one",
    Common.LOGARITHM: "log log1p log-plus-one",
    Common.ABSOLUTE: "abs",
    Common.SIGN: "sign",
    Common.FLOOR: "floor ceil round rint round-nearest-even",
    Common.SINE: "sin sine",
    Common.COSINE: "cos cosine",
    Common.ERROR_FUNCTION: "erf",
    Common.MAXIMUM: "maximum",
    Common.MINIMUM: "minimum",
    Common.CLIP: "clipbyvalue clamp relu6",
    Common.COMPARE: "equal notequal less lessequal greater greaterequal "
    "compare isfinite is-finite",
    Common.LOGIC: "logicaland logicalor logicalnot and or not xor "
    "shift-left shift-right-logical",
    Common.SELECT: "select",
    Common.RELU: "relu",
    Common.RELU_GRADIENT: "relugrad",
    Common.SIGMOID: "sigmoid logistic",
    Common.SIGMOID_GRADIENT: "sigmoidgrad",
    Common.TANH: "tanh",
    Common.TANH_GRADIENT: "tanhgrad",
    Common.SOFTMAX: "softmax",
    Common.LOG_SOFTMAX: "logsoftmax",
    Common.CROSS_ENTROPY: "sparsesoftmaxcrossentropywithlogits "
    "softmaxcrossentropywithlogits",
    Common.RANDOM: "randomuniform randomstandardnormal truncatednormal "
    "statelessrandomuniform statelessrandomnormal statelessrandomgetkey "
    "statelessrandomgetkeycounter rng-bit-generator rng-get-and-update-state",
    Common.SUM: "sum",
    Common.MEAN: "mean",
    Common.PRODUCT: "prod",
    Common.REDUCE_MAXIMUM: "max",
    Common.REDUCE_MINIMUM: "min",
    Common.REDUCE_LOGIC: "any all",
    Common.REDUCE: "reduce reduce-window",
    Common.ARGUMENT_MAXIMUM: "argmax",
    Common.CUMULATIVE_SUM: "cumsum",
    Common.POOLING: "maxpool avgpool",
    Common.POOLING_GRADIENT: "maxpoolgrad avgpoolgrad select-and-scatter",
    Common.NORMALIZATION: "fusedbatchnorm _fusedbatchnormex "
    "_mklnativefusedbatchnorm batch-norm-training batch-norm-inference",
    Common.NORMALIZATION_GRADIENT: "fusedbatchnormgrad batch-norm-grad "
    "_mklfusedbatchnormgrad",
    Common.RESIZE: "resizenearestneighbor resizebilinear",
    Common.RESIZE_GRADIENT: "resizenearestneighborgrad resizebilineargrad",
    Common.BIAS_GRADIENT: "biasaddgrad",
    Common.RESHAPE: "reshape squeeze expanddims bitcast",
    Common.TRANSPOSE: "transpose",
    Common.BROADCAST: "broadcastto tile broadcast",
    Common.CONCATENATE: "concat concatenate",
    Common.STACK: "pack",
    Common.SPLIT: "split splitv unpack",
    Common.SLICE: "slice stridedslice dynamic-slice",
    Common.SLICE_GRADIENT: "stridedslicegrad",
    Common.PAD: "pad mirrorpad",
    Common.GATHER: "gather gathernd resourcegather",
    Common.SCATTER: "scatternd tensorscatterupdate scatter "
    "unsortedsegmentsum dynamic-update-slice tensorscatteradd",
    Common.REVERSE: "reverse",
    Common.FILL: "fill zeroslike oneslike",
    Common.RANGE: "range iota",
    Common.ONE_HOT: "onehot",
    Common.SORT: "topk sort",
    Common.SHAPE: "shape shapen rank size broadcastgradientargs "
    "broadcastargs dynamicstitch get-dimension-size "
    "concatoffset invertpermutation",
    Common.COPY: "copy deepcopy snapshot",
    Common.CAST: "cast convert bitcast-convert",
    Common.IDENTITY: "identity identityn readvariableop stopgradient "
    "preventgradient optimization-barrier _send _recv _hostsend _hostrecv",
    Common.UPDATE: "assignvariableop assignsubvariableop assignaddvariableop "
    "resourceapplygradientdescent resourceapplyadam resourcescatteradd "
    "resourceapplykerasmomentum resourceapplymomentum",
    Common.LOOP: "while statelesswhile enter exit nextiteration loopcond",
    Common.BRANCH: "if statelessif case statelesscase conditional switch "
    "merge switchn",
    Common.BODY: "funcgraph computation",
    Common.CALL: "statefulpartitionedcall partitionedcall call "
    "symbolicgradient",
    Common.CALL_PYTHON: "pyfunc pyfuncstateless eagerpyfunc",
    Common.FUSION: "fusion custom-call map",
    Common.COLLECTION: "tensorlistreserve tensorlistsetitem "
    "tensorlistgetitem tensorliststack tensorlistfromtensor "
    "tensorlistpushback tensorlistpopback emptytensorlist "
    "tensorlistelementshape tensorlistlength optionalfromvalue "
    "optionalgetvalue optionalnone optionalhasvalue tuple "
    "get-tuple-element tensorlistresize",
    Common.CHECK: "assert checknumerics",
    Common.ORDER: "noop controltrigger after-all add-dependency",
}
COMMON = {own: c for c, names in NAMES.items() for own in names.split()}
VERSION = re.compile(r"V\d$")


def common_name(operation: str) -> str:
    """Return the shared name of an operation; empty if there is none.

    Accepts the types of a tf.Graph (``MatMul``, ``AddV2``) and the opcodes of
    HLO (``dot``).
    """
    # differs: TensorFlow marks a changed operation by a version
    return str(COMMON.get(VERSION.sub("", operation).lower(), ""))
