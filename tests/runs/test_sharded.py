"""Arrays and histograms that ranks record shard by shard, and readers put together."""

from __future__ import annotations

import itertools

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bathyscope import DamagedFile, NotRecorded
from bathyscope.runs import Run, RunWriter
from bathyscope.runs.aligned import add_histograms, aligned_edges
from bathyscope.runs.distribution import distribution_of
from bathyscope.runs.sharded import Place, Shard

WHOLE = np.arange(35.0).reshape(7, 5)


@pytest.fixture
def join(run_path, monkeypatch):
    """Be one rank of a launch: give a writer of the run."""

    def join(rank, *, of=3, launch="a"):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", str(of))
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", launch)
        return RunWriter(run_path, resume=True)

    return join


def rows(array, start, stop):
    """What `fully_shard` gives a rank: some rows."""
    return array[start:stop], Place((start, 0), array.shape)


def log_rows(writer, rank, start, stop, *, of=3, step=1, array=WHOLE):
    part, place = rows(array, start, stop)
    writer.log_arrays("parameters", {"w": part}, step=step, shard=Shard(rank, of, {"w": place}))


CUTS = ((0, 3), (3, 7), (7, 7))


def test_shards_of_uneven_sizes_make_the_whole_array(join, run_path):
    for rank, (start, stop) in enumerate(CUTS):
        log_rows(join(rank), rank, start, stop)
    run = Run(run_path)
    np.testing.assert_array_equal(run.arrays("parameters")["w"], WHOLE)
    assert (run.array_groups(), run.array_steps("parameters")) == (("parameters",), (1,))
    assert run.faults() == ()


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_the_order_in_which_ranks_write_does_not_matter(join, run_path, order):
    for rank in order:
        log_rows(join(rank), rank, *CUTS[rank])
    np.testing.assert_array_equal(Run(run_path).arrays("parameters")["w"], WHOLE)


@pytest.mark.parametrize("kind", ["f2", "f4", "i8", "?", "c8", ml_dtypes.bfloat16])
def test_columns_blocks_and_wholes_of_any_type(join, run_path, kind):
    whole = (np.arange(24).reshape(4, 6) % 5).astype(kind)
    for rank, (row, column) in enumerate(itertools.product((0, 2), (0, 4))):
        block = {"block": whole[row : row + 2, column : column + (4 if column == 0 else 2)]}
        places = {"block": Place((row, column), whole.shape)}
        if rank == 0:  # of what is not spread, one rank writes all
            block["whole"] = whole
        join(rank, of=4).log_arrays("g", block, step=0, shard=Shard(rank, 4, places))
    found = Run(run_path).arrays("g")
    for name in ("block", "whole"):
        np.testing.assert_array_equal(found[name], whole.astype(found[name].dtype))
    assert found["block"].dtype == found["whole"].dtype


def test_what_lacks_a_rank_is_left_out_and_said(join, run_path):
    writers = [join(rank) for rank in range(3)]
    for rank in range(3):
        log_rows(writers[rank], rank, *CUTS[rank], step=1)
    for rank in (0, 2):
        log_rows(writers[rank], rank, *CUTS[rank], step=2)
    run = Run(run_path)
    assert run.array_steps("parameters") == (1,)
    np.testing.assert_array_equal(run.arrays("parameters", step=-1)["w"], WHOLE)
    text = "of step 2, shards of 2 of 3 ranks are there; missing, or still being written: rank 1"
    with pytest.raises(NotRecorded, match=text):
        run.arrays("parameters", step=2)
    assert run.faults() == (f"arrays `parameters`: {text}",)
    log_rows(writers[1], 1, *CUTS[1], step=2)  # it was only late
    assert run.array_steps("parameters") == (1, 2)
    assert run.faults() == ()
    for step in range(3, 10):
        log_rows(writers[0], 0, *CUTS[0], step=step)
    (fault,) = run.faults()
    assert "of steps 3, 4, 5, 6, 7 and 2 more, shards of 1 of 3 ranks are there" in fault
    assert fault.endswith(": ranks 1, 2")


def test_a_group_of_which_nothing_is_whole_is_not_offered(join, run_path):
    log_rows(join(2), 2, *CUTS[2])
    run = Run(run_path)
    assert run.array_groups() == ()
    with pytest.raises(NotRecorded, match=r"shards of 1 of 3 ranks .*: ranks 0, 1\. Call `record`"):
        run.array_steps("parameters")


