"""Print the tolerances of small built-in workloads by both rules, as JSON.

python -m tests.impl_torch.workloads_by_both_rules
"""

from __future__ import annotations

from unittest.mock import patch

from tests.benchmarks import rounding_rule

SMALL_CNN = {"data": "synthetic", "image_size": 8, "batch": 8}

if __name__ == "__main__":
    small = {**rounding_rule.WORKLOADS, "cnn": SMALL_CNN}
    with patch.object(rounding_rule, "WORKLOADS", small):
        frame = rounding_rule.compare_rules("torch")
    print(frame[~frame.loose].to_json(orient="records"))
