"""One file per framework, named as it is imported; `adapt` of each gives a `Model` or None."""
