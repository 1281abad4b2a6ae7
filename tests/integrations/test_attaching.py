from __future__ import annotations

import importlib.util

import pytest

from bathyscope import MissingDependency
from bathyscope.integrations import attaching


def test_a_wrong_name_is_answered_with_the_nearest(recording):
    with pytest.raises(AttributeError, match=r"no method `xgbost`. Did you mean `xgboost`"):
        recording.xgbost()
    with pytest.raises(AttributeError, match="Did you mean `evaluate`"):
        recording.evalute()
    assert not hasattr(recording, "_repr_html_")


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
