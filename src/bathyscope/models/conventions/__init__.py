"""What a framework's parameter names and shapes mean. Nothing here imports a framework."""
