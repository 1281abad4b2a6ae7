from __future__ import annotations

import json
import math
import threading

import pytest

from bathyscope import RunError, RunNotFound
from bathyscope.runs import About, Run, RunWriter, describe_run, list_runs, read_about


def _bytes_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def recorded(run_path):
    with RunWriter(run_path, name="first try", tags=["a"]) as writer:
        writer.log_scalars({"x": 1}, step=0)
    return run_path


def test_nobody_has_said_anything_at_first(recorded):
    assert read_about(recorded) == About()
    assert Run(recorded).about == About()


def test_what_people_say_is_shown_and_what_was_recorded_is_kept(recorded):
    before = _bytes_of(recorded)
    said = describe_run(recorded, name="Grundlinie 🐟", tags=["b", "c", "b"], note="two\nlines")
    assert said == About("Grundlinie 🐟", ("b", "c"), "two\nlines")
    run = Run(recorded)
    assert (run.name, run.tags, run.about.note) == ("Grundlinie 🐟", ("b", "c"), "two\nlines")
    assert (run.info["name"], run.info["tags"]) == ("first try", ["a"])
    assert run.faults() == ()
    assert run.status == "finished"
    assert {path: data for path, data in _bytes_of(recorded).items() if path in before} == before


def test_each_word_changes_what_it_is_about_and_can_be_taken_back(recorded):
    describe_run(recorded, name="new", tags=[])
    describe_run(recorded, archived=True)
    describe_run(recorded, note="why")
    assert read_about(recorded) == About("new", (), "why", archived=True)
    describe_run(recorded, name=None, tags=None, note="", archived=False)
    assert read_about(recorded) == About()
    assert (Run(recorded).name, Run(recorded).tags) == ("first try", ("a",))
    assert describe_run(recorded) == About()
    assert len(list((recorded / "about").iterdir())) == 4, "saying nothing writes nothing"


def test_the_list_shows_what_people_say(recorded):
    RunWriter(recorded.parent / "second").finish()
    describe_run(recorded, name="new", tags=["t"], note="n", archived=True)
    new, second = list_runs(recorded.parent)
    assert (new.name, new.tags, new.note, new.archived) == ("new", ("t",), "n", True)
    assert (second.name, second.tags, second.note, second.archived) == ("second", (), "", False)


def test_the_later_word_counts_though_the_clock_steps_back(recorded, monkeypatch):
    for second, name in ((2_000_000_000, "one"), (1_000_000_000, "two"), (1.5, "three")):
        monkeypatch.setattr("time.time", lambda second=second: second)
        describe_run(recorded, name=name)
        assert Run(recorded).name == name


def test_a_run_that_is_being_written_can_be_spoken_of(start_python, run_path):
    code = """
        import os, sys
        from bathyscope.runs import RunWriter

        writer = RunWriter(sys.argv[1])
        for step in range(10**9):
            writer.log_scalars({"x": step}, step=step)
            if step % 1000 == 0:
                os.write(1, b".")
    """
    process = start_python(code, run_path)
    for count in range(20):
        process.stdout.read(1)
        describe_run(run_path, name=f"name {count}")
    assert Run(run_path).name == "name 19"
    assert Run(run_path).status == "running"
    process.kill()
    process.wait()
    assert Run(run_path).scalars("x").values[-1] >= 19_000
    assert Run(run_path).faults() == ()
    with RunWriter(run_path, resume=True, tags=["later"]) as writer:
        assert writer.writer.startswith("0002-")
    assert Run(run_path).tags == ("later",)


