"""What the page holds must be what Python had: every field and every number of every sample."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from bathyscope.figures import web

#: Of larger arrays only every n-th number travels back for the comparison.
COMPARED = 20_000

READ = """
async ([index, compared]) => {
  const base64 = (bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) {
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    return btoa(text);
  };
  const plain = (value) => {
    if (value instanceof Map) return [...value].map(([key, held]) => [key, plain(held)]);
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== 'object') return value;
    if (value.kind === 'string' && value.shape) return { texts: value.data, shape: value.shape };
    if (ArrayBuffer.isView(value.data)) {
      const stride = Math.max(1, Math.ceil(value.data.length / compared));
      const some = Float64Array.from(value.data).filter((_, i) => i % stride === 0);
      return { kind: value.kind, shape: value.shape, bytes: base64(new Uint8Array(some.buffer)) };
    }
    const entries = Object.entries(value).filter(([key]) => key !== 'type');
    return Object.fromEntries(entries.map(([key, held]) => [key, plain(held)]));
  };
  const items = window.bathyscope.document.sections.flatMap((section) => section.items);
  return plain(await window.bathyscope.loadFigure(items[index]));
}
"""

KINDS = {"f": "float", "i": "int", "u": "int", "b": "bool"}


def compare(given, found, at: str) -> None:
    """Fail, naming the place, where the page's value is not Python's."""
    if isinstance(given, np.ndarray):
        compare_arrays(given, found, at)
    elif is_dataclass(given):
        assert set(found) == {item.name for item in fields(given)}, at
        for item in fields(given):
            compare(getattr(given, item.name), found[item.name], f"{at}.{item.name}")
    elif isinstance(given, Mapping):
        assert [key for key, _ in found] == list(given), at
        for key, held in found:
            compare(given[key], held, f"{at}[{key!r}]")
    elif isinstance(given, tuple):
        assert len(found) == len(given), at
        for index, (one, other) in enumerate(zip(given, found, strict=True)):
            compare(one, other, f"{at}[{index}]")
    else:
        assert found == given, at


def compare_arrays(given: np.ndarray, found, at: str) -> None:
    assert found["shape"] == list(given.shape), at
    if given.dtype.kind == "U":
        assert found["texts"] == given.ravel().tolist(), at
        return
    assert found["kind"] == KINDS[given.dtype.kind], at
    numbers = np.frombuffer(base64.b64decode(found["bytes"]), dtype=np.float64)
    stride = max(1, -(-given.size // COMPARED))
    expected = given.ravel()[::stride].astype(np.float64)
    assert np.array_equal(numbers, expected, equal_nan=True), at
    zeros = expected == 0
    assert np.array_equal(np.signbit(numbers[zeros]), np.signbit(expected[zeros])), at


def test_every_sample_arrives_unchanged(open_html, all_samples):
    figures = {name: one for name, one in all_samples.items() if "million" not in name}
    page = open_html(web.document("All", [web.Section("", tuple(figures.values()))]))
    for index, (name, figure) in enumerate(figures.items()):
        compare(figure, page.evaluate(READ, [index, COMPARED]), name)
