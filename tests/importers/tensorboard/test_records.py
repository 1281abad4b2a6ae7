"""Records are found block by block, and around damage of every kind."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bathyscope.importers.tensorboard import records
from bathyscope.importers.tensorboard.records import Faults, read_blocks

pytestmark = pytest.mark.usefixtures("way")

Frame = Callable[[bytes], bytes]
SIZES = (0, 1, 40, 50, 50, 300, 2000)


def found(data: bytes) -> tuple[list[bytes], tuple[str, ...]]:
    faults = Faults("file")
    blocks = read_blocks(io.BytesIO(data), len(data), faults)
    return [block.payload(i) for block in blocks for i in range(len(block.starts))], faults.told()


@pytest.fixture(scope="module")
def payloads() -> list[bytes]:
    rng = np.random.default_rng(7)
    return [rng.bytes(int(size)) for size in rng.choice(SIZES, 150)]


@pytest.fixture(params=[(16, 1024), (100, 1), (1000, 1), (1 << 22, 1), (1 << 22, 1024)])
def block_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Read in blocks of several sizes, and with and without the short way to short records."""
    size, many = request.param
    monkeypatch.setattr(records, "BLOCK", size)
    monkeypatch.setattr(records, "_MANY", many)
    monkeypatch.setattr(records, "_WINDOW", 4096)
    return size


def test_all_records_are_found(payloads: list[bytes], frame: Frame, block_size: int) -> None:
    del block_size
    assert found(b"".join(map(frame, payloads))) == (payloads, ())


@pytest.mark.parametrize("sizes", [(40, 50), (16, 17, 300), (40, 50, 4095, 4096), (70_000, 30)])
@pytest.mark.parametrize("n_kinds_of_byte", [2, 255])
def test_short_records_are_followed_all_at_once(
    frame: Frame, sizes: tuple[int, ...], n_kinds_of_byte: int
) -> None:
    rng = np.random.default_rng(3)
    n_records = 300 if max(sizes) < 10_000 else 12  # the oracle goes bit by bit
    drawn = rng.choice(sizes, n_records)
    pieces = [rng.integers(0, n_kinds_of_byte, int(size), dtype=np.uint8) for size in drawn]
    data = np.frombuffer(b"".join(frame(piece.tobytes()) for piece in pieces), np.uint8)
    one_by_one, _ = records._follow_any(data, 0, n_records)
    at_once, after = records._follow_short(data)
    assert at_once.tolist() == one_by_one[: len(at_once)].tolist()
    assert after in {0, *one_by_one.tolist(), len(data)}
    if n_kinds_of_byte > 2:  # many zeros look like heads, which ends it early
        assert len(at_once) == np.argmax([*(drawn >= 4096), True])


@pytest.mark.parametrize("where", ["length", "its checksum", "payload", "its own checksum"])
def test_a_flipped_bit_costs_one_record(
    payloads: list[bytes], frame: Frame, block_size: int, where: str
) -> None:
    del block_size
    parts = [frame(payload) for payload in payloads]
    victim = next(i for i, payload in enumerate(payloads) if i > 70 and len(payload) == 300)
    place = {"length": 2, "its checksum": 9, "payload": 100, "its own checksum": 12 + 300}[where]
    broken = bytearray(parts[victim])
    broken[place] ^= 0x10
    begin = sum(map(len, parts[:victim]))
    given_data = b"".join([*parts[:victim], bytes(broken), *parts[victim + 1 :]])
    given_payloads, told = found(given_data)
    assert given_payloads == payloads[:victim] + payloads[victim + 1 :]
    assert len(told) == 1
    assert f"byte {begin} " in told[0] or f"bytes {begin} to " in told[0]


def test_a_file_cut_anywhere_shows_what_is_whole(payloads: list[bytes], frame: Frame) -> None:
    parts = [frame(payload) for payload in payloads[:12]]
    data = b"".join(parts)
    ends = np.cumsum([len(part) for part in parts])
    for cut in range(0, len(data), 37):
        n_whole = int(np.searchsorted(ends, cut, side="right"))
        whole, told = found(data[:cut])
        assert whole == payloads[:n_whole]
        is_at_end = cut == 0 or cut in ends
        assert len(told) == (0 if is_at_end else 1)


def test_records_behind_one_that_was_cut_are_found(payloads: list[bytes], frame: Frame) -> None:
    parts = [frame(payload) for payload in payloads]
    victim = next(i for i, payload in enumerate(payloads) if i > 10 and len(payload) == 2000)
    data = b"".join([*parts[:victim], parts[victim][:500], *parts[victim + 1 :]])
    whole, told = found(data)
    assert whole == payloads[:victim] + payloads[victim + 1 :]
    assert len(told) == 1


def test_a_length_beyond_the_file_asks_for_no_memory(
    frame: Frame, masked_crc: Callable[[bytes], int]
) -> None:
    head = (2**62).to_bytes(8, "little")
    lie = head + masked_crc(head).to_bytes(4, "little")
    whole, told = found(frame(b"before") + lie + frame(b"after"))
    assert whole == [b"before", b"after"]
    assert told == ("file: bytes 22 to 34 hold no whole record; skipped",)


def test_many_faults_are_counted(frame: Frame) -> None:
    broken = bytearray(frame(b"x" * 30))
    broken[20] ^= 1
    whole, told = found(bytes(broken) * 50)
    assert whole == []
    assert len(told) == 21
    assert told[-1] == "file: 30 more faults"


def test_sparse_records_among_zeros_take_no_quadratic_work(
    frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[int] = []
    match = records._match

    def counted(buffer: Any, starts: Any, lengths: Any) -> Any:
        checked.append(len(starts))
        return match(buffer, starts, lengths)

    monkeypatch.setattr(records, "_match", counted)
    data = b"".join(frame(b"x" * 10) + bytes(4086) for _ in range(500))
    assert found(data)[0] == [b"x" * 10] * 500
    assert sum(checked) < 2 * len(data)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=600))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    whole, told = found(data)
    assert whole or told or not data


@settings(max_examples=150, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=20)), max_size=4))
def test_any_damage_leaves_only_true_records(
    payloads: list[bytes], frame: Frame, edits: list[tuple[int, bytes]]
) -> None:
    data = bytearray(b"".join(map(frame, payloads[:20])))
    for place, new in edits:
        data[place : place + 7] = new
    whole, told = found(bytes(data))
    assert set(whole) <= set(payloads[:20])
    assert bytes(data) == b"".join(map(frame, payloads[:20])) or told
