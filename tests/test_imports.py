"""The house keeps its shape: who may import whom, and how light the first import is."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import bathyscope

PACKAGE = Path(bathyscope.__file__).parent

#: Folder (or file) of the package -> what of ours it may import. ARCHITECTURE.md shows the same.
ALLOWED: dict[str, set[str]] = {
    "_errors": set(),
    "_names": set(),
    "_native": set(),
    "_optional": {"_errors"},
    "_progress": set(),
    "figures": {"_errors", "_optional"},
    "models": {"_errors", "_optional"},
    "runs": {"_errors", "_native", "_optional"},
    "importers": {"_errors", "_names", "_native", "_optional", "_progress", "runs"},
    "sources": {"_errors", "importers", "runs"},
    "exporters": {"_errors", "_names", "_optional", "_progress", "importers", "runs"},
    "views": {"_errors", "_names", "_optional", "figures", "models"},
    "datasets": {"_errors", "_optional"},
    "integrations": {"_errors", "_names", "_optional", "models", "runs", "views"},
}
#: The upper floors may use anything below them, and each other only downwards in this order.
UPPER = ("subjects", "reports", "demo", "server", "cli", "__main__")

#: Libraries that belong to one floor: nothing else may import them, not even inside a function.
OWNED = {
    "plotly": {"figures"},
    "torch": {"models", "integrations", "demo"},
    "keras": {"models", "integrations", "demo"},
    "tensorflow": {"models", "integrations"},
    "jax": {"models", "integrations"},
    "xgboost": {"integrations"},
    "lightgbm": {"integrations"},
    "optuna": {"integrations"},
    "transformers": {"integrations"},
    "lightning": {"integrations"},
    "duckdb": {"runs"},
    "safetensors": {"runs", "models"},
    "h5py": {"models"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "anywidget": {"views"},
}


def floor(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> list[tuple[str, int]]:
    """All modules a file imports, anywhere in it, with line numbers."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            # `from bathyscope import models` names the floor in the alias.
            if node.module == "bathyscope":
                found += [(f"bathyscope.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((node.module or "", node.lineno))
    return found


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    here = floor(path)
    below = ALLOWED.get(here)
    if below is None:
        assert here in UPPER, f"{here} is a new floor: enter it in this table and ARCHITECTURE.md"
        below = {*ALLOWED, *UPPER[: UPPER.index(here)]}
    for module, line in imports(path):
        parts = module.split(".")
        if parts[0] != "bathyscope" or len(parts) == 1:
            continue
        assert parts[1] in {*below, here, "__version__"}, (
            f"{path.name}:{line}: `{here}` may not import `{parts[1]}`"
        )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_on_their_floor(path: Path) -> None:
    for module, line in imports(path):
        owners = OWNED.get(module.split(".")[0])
        assert owners is None or floor(path) in owners, (
            f"{path.name}:{line}: only {owners} may import `{module}`"
        )


HEAVY = {
    "torch", "keras", "tensorflow", "jax", "flax", "matplotlib", "plotly", "sklearn", "scipy",
    "pandas", "umap", "duckdb", "safetensors", "h5py", "PIL", "rich", "click", "starlette",
}  # fmt: skip


def loaded_after(statement: str) -> set[str]:
    """Top-level modules a fresh interpreter holds after a statement."""
    code = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    ["import bathyscope", "import bathyscope.figures", "import bathyscope.models",
     "import bathyscope.views", "import bathyscope; bathyscope.inspect"],
)  # fmt: skip
def test_first_import_is_light(statement: str) -> None:
    assert not loaded_after(statement) & HEAVY


def test_public_names_are_importable() -> None:
    for name in bathyscope.__all__:
        assert getattr(bathyscope, name) is not None


def test_version_is_the_packages_own() -> None:
    from importlib.metadata import version

    assert bathyscope.__version__ == version("bathyscope")
