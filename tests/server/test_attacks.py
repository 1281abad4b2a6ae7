"""Each attack, over HTTP, on a server that the command line started."""

from __future__ import annotations

import http.client
import socket
from types import SimpleNamespace
from typing import Any

import pytest

import bathyscope as bs
from bathyscope.server.guard import MOST_BODY_BYTES

PATHS = ["/", "/api/runs", "/api/palettes", "/api/events", "/static/bathyscope.js", "/nothing"]


@pytest.fixture
def run(server) -> str:
    return server.runs()["first"]["id"]


# Without the token


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_shown_without_the_token(server, path) -> None:
    answer = server.ask(path, is_in=False)
    assert answer.status == 401
    assert "must hold the token" in answer.json["error"]


@pytest.mark.parametrize("given", ["", "x", "%00", "..", "é", "a" * 5000])
def test_a_wrong_token_lets_nobody_in(server, given) -> None:
    answer = server.ask(f"/?token={given.encode().hex() if given == 'é' else given}", is_in=False)
    assert answer.status == 401
    assert "set-cookie" not in answer.headers


def test_the_token_is_no_cookie_and_the_cookie_is_no_token(server) -> None:
    name, _, session = server.cookie.partition("=")
    assert (
        server.ask("/api/runs", headers={"Cookie": f"{name}={server.token}"}, is_in=False).status
        == 401
    )
    assert server.ask(f"/?token={session}", is_in=False).status == 401
    bearer = {"Authorization": f"Bearer {session}"}
    assert server.ask("/api/runs", headers=bearer, is_in=False).status == 401


def test_the_token_opens_the_page_only_at_its_door(server) -> None:
    assert server.ask(f"/api/runs?token={server.token}", is_in=False).status == 401


def test_programs_may_show_the_token_in_a_header(server) -> None:
    bearer = {"Authorization": f"Bearer {server.token}"}
    assert server.ask("/api/runs", headers=bearer, is_in=False).status == 200


def test_the_cookie_is_for_this_page_alone(server) -> None:
    answer = server.ask(f"/?token={server.token}", is_in=False)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert str(server.port) in cookie.partition("=")[0]
    assert server.token not in cookie


# From another name (DNS rebinding)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1:1",
     "localhost.evil.example:{port}", "127.0.0.1", "2130706433:{port}", "0.0.0.0:{port}",
     "user@127.0.0.1:{port}@evil.example", "[::1", "", "127.0.0.1:{port}, evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/api/runs", "/?token={token}"])
def test_another_name_for_this_machine_is_refused(server, host, path) -> None:
    host = host.format(port=server.port)
    answer = server.ask(path.format(token=server.token), headers={"Host": host})
    assert answer.status in (400, 421)  # 400 is uvicorn's own answer to what is no header
    assert b"first" not in answer.body
    assert "set-cookie" not in answer.headers


def test_two_hosts_are_refused(server) -> None:
    lines = f"GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nHost: evil.example\r\n"
    assert 400 <= _raw(server, f"{lines}Cookie: {server.cookie}\r\n\r\n").status < 500


def test_an_absolute_address_does_not_stand_for_the_host(server) -> None:
    line = f"GET http://127.0.0.1:{server.port}/api/runs HTTP/1.1\r\nHost: evil.example\r\n"
    answer = _raw(server, f"{line}Cookie: {server.cookie}\r\n\r\n")
    assert answer.status == 421
    assert b"first" not in answer.body


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_its_own_names_are_answered(server, name) -> None:
    answer = server.ask("/api/runs", headers={"Host": f"{name}:{server.port}"})
    assert answer.status == 200


# From another site


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
@pytest.mark.parametrize("path", ["/api/runs", "/api/events", "/static/bathyscope.js"])
def test_requests_of_other_sites_are_refused(server, site, path) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    assert server.ask(path, headers=headers).status == 403


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:{port}", "",
     "http://127.0.0.1:{port}.evil.example", "file://", "http://evil.example@127.0.0.1:{port}"],
)  # fmt: skip
def test_another_origin_is_refused(server, run, origin) -> None:
    headers = {"Origin": origin.format(port=server.port), "X-Bathyscope": "1"}
    assert server.ask("/api/runs", headers=headers).status == 403
    body = {"name": "taken over"}
    answer = server.ask(f"/api/runs/{run}", method="POST", body=body, headers=headers)
    assert answer.status == 403


