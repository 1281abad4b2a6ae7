"""The parts of the Keras adapter."""
