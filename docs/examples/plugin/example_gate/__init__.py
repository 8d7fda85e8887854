"""A workload with its models; imports no framework."""
