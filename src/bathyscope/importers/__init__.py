"""Readers of what other tools recorded, and the way from there into our own runs."""
