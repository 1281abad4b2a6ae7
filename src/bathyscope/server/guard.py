"""The one door of the server: every request passes here before anything of it is believed.

A web page that somebody visits can send requests to loopback, and a name server under its control
can make it look like this server's own page. So the name that was asked for, where the request
came from and who sent it are checked, in that order, for every path.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bathyscope.server.refusal import Refusal
from bathyscope.server.settings import Settings, own_names

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: No request needs to say more than this.
MOST_BODY_BYTES = 64 << 10
ACTION_HEADER = "x-bathyscope"
_SAFE_METHODS = ("GET", "HEAD")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; img-src data: blob:; media-src data: blob:; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
#: Sent with every answer.
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Lets requests through that come from this server's own page or hold its token.

    Parameters
    ----------
    app : ASGI application
    settings : Settings
    """

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._names = own_names(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # there are no web sockets here
        headers = read_headers(scope)
        send = _with_headers(send)
        try:
            self._check_host(headers)
            self._check_sender(scope, headers)
            if self._shows_token(scope):
                await self._let_in(headers, send)
                return
            self._check_ticket(headers)
            self._check_action(scope, headers)
            await self._app(scope, _limited(receive, headers), send)
        except Refusal as refusal:
            await _refuse(refusal, headers, send)

    def _check_host(self, headers: dict[str, str]) -> None:
        given = headers.get("host", "")
        try:
            address = urlsplit(f"//{given}")
            name, port = (address.hostname or "").lower(), address.port
        except ValueError:
            name, port = "", None
        named = name in self._names or (not self._settings.is_local and _is_address(name))
        # A proxy under a name of its own may listen on a port of its own.
        if not named or (port != self._settings.port and name not in self._settings.names):
            raise Refusal(
                421,
                f"The Host of a request must be {self._settings.url}; got {given[:200]!r}. Open "
                "the address that `bathyscope view` printed; behind a proxy, start it with "
                "`--allow-host NAME`.",
            )

    def _check_sender(self, scope: Scope, headers: dict[str, str]) -> None:
        """Refuse what another site's page sent, whatever it may hold."""
        origin = headers.get("origin")
        if origin is not None and not _same_origin(origin, headers.get("host", "")):
            raise Refusal(
                403,
                f"A request must come from this server's own page; its Origin is {origin[:200]!r}. "
                "Open the address that `bathyscope view` printed.",
            )
        site = headers.get("sec-fetch-site", "none")
        if site in ("same-origin", "none"):
            return
        # Somebody follows a link to the page itself: from a notebook, a chat, a web terminal.
        followed = scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate"
        if not (followed and scope["method"] == "GET" and _is_whole_page(headers)):
            raise Refusal(
                403,
                f"A request must come from this server's own page; Sec-Fetch-Site is {site[:40]!r}."
                " Open the address that `bathyscope view` printed.",
            )

    def _shows_token(self, scope: Scope) -> bool:
        if scope["path"] != "/" or scope["method"] != "GET":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if not given:
            return False
        if not _equal(given[0], self._settings.token):
            raise _no_ticket()
        return True

    async def _let_in(self, headers: dict[str, str], send: Send) -> None:
        """Turn the token into a cookie, and take it out of the address."""
        ticket = (
            f"{self._settings.cookie}={self._settings.session}; Path=/; HttpOnly; SameSite=Strict"
        )
        answer = [("set-cookie", ticket), ("cache-control", "no-store")]
        if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
            await _answer(send, 303, b"", [*answer, ("location", "/")])
            return
        # After a link on another site, browsers keep a strict cookie from what they are redirected
        # to. A page of our own that goes on from here is another matter.
        page = b'<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>bathyscope'
        await _answer(send, 200, page, [*answer, ("content-type", "text/html; charset=utf-8")])

    def _check_ticket(self, headers: dict[str, str]) -> None:
        shown = _cookie(headers.get("cookie", ""), self._settings.cookie)
        if shown and _equal(shown, self._settings.session):
            return
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _equal(bearer.strip(), self._settings.token):
            return
        raise _no_ticket()

    def _check_action(self, scope: Scope, headers: dict[str, str]) -> None:
        method = scope["method"]
        if method in _SAFE_METHODS:
            return
        if method != "POST":
            raise Refusal(405, f"A request must be GET, HEAD or POST; got {method[:20]}.")
        if "origin" not in headers or headers.get(ACTION_HEADER) != "1":
            raise Refusal(
                403,
                "A change must come from this server's own page, with the headers Origin and "
                "`X-Bathyscope: 1`; they are missing. Nothing was changed.",
            )
        if self._settings.read_only:
            raise Refusal(
                403,
                "Changes must be allowed; this dashboard is read-only. Start it without "
                "`--read-only`. Nothing was changed.",
            )


def read_headers(scope: Scope) -> dict[str, str]:
    """Give the headers by lower-case name; those sent twice are joined, and so match nothing."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        joint = "; " if key == "cookie" else ", "
        found[key] = f"{found[key]}{joint}{text}" if key in found else text
    return found


def _is_address(name: str) -> bool:
    """Whether it is a bare address, which needs no name server that could lie."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(origin: str, host: str) -> bool:
    scheme, _, sender = origin.partition("://")
    return scheme in ("http", "https") and sender.lower() == host.lower()


def _is_whole_page(headers: dict[str, str]) -> bool:
    return headers.get("sec-fetch-dest", "document") == "document"


def _cookie(text: str, name: str) -> str:
    try:
        found = SimpleCookie(text).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _equal(given: str, wanted: str) -> bool:
    """Compare in a time that does not tell how much was right."""
    return secrets.compare_digest(given.encode(), wanted.encode())


def _no_ticket() -> Refusal:
    return Refusal(
        401,
        "A request must hold the token of this dashboard, or the cookie that it was turned into. "
        "Open the whole address that `bathyscope view` printed, with `?token=`.",
    )


def _limited(receive: Receive, headers: dict[str, str]) -> Receive:
    """Stop reading a body that is too long, said or not."""
    said = headers.get("content-length", "0")
    if not said.isdigit() or int(said) > MOST_BODY_BYTES:
        raise _too_long()
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BODY_BYTES:
            raise _too_long()
        return message

    return counted


def _too_long() -> Refusal:
    return Refusal(413, f"The body of a request must be at most {MOST_BODY_BYTES} bytes long.")


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            held = {name.lower() for name, _ in message.get("headers", ())}
            own = ((name.encode(), value.encode()) for name, value in HEADERS.items())
            message["headers"] = [
                *message.get("headers", ()),
                *(header for header in own if header[0] not in held),
            ]
        await send(message)

    return sent


async def _refuse(refusal: Refusal, headers: dict[str, str], send: Send) -> None:
    if "text/html" in headers.get("accept", ""):
        kind, body = "text/html; charset=utf-8", refusal.page().encode()
    else:
        kind, body = "application/json", json.dumps({"error": str(refusal)}).encode()
    answer = [("content-type", kind), ("cache-control", "no-store"), ("connection", "close")]
    await _answer(send, refusal.status, body, answer)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
    lines = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    lines.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
