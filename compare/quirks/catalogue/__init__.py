"""The catalogue: one module per quirk, read by `compare.quirks.find_quirk`."""
