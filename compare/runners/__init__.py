"""Programs that run exported models in processes of their own, without the harness.

`building` compiles the C++ ones of a framework; `process` starts a runner and talks
with it. `onnx_runtime` is the program for ONNX files; `serving` is what the programs in
Python share, as ``runner.hpp`` is for those in C++; `onnx_nodes` evaluates a file node
by node.
"""
