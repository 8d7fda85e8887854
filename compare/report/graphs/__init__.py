"""The graphs of training steps: tables, lists and drawings, alone or side by side."""
