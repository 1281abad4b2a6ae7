"""``bathyscope view``: the live dashboard of a folder of runs, or of one file of a log."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import webbrowser
from pathlib import Path

import click
from rich.console import Console

EPILOG = """\b
Examples:
  bathyscope view
  bathyscope view runs/mnist-mlp
  bathyscope view logs/events.out.tfevents.1700000000.host
  bathyscope view lightning_logs --port 6200 --no-browser

Only this machine can reach it, and only with the token in the address that is printed. From
another machine: ssh -L 6100:127.0.0.1:6100 HOST, then open the same address there.
"""


@click.command(epilog=EPILOG)
@click.argument("path", type=click.Path(path_type=Path), default=Path("runs"))
@click.option("--port", type=click.IntRange(1, 65535), help="By default 6100, or any free one.")
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Address to listen on. Beyond this machine only if you mean it.")  # fmt: skip
@click.option("--allow-host", "names", multiple=True, metavar="NAME",
              help="A further name of this server: that of a proxy before it.")  # fmt: skip
@click.option("--read-only", is_flag=True, help="Refuse to rename, tag, archive and delete runs.")
@click.option("--until-stdin-closes", "with_parent", is_flag=True, hidden=True)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def command(
    *, path: Path, port: int | None, host: str, names: tuple[str, ...], read_only: bool,
    with_parent: bool, no_browser: bool,
) -> None:  # fmt: skip
    """Show the runs below PATH in a browser, also while they train.

    PATH is a folder of runs, one run, a folder of TensorBoard logs, or one file of a log. The
    files are only read; what people say of runs (names, tags, notes) may be changed from the page.
    """
    from bathyscope.server.launch import listen, serve
    from bathyscope.server.settings import make_settings

    root = _existing(path)
    taken = listen(host, port)
    settings = make_settings(
        root, host=host, port=taken.getsockname()[1], read_only=read_only, names=frozenset(names)
    )
    if not settings.is_local:
        _warn(host)

    def ready() -> None:
        # flush: whoever started this process may be waiting for the address.
        print(f"bathyscope shows {_what(root)}", flush=True)  # noqa: T201
        print(f"Open     {settings.entrance}", flush=True)  # noqa: T201
        print("Stop     Ctrl-C", flush=True)  # noqa: T201
        if not no_browser:
            webbrowser.open(settings.entrance)

    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        serve(settings, taken, ready=ready)
    click.echo("Stopped.")
    if threading.active_count() > 1:
        # A picture is still being computed, for nobody; Python would wait for it.
        sys.stdout.flush()
        os._exit(0)


def _end_with_parent() -> None:
    """Stop when whoever started this process is gone: its end of the pipe closes, come what may."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGINT)


def _existing(path: Path) -> Path:
    from bathyscope.server.one_file import OneFile

    found = path.resolve()
    if found.is_dir() or (found.is_file() and OneFile(found).refresh()):
        return found
    state = "is a file that holds none" if path.exists() else "does not exist"
    raise click.ClickException(
        f"PATH must be a folder of runs, one run, or one file of a log; `{path}` {state}. "
        "`bathyscope demo` makes a run; an empty folder is fine, runs appear when they begin."
    )


def _what(root: Path) -> str:
    from bathyscope.server.discovery import Discovery
    from bathyscope.server.one_file import OneFile

    if root.is_file():
        n = len(OneFile(root).refresh())
        return f"{root}" if n == 1 else f"{n:,} runs in {root}"
    places = Discovery(root).refresh()
    if "." in places and len(places) == 1:
        return f"the run {root}"
    if not places:
        return f"{root}, which holds no run yet: they appear here when they begin"
    n = len(places)
    return f"{n:,} run{'s' if n != 1 else ''} in {root}"


def _warn(host: str) -> None:
    Console(stderr=True).print(
        f"[bold red]Warning[/bold red] `--host {host}` lets other machines reach this page. "
        "Without TLS, whoever can read the network can read the token and then your runs. "
        "Prefer `ssh -L`.",
        highlight=False,
        soft_wrap=True,
    )
