"""Which operations are exact, and which consist of several others."""

from typing import Any

import torch
from torch import Tensor
from torch._decomp import get_decompositions

# Operations that copy, select or compare: their results are not rounded.
# Views are recognized by their schemas, draws by their tags.
_EXACT = """
    _local_scalar_dense _pdist_forward abs adaptive_max_pool2d
    adaptive_max_pool3d amax aminmax amin arange cat ceil clamp clamp_max
    clamp_min clone constant_pad_nd copy copysign cummax cummin diag_embed
    diagonal_backward diagonal_scatter embedding empty empty_like
    empty_permuted empty_strided eye fill flip floor fmax fmin frac full
    full_like gather hardtanh hardtanh_backward heaviside im2col index
    index_copy index_fill index_select kthvalue lift_fresh masked_fill
    masked_scatter masked_scatter_backward masked_select max
    max_pool2d_with_indices max_pool3d_with_indices max_unpool2d max_unpool3d
    maximum median min minimum mode nan_to_num nanmedian neg new_empty
    new_empty_strided new_full new_ones new_zeros ones ones_like
    pixel_shuffle pixel_unshuffle relu relu6 repeat resize roll rot90 round
    scalar_tensor scatter select_backward select_scatter set sgn sign
    slice_backward slice_scatter sort split_with_sizes_copy stack take
    threshold threshold_backward topk tril triu trunc unfold unique2
    value_selecting_reduction_backward where zero zeros zeros_like
    _foreach_abs _foreach_clamp_max _foreach_clamp_min _foreach_copy
    _foreach_max _foreach_maximum _foreach_minimum _foreach_neg
    _foreach_sign _foreach_zero _to_copy _unsafe_index _unsafe_view
    _reshape_copy channel_shuffle fractional_max_pool2d hardshrink
    fractional_max_pool3d reflection_pad1d reflection_pad2d
    reflection_pad3d replication_pad1d replication_pad2d replication_pad3d
    upsample_nearest1d upsample_nearest2d upsample_nearest3d
    _upsample_nearest_exact1d _upsample_nearest_exact2d
    _upsample_nearest_exact3d unsafe_split unsafe_split_with_sizes
    repeat_interleave searchsorted expand_copy view_copy permute_copy
    """
EXACT = frozenset(_EXACT.split())

# Operations that sum inside one kernel. PyTorch's own decompositions compute
# them by simpler operations, each of which moves by its own rounding error.
# Absent: backward of hardsigmoid, whose kernel has a constant in float32.
_COMPOSITE = """
    native_layer_norm native_layer_norm_backward native_group_norm
    native_group_norm_backward native_batch_norm native_batch_norm_backward
    _native_batch_norm_legit _native_batch_norm_legit_no_training
    cudnn_batch_norm cudnn_batch_norm_backward _fused_rms_norm
    _fused_rms_norm_backward _softmax _log_softmax _softmax_backward_data
    _log_softmax_backward_data _safe_softmax logsumexp logaddexp
    gelu gelu_backward silu silu_backward mish mish_backward
    hardswish hardsigmoid elu elu_backward celu leaky_relu
    leaky_relu_backward glu glu_backward
    softplus softplus_backward log_sigmoid_forward log_sigmoid_backward
    sigmoid_backward tanh_backward _prelu_kernel _prelu_kernel_backward
    mse_loss mse_loss_backward l1_loss smooth_l1_loss
    smooth_l1_loss_backward huber_loss huber_loss_backward
    nll_loss_forward nll_loss_backward nll_loss2d_forward
    nll_loss2d_backward binary_cross_entropy binary_cross_entropy_backward
    binary_cross_entropy_with_logits soft_margin_loss
    soft_margin_loss_backward addcmul addcdiv addr lerp norm renorm
    _embedding_bag _weight_norm_interface _euclidean_dist trace
"""

# Overload -> the function that computes it by simpler operations.
KERNELS: dict[Any, Any] = get_decompositions(
    [getattr(torch.ops.aten, name) for name in _COMPOSITE.split()]
)
_IN_TRAINING = KERNELS[torch.ops.aten.native_batch_norm.default]


def _batch_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Any,
    variance: Any,
    *options: Any,
) -> Any:
    """Normalize; with running statistics, by one product and one sum.

    That is how kernels do it. Where the mean is large, its rounding error
    remains, because the terms cancel only after they are rounded.
    """
    training, _, eps = options
    if training:
        return _IN_TRAINING(x, weight, bias, mean, variance, *options)
    factor = torch.rsqrt(variance + eps)
    if weight is not None:
        factor = factor * weight
    shift = -mean * factor if bias is None else bias - mean * factor
    shape = [-1] + [1] * (x.ndim - 2)
    empty = x.new_zeros(0)
    return x * factor.view(shape) + shift.view(shape), empty, empty


KERNELS |= {torch.ops.aten.native_batch_norm.default: _batch_norm}
