"""Rule: a NumPy call becomes the framework's operation of the same meaning.

``t.detach().numpy()`` is the tensor itself, without its gradient, and
``torch.from_numpy(x)`` or ``tf.convert_to_tensor(x)`` of a tensor is that tensor.
"""

from __future__ import annotations

import libcst as cst

from compare.fixes.scalar import detach
from compare.fixes.site import Site, code, dotted, expression

SHARED = {
    "abs", "exp", "sqrt", "tanh", "sin", "cos", "sign", "maximum", "minimum", "where",
    "square", "zeros_like", "ones_like", "matmul", "floor", "round", "cumsum", "roll",
    "reshape", "transpose", "squeeze", "pow", "sinh", "cosh", "tan", "linspace",
}  # fmt: skip
# NumPy's name -> the framework's, where they differ
TORCH = {
    **{name: name for name in SHARED},
    "log": "log", "log1p": "log1p", "sum": "sum", "mean": "mean", "max": "amax",
    "min": "amin", "clip": "clamp", "dot": "matmul", "concatenate": "cat",
    "stack": "stack", "power": "pow", "argmax": "argmax", "argsort": "argsort",
    "sort": "msort", "absolute": "abs", "expand_dims": "unsqueeze", "var": "var",
    "linalg.norm": "linalg.norm", "prod": "prod", "flip": "flip", "median": "median",
    "add": "add", "multiply": "mul", "subtract": "sub", "divide": "div",
    "outer": "outer",
}  # fmt: skip
TF = {
    **{name: name for name in SHARED},
    "log": "math.log", "log1p": "math.log1p", "sum": "reduce_sum",
    "mean": "reduce_mean", "max": "reduce_max", "min": "reduce_min",
    "clip": "clip_by_value", "dot": "linalg.matmul", "concatenate": "concat",
    "stack": "stack", "power": "pow", "argmax": "argmax", "argsort": "argsort",
    "sort": "sort", "absolute": "abs", "expand_dims": "expand_dims",
    "linalg.norm": "norm", "prod": "reduce_prod", "cumsum": "cumsum",
    "std": "math.reduce_std", "var": "math.reduce_variance", "flip": "reverse",
    "add": "add", "multiply": "multiply", "subtract": "subtract", "divide": "divide",
}  # fmt: skip
NAMES = {"torch": TORCH, "tf": TF}
KEYWORDS = {"torch": {"axis": "dim", "keepdims": "keepdim"}, "tf": {}}
TO_TENSOR = {"from_numpy", "as_tensor", "tensor", "convert_to_tensor", "constant"}
MATH = {"sqrt": "sqrt", "exp": "exp", "sin": "sin", "cos": "cos", "tanh": "tanh"}
METHODS = {"numpy", "cpu", "astype"}
ARRAYS = {"array", "asarray"}


def fix_numpy(site: Site) -> str | None:
    """Return the source with every NumPy call at the line replaced."""
    if not site.api:
        return None
    changes = {}
    for header in site.headers:
        to_operations = ToOperations(site)
        changed = header.visit(to_operations)
        assert isinstance(changed, cst.CSTNode)
        if to_operations.count:
            changes[header] = changed
    return site.replace(changes) if changes else None


class ToOperations(cst.CSTTransformer):
    """Replaces NumPy calls, and the conversions to and from arrays."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.count = 0  # of replaced calls

    def leave_Call(  # noqa: N802 - LibCST's name
        self,
        original_node: cst.Call,  # noqa: ARG002 - LibCST passes it
        updated_node: cst.Call,
    ) -> cst.BaseExpression:
        """Replace one call."""
        found = self._replace(updated_node)
        self.count += found is not updated_node
        return found

    def _replace(self, call: cst.Call) -> cst.BaseExpression:
        """Return what replaces a call; the call itself if nothing does."""
        match call:
            case cst.Call(
                func=cst.Attribute(value=value, attr=cst.Name(value=method))
            ) if method in METHODS:
                return self._replace_method(value, method)
            case cst.Call(
                func=cst.Attribute(
                    value=cst.Call() as value, attr=cst.Name(value=name)
                ),
                args=[],
            ) if dotted(value.func) == f"{self.site.api}.stop_gradient":
                found = NAMES[self.site.framework].get(name)
                text = f"{self.site.api}.{found}({code(value)})"
                return expression(text) if found else call
        prefix, _, name = dotted(call.func).partition(".")
        if prefix == self.site.math and name in MATH and prefix:
            return self._rename(call, MATH[name], detached=True)
        is_numpy = bool(self.site.numpy) and prefix == self.site.numpy
        is_conversion = name in (ARRAYS if is_numpy else TO_TENSOR)
        if is_conversion and call.args and (is_numpy or prefix == self.site.api):
            return keep_argument(call)
        names = NAMES[self.site.framework]
        if not is_numpy or name not in names:
            return call
        # An array has no gradient. PyTorch makes none of a tensor that requires one.
        return self._rename(call, names[name], detached=self.site.framework == "tf")

    def _replace_method(
        self, value: cst.BaseExpression, method: str
    ) -> cst.BaseExpression:
        """Return the tensor of ``t.numpy()``, ``t.cpu()`` or ``array.astype(...)``."""
        return detach(self.site, value) if method == "numpy" else value

    def _rename(
        self, call: cst.Call, name: str, *, detached: bool
    ) -> cst.BaseExpression:
        keywords = KEYWORDS[self.site.framework]
        args = [
            arg.with_changes(keyword=cst.Name(keywords[arg.keyword.value]))
            if arg.keyword and arg.keyword.value in keywords
            else arg
            for arg in call.args
        ]
        function = expression(f"{self.site.api}.{name}")
        changed = call.with_changes(func=function, args=args)
        return detach(self.site, changed) if detached else changed


def keep_argument(call: cst.Call) -> cst.BaseExpression:
    """Return the first argument of a call, in parentheses where it needs them."""
    value = call.args[0].value
    if isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)):
        return value
    return value if value.lpar else expression(f"({code(value)})")