def test_shards_of_two_launches_are_not_mixed(join, run_path):
    for rank, (start, stop) in enumerate(CUTS):
        log_rows(join(rank), rank, start, stop)
    later = -WHOLE
    log_rows(join(0, launch="b"), 0, *CUTS[0], array=later)
    run = Run(run_path)
    np.testing.assert_array_equal(run.arrays("parameters")["w"], WHOLE)
    assert "shards of 1 of 3 ranks" in run.faults()[0]
    for rank in (1, 2):
        log_rows(join(rank, launch="b"), rank, *CUTS[rank], array=later)
    np.testing.assert_array_equal(run.arrays("parameters")["w"], later)
    # As many shards as there were ranks: a launch of another size is another whole.
    log_rows(join(0, of=2, launch="c"), 0, 0, 4, of=2)
    np.testing.assert_array_equal(run.arrays("parameters")["w"], later)
    log_rows(join(1, of=2, launch="c"), 1, 4, 7, of=2)
    np.testing.assert_array_equal(run.arrays("parameters")["w"], WHOLE)


def test_a_rank_whose_first_event_is_damaged_is_of_the_only_launch(join, run_path):
    writers = [join(rank) for rank in range(3)]
    for rank, (start, stop) in enumerate(CUTS):
        log_rows(writers[rank], rank, start, stop)
    log = run_path / "events" / f"{writers[1].writer}.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"launch"', b'"lounge"'))
    run = Run(run_path)
    np.testing.assert_array_equal(run.arrays("parameters")["w"], WHOLE)
    (fault,) = run.faults()
    assert "is damaged and was skipped" in fault
    # Of two, it could be of either.
    log_rows(join(0, launch="b"), 0, *CUTS[0], step=2)
    with pytest.raises(NotRecorded, match="shards of 2 of 3 ranks"):
        run.arrays("parameters", step=1)


def test_of_a_step_recorded_twice_the_later_counts_once_all_have_it(join, run_path):
    writers = [join(rank) for rank in range(3)]
    for rank in range(3):
        log_rows(writers[rank], rank, *CUTS[rank])
    run = Run(run_path)
    for rank in (2, 0, 1):
        np.testing.assert_array_equal(run.arrays("parameters")["w"], WHOLE)
        log_rows(writers[rank], rank, *CUTS[rank], array=-WHOLE)
    np.testing.assert_array_equal(run.arrays("parameters")["w"], -WHOLE)


def test_an_array_recorded_whole_later_counts(join, run_path):
    writers = [join(rank) for rank in range(3)]
    for rank in range(3):
        log_rows(writers[rank], rank, *CUTS[rank])
    writers[0].log_arrays("parameters", {"w": -WHOLE, "other": np.ones(2)}, step=1)
    found = Run(run_path).arrays("parameters")
    np.testing.assert_array_equal(found["w"], -WHOLE)
    assert found.keys() == {"w", "other"}


@pytest.mark.parametrize(
    ("second", "text"),
    [
        ((2, 7), "does not fit to the shards of other ranks"),
        ((4, 7), "the shards of all ranks hold 30 of 35 numbers"),
    ],
)
def test_shards_that_overlap_or_leave_a_gap_make_no_whole(join, run_path, second, text):
    for rank, cut in enumerate(((0, 3), second, (7, 7))):
        log_rows(join(rank), rank, *cut)
    with pytest.raises(DamagedFile, match=text):
        Run(run_path).arrays("parameters")


def test_any_flipped_byte_of_a_shard_is_named(join, run_path):
    for rank, cut in enumerate(CUTS):
        log_rows(join(rank), rank, *cut)
    path = next((run_path / "arrays").rglob("*.1of3.*"))
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
        with pytest.raises(DamagedFile, match=r"1of3\..*its bytes are not those"):
            Run(run_path).arrays("parameters")
        assert [path.name in fault for fault in Run(run_path).faults()] == [True]


def test_wrong_shards_are_refused(join):
    writer = join(0)
    with pytest.raises(ValueError, match="`shard` must be one of 3, numbered from 0; got 3"):
        writer.log_arrays("g", {}, step=0, shard=Shard(3, 3))
    for place in (Place((5, 0), (7, 5)), Place((-1, 0), (7, 5)), Place((0,), (7,))):
        with pytest.raises(ValueError, match="must lie in the whole of shape"):
            writer.log_arrays("g", {"w": WHOLE[:3]}, step=0, shard=Shard(0, 3, {"w": place}))
    with pytest.raises(ValueError, match="got an array of shape none"):
        writer.log_arrays("g", {}, step=0, shard=Shard(0, 3, {"w": Place((0,), (1,))}))
    with pytest.raises(ValueError, match="must have the columns tensor, left, right, count"):
        writer.log_table("t", {"a": [1]}, step=0, shard=Shard(0, 3))


# Histograms


def table_of(name, values):
    found = distribution_of(values, aligned=True)
    has_any = found.counts > 0
    return {
        "tensor": np.full(has_any.sum(), name, dtype=object),
        "left": found.edges[:-1][has_any],
        "right": found.edges[1:][has_any],
        "count": found.counts[has_any],
    }


