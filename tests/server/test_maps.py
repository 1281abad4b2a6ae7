"""Maps of feature vectors: computed beside the server, once, and given up when nobody waits."""

from __future__ import annotations

import base64
import http.client
import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

import bathyscope as bs
from bathyscope.figures.web.decode import decode
from bathyscope.runs import RunWriter
from bathyscope.server import kept_maps, kept_neighbours
from bathyscope.server.kept_maps import KnownMap
from bathyscope.views._following import Wanted, place_steps
from bathyscope.views._projecting import Projector

SAMPLES, FEATURES, STEPS = 60, 8, (0, 10, 20)


#: A process that begins imports much, and machines may be busy: nobody waits for less.
PATIENCE_S = 600


def ask(server: Any, path: str) -> Any:
    """Send one request, and wait for its answer however long a map takes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    connection.request("GET", path, headers={"Cookie": server.cookie})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return SimpleNamespace(status=answer.status, headers=dict(answer.getheaders()), body=body)


def vectors_at(step: int) -> np.ndarray:
    """Three clusters that drift apart, in a space that is turned at every step."""
    rng = np.random.default_rng(1)
    around = rng.normal(size=(SAMPLES, FEATURES))
    labels = np.arange(SAMPLES) % 3
    there = around + (3 + step / 10) * np.eye(3, FEATURES)[labels]
    return there @ np.linalg.qr(np.random.default_rng(step).normal(size=(FEATURES,) * 2))[0]


def record_features(root: Path, name: str, *, steps: tuple[int, ...] = STEPS) -> None:
    with RunWriter(root / name) as run:
        ids = 100 + np.arange(SAMPLES)
        images = np.random.default_rng(0).integers(0, 255, (SAMPLES, 6, 6)).astype(np.uint8)
        run.log_arrays("inputs/test", {"sample": ids, "inputs": images}, step=0)
        for step in steps:
            given = {"sample": ids, "hidden": vectors_at(step)}
            run.log_arrays("features/test", given, step=step)
        true = np.arange(SAMPLES) % 3
        columns = {"sample": ids, "true": true, "predicted": (true + 1) % 3, "loss": true / 7}
        run.log_table("predictions/test", columns, step=20)


@pytest.fixture(scope="module")
def mapped(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server of one run with feature vectors, and the address of their picture."""
    root = tmp_path_factory.mktemp("maps") / "runs"
    record_features(root, "mlp")
    server = serve(root)
    run = server.runs()["mlp"]["id"]
    answer = server.ask(f"/api/runs/{run}")
    assert answer.status == 200, answer.body
    entries = answer.json["entries"]
    (entry,) = [entry["id"] for entry in entries if entry["view"] == "FeatureVectors"]
    return server, run, entry


def figure_of(answer: Any) -> Any:
    """The figure of a binary answer, as Python's."""
    return decoded(answer, "content")


def decoded(answer: Any, name: str) -> Any:
    """A part of a binary answer, as Python's; None if it is not there."""
    assert answer.status == 200, answer.body
    length = int.from_bytes(answer.body[:4], "little")
    head = json.loads(answer.body[4 : 4 + length])
    rest = answer.body[4 + length :]

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(held) for held in value]
        if not isinstance(value, dict):
            return value
        if "$array" in value and "blob" in value:
            start, size = head["blobs"][value["blob"]]
            text = base64.b64encode(rest[start : start + size]).decode()
            return {k: v for k, v in value.items() if k not in ("blob", "codec")} | {"base64": text}
        return {key: filled(held) for key, held in value.items()}

    part = head.get(name)
    if isinstance(part, dict) and not {"type", "$array", "$strings"} & part.keys():
        return {key: decode(filled(held)) for key, held in part.items()}
    return decode(filled(part))


def map_of(mapped: Any, query: str) -> Any:
    server, run, entry = mapped
    return figure_of(ask(server, f"/api/runs/{run}/maps/{entry}?{query}"))


def places_of(figure: Any) -> np.ndarray:
    mark = figure.panels[0].marks[0]
    sides = (mark.x, mark.y, mark.z) if mark.type == "points3d" else (mark.x, mark.y)
    return np.stack(sides, axis=1)


