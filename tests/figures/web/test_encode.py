"""Documents: what a page is given."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zlib
from dataclasses import dataclass

import numpy as np
import pytest

from bathyscope.figures import (
    MARKS,
    Axis,
    Figure,
    Film,
    Ids,
    Line,
    Matrix,
    Note,
    Panel,
    Points,
    Table,
    web,
)
from bathyscope.figures.color import ColorScale, color_table
from bathyscope.figures.web.blobs import INLINE_BYTES, inline
from bathyscope.figures.web.encode import encode, encode_document, to_json


def section(*items, title="Section", room="loss"):
    return web.Section(title, items, room)


def matrix_figure(values, title="Weights"):
    matrix = Matrix(values, ColorScale.fit(values, kind="signed"))
    return Figure(title, (Panel((matrix,), x=Axis("unit"), y=Axis("input")),))


def blob_bytes(node, blobs):
    packed = base64.b64decode(blobs[node["blob"]], validate=True)
    return zlib.decompress(packed, -15) if node["codec"] == "deflate-raw" else packed


def first_mark(text):
    return json.loads(text)["sections"][0]["items"][0]["panels"][0]["marks"][0]


def test_a_large_array_is_a_blob_with_its_very_bytes(rng):
    values = rng.normal(size=(40, 30)).astype(np.float32)
    text, blobs = encode_document("Run", [section(matrix_figure(values))])
    node = first_mark(text)["values"]
    assert node["shape"] == [40, 30]
    assert node["$array"] == "f4"
    assert blob_bytes(node, blobs) == values.tobytes()


def test_compression_is_used_only_where_it_helps(rng):
    noise = rng.integers(0, 256, size=(40, 40)).astype(np.uint8)
    zeros = np.zeros((40, 40))
    text, blobs = encode_document("Run", [section(matrix_figure(noise), matrix_figure(zeros))])
    nodes = [
        item["panels"][0]["marks"][0]["values"] for item in json.loads(text)["sections"][0]["items"]
    ]
    assert [node["codec"] for node in nodes] == ["raw", "deflate-raw"]
    assert len(blobs[nodes[1]["blob"]]) < 50


def test_small_arrays_need_no_blob():
    values = np.zeros((1, INLINE_BYTES))
    _, blobs = encode_document("Run", [section(matrix_figure(values))])
    assert blobs == ()
    _, blobs = encode_document("Run", [section(matrix_figure(np.zeros((1, INLINE_BYTES + 1))))])
    assert len(blobs) == 1


def test_a_film_keeps_what_does_not_change_once(rng):
    steps = tuple(range(10))
    shared = rng.normal(size=(100, 100))
    changing = rng.normal(size=(10, 50))

    def figure(step):
        still = matrix_figure(shared).panels
        line = Line(np.arange(50.0) / 3, changing[step])
        moving = Panel((line,), x=Axis("step"), y=Axis("loss"))
        return Figure("Film", (*still, moving))

    film = Film(steps, tuple(figure(step) for step in steps))
    text, blobs = encode_document("Run", [section(film)])
    once = sum(len(blob) for blob in encode_document("Run", [section(film.last)])[1])
    assert len(blobs) == 1 + 1 + len(steps)
    assert sum(len(blob) for blob in blobs) < 1.2 * once
    item = json.loads(text)["sections"][0]["items"][0]
    assert item["steps"] == list(steps)
    assert len({f["panels"][0]["marks"][0]["values"]["blob"] for f in item["figures"]}) == 1


def test_equal_bytes_of_other_types_share_a_blob_and_keep_their_types():
    whole = np.arange(300) % 200
    figures = [
        Figure("a", (Panel((Table({"n": column}),)),))
        for column in (whole, whole.astype(np.float32), whole.astype(np.uint8))
    ]
    text, blobs = encode_document("Run", [section(*figures)])
    items = json.loads(text)["sections"][0]["items"]
    nodes = [dict(item["panels"][0]["marks"][0]["columns"]["$map"])["n"] for item in items]
    assert len(blobs) == 1
    assert [node["dtype"] for node in nodes] == ["int64", "float32", "uint8"]


def test_the_same_document_is_the_same_text(sample_figures):
    again = [encode_document("Run", [section(*sample_figures.values())]) for _ in range(2)]
    assert again[0] == again[1]


def test_hash_seeds_do_not_change_a_document():
    program = (
        "import numpy as np\n"
        "from bathyscope.figures import *\n"
        "from bathyscope.figures.web.encode import to_json\n"
        "table = Table({'b': np.array(['x', 'y']), 'a': np.array([1.5, np.nan])})\n"
        "print(to_json(Figure('t', (Panel((table,)),))))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    "evil",
    [
        "</script><script>alert(1)</script>",
        "<!--",
        "<SCRIPT",
        "\u2028\u2029",
        "]]>",
        "\ud800",
        "\0",
        "类别 🐟",
    ],
    ids=ascii,  # a failure of a name that no encoding can write would end the whole session
)
def test_no_text_can_leave_its_script_element(evil):
    table = Table({evil: np.array([evil])}, label=evil)
    figure = Figure(evil, (Panel((table,), note=evil),), note=evil)
    text, _ = encode_document(evil, [section(figure, title=evil)], facts=[(evil, evil)])
    assert "<" not in text
    assert text.isascii()
    read = json.loads(text)
    assert read["title"] == evil
    assert read["facts"] == [[evil, evil]]
    assert first_mark(text)["columns"]["$map"][0][0] == evil


def test_json_has_no_words_that_json_does_not_know():
    axis = Axis("loss", domain=(float("-inf"), float("nan")))
    figure = Figure("t", (Panel((Line([0, 1], [np.nan, np.inf]),), x=Axis("x"), y=axis),))

    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    content = json.loads(to_json(figure), parse_constant=refuse)["content"]
    assert content["panels"][0]["y"]["domain"] == [{"$number": "-inf"}, {"$number": "nan"}]


def test_colors_come_from_their_one_source():
    colors = dict(json.loads(encode_document("Run", [])[0])["colors"]["$map"])
    for theme, palette in colors.items():
        for kind, node in palette["scales"]["$map"]:
            table = np.frombuffer(base64.b64decode(node["base64"]), dtype=np.uint8)
            assert np.array_equal(table.reshape(256, 3), color_table(kind, theme=theme))
    assert set(colors) == {"light", "dark"}


def test_missing_values_have_the_color_the_palette_says():
    palette = dict(json.loads(encode_document("Run", [])[0])["colors"]["$map"])["light"]
    red, green, blue = ColorScale().rgb([np.nan])[0]
    assert palette["missing"] == f"#{red:02x}{green:02x}{blue:02x}"


def test_a_mark_written_later_needs_no_change_of_the_encoder():
    @dataclass(frozen=True)
    class Keypoints:
        type = "keypoints"
        at: np.ndarray
        visible: tuple[bool, ...]

    node = encode(Keypoints(np.array([[1.5, 2.0]]), (True,)), inline)
    assert node["type"] == "keypoints"
    assert node["visible"] == [True]
    assert node["at"]["shape"] == [1, 2]


def test_every_mark_is_in_the_samples(sample_figures):
    shown = {
        type(mark)
        for figure in sample_figures.values()
        for panel in figure.panels
        for mark in panel.marks
    }
    assert shown == set(MARKS)


def test_object_arrays_are_refused_and_the_place_is_named():
    table = Table({"mixed": np.array(["a", None], dtype=object)})
    with pytest.raises(TypeError, match="got dtype object") as caught:
        to_json(Figure("t", (Panel((table,)),)))
    assert "In `Table.columns`." in caught.value.__notes__


def test_foreign_objects_are_refused():
    figure = Figure("t", (Panel((Note({1, 2}),)),))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"must hold numbers, text, arrays.* got set"):
        to_json(figure)


def test_only_figures_and_films_become_files():
    with pytest.raises(TypeError, match="`item` must be a Figure or a Film; got Note"):
        to_json(Note("x"))  # type: ignore[arg-type]


def test_ids_of_text_and_numbers_are_kept():
    points = Points([0, 1], [0, 1], ids=Ids("layer", np.array(["dense", "dense/2"])))
    figure = Figure("t", (Panel((points,), x=Axis("x"), y=Axis("y")),))
    ids = json.loads(to_json(figure))["content"]["panels"][0]["marks"][0]["ids"]
    assert ids == {
        "type": "ids",
        "kind": "layer",
        "values": {"$strings": ["dense", "dense/2"], "shape": [2]},
        "elements": None,
    }
