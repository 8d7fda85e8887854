"""A product with a tensor on the device "meta" returns memory that was not written."""

import torch

x, y = torch.ones(64, 64), torch.ones(64, 64)
try:
    product = x @ y.to("meta")
except (RuntimeError, NotImplementedError) as error:
    print(f"refused: {error}")
    raise SystemExit(1) from None
print(f"device {product.device}; a sum with the same tensor is refused:")
try:
    x + y.to("meta")
except RuntimeError as error:
    print(str(error).splitlines()[0])
is_wrong = product.device.type != "meta" and not bool((product == 64).all())
print(f"every element should be 64; received up to {float(product.max()):.3g}")
raise SystemExit(0 if is_wrong else 1)
