"""The parts of the PyTorch adapter."""
