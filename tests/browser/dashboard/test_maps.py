"""Maps of the feature vectors of a network trained on digits, as the reader chooses them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors
from sklearn.neural_network import MLPClassifier

from bathyscope.integrations.recording import Recording
from bathyscope.runs import RunWriter

SAMPLES, STEPS = 120, (0, 15, 90)


def hidden(network: MLPClassifier, x: np.ndarray) -> np.ndarray:
    return np.maximum(0, x @ network.coefs_[0] + network.intercepts_[0])


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, np.ndarray]]:
    """Train an MLP on scikit-learn's digits, and record what its hidden layer gives."""
    found = load_digits()
    x, y = found.data / 16, found.target
    probe = x[-SAMPLES:]
    network = MLPClassifier((24,), learning_rate_init=0.01, random_state=0)
    root = tmp_path_factory.mktemp("digits") / "runs"
    vectors: dict[int, np.ndarray] = {}
    with RunWriter(root / "digits") as run:
        ids = np.arange(SAMPLES)
        run.log_arrays("inputs/test", {"sample": ids, "inputs": probe.reshape(-1, 8, 8)}, step=0)
        rng = np.random.default_rng(0)
        network.partial_fit(x[:1], y[:1], classes=np.arange(10))
        for step in range(STEPS[-1] + 1):
            if step in STEPS:
                vectors[step] = hidden(network, probe).astype(np.float32)
                run.log_arrays("features/test", {"sample": ids, "hidden": vectors[step]}, step=step)
            batch = rng.integers(0, len(x) - SAMPLES, 128)
            network.partial_fit(x[batch], y[batch])
        columns = {"sample": ids, "true": y[-SAMPLES:], "predicted": network.predict(probe)}
        run.log_table("predictions/test", columns, step=STEPS[-1])
    return root, vectors


@pytest.fixture(scope="module")
def maps(serve: Callable[..., Any], digits_run: Any) -> Any:
    return serve(digits_run[0], "--read-only")


CARD = "article[data-entry]:has(canvas):has([aria-label='How the vectors are placed'])"


@pytest.fixture
def open_map(open_room: Callable[..., Any], maps: Any) -> Callable[..., Any]:
    def open_one(query: str = "", **options: Any) -> tuple[Any, Any]:
        page = open_room(maps, "features", "digits", query, **options)
        card = page.locator(CARD).first
        card.get_by_label("Map", exact=True).wait_for()
        return page, card

    return open_one


def choose(card: Any, label: str, value: str) -> None:
    card.get_by_label(label, exact=True).select_option(value)


def test_a_method_is_chosen_and_the_map_is_computed_beside(open_map, until, becomes):
    page, card = open_map()
    until(page, "window.bathyscope.panels()[0]?.x.label.startsWith('principal component 1')")
    choose(card, "Map", "tsne")
    until(page, "window.bathyscope.panels()[0]?.x.label === 't-SNE 1'")
    note = card.locator("p.card-note").first.inner_text()
    assert "perplexity 30, seed 0" in note
    assert "Trustworthiness 0." in note and "continuity 0." in note
    assert "Turned to match step 15." in note
    choose(card, "Map", "pca")
    card.get_by_role("button", name="3D").click()
    until(page, "window.bathyscope.spaces().length === 1")
    third = page.evaluate("window.bathyscope.spaces()[0].mark().axes[2]")
    assert third == "PCA axis 3, turned"
    choose(card, "Colour", "correct")
    assert becomes(page, lambda: page.evaluate(
        "window.bathyscope.spaces()[0]?.mark().color.label") == "correct")  # fmt: skip
    # The address restores the map.
    assert becomes(page, lambda: "color:correct" in page.url)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    until(page, "window.bathyscope?.spaces?.().length === 1")
    assert page.evaluate("window.bathyscope.spaces()[0].mark().color.label") == "correct"