def test_what_can_be_chosen_is_told(mapped: Any) -> None:
    server, run, entry = mapped
    told = server.ask(f"/api/runs/{run}/maps/{entry}/options").json
    assert told["methods"] == ["pca", "tsne", "umap"]
    assert told["colors"] == ["correct", "loss", "predicted", "true"]
    assert (told["samples"], told["features"]) == (SAMPLES, FEATURES)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_steps_are_turned_to_match_each_other(mapped: Any, dimensions: int) -> None:
    pictures = [map_of(mapped, f"step={step}&dimensions={dimensions}") for step in STEPS]
    first, _, last = (places_of(figure) for figure in pictures)
    alone = places_of(map_of(mapped, f"step=20&dimensions={dimensions}&follow=0"))
    # The same picture but for its turn: distances are those of the picture alone.
    between = [np.linalg.norm(p[:, None] - p, axis=2) for p in (last, alone)]
    np.testing.assert_allclose(between[0], between[1], atol=1e-8)
    agree = [np.trace(p.T @ first) for p in (last, alone)]
    assert agree[0] >= agree[1]
    assert "Turned to match step 10." in pictures[2].note
    assert "PCA: " in pictures[2].note and "Trustworthiness" in pictures[2].note
    mark = pictures[2].panels[0].marks[0]
    assert mark.ids.values.tolist() == list(range(100, 100 + SAMPLES))
    assert mark.thumbnails.shape == (SAMPLES, 6, 6)


def test_the_quality_that_is_said_is_scikit_learns(mapped: Any) -> None:
    figure = map_of(mapped, "step=0&method=tsne&perplexity=9&seed=5&dimensions=2")
    known = trustworthiness(vectors_at(0), places_of(figure), n_neighbors=15)
    assert f"Trustworthiness {known:.3f}" in figure.note
    assert "t-SNE: perplexity 9, seed 5." in figure.note


def test_samples_are_placed_alone(mapped: Any) -> None:
    rows = [0, 3, 4, 5, 9, 30, 31]
    figure = map_of(mapped, "step=20&only=103-105.100.109.130-131&color=loss")
    mark = figure.panels[0].marks[0]
    assert mark.ids.values.tolist() == [100 + row for row in rows]
    assert "7 of 60 samples, those that were selected." in figure.note
    np.testing.assert_allclose(mark.color.values, np.array(rows) % 3 / 7)
    alone = PCA(2).fit_transform(vectors_at(20)[rows])
    # Turned to match the step before: distances are those of the picture alone.
    between = [np.linalg.norm(p[:, None] - p, axis=2) for p in (places_of(figure), alone)]
    np.testing.assert_allclose(between[0], between[1], atol=1e-8)
    server = mapped[0]
    nobody = ask(server, map_address(mapped, "step=20&only=1-5"))
    assert (nobody.status, b"it names none of them" in nobody.body) == (404, True)
    wrong = ask(server, map_address(mapped, "step=20&only=1..5"))
    assert (wrong.status, b"`only` must list ids" in wrong.body) == (400, True)


def test_other_colours_do_not_compute_the_map_again(mapped: Any) -> None:
    true, loss = (map_of(mapped, f"step=20&color={name}") for name in ("true", "loss"))
    np.testing.assert_array_equal(places_of(true), places_of(loss))
    assert true.panels[0].marks[0].color.label == "true"
    assert loss.panels[0].marks[0].color.scale.label == "loss"
    assert map_of(mapped, "step=20&color=").panels[0].marks[0].color is None


def looks(mapped: Any, what: str, query: str = "") -> dict[str, Any]:
    """What is said of samples beside their places."""
    server, run, entry = mapped
    answer = ask(server, f"/api/runs/{run}/maps/{entry}/{what}?{query}")
    return {name: decoded(answer, name) for name in ("ids", "colors", "thumbnails", "note")}


def test_colours_of_all_columns_come_at_once_and_agree_with_those_of_maps(mapped: Any) -> None:
    found = looks(mapped, "colors", "step=20")
    assert sorted(found["colors"]) == ["correct", "loss", "predicted", "true"]
    for name in ("true", "loss"):
        mark = map_of(mapped, f"step=20&color={name}").panels[0].marks[0]
        assert mark.ids.values.tolist() == found["ids"].tolist()
        own, alone = (color_values(color) for color in (mark.color, found["colors"][name]))
        np.testing.assert_array_equal(own, alone)
    # Predictions of another step are no colours of this one.
    assert sorted(looks(mapped, "colors", "step=0")["colors"]) == ["true"]


