"""What a run does for models and workloads of users, in addition to its stages.

- `request`: the options of ``graph-compare check`` as a request.
- `target`, `folder`: stage a model, or a folder with a workload.
- `pairing`: match the parameters of two models.
- `own_model`: other sizes, graph breaks, and derivatives.
- `evidence`: scripts that show a difference.
"""
