"""What one server is asked to do: whose runs it shows, to whom, and where it listens."""

from __future__ import annotations

import ipaddress
import platform
import secrets
from dataclasses import dataclass
from pathlib import Path

#: Where the dashboard listens if nobody says otherwise and nobody else does.
PORT = 6100
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """One server's settings.

    Parameters
    ----------
    root : pathlib.Path
        The folder of runs, or one run.
    file : pathlib.Path or None
        The one file of it that is shown; None shows all.
    host : str
        The address it listens on.
    port : int
        The port it listens on.
    token : str
        Whoever opens the page must know it.
    session : str
        What the cookie holds once the token was shown; never printed.
    read_only : bool
        Refuse to change what people say of runs.
    names : frozenset of str
        Further names by which browsers may reach it, such as those of a proxy.
    """

    root: Path
    host: str
    port: int
    token: str
    session: str
    read_only: bool = False
    names: frozenset[str] = frozenset()
    file: Path | None = None

    @property
    def cookie(self) -> str:
        """Name of the cookie; browsers do not tell the ports of a host apart."""
        return f"bathyscope-{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """The address for a browser on this machine, without the token."""
        host = self.host
        if host in ("0.0.0.0", "::"):
            host = LOOPBACK
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def entrance(self) -> str:
        """The address with the token: show it to whoever may come in, and to no log."""
        return f"{self.url}?token={self.token}"


def make_settings(
    root: Path,
    *,
    host: str = LOOPBACK,
    port: int = PORT,
    read_only: bool = False,
    names: frozenset[str] = frozenset(),
) -> Settings:
    """Settings with a fresh random token of 256 bits; a file is shown without its folder."""
    token, session = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    file = root if root.is_file() else None
    return Settings(
        root.parent if file else root, host, port, token, session,
        read_only=read_only or file is not None, names=names, file=file,
    )  # fmt: skip


def is_loopback(host: str) -> bool:
    """Whether an address or name means this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_names(settings: Settings) -> frozenset[str]:
    """Names a ``Host`` header may give: names that a stranger's name server cannot point here.

    A page of another site can make its own name resolve to this machine, and would then be of
    the same origin as the dashboard (DNS rebinding); it cannot change the name it asks for.
    """
    known = {LOOPBACK, "localhost", "::1", settings.host, *settings.names}
    if not settings.is_local:
        known.add(platform.node().lower())
    return frozenset(name.lower() for name in known)