def check_counts(table, values):
    """Bins of one width that do not overlap, and each holds as many as it says."""
    finite = values[np.isfinite(values)].astype(np.float64)
    left, right = table["left"], table["right"]
    assert (right > left).all()
    assert (left[1:] >= right[:-1]).all()
    counts = [int(((a <= finite) & (finite < b)).sum()) for a, b in zip(left, right, strict=True)]
    assert table["count"].tolist() == counts
    assert sum(counts) == len(finite)
    assert len(left) <= 128
    if len(left):
        assert (right[-1] - left[0]) / (right[0] - left[0]) <= 128


NUMBERS = hnp.arrays(
    st.sampled_from(["f4", "f8"]),
    st.integers(1, 60),
    elements=st.floats(-(2.0**99), 2.0**99, width=32) | st.sampled_from([np.nan, np.inf, 0.0]),
)


@given(NUMBERS, st.lists(st.integers(0, 60), max_size=4))
@settings(deadline=None, max_examples=150)
def test_counts_of_parts_are_those_of_the_whole(values, cuts):
    parts = np.split(values, sorted(cut for cut in cuts if cut < len(values)))
    summed = add_histograms([table_of("w", part) for part in parts])
    check_counts(summed, values)


@pytest.mark.parametrize(
    "parts",
    [
        [np.linspace(-1, 1, 1000), np.linspace(1000, 1001, 1000)],
        [np.zeros(5), np.zeros(3)],
        [np.zeros(5), np.array([1e-6, -1e-6])],
        [np.full(4, 3.25)],
        [np.full(4, -1e12), np.full(4, -1e12)],
        [np.array([np.nan, np.inf]), np.array([1.0])],
        [np.array([np.nan])],
        [np.array([], np.float32), np.arange(3.0)],
        [np.array([-1e38, 1e38], np.float32), np.array([1e-38, 0], np.float32)],
        [np.array([1, 2, 3]), np.array([True, False])],
    ],
)
def test_counts_of_odd_parts_too(parts):
    check_counts(add_histograms([table_of("w", part) for part in parts]), np.concatenate(parts))


def test_equal_numbers_get_a_bin_that_can_be_seen():
    summed = add_histograms([table_of("w", np.zeros(5)), table_of("w", np.zeros(3))])
    assert (summed["left"], summed["right"], summed["count"]) == ([0], [1 / 64], [8])


def test_bins_are_as_fine_as_those_of_the_whole_would_be(rng):
    values = rng.normal(size=10_000)
    edges = aligned_edges(values.min(), values.max(), 64)
    assert 33 <= len(edges) - 1 <= 65
    width = edges[1] - edges[0]
    assert np.log2(width) % 1 == 0
    assert (edges / width % 1 == 0).all()
    summed = add_histograms([table_of("w", part) for part in np.split(values, 4)])
    assert (summed["right"] - summed["left"]).max() <= width


def test_tables_of_all_ranks_are_added_up_for_every_reader(join, run_path, rng):
    values = {"a": rng.normal(size=90), "b": rng.normal(size=9) * 100}
    writers = [join(rank) for rank in range(3)]
    for step in (1, 2):
        for rank, writer in enumerate(writers):
            parts = [table_of("a", values["a"][rank::3])]
            parts += [table_of("b", values["b"])] * (rank == 2)  # others hold nothing of it
            columns = {key: np.concatenate([one[key] for one in parts]) for key in parts[0]}
            writer.log_table("histograms/weight", columns, step=step, shard=Shard(rank, 3))
    writers[0].log_table("histograms/weight", columns, step=3, shard=Shard(0, 3))
    run = Run(run_path)
    assert run.table_steps("histograms/weight") == (1, 2)
    table = run.table("histograms/weight", step=2)
    for name, whole in values.items():
        check_counts({key: column[table["tensor"] == name] for key, column in table.items()}, whole)
    (fault,) = run.faults()
    assert fault.startswith("tables `histograms/weight`: of step 3, shards of 1 of 3 ranks")
    counted = run.sql(
        'SELECT step, tensor, sum(count)::BIGINT AS n FROM "histograms/weight" GROUP BY 1, 2 '
        "ORDER BY 1, 2"
    )
    assert counted["n"].tolist() == [90, 9, 90, 9]
    assert counted["step"].tolist() == [1, 1, 2, 2]


def test_ranks_that_hold_nothing_say_so(join, run_path):
    kinds = {"tensor": "O", "left": "f8", "right": "f8", "count": "i8"}
    empty = {column: np.empty(0, kind) for column, kind in kinds.items()}
    for rank in range(2):
        columns = table_of("a", np.arange(3.0)) if rank else empty
        writer = join(rank, of=2)
        writer.log_table("histograms/weight", columns, step=0, shard=Shard(rank, 2))
        writer.log_arrays("parameters", {}, step=0, shard=Shard(rank, 2))
    run = Run(run_path)
    assert run.table("histograms/weight")["count"].tolist() == [1, 1, 1]
    assert run.arrays("parameters") == {}
    assert run.faults() == ()
