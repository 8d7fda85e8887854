"""Number formats, einsum, convolution, differentiation and rounding bounds in NumPy.

Pure functions of arrays; `arrays` also reads and writes ``.npz`` files. The package
imports `compare.contract` only.

- `dtypes`: the floating-point formats and their constants.
- `einsum`: the products and sums that every NumPy reference is written with.
- `convolution`: a chain of convolutions, forward and backward.
- `differentiation`: gradients by automatic differentiation over `einsum`.
- `tolerance`: the largest error that rounding explains.
- `arrays`: named arrays in one file.
"""
