"""One file per format: `ENDINGS`, and `load(path)` that gives a `Model`."""
