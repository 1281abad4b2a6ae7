# Sourced by the other scripts: makes .venv and installs what a job needs, once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find_python() {
  local candidate
  for candidate in python3 python python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "bathyscope needs Python 3.11 or newer, and none was found." >&2
  exit 1
}

make_venv() {
  if [ ! -x .venv/bin/python ]; then
    "$(find_python)" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
  fi
}

# is_installed JOB: whether JOB was installed since the project's own build files last changed.
is_installed() {
  local stamp=".venv/installed-$1"
  [ -e "$stamp" ] && [ -z "$(find pyproject.toml hatch_build.py web src/bathyscope/_native \
    \( -name node_modules -o -name __pycache__ -o -name '*.so' \) -prune \
    -o -type f -newer "$stamp" -print -quit)" ]
}

# install JOB ARGUMENTS...: pip install, unless it was done already.
install() {
  local job="$1"
  shift
  is_installed "$job" && return
  echo "Installing what $job needs into .venv (once; takes a minute or more) ..." >&2
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
  touch ".venv/installed-$job"
}

install_torch() {
  # Installed first and alone: asked for by another package, it may come in a build for GPUs.
  .venv/bin/python -c 'import torch' 2>/dev/null || install torch 'torch==2.13.0'
}
