from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bathyscope.runs import Run, RunWriter
from bathyscope.runs.naming import check_name, folder_from_name, name_from_folder

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
NASTY = [
    "..", ".", "/", "../../etc/passwd", "/abs", "a/b", "a\\b", "C:\\x", "~", "~a", "%2f", "%", "a%",
    ".hidden", "con", "CON", "nul", "com1", "LPT9", "aux.txt", "trailing.", "trailing ", " ", "\n",
    "\0", "name.txt", "Loss", "loss", "précision", "e\u0301", "中文", "🚣", "a" * 180, "a" * 181,
    "/" * 500, "中" * 10_000, "\u202e", "*?[x]", "'", '"', "a~b", "x\r\ny",
]  # fmt: skip


@given(NAMES)
@example("..")
@settings(max_examples=300)
def test_a_name_is_one_plain_component_and_comes_back(name):
    component = folder_from_name(name)
    assert component.isascii()
    assert component == component.lower(), "some file systems ignore case"
    assert len(component) <= 180
    assert not set(component) & set('/\\:*?"<>|. \0')
    assert Path("x") / component == Path("x", component)
    if "~" not in component:
        assert name_from_folder(Path("anywhere") / component) == name


@given(st.lists(NAMES, unique=True, min_size=2, max_size=5))
def test_two_names_never_meet(names):
    assert len({folder_from_name(name) for name in names}) == len(names)


def test_nasty_names_stay_in_the_run_and_come_back(tmp_path):
    with RunWriter(tmp_path / "run") as writer:
        for index, name in enumerate(NASTY):
            writer.log_table(name, {"a": [index]}, step=0)
            writer.log_arrays(name, {name: [index]}, step=0)
            writer.log_scalars({name: index}, step=0)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    run = Run(tmp_path / "run")
    assert run.faults() == ()
    assert run.table_names() == run.array_groups() == run.scalar_names() == tuple(sorted(NASTY))
    for index, name in enumerate(NASTY):
        assert run.table(name)["a"].tolist() == [index]
        assert run.arrays(name)[name].tolist() == [index]
        assert run.scalars(name).values.tolist() == [index]


def test_names_that_look_alike_stay_apart():
    composed, apart = "é", "e\u0301"
    assert normalize("NFC", apart) == composed
    assert folder_from_name(composed) != folder_from_name(apart)


@pytest.mark.parametrize("foreign", ["Upper", "a b", "%61", "%zz", "%ff", "a%2", "x~1234", "con"])
def test_a_folder_of_another_kind_is_named(writer, run, foreign):
    (writer.path / "tables" / foreign).mkdir(parents=True)
    (writer.path / "tables" / foreign / "file").write_text("")
    assert run.faults() == (f"tables/{foreign}: is no file of a run",)
    assert run.table_names() == ()


def test_a_changed_name_file_is_named(writer, run):
    writer.log_table("long" * 100, {"a": [1]}, step=0)
    (folder,) = (writer.path / "tables").iterdir()
    assert (folder / "name.txt").read_text() == "long" * 100
    (folder / "name.txt").write_text("other")
    assert run.faults() == (f"tables/{folder.name}: is no file of a run",)


@pytest.mark.parametrize(
    ("name", "error"), [("", ValueError), ("\ud800", ValueError), (b"x", TypeError)]
)
def test_what_is_no_name_is_refused(name, error):
    with pytest.raises(error, match="`name` must"):
        check_name(name, what="`name`")
