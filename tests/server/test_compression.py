"""Text travels compressed to who can read that, under the same rules as everything else."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from bathyscope.figures.web.page import BEGIN, SCRIPT, STYLE, built
from bathyscope.server.guard import HEADERS

ZIPPED = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("name", [SCRIPT, STYLE])
def test_the_files_of_the_page_are_a_third_of_their_size(server: Any, name: str) -> None:
    plain = server.ask(f"/static/{name}")
    zipped = server.ask(f"/static/{name}", headers=ZIPPED)
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body == built(name).encode()
    assert len(zipped.body) < 0.45 * len(plain.body)
    for answer in (plain, zipped):
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["content-length"] == str(len(answer.body))
        assert HEADERS.items() <= answer.headers.items()


def test_the_few_lines_the_page_begins_with_fit_into_a_packet(server: Any) -> None:
    answer = server.ask(f"/static/{BEGIN}", headers=ZIPPED)
    assert gzip.decompress(answer.body) == built(BEGIN).encode()
    assert len(answer.body) < 1024


def test_what_a_packet_holds_is_sent_as_it_is(server: Any) -> None:
    answer = server.ask("/api/trash", headers=ZIPPED)
    assert len(answer.body) < 1024
    assert "content-encoding" not in answer.headers


def test_json_is_compressed_and_numbers_are_not(server: Any) -> None:
    run = next(iter(server.runs().values()))["id"]
    plain = server.ask(f"/api/runs/{run}")
    zipped = server.ask(f"/api/runs/{run}", headers=ZIPPED)
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    assert zipped.headers["content-type"] == plain.headers["content-type"]
    for path in (f"/api/runs/{run}/scalars", f"/api/runs/{run}/curve?metric=loss", "/"):
        assert "content-encoding" not in server.ask(path, headers=ZIPPED).headers


def test_a_page_has_an_answer_already_whichever_way_it_came(server: Any) -> None:
    tags = {}
    for name, headers in {"plain": {}, "zipped": ZIPPED}.items():
        tags[name] = server.ask("/api/palettes", headers=headers).headers["etag"]
        again = server.ask("/api/palettes", headers=headers | {"If-None-Match": tags[name]})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tags[name]
    # Other bytes are not the same representation (RFC 9110, section 8.8.3).
    assert tags["plain"] != tags["zipped"]


@pytest.mark.parametrize(
    ("wish", "is_zipped"),
    [
        ("gzip", True),
        ("GZIP;q=0.5, br", True),
        ("br, *", True),
        ("br;q=1.0, gzip;q=0", False),
        ("*;q=0", False),
        ("identity", False),
        ("", False),
        ("gzip;q=none", False),
    ],
)
def test_what_a_page_takes_is_believed(server: Any, wish: str, is_zipped: bool) -> None:
    answer = server.ask("/api/palettes", headers={"Accept-Encoding": wish})
    assert (answer.headers.get("content-encoding") == "gzip") == is_zipped


def test_a_short_answer_is_left_alone(server: Any) -> None:
    answer = server.ask("/api/runs/none", headers=ZIPPED)
    assert answer.status == 404
    assert "content-encoding" not in answer.headers
    assert "gzip" not in str(server.ask("/api/runs?since=9999999999999999", headers=ZIPPED).headers)


def test_who_has_no_ticket_gets_nothing_compressed_either(server: Any) -> None:
    answer = server.ask("/static/bathyscope.js", headers=ZIPPED, is_in=False)
    assert answer.status == 401
    assert len(answer.body) < 1000