def color_values(color: Any) -> np.ndarray:
    return color.codes if hasattr(color, "codes") else color.values


def test_pictures_come_once_and_maps_without_them(mapped: Any) -> None:
    found = looks(mapped, "pictures")
    whole = map_of(mapped, "step=20").panels[0].marks[0]
    np.testing.assert_array_equal(found["thumbnails"], whole.thumbnails)
    assert found["ids"].tolist() == whole.ids.values.tolist()
    bare = map_of(mapped, "step=20&thumbnails=0&color=").panels[0].marks[0]
    assert bare.thumbnails is None
    np.testing.assert_array_equal(bare.x, whole.x)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_neighbours_are_those_scikit_learn_finds(mapped: Any, metric: str) -> None:
    server, run, entry = mapped
    asked = f"/api/runs/{run}/neighbours/{entry}?step=10&sample=107&count=5&metric={metric}"
    mark = figure_of(server.ask(asked)).panels[0].marks[0]
    vectors = vectors_at(10)
    apart, rows = NearestNeighbors(n_neighbors=6, metric=metric).fit(vectors).kneighbors(vectors)
    assert mark.type == "tiles"
    assert mark.ids.values.tolist() == (100 + rows[7]).tolist()
    assert mark.captions[1].endswith(f"distance {apart[7, 1]:.4g}")


