"""``python -m bathyscope`` is the ``bathyscope`` command."""

from bathyscope.cli.main import main

main()