def test_a_frame_of_another_site_is_refused(server) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert server.ask("/", headers=headers | {"Sec-Fetch-Dest": "iframe"}).status == 403
    assert server.ask("/", headers=headers | {"Sec-Fetch-Dest": "document"}).status == 200


def test_a_followed_link_lets_in_without_a_redirect_that_would_lose_the_cookie(server) -> None:
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    answer = server.ask(f"/?token={server.token}", headers=headers, is_in=False)
    assert answer.status == 200
    assert "set-cookie" in answer.headers
    assert b'url=/"' in answer.body
    assert server.token.encode() not in answer.body


def test_no_site_is_allowed_to_read(server) -> None:
    answer = server.ask("/api/runs", method="OPTIONS", headers={"Origin": "https://evil.example"})
    assert answer.status == 403
    for path in PATHS[:3]:
        assert not [name for name in server.ask(path).headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", [*PATHS[:3], *PATHS[4:]])
@pytest.mark.parametrize("is_in", [True, False])
def test_every_answer_carries_the_headers_that_lock_the_page(server, path, is_in) -> None:
    headers = server.ask(path, is_in=is_in).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"


# Changes


def test_a_change_needs_the_header_that_no_form_can_send(server, run) -> None:
    origin = {"Origin": f"http://127.0.0.1:{server.port}"}
    body = {"name": "taken over"}
    for headers in ({}, origin, {"X-Bathyscope": "1"}):
        answer = server.ask(f"/api/runs/{run}", method="POST", body=body, headers=headers)
        assert answer.status == 403
        assert "Nothing was changed" in answer.json["error"]
    assert server.runs()["first"]["id"] == run


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT"])
def test_other_methods_are_refused(server, run, method) -> None:
    assert server.ask(f"/api/runs/{run}", method=method).status == 405


def test_a_read_only_server_changes_nothing(serve, root) -> None:
    server = serve(root, "--read-only")
    assert server.ask("/api/runs").json["read_only"] is True
    run = server.runs()["first"]["id"]
    answers = [server.change(run, change) for change in ({"name": "other"}, {"deleted": True})]
    for answer in (*answers, server.change_trashed("any", {"erased": True})):
        assert answer.status == 403
        assert "read-only" in answer.json["error"]
    assert server.runs()["first"]["name"] == "first"


def test_a_long_body_is_refused_said_or_not(server, run) -> None:
    answer = server.change(run, "x" * (MOST_BODY_BYTES + 1))
    assert answer.status == 413
    lines = (
        f"POST /api/runs/{run} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Origin: http://127.0.0.1:{server.port}\r\nX-Bathyscope: 1\r\nCookie: {server.cookie}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = f"{MOST_BODY_BYTES:x}\r\n{'x' * MOST_BODY_BYTES}\r\n"
    # Of more it might not read all, and break the connection before its answer was read.
    assert _raw(server, f"{lines}{chunk}1\r\nx\r\n").status == 413


# Paths


@pytest.mark.parametrize(
    "path",
    ["/api/runs/..", "/api/runs/../../etc/passwd", "/api/runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
     "/api/runs/..%5c..", "/api/runs/%00", "/api/runs/first", "/api/runs//", "/api/export/...html",
     "/api/export/%2e%2e%2ffirst.html", "/static/..%2f..%2fpage.py", "/static/../page.py",
     "/static/page.py", "/api/runs/{run}/figures/..%2f..%2fx", "/api/runs/{run}/figures/%00",
     "/api/runs/{run}/figures/metrics-loss.py", "/api/runs/{run}/figures/metrics-loss.png/../x"],
)  # fmt: skip
def test_no_path_of_a_request_is_a_path_of_the_disk(server, run, path) -> None:
    answer = server.ask(path.format(run=run))
    assert answer.status in (400, 404)
    assert b"root:" not in answer.body
    assert b"import " not in answer.body


def test_a_link_out_of_the_folder_is_never_followed(own, root, wait_for) -> None:
    server, folder = own
    (folder / "linked").symlink_to(root / "first")
    (folder / "group").symlink_to(root)
    inside = bs.record("inside", runs_dir=folder)
    inside.log({"loss": 1.0}, step=0)
    inside.finish()
    for name in ("manifest", "table", "scalars"):
        copy = folder / name
        copy.mkdir()
        for item in inside.path.iterdir():
            (copy / item.name).symlink_to(item)  # links within the folder are no harm
    (folder / "manifest" / "run.json").unlink()
    (folder / "manifest" / "run.json").symlink_to(root / "first" / "run.json")
    (folder / "table" / "tables").symlink_to(root / "first" / "tables")
    (folder / "scalars" / "scalars").unlink()
    (folder / "scalars" / "scalars").symlink_to(root / "first" / "scalars")
    rows = wait_for(server.runs, lambda rows: len(rows) >= 4)
    assert set(rows) == {"inside", "manifest", "table", "scalars"}
    for name in ("manifest", "table", "scalars"):
        assert "leads out of" in rows[name]["fault"]
        assert rows[name]["config"] == {}
        for path in ("", "/figures/metrics-loss", "/scalars", "/curve?metric=loss"):
            answer = server.ask(f"/api/runs/{rows[name]['id']}{path}")
            assert (answer.status, path) == (403, path)
        assert server.ask(f"/api/export/{rows[name]['id']}.html").status == 403
    assert server.ask(f"/api/runs/{rows['inside']['id']}").status == 200


# What is recorded is no program


def test_what_a_run_says_of_itself_stays_text(own, wait_for) -> None:
    server, folder = own
    name = "</script><script>alert(1)</script>"
    run = bs.record("hostile", runs_dir=folder, config={name: name}, tags=[name])
    run.log({name: 1.0}, step=0)
    run.finish()
    rows = wait_for(server.runs, lambda rows: rows and next(iter(rows.values()))["last"])
    row = next(iter(rows.values()))
    assert row["tags"] == [name]
    for path in ("/api/runs", f"/api/runs/{row['id']}", "/api/runs/<script>"):
        answer = server.ask(path.replace("<", "%3C").replace(">", "%3E"))
        assert answer.headers["content-type"] == "application/json"
        assert b"<script" not in answer.body
    report = server.ask(f"/api/export/{row['id']}.html")
    assert report.headers["content-disposition"].startswith("attachment; ")
    assert "\n" not in report.headers["content-disposition"]


# Its own words


def test_the_token_is_in_no_log(serve, root) -> None:
    server = serve(root)
    for path in ("/", "/nothing", f"/?token={server.token}", f"/api/runs?token={server.token}"):
        server.ask(path)
        server.ask(path, is_in=False)
    server.process.send_signal(2)
    out, err = server.process.communicate(timeout=600)
    assert server.token not in out + err
    assert "".join(server.printed).count(server.token) == 1


def test_it_listens_on_this_machine_only(server) -> None:
    address = _address_of_this_machine()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    with pytest.raises(OSError):
        socket.create_connection((address, server.port), timeout=2).close()


def test_beyond_this_machine_it_warns_and_still_needs_the_token(serve, root) -> None:
    server = serve(root, "--host", "0.0.0.0")
    assert server.ask("/api/runs", is_in=False).status == 401
    server.enter()
    assert server.ask("/api/runs").status == 200
    # A bare address needs no name server; a name might be anyone's.
    assert server.ask("/api/runs", headers={"Host": f"192.0.2.7:{server.port}"}).status == 200
    assert server.ask("/api/runs", headers={"Host": f"evil.example:{server.port}"}).status == 421
    server.process.send_signal(2)
    _, err = server.process.communicate(timeout=600)
    assert "lets other machines reach this page" in " ".join(err.split())


def test_a_named_proxy_is_answered(serve, root) -> None:
    server = serve(root, "--allow-host", "lab.example")
    assert server.ask("/api/runs", headers={"Host": "lab.example"}).status == 200
    assert server.ask("/api/runs", headers={"Host": "lab.example.evil.example"}).status == 421


def test_a_web_socket_is_not_opened(server) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    assert server.ask("/api/runs", headers=headers).status != 101


def _raw(server: Any, text: str) -> Any:
    """Send what no client would, and read the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=600) as connection:
        connection.sendall(text.encode())
        with http.client.HTTPResponse(connection) as answer:
            answer.begin()
            return SimpleNamespace(status=answer.status, body=answer.read())


def _address_of_this_machine() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: only asks which way it would go
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address
