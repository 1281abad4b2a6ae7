"""The ``bathyscope`` command: finds its subcommands, and tells errors in one line."""

from __future__ import annotations

import importlib
import keyword
import os
import sys

import click
from rich.console import Console

from bathyscope import __version__

#: Subcommand -> file of this folder; imported only when asked for, so that ``--help`` is quick.
COMMANDS = {
    "demo": "Train a small network on real images, record it and show it.",
    "inspect": "Show what is inside a file of weights, or what a run recorded.",
    "view": "Show the runs of a folder in a browser, also while they train.",
    "report": "Write a run as one HTML file, and as pictures.",
    "import": "Make runs of what other tools recorded.",
    "export": "Write a run as CSV, Parquet or JSON.",
    "list": "List the runs of a folder.",
    "describe": "Rename a run, tag it, note something, put it away.",
    "delete": "Move runs into the trash.",
    "restore": "Take deleted runs back.",
    "sql": "Ask a run in SQL.",
    "compact": "Pack the scalars of a run that was killed.",
}


class LazyCommands(click.Group):
    """A group whose commands live in one file each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order people meet them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        file = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        return importlib.import_module(f"bathyscope.cli.{file}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


EPILOG = """\b
Examples:
  bathyscope demo
  bathyscope demo --model cnn --framework torch
  bathyscope inspect model.safetensors
  bathyscope view runs
  bathyscope report runs/mnist-mlp --open
  bathyscope list runs
"""


@click.command(cls=LazyCommands, epilog=EPILOG)
@click.version_option(__version__, prog_name="bathyscope")
def group() -> None:
    """A glass-bottomed boat for deep learning: look inside networks while they train.

    Nothing is sent anywhere: no account, no network, only files on this machine.
    """


def main() -> None:
    """Run the command line; an error is one line, unless BATHYSCOPE_DEBUG is set."""
    try:
        group.main(prog_name="bathyscope", standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _tell("Stopped. What was recorded until now is kept.")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (`head`, a pager) has gone; that is not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("BATHYSCOPE_DEBUG"):
            raise
        _tell(f"Error: {_one_line(error)}")
        sys.exit(1)


def _one_line(error: Exception) -> str:
    words = " ".join(str(error).split())
    expected = isinstance(error, (ValueError, OSError, ImportError, LookupError, TypeError))
    if expected and words:
        return words
    return f"{type(error).__name__}: {words} (set BATHYSCOPE_DEBUG=1 to see where it happened)"


def _tell(text: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)
