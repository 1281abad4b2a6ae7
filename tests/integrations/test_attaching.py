from __future__ import annotations

import importlib.util
import sys

import pytest

from bathyscope import MissingDependency
from bathyscope.integrations import attaching
from bathyscope.integrations.recording import Recording


@pytest.mark.parametrize(("wrong", "right"), [("xgbost", "xgboost"), ("evalute", "evaluate")])
def test_python_answers_a_wrong_name_with_the_nearest(recording, wrong, right, capsys):
    with pytest.raises(AttributeError) as caught:
        getattr(recording, wrong)
    sys.__excepthook__(caught.type, caught.value, caught.tb)
    shown = capsys.readouterr().err
    assert f"has no attribute '{wrong}'. Did you mean: '{right}'?" in shown


def test_methods_of_libraries_do_not_slow_the_others_down():
    """``__getattr__`` would make each access to an attribute cost as much as a call."""
    assert not hasattr(Recording, "__getattr__")


def test_every_library_file_is_a_documented_method(recording):
    for name in attaching.usable_methods():
        method = getattr(recording, name)
        assert method.__self__ is recording
        assert "Returns" in method.__doc__
        assert name in dir(recording)
    assert "evaluate" in dir(recording)


def test_what_is_not_installed_is_said_and_not_listed(recording, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "xgboost" else find(name)
    )
    assert "xgboost" not in dir(recording)
    with pytest.raises(MissingDependency, match="by xgboost, which is not installed here"):
        recording.xgboost()
