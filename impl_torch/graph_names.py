"""PyTorch's names of operations, and the names that all share."""

import re

from compare.graphs.operations import CommonOperation as Common

# Without underscores: autograd writes NllLoss, ATen nll_loss.
NAMES = {
    Common.INPUT: "placeholder param tangent",
    Common.PARAMETER: "accumulategrad",
    Common.CONSTANT: "constant scalartensor",
    Common.OUTPUT: "output return",
    Common.MATRIX_PRODUCT: "mm bmm matmul dot mv einsum rmatmul",
    Common.LINEAR: "linear addmm baddbmm addmv",
    Common.CONVOLUTION: "convolution conv1d conv2d conv3d convtranspose2d "
    "mkldnnconvolution mkldnnconvolutionpointwise convolutionoverrideable",
    Common.CONVOLUTION_GRADIENT: "convolutionbackward",
    Common.ADD: "add iadd radd foreachadd addcmul foreachaddcmul",
    Common.SUBTRACT: "sub isub rsub foreachsub subtract",
    Common.MULTIPLY: "mul imul rmul foreachmul multiply",
    Common.DIVIDE: "div idiv truediv floordiv foreachdiv addcdiv divide "
    "foreachaddcdiv roundtozerofloordiv",
    Common.REMAINDER: "remainder fmod mod",
    Common.NEGATE: "neg negative",
    Common.POWER: "pow foreachpow",
    Common.SQUARE: "square",
    Common.SQUARE_ROOT: "sqrt foreachsqrt",
    Common.RECIPROCAL: "reciprocal",
    Common.RECIPROCAL_ROOT: "rsqrt",
    Common.EXPONENTIAL: "exp expm1",
    Common.LOGARITHM: "log log1p log2",
    Common.ABSOLUTE: "abs absolute",
    Common.SIGN: "sign sgn",
    Common.FLOOR: "floor ceil round trunc",
    Common.SINE: "sin",
    Common.COSINE: "cos",
    Common.ERROR_FUNCTION: "erf",
    Common.MAXIMUM: "maximum clampmin",
    Common.MINIMUM: "minimum clampmax",
    Common.CLIP: "clamp clip hardtanh",
    Common.COMPARE: "eq ne lt le gt ge less greater is isnot",
    Common.LOGIC: "logicaland logicalor logicalnot logicalxor bitwiseand "
    "bitwiseor bitwisenot not and or",
    Common.SELECT: "where maskedfill maskedselect",
    Common.RELU: "relu",
    Common.RELU_GRADIENT: "thresholdbackward",
    Common.SIGMOID: "sigmoid",
    Common.SIGMOID_GRADIENT: "sigmoidbackward",
    Common.TANH: "tanh",
    Common.TANH_GRADIENT: "tanhbackward",
    Common.GELU: "gelu",
    Common.GELU_GRADIENT: "gelubackward",
    Common.SILU: "silu",
    Common.SILU_GRADIENT: "silubackward",
    Common.SOFTMAX: "softmax",
    Common.SOFTMAX_GRADIENT: "softmaxbackwarddata",
    Common.LOG_SOFTMAX: "logsoftmax",
    Common.LOG_SOFTMAX_GRADIENT: "logsoftmaxbackwarddata",
    Common.CROSS_ENTROPY: "crossentropyloss crossentropy nllloss "
    "nlllossforward nlllossnd nllloss2dforward",
    Common.CROSS_ENTROPY_GRADIENT: "nlllossbackward nllloss2dbackward",
    Common.DROPOUT: "dropout nativedropout",
    Common.DROPOUT_GRADIENT: "nativedropoutbackward",
    Common.RANDOM: "rand randn randlike randnlike bernoulli uniform normal "
    "inductorrandom inductorseeds inductorlookupseed",
    Common.SUM: "sum foreachsum gradsumtosize sumtosize",
    Common.MEAN: "mean",
    Common.PRODUCT: "prod",
    Common.REDUCE_MAXIMUM: "max amax",
    Common.REDUCE_MINIMUM: "min amin",
    Common.REDUCE_LOGIC: "any all",
    Common.REDUCE: "var varmean std norm",
    Common.ARGUMENT_MAXIMUM: "argmax",
    Common.CUMULATIVE_SUM: "cumsum",
    Common.POOLING: "maxpool2d avgpool2d maxpool2dwithindices "
    "adaptiveavgpool2d lowmemorymaxpoolwithoffsets",
    Common.POOLING_GRADIENT: "maxpool2dwithindicesbackward "
    "avgpool2dbackward adaptiveavgpool2dbackward",
    Common.NORMALIZATION: "batchnorm nativebatchnorm layernorm "
    "nativelayernorm groupnorm nativegroupnorm cudnnbatchnorm "
    "nativebatchnormlegitfunctional nativebatchnormlegit rmsnorm",
    Common.NORMALIZATION_GRADIENT: "nativebatchnormbackward "
    "nativelayernormbackward nativegroupnormbackward",
    Common.EMBEDDING: "embedding",
    Common.EMBEDDING_GRADIENT: "embeddingdensebackward",
    Common.ATTENTION: "scaleddotproductattention "
    "scaleddotproductflashattentionforcpu",
    Common.ATTENTION_GRADIENT: "scaleddotproductflashattentionforcpubackward",
    Common.RECURRENT_LAYER: "lstm gru rnntanh lstmcell grucell",
    Common.RESIZE: "upsamplenearest2d upsamplebilinear2d interpolate",
    Common.RESIZE_GRADIENT: "upsamplenearest2dbackward "
    "upsamplebilinear2dbackward",
    Common.RESHAPE: "view reshape unsafeview flatten squeeze unsqueeze "
    "reshapealias ravel unflatten viewas",
    Common.TRANSPOSE: "t transpose permute numpyt mt movedim swapaxes",
    Common.BROADCAST: "expand broadcastto expandas broadcasttensors repeat",
    Common.CONCATENATE: "cat concat concatenate",
    Common.STACK: "stack",
    Common.SPLIT: "split chunk unbind splitwithsizes tensorsplit",
    Common.SLICE: "slice select narrow diagonal asstrided",
    Common.SLICE_GRADIENT: "slicebackward selectbackward slicescatter "
    "selectscatter",
    Common.PAD: "pad constantpadnd",
    Common.GATHER: "gather index indexselect take",
    Common.SCATTER: "scatter scatteradd indexput indexadd",
    Common.REVERSE: "flip",
    Common.FILL: "zeros ones full zeroslike oneslike fulllike fill zero "
    "empty emptylike newzeros newones newfull newempty emptystrided "
    "newemptystrided foreachzero",
    Common.RANGE: "arange iota",
    Common.ONE_HOT: "onehot",
    Common.SORT: "sort topk",
    Common.SHAPE: "size len numel dim sizeifnotequal symsize dtype device",
    Common.COPY: "clone copy contiguous tocopy foreachcopy lift",
    Common.CAST: "to typeas convertelementtype float double half int bool "
    "numtotensor implicittensortonum",
    Common.IDENTITY: "detach alias identity data liftfreshcopy liftfresh "
    "requiresgrad profile wrapforgrad unwrapforgrad "
    "settensorrequiresgrad",
    Common.GRADIENTS: "autogradgrad",
    Common.ORDER: "gradincrementnesting graddecrementnesting "
    "savedtensorshooksenable savedtensorshooksdisable "
    "setinplacerequiresgradallowed setgradenabled",
    Common.UPDATE: "setattr fusedsgd fusedadam fusedadamw",
    Common.LOOP: "loop whileloop forloop",
    Common.BRANCH: "if cond",
    Common.BODY: "block",
    Common.CALL: "callfunction callmethod differentiablegraph "
    "invokesubgraph fallbackgraph",
    Common.CALL_PYTHON: "pythonop",
    Common.READ_VALUE: "localscalardense item",
    Common.FUSION: "fusedkernel tensorexprgroup fusiongroup",
    Common.COLLECTION: "listconstruct tupleconstruct listunpack tupleunpack "
    "getitem setitem dictconstruct append list tuple multioutput",
    Common.CHECK: "raiseexception assert autogradanynonzero assertasync "
    "requiresgradcheck "
    "autogradallnonzero autogradallzero typecheck asserttensormetadata "
    "bailout bailouttemplate",
}
COMMON = {own: c for c, names in NAMES.items() for own in names.split()}
LIBRARIES = ("aten.", "prims.", "inductor.", "extern_kernels.", "mkldnn.")
AUTOGRAD = re.compile(r"Backward\d+$")


def common_name(operation: str) -> str:
    """Return the shared name of an operation; empty if there is none.

    Accepts the names of ATen (``aten::mm``, ``aten.mm.default``), TorchScript
    (``prim::If``), autograd (``MmBackward0``, the operation whose gradient
    it computes), Python (``torch.relu``) and Inductor (``extern_kernels.mm``).
    """
    name = operation.rpartition("::")[2].removeprefix("torch.ops.")
    if name.startswith(LIBRARIES):
        name = name.split(".")[1]
    name = AUTOGRAD.sub("", name.rpartition(".")[2])
    # differs: PyTorch marks an operation in place by an underscore
    is_update = name.endswith("_") and not name.endswith("__")
    found = COMMON.get(name.replace("_", "").lower(), "")
    return str(Common.UPDATE) if found and is_update else str(found)