def events(mapped: Any, query: str) -> list[tuple[str, Any]]:
    """All that is told while a map is computed."""
    server, run, entry = mapped
    answer = ask(server, f"/api/runs/{run}/maps/{entry}/progress?{query}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = answer.body.decode().strip().split("\n\n")
    return [
        (block.split("\n")[0].removeprefix("event: "), json.loads(block.split("\ndata: ")[1]))
        for block in blocks
    ]


def test_progress_is_told_step_by_step_and_ends_with_ready(mapped: Any) -> None:
    told = events(mapped, "step=20&method=tsne&seed=11")
    assert told[-1] == ("ready", {})
    news = [content for name, content in told[:-1] if name == "progress" and content]
    assert {content["count"] for content in news} == {3}
    assert sorted({content["step"] for content in news}) == list(STEPS)
    assert max(content["share"] for content in news) > 0.5
    # It is there now: nothing is computed, only told.
    assert events(mapped, "step=20&method=tsne&seed=11") == [("ready", {})]
    assert events(mapped, "step=10&method=tsne&seed=11") == [("ready", {})]


def test_what_cannot_be_computed_is_told_with_its_reason(mapped: Any) -> None:
    server, run, entry = mapped
    address = f"/api/runs/{run}/maps/{entry}"
    wrong = {
        "method=lda": "`method` must be one of 'pca', 'tsne', 'umap'",
        "dimensions=4": "`dimensions` must be 2 or 3; got 4",
        "step=7": "`step` must be one of the 3 recorded steps",
        "perplexity=0": "`perplexity` must be positive",
        "limit=0": "`limit` must be at least 1",
        "method=tsne&limit=3&step=0": "needs at least 5 samples; got 3",
    }
    for query, reason in wrong.items():
        answer = ask(server, f"{address}?{query}")
        assert (answer.status, reason in json.loads(answer.body)["error"]) == (400, True)
    name, said = events(mapped, "method=tsne&limit=3&step=0")[-1]
    assert name == "failed"
    assert "needs at least 5 samples; got 3" in said["error"]
    assert server.ask(f"/api/runs/{run}/neighbours/{entry}?sample=nobody").status == 404
    assert server.ask(f"/api/runs/{run}/neighbours/{entry}?sample=107&count=0").status == 400
    other = server.ask(f"/api/runs/{run}").json["entries"]
    (table,) = [e["id"] for e in other if e["view"] != "FeatureVectors"][:1]
    assert server.ask(f"/api/runs/{run}/maps/{table}").status == 404


def copied(mapped: Any, read_copy: Any) -> dict[tuple[str, ...], bytes]:
    """What a saved copy of the page holds of maps, by the parts of the address."""
    server, run, entry = mapped
    _, answers = read_copy(ask(server, f"/api/copy.html?runs={run}").body.decode())
    start = ("runs", run, "maps", entry)
    parts = {tuple(address.split("\n")): answer for address, answer in answers.items()}
    return {address[4:]: answer for address, answer in parts.items() if address[:4] == start}


def test_a_saved_copy_holds_pca_and_the_maps_that_were_asked_for(
    mapped: Any, read_copy: Any
) -> None:
    map_of(mapped, "step=20&method=tsne&perplexity=8&dimensions=3")
    map_of(mapped, "step=10&method=pca&follow=0")
    held = copied(mapped, read_copy)
    told = json.loads(held["options", "", ""])
    chosen = [(each["method"], each["dimensions"], each["follow"]) for each in told["maps"]]
    assert chosen[:2] == [("pca", 2, True), ("pca", 3, True)]
    assert {("tsne", 3, True), ("pca", 2, False)} <= set(chosen[2:])
    assert told["left_out"] == 0
    assert told["colors"] == ["correct", "loss", "predicted", "true"]
    for number, each in enumerate(told["maps"]):
        assert (each["steps"] == list(STEPS)) if each["follow"] else each["steps"], each
        query = f"method={each['method']}&dimensions={each['dimensions']}&color=&thumbnails=0"
        query += f"&follow={int(each['follow'])}&perplexity={each['perplexity']}"
        query += f"&only={each['only']}"
        for step in each["steps"]:
            live = envelope_of(ask(mapped[0], map_address(mapped, f"step={step}&{query}")))
            assert held[str(number), str(step)] == live
    for step in STEPS:
        live = envelope_of(ask(mapped[0], map_address(mapped, f"step={step}", "/colors")))
        assert held["colors", "", str(step)] == live
    live = envelope_of(ask(mapped[0], map_address(mapped, "", "/pictures")))
    assert held["pictures", "", ""] == live


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_a_saved_copy_holds_the_neighbours_of_every_sample(
    mapped: Any, read_copy: Any, arrays: Any, metric: str
) -> None:
    held = copied(mapped, read_copy)
    assert json.loads(held["options", "", ""])["neighbours"] == list(STEPS)
    server, run, entry = mapped
    _, answers = read_copy(ask(server, f"/api/copy.html?runs={run}").body.decode())
    for step in STEPS:
        told = arrays(answers[f"runs\n{run}\nneighbours\n{entry}\n{step}"])
        near = told["near"][metric]
        vectors = vectors_at(step)
        far, rows = NearestNeighbors(n_neighbors=9, metric=metric).fit(vectors).kneighbors(vectors)
        np.testing.assert_array_equal(near["rows"], rows[:, 1:])
        np.testing.assert_allclose(near["apart"], far[:, 1:], rtol=1e-6, atol=1e-9)
        asked = f"/api/runs/{run}/neighbours/{entry}?step={step}&sample=107&metric={metric}"
        live = figure_of(server.ask(asked))
        assert told["note"] == live.note
        assert told["names"][7] == live.panels[0].marks[0].captions[0]


def test_neighbours_are_kept_of_the_steps_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = 1000 * 8 * 8 * 2
    monkeypatch.setattr(kept_neighbours, "MOST_BYTES", 3 * size)
    found = kept_neighbours.choose_steps(1000, 10, range(0, 50, 10))
    assert (found.steps, found.left_out_bytes) == ((0, 20, 40), 2 * size)
    assert kept_neighbours.choose_steps(1000, 10, range(0, 50, 10), share=0.4).steps == (40,)
    monkeypatch.setattr(kept_neighbours, "MOST_BYTES", size)
    assert kept_neighbours.choose_steps(1000, 10, range(0, 50, 10)).steps == (40,)
    work = 1000**2 * 110 * 2
    monkeypatch.setattr(kept_neighbours, "MOST_PRODUCTS", work - 1)
    found = kept_neighbours.choose_steps(1000, 10, range(0, 50, 10))
    assert (found.steps, found.left_out_bytes) == ((), 5 * size)


def map_address(mapped: Any, query: str, part: str = "") -> str:
    _, run, entry = mapped
    return f"/api/runs/{run}/maps/{entry}{part}?{query}"


def envelope_of(answer: Any) -> bytes:
    assert answer.status == 200, answer.body
    return answer.body


def test_what_has_no_room_in_a_copy_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_features(tmp_path, "mlp")
    run: Any = bs.open(tmp_path / "mlp")
    maps = [map_with(run, components) for components in ((0, 1), (0, 1, 2))]

    def written(*given: KnownMap, share: float = 1.0) -> dict[tuple[str, ...], bytes]:
        return dict(kept_maps.map_answers(run, "a", "b", given, steps=STEPS, share=share))

    def told(answers: dict[tuple[str, ...], bytes]) -> Any:
        return json.loads(answers["runs", "a", "maps", "b", "options", "", ""])

    both = told(written(*maps))
    assert [len(each["steps"]) for each in both["maps"]] == [3, 3]
    assert both["left_out"] == 0
    of_one = written(maps[0]).items()
    for_one = sum(len(answer) for key, answer in of_one if key[2] == "maps")
    monkeypatch.setattr(kept_maps, "MAP_BYTES", for_one)
    one = told(written(*maps))
    assert [each["dimensions"] for each in one["maps"]] == [2]
    assert one["left_out"] == 1
    monkeypatch.undo()
    size = sum(len(picture) for key, picture in written(*maps).items() if key[4:5] == ("1",))
    assert one["left_out_bytes"] == size > 0
    # Many layers share the room of a few, so that the page has an end.
    assert [kept_maps.share_of(n) for n in (0, 1, 4, 8, 400)] == [1, 1, 1, 0.5, 0.01]
    monkeypatch.setattr(kept_maps, "MAP_BYTES", 4 * for_one)
    assert told(written(*maps, share=0.25)) == one
    monkeypatch.setattr(kept_maps, "MAP_BYTES", 0)
    assert written(*maps) == {}
    assert written() == {}


def map_with(run: Any, components: tuple[int, ...]) -> KnownMap:
    wanted = Wanted("hidden", "test", STEPS[-1], Projector(components=components))
    places = {places.step: places for places in place_steps(run, wanted)}
    return KnownMap(replace(wanted, step=0), places)


def children_of(pid: int) -> list[int]:
    """Ids of the processes that compute maps for a server."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            words = (status.parent / "cmdline").read_bytes()
        except (OSError, IndexError, ValueError):
            continue
        if parent == pid and b"placing_process" in words:
            found.append(int(status.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Processes are read from /proc.")
def test_a_map_nobody_waits_for_is_given_up_and_its_process_ends(
    serve: Any, tmp_path: Path, wait_for: Any
) -> None:
    root = tmp_path / "runs"
    rng = np.random.default_rng(0)
    with RunWriter(root / "large") as run:
        # Minutes of work: only giving it up ends it.
        run.log_arrays("features/test", {"hidden": rng.normal(size=(20_000, 40))}, step=0)
    server = serve(root)
    run_id = server.runs()["large"]["id"]
    (entry,) = [e["id"] for e in server.ask(f"/api/runs/{run_id}").json["entries"]]
    path = f"/api/runs/{run_id}/maps/{entry}/progress?method=tsne&limit=20000&perplexity=50"
    connections = [http.client.HTTPConnection("127.0.0.1", server.port) for _ in range(2)]
    for connection in connections:
        connection.request("GET", path, headers={"Cookie": server.cookie})
    answers = [connection.getresponse() for connection in connections]
    assert wait_for(lambda: children_of(server.process.pid), len)
    (worker,) = children_of(server.process.pid)  # two ask, one process computes
    answers[0].close()
    connections[0].close()
    other = server.ask(f"/api/runs/{run_id}/maps/{entry}/options")
    assert other.status == 200
    assert children_of(server.process.pid) == [worker]  # somebody still waits
    answers[1].close()
    connections[1].close()
    ended = wait_for(lambda: children_of(server.process.pid), lambda found: not found)
    assert ended == []
    # The server goes on, and the next map is computed by another process.
    assert ask(server, f"/api/runs/{run_id}/maps/{entry}?method=pca&limit=300").status == 200
    assert children_of(server.process.pid) not in ([], [worker])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Processes are read from /proc.")
def test_the_process_ends_with_the_server_even_when_that_is_killed(
    serve: Any, tmp_path: Path
) -> None:
    root = tmp_path / "runs"
    record_features(root, "mlp", steps=(0,))
    server = serve(root)
    run_id = server.runs()["mlp"]["id"]
    entries = server.ask(f"/api/runs/{run_id}").json["entries"]
    (entry,) = [e["id"] for e in entries if e["view"] == "FeatureVectors"]
    assert ask(server, f"/api/runs/{run_id}/maps/{entry}").status == 200
    (worker,) = children_of(server.process.pid)
    server.process.kill()
    server.process.wait()
    until = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{worker}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()
