from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bathyscope
from bathyscope.runs import Run, RunWriter, list_runs, manifest


def test_a_run_says_what_made_it(run_path):
    before = datetime.now(UTC)
    RunWriter(run_path, name="first try", config={"lr": 1e-3}, tags=["mnist", "mlp"])
    facts = json.loads((run_path / "run.json").read_text())
    assert facts["format"] == "bathyscope-run"
    assert facts["version"] == 1
    assert facts["name"] == "first try"
    assert before <= datetime.fromisoformat(facts["created"]) <= datetime.now(UTC)
    assert facts["config"] == {"lr": 1e-3}
    assert facts["tags"] == ["mnist", "mlp"]
    assert facts["software"]["bathyscope"] == bathyscope.__version__
    assert facts["software"]["python"] == platform.python_version()
    assert facts["command"] == sys.argv
    run = Run(run_path)
    assert (run.name, run.config, run.tags) == ("first try", {"lr": 1e-3}, ("mnist", "mlp"))
    assert run.info["software"] == facts["software"]
    assert run.faults() == ()


def test_the_name_is_the_folders_by_default(writer, run):
    assert run.name == "first"


def test_no_environment_variable_is_recorded(tmp_path, run_path, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "s3cr3t-0f-mine")
    with RunWriter(run_path) as writer:
        writer.log_scalars({"x": 1.0}, step=0)
        writer.log_event("note")
    for path in run_path.rglob("*"):
        if path.is_file():
            assert b"s3cr3t" not in path.read_bytes()


def test_any_config_is_kept_as_well_as_json_can(run_path):
    RunWriter(run_path, config={"nan": math.nan, "inner": {"set": {1}}, "layers": (512, 10)})
    text = (run_path / "run.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    config = Run(run_path).config
    assert math.isnan(config["nan"])
    assert config["layers"] == [512, 10]
    assert config["inner"] == {"set": "{1}"}
    assert Run(run_path).info["represented"] == ["inner.set"]


def test_the_commit_is_that_of_the_working_folder(tmp_path, run_path, monkeypatch):
    code = tmp_path / "code"
    code.mkdir()
    monkeypatch.chdir(code)
    assert manifest.git_commit() is None
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", *identity, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    RunWriter(run_path)
    assert Run(run_path).info["git_commit"] == head.stdout.strip()


def test_without_git_there_is_no_commit(run_path, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    RunWriter(run_path)
    assert Run(run_path).info["git_commit"] is None


def test_a_manifest_edited_by_hand_is_shown_and_named(run_path):
    RunWriter(run_path, config={"lr": 0.1})
    path = run_path / "run.json"
    path.write_text(path.read_text().replace("0.1", "0.2"))
    run = Run(run_path)
    assert run.config == {"lr": 0.2}
    assert run.faults() == ("run.json: it was changed after it was written (its checksum differs)",)


def test_a_manifest_may_be_laid_out_anew(run_path):
    RunWriter(run_path, config={"b": 1, "a": math.inf})
    path = run_path / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert Run(run_path).faults() == ()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "it is missing"),
        (b"", "it cannot be read"),
        (b'{"name": ', "it cannot be read"),
        (b"\xff\xfe", "it cannot be read (its byte 0 is no UTF-8)"),
        ('{"name": "é"}'.encode("latin-1"), "it cannot be read (its byte 10 is no UTF-8)"),
        ('{"name": "n"}'.encode("utf-16"), "it cannot be read (its byte 0 is no UTF-8)"),
        (b"[" * 100_000, "it cannot be read (it is nested too deeply)"),
        (b"[1]", "it must hold a JSON object"),
        (b'{"version": 1, "name": [1]}', "its `name` must be text; got [1]"),
        (b'{"version": 1, "config": [1]}', "its `config` must be an object; got [1]"),
        (b'{"version": 1, "tags": "ab"}', "its `tags` must be a list; got 'ab'"),
        (b'{"version": 1, "group": {}}', "its `group` must be text; got {}"),
        (b'{"version": 1, "host": NaN}', "it was changed after it was written"),
        (b'{"name": "n", "version": 7}', "it has format version 7"),
    ],
)
def test_a_damaged_manifest_is_named_and_the_rest_shown(writer, run, content, fault):
    writer.log_scalars({"x": 1.0}, step=0)
    path = writer.path / "run.json"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert any(f"run.json: {fault}" in one for one in run.faults())
    assert run.name in ("first", "n")
    assert run.config == {}
    assert run.scalars("x").values.tolist() == [1.0]
    assert run.status == "running"
    for told in (run.at_a_glance(), list_runs(writer.path.parent)[0]):
        assert (told.config, told.tags, told.group, told.status) == ({}, (), "", "running")
        assert any(fault in one for one in told.faults)


def test_text_that_is_no_unicode_is_kept_as_every_parser_reads_it(run_path, monkeypatch):
    """File names whose bytes are none are text with halves of surrogate pairs in Python."""
    odd = os.fsdecode(b"caf\xe9")
    monkeypatch.setattr(sys, "argv", ["train.py", odd])
    with RunWriter(run_path, config={"path": odd, odd: Path(odd)}) as writer:
        writer.log_event("note", text=odd)
    for file in (run_path / "run.json", *(run_path / "events").iterdir()):
        assert "\\udce9" not in file.read_text().replace("\\\\", "")
    run = Run(run_path)
    assert run.config["path"] == repr(odd)
    assert run.info["command"] == ["train.py", repr(odd)]
    assert run.info["represented"] == ["path", f"{odd!a}", "command[1]"]
    assert run.events("note")[0]["text"] == repr(odd)
    assert run.faults() == ()


def test_half_a_surrogate_pair_that_another_program_wrote_can_be_shown(run_path):
    RunWriter(run_path, config={"emoji": "\N{SNAKE}", "nan": math.nan}).finish()
    path = run_path / "run.json"
    path.write_text(path.read_text().replace('"first"', r'"a \udce9"'))
    run = Run(run_path)
    assert run.name == "a ?"
    assert run.config["emoji"] == "\N{SNAKE}" and math.isnan(run.config["nan"])
    assert len(run.faults()) == 1
