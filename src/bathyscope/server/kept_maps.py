"""Maps of feature vectors that a saved copy of the page takes along.

PCA in two and three dimensions, and whatever maps the server still knows because a reader asked
for them: where the samples lie, and which are nearest to each, not the vectors. What a sample looks
like is kept beside them, so that the copy can colour them by any column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bathyscope.figures import web
from bathyscope.reports.collect import Entry
from bathyscope.server.dashboard import Dashboard, json_bytes
from bathyscope.server.kept_neighbours import choose_steps, neighbour_answers
from bathyscope.server.known import Known
from bathyscope.server.looks import colors_of, ids_of, map_view, pictures_of
from bathyscope.views._following import Places, Wanted, steps_up_to
from bathyscope.views._projecting import Projector
from bathyscope.views.feature_vectors import FeatureVectors

#: Bytes of all maps of one view, before they are compressed.
MAP_BYTES = 12 << 20
#: More views than this share the room, and the time, of so many.
MANY_VIEWS = 4
#: Numbers in the vectors of all steps: PCA of more is not computed only to be saved.
MOST_NUMBERS = 20_000_000
_PCA = tuple(Projector("pca", tuple(range(n)), judge=True) for n in (2, 3))

Answers = Iterator[tuple[tuple[str, ...], bytes]]


@dataclass(frozen=True)
class KnownMap:
    """One way to place samples, and where it puts them by step."""

    wanted: Wanted
    places: dict[int, Places]


#: By the id of the view.
Maps = dict[str, tuple[KnownMap, ...]]


async def known_maps(dashboard: Dashboard, known: Known) -> Maps:
    """Gather the maps of a run, by the event loop that computes them.

    Parameters
    ----------
    dashboard : Dashboard
    known : Known
    """
    run = await dashboard.quick(dashboard.rooms.run, known)
    found: Maps = {}
    entries = await dashboard.quick(dashboard.rooms.entries, known)
    scatters = {name: entry for name, entry in entries.items() if _is_scatter(entry)}
    most_numbers = MOST_NUMBERS * share_of(len(scatters))
    for name, entry in scatters.items():
        offered = entry.offer.options
        last = Wanted(offered["layer"], offered["split"], entry.offer.steps[-1])
        if await dashboard.quick(_is_cheap, run, last, most_numbers):
            for projector in _PCA:
                await _place(dashboard, known, run, replace(last, projector=projector))
        found[name] = tuple(_chosen_on_a_page(dashboard, known, last))
    return found


def share_of(n_views: int) -> float:
    """Say what part of the room of a view each of so many views has."""
    return min(1.0, MANY_VIEWS / max(1, n_views))


def _is_scatter(entry: Entry) -> bool:
    return entry.view is FeatureVectors and entry.offer.options.get("style", "scatter") == "scatter"


def _is_cheap(run: Any, wanted: Wanted, most_numbers: float) -> bool:
    try:
        ids, n_features = ids_of(run, wanted)
        return len(ids) * n_features * len(steps_up_to(run, wanted)) <= most_numbers
    except Exception:  # what cannot be read is said where the picture would be
        return False


async def _place(dashboard: Dashboard, known: Known, run: Any, wanted: Wanted) -> None:
    try:
        async for _ in dashboard.placing.follow(known.id, run, wanted):
            pass
    except Exception:  # vectors of one number have no plane, diverged ones no place
        return


def _chosen_on_a_page(dashboard: Dashboard, known: Known, last: Wanted) -> Iterator[KnownMap]:
    """Give the maps of a layer that a page can ask for: of no random choice, by the usual seed."""
    alone: dict[Wanted, dict[int, Places]] = {}
    for wanted, places in dashboard.placing.known(known.id):
        same = (wanted.layer, wanted.split) == (last.layer, last.split)
        if same and wanted.limit is None and wanted.projector.seed == 0:
            alone.setdefault(replace(wanted, step=0), {}).update(places)
    # The two that need nobody's choice come first, whatever there is room for.
    offered = {replace(last, step=0, projector=projector): None for projector in _PCA}
    for wanted in (*offered, *list(alone)):
        if places := alone.pop(wanted, None):
            yield KnownMap(wanted, places)


def map_answers(
    run: Any,
    run_id: str,
    entry: str,
    maps: Sequence[KnownMap],
    *,
    steps: Sequence[int],
    share: float = 1.0,
) -> Answers:
    """Write what the page asks of maps, as far as there is room.

    Parameters
    ----------
    run : Run
    run_id, entry : str
    maps : sequence of KnownMap
    steps : sequence of int
        Those the copy holds.
    share : float
        What part of the room of a view there is for this one.
    """
    placed = [step for step in steps if any(step in each.places for each in maps)]
    if not placed:
        return
    address = ("runs", run_id, "maps", entry)
    last = replace(maps[0].wanted, step=placed[-1])
    colors = {step: colors_of(run, replace(last, step=step)) for step in placed}
    looks = [
        ((*address, "pictures", "", ""), web.envelope(pictures_of(run, last))),
        *(((*address, "colors", "", str(at)), web.envelope(held)) for at, held in colors.items()),
    ]
    room = share * MAP_BYTES - sum(len(answer) for _, answer in looks)
    written: list[dict[str, Any]] = []
    left_out, left_out_bytes = 0, 0
    for each in maps:
        there = [step for step in steps if step in each.places]
        pictures = [_picture(run, each, step) for step in there]
        size = sum(len(picture) for picture in pictures)
        if not there:
            continue
        if size > room:
            left_out, left_out_bytes = left_out + 1, left_out_bytes + size
            continue
        room -= size
        written.append(_described(each.wanted, each.places, there))
        number = str(len(written) - 1)
        for step, picture in zip(there, pictures, strict=True):
            yield (*address, number, str(step)), picture
    if not written:
        return
    yield from looks
    ids, n_features = ids_of(run, last)
    near = choose_steps(len(ids), n_features, placed, share=share)
    yield from neighbour_answers(run, ("runs", run_id, "neighbours", entry), last, near.steps)
    told = {
        "methods": [],
        "colors": sorted(colors[last.step]["colors"]),
        "metrics": [],
        "samples": len(ids),
        "features": n_features,
        "maps": written,
        "left_out": left_out,
        "left_out_bytes": left_out_bytes,
        "neighbours": list(near.steps),
        "neighbours_left_out_bytes": near.left_out_bytes,
    }
    yield (*address, "options", "", ""), json_bytes(told)


def _picture(run: Any, each: KnownMap, step: int) -> bytes:
    wanted = replace(each.wanted, step=step)
    made = map_view(run, wanted, each.places[step], color=None, thumbnails=False)
    return web.figure_envelope(made.figure())


def _described(wanted: Wanted, places: dict[int, Places], steps: Sequence[int]) -> dict[str, Any]:
    """Name a map by what the reader chose."""
    projector = wanted.projector
    return {
        "method": projector.method,
        "dimensions": len(projector.components),
        "follow": wanted.follow,
        "perplexity": projector.perplexity,
        "neighbors": projector.n_neighbors,
        "minDist": projector.min_dist,
        "only": wanted.only,
        "samples": len(places[steps[-1]].sample),
        "steps": list(steps),
    }