def test_several_may_speak_at_once(recorded):
    threads = [
        threading.Thread(target=describe_run, args=[recorded], kwargs=words)
        for words in ({"name": "new"}, {"tags": ["t"]}, {"note": "n"}, {"archived": True})
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_about(recorded) == About("new", ("t",), "n", archived=True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"name": ""}, "must not be empty"),
        ({"name": " \n"}, "this one is blank"),
        ({"name": "x" * 1001}, "at most 1000 characters; got 1001"),
        ({"name": 3}, "must be text; got 3"),
        ({"name": "\ud800"}, "valid Unicode"),
        ({"tags": "abc"}, "a sequence of texts; got 'abc'"),
        ({"tags": 3}, "a sequence of texts; got 3"),
        ({"tags": ["a", ""]}, "A tag must not be empty"),
        ({"note": None}, "`note` must be text; got None"),
        ({"archived": 1}, "`archived` must be True or False; got 1"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_written(recorded, words, message):
    with pytest.raises((TypeError, ValueError), match=message):
        describe_run(recorded, **words)
    assert not (recorded / "about").exists()


def test_there_must_be_a_run(tmp_path):
    with pytest.raises(RunNotFound, match="No run is beside it"):
        describe_run(tmp_path / "none", name="x")
    assert not (tmp_path / "none").exists()


def test_a_disk_that_refuses_is_an_error(recorded):
    (recorded / "about").write_text("in the way")
    with pytest.raises(RunError, match="about` must be writable"):
        describe_run(recorded, name="new")
    assert Run(recorded).name == "first try"


def test_a_damaged_word_is_named_and_the_earlier_one_counts(recorded):
    describe_run(recorded, name="one", note="kept")
    describe_run(recorded, name="two")
    last = max((recorded / "about").iterdir())
    good = last.read_bytes()
    for at in range(len(good)):
        last.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        run = Run(recorded)
        assert (run.name, run.about.note) == ("one", "kept")
        (fault,) = run.faults()
        assert fault.startswith(f"about/{last.name}: its bytes are not those")
        (listed,) = list_runs(recorded.parent)
        assert listed.faults == (fault,)
    (recorded / "about" / "mine.txt").write_text("")
    assert "about/mine.txt: is no file of a run" in Run(recorded).faults()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"version": 2, "name": "new"}, "format version 2"),
        ({"version": 1, "archived": "yes"}, "it says nothing of a run"),
        ({"name": "new"}, "it says nothing of a run"),
        ([], "it says nothing of a run"),
    ],
)
def test_words_of_another_kind_are_left_alone(recorded, content, fault):
    from zlib import crc32

    data = json.dumps(content).encode()
    (recorded / "about").mkdir()
    (recorded / "about" / f"0001-1-00000000.{crc32(data):08x}.json").write_bytes(data)
    assert Run(recorded).name == "first try"
    (found,) = Run(recorded).faults()
    assert fault in found


def test_what_a_later_version_adds_is_passed_over(recorded):
    from zlib import crc32

    data = b'{"version":1,"name":"new","colour":"#00f","stars":{"$float":"inf"}}'
    (recorded / "about").mkdir()
    (recorded / "about" / f"0001-1-00000000.{crc32(data):08x}.json").write_bytes(data)
    assert Run(recorded).name == "new"
    assert Run(recorded).faults() == ()
    assert not math.isnan(Run(recorded).scalars("x").values[0])


def test_settings_are_added_and_replaced(run_path, monkeypatch):
    monkeypatch.setenv("SERVICE_API_KEY", "a-very-secret-value")
    RunWriter(run_path, config={"lr": 0.1, "depth": 2}).finish()
    before = _bytes_of(run_path)
    describe_run(run_path, config={"lr": 0.2, "limit": math.inf, "key": "a-very-secret-value"})
    describe_run(run_path, config={"limit": 3, "made": object}, note="later")
    run = Run(run_path)
    expected = {"lr": 0.2, "depth": 2, "limit": 3, "key": "<hidden>", "made": repr(object)}
    assert run.config == expected
    assert list_runs(run_path.parent)[0].config == expected
    assert run.info["config"] == {"lr": 0.1, "depth": 2}
    assert run.about.note == "later"
    assert run.faults() == ()
    assert {path: data for path, data in _bytes_of(run_path).items() if path in before} == before
    with pytest.raises(TypeError, match="`config` must be a mapping; got list"):
        describe_run(run_path, config=["lr"])