def test_the_map_of_the_run_itself_is_coloured_too_and_shows_its_images(
    open_map, until, becomes, settle
):
    page, card = open_map()
    mark = "window.bathyscope.panels()[0].marks[0]"
    until(page, f"{mark}.color?.label === 'true'")
    choose(card, "Colour", "correct")
    until(page, f"{mark}.color?.label === 'correct'")
    choose(card, "Colour", "")
    until(page, f"{mark}.color === null")
    until(page, f"{mark}.thumbnails?.shape[0] === {SAMPLES}")
    settle(page)
    spot = page.evaluate(
        f"window.bathyscope.panels()[0].locate({mark}.x.data[0], {mark}.y.data[0])"
    )
    page.mouse.move(spot["x"], spot["y"])
    assert becomes(page, lambda: page.locator("[role=tooltip] canvas").count() == 1)


@pytest.fixture(scope="module")
def words(serve: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Vectors a program made itself: they have labels, and no true classes."""
    root = tmp_path_factory.mktemp("words") / "runs"
    with Recording("words", runs_dir=root, strict=True) as run:
        vectors = np.random.default_rng(0).normal(size=(30, 5))
        run.log_vectors("words", vectors, labels=[("cat", "dog")[i % 2] for i in range(30)])
    return serve(root, "--read-only")


def test_labels_colour_what_has_no_true_classes_and_the_control_says_so(open_room, words, until):
    page = open_room(words, "features", "words")
    card = page.locator(CARD).first
    color = "window.bathyscope.panels()[0]?.marks[0].color?.label"
    until(page, f"{color} === 'label'")
    until(page, "document.querySelector('[aria-label=Colour]')?.value === 'label'")
    choose(card, "Map", "pca")
    card.get_by_role("button", name="3D").click()
    until(page, "window.bathyscope.spaces()[0]?.mark().color?.label === 'label'")
    choose(card, "Colour", "")
    until(page, "window.bathyscope.spaces()[0]?.mark().color === null")


def test_samples_are_found_by_id_and_by_class(open_map, digits_run, becomes):
    page, card = open_map()
    search = card.get_by_role("search")
    what = search.get_by_label("What to find")
    selected = "[...(window.bathyscope.selection.get('sample') ?? [])].map(Number)"
    what.fill("7, 12 400")
    assert becomes(page, lambda: page.evaluate(selected) == [7, 12])
    assert becomes(page, lambda: search.locator("output").inner_text() == f"2 of {SAMPLES}")
    search.get_by_label("Find by").select_option("class")
    what.fill("3")
    true = load_digits().target[-SAMPLES:]
    assert becomes(page, lambda: page.evaluate(selected) == np.flatnonzero(true == 3).tolist())
    what.fill("")
    assert becomes(page, lambda: page.evaluate(selected) == [])


def test_selected_samples_are_placed_alone(open_map, until, becomes):
    page, card = open_map()
    page.evaluate("window.bathyscope.selection.set('sample', [3, 4, 5, 9, 17, 40])")
    card.get_by_role("button", name="Place the 6 selected alone").click()
    ids = "[...window.bathyscope.panels()[0].marks[0].ids.values.data].map(Number)"
    until(page, f"String({ids}) === '3,4,5,9,17,40'")
    assert "6 of 120 samples, those that were selected." in card.inner_text()
    assert becomes(page, lambda: "only:3-5.9.17.40" in page.url)
    card.get_by_role("button", name="Place all samples").click()
    until(page, f"{ids}.length === {SAMPLES}")


def test_a_saved_copy_shows_the_maps_that_were_asked_for(
    open_map, digits_run, new_context, until, tmp_path, becomes
):
    page, card = open_map()
    choose(card, "Map", "tsne")
    until(page, "window.bathyscope.panels()[0]?.x.label === 't-SNE 1'")
    choose(card, "Colour", "correct")
    until(page, "window.bathyscope.panels()[0]?.marks[0].color?.label === 'correct'")
    assert becomes(page, lambda: "color:correct" in page.url)
    drawn = page.evaluate(POSITIONS)
    page.locator("header button[aria-haspopup=menu]").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Save this page as one HTML file").click()
    download.value.save_as(tmp_path / "copy.html")
    context = new_context(offline=True, reduced_motion="reduce")
    copy = context.new_page()
    faults: list[str] = []
    copy.on("console", lambda message: faults.append(message.text))
    copy.on("pageerror", lambda error: faults.append(str(error)))
    copy.goto((tmp_path / "copy.html").as_uri())
    until(copy, "window.bathyscope?.panels()[0]?.x.label === 't-SNE 1'")
    assert copy.evaluate(POSITIONS) == drawn
    assert copy.evaluate("window.bathyscope.panels()[0].marks[0].color.label") == "correct"
    until(copy, f"window.bathyscope.panels()[0].marks[0].thumbnails?.shape[0] === {SAMPLES}")
    card = copy.locator(CARD).first
    options = card.get_by_label("Map", exact=True).locator("option")
    assert becomes(copy, lambda: "t-SNE 2D, Perplexity 30" in options.all_inner_texts())
    assert options.all_inner_texts()[1:3] == ["PCA 2D", "PCA 3D"]
    card.get_by_label("Map", exact=True).select_option(label="PCA 3D")
    until(
        copy,
        "window.bathyscope.spaces()[0]?.mark().axes[2] === 'PCA axis 3, turned'",
    )
    copy.evaluate("window.bathyscope.cursor.go(0)")
    until(copy, "window.bathyscope.spaces()[0]?.mark().axes[2].startsWith('principal component 3')")
    choose(card, "Colour", "true")
    until(copy, "window.bathyscope.spaces()[0]?.mark().color?.label === 'true'")
    vectors = digits_run[1][STEPS[0]]
    rows = NearestNeighbors(n_neighbors=9).fit(vectors).kneighbors(vectors[7:8])[1][0]
    copy.evaluate("window.bathyscope.selection.set('sample', [7])")
    near = card.get_by_role("region", name="Nearest to sample 7")
    assert becomes(copy, lambda: "The 8 nearest of 120 samples" in near.inner_text())
    listed = [text.split(":")[0] for text in near.locator("li").all_inner_texts()]
    assert listed == [f"sample {row}" for row in rows]
    assert near.locator("canvas").count() == 9
    context.close()
    assert faults == []


POSITIONS = """
(() => {
  const mark = window.bathyscope.panels()[0].marks[0];
  return Array.from(mark.x.data, (x, i) => [x, mark.y.data[i]]);
})()
"""


NOTE_SAYS = """
([where, said, absent]) => {
  const note = document.querySelector(where)?.textContent ?? '';
  return note.includes(said) && !note.includes(absent);
}
"""


def test_the_step_cursor_moves_a_map_that_neither_flips_nor_turns(open_map, until):
    page, card = open_map()
    choose(card, "Map", "pca")
    until(page, "window.bathyscope.panels()[0]?.x.label.endsWith('turned')")
    places = {}
    for step in reversed(STEPS):
        page.evaluate("(step) => (window.bathyscope.cursor.step = step)", step)
        said = f"Turned to match step {STEPS[STEPS.index(step) - 1]}" if step else "PCA: "
        absent = "Turned" if not step else "\0"
        until(page, NOTE_SAYS, [f"{CARD} p.card-note", said, absent])
        places[step] = np.array(page.evaluate(POSITIONS))
    for before, after in itertools.pairwise(STEPS):
        one, other = (places[s] - places[s].mean(axis=0) for s in (before, after))
        turn = one.T @ other
        # No turn brings the later picture nearer: the best one left is none at all.
        np.testing.assert_allclose(turn, turn.T, atol=1e-6 * np.abs(turn).max())
        assert np.linalg.eigvalsh((turn + turn.T) / 2).min() >= -1e-9 * np.abs(turn).max()


def test_neighbours_of_a_selected_point_are_the_true_ones(open_map, digits_run, becomes):
    page, card = open_map()
    vectors = digits_run[1][STEPS[-1]]
    rows = NearestNeighbors(n_neighbors=9).fit(vectors).kneighbors(vectors[7:8])[1][0]
    page.evaluate("window.bathyscope.selection.set('sample', [7])")
    near = card.get_by_role("region", name="Nearest to sample 7")
    assert becomes(page, lambda: "The 8 nearest of 120 samples" in near.inner_text())

    def listed() -> list[str]:
        return [text.split(":")[0] for text in near.locator("li").all_inner_texts()]

    assert becomes(page, lambda: listed() == [f"sample {row}" for row in rows])
    # What is pointed at in the list is ringed in the map, and a click goes on from there.
    above = f'document.querySelector("{CARD} canvas.above").toDataURL()'
    plain = page.evaluate(above)
    near.locator("li button").nth(3).hover()
    assert becomes(page, lambda: page.evaluate(above) != plain)
    near.locator("li button").nth(2).click()
    card.get_by_role("region", name=f"Nearest to sample {rows[2]}").wait_for()
    page.evaluate("window.bathyscope.selection.set('sample', [7])")
    near.wait_for()
    near.get_by_role("button", name="Select them all").click()
    selected = "[...(window.bathyscope.selection.get('sample') ?? [])].map(Number)"
    assert becomes(page, lambda: set(page.evaluate(selected)) == set(rows.tolist()))


def test_trails_lead_through_the_places_of_every_step(open_map, until, becomes):
    page, card = open_map()
    choose(card, "Map", "pca")
    until(page, "window.bathyscope.panels()[0]?.x.label.endsWith('turned')")
    page.evaluate("window.bathyscope.selection.set('sample', [7, 30])")
    card.get_by_label("Trails", exact=True).focus()
    page.keyboard.press("Space")
    lines = "window.bathyscope.panels()[0].marks.filter((mark) => mark.type === 'line').length"
    until(page, f"{lines} === 2")
    trail = page.evaluate(TRAIL)
    assert f"Trails of 2 of 2 selected samples, at {len(STEPS)} of" in card.inner_text()
    assert becomes(page, lambda: "trails:1" in page.url)
    page.keyboard.press("Space")
    until(page, f"{lines} === 0")
    assert len(trail) == len(STEPS)
    for index, place in enumerate(trail):
        page.evaluate("(i) => window.bathyscope.cursor.go(i)", index)
        assert becomes(page, lambda place=place: page.evaluate(POSITIONS)[7] == place)


TRAIL = """
(() => {
  const line = window.bathyscope.panels()[0].marks.find((mark) => mark.type === 'line');
  return Array.from(line.x.data, (x, i) => [x, line.y.data[i]]);
})()
"""


def test_a_map_can_be_stopped_and_taken_up_again(open_map, until, becomes):
    page, card = open_map()
    # The answer never comes: what is tested is what the reader can do meanwhile.
    page.route("**/progress?**", lambda route: None)
    choose(card, "Map", "pca")
    card.get_by_role("button", name="Stop").click()
    assert becomes(page, lambda: "Stopped." in card.inner_text())
    page.unroute("**/progress?**")
    card.get_by_role("button", name="Go on").click()
    until(page, "window.bathyscope.panels()[0]?.x.label.endsWith('turned')")


def test_a_colour_that_is_not_there_is_named(open_map):
    page, card = open_map()
    address = page.url
    entry = card.get_attribute("data-entry")
    mark = "&" if "?" in address else "?"
    page.goto("about:blank")
    page.goto(f"{address}{mark}controls={entry}:map:pca,{entry}:color:colour")
    card = page.locator(CARD).first
    alert = card.get_by_role("alert")
    alert.wait_for()
    assert "No column of these samples is called colour." in alert.inner_text()
    assert card.locator("canvas").count() > 0  # without a colour, it is still a map


@pytest.mark.parametrize("width", [390, 1280])
def test_controls_fit_and_are_reached_by_keys(open_map, becomes, width):
    page, card = open_map(width=width)
    choose(card, "Map", "pca")
    card.get_by_role("button", name="3D").focus()
    page.keyboard.press("Enter")
    assert becomes(page, lambda: page.evaluate("window.bathyscope.spaces().length") == 1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
