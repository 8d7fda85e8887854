"""What differs between the backends: one module for each, the same names."""

from importlib import import_module

from impl_keras.runtime import PACKAGE

native = import_module(f"{__name__}.{PACKAGE.replace('impl_', 'on_')}")
