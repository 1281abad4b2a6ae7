"""Recording: what a training program calls, and the callbacks that listen to frameworks."""
