"""One module per quirk; `compare.quirks.find` reads them."""
