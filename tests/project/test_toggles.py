from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.errors import ToggleError
from candlewick.project.toggles import resolve_toggles

KNOWN = {"a", "b", "c"}


def resolve(value=None, enable=(), disable=(), baseline=("a",)):
    environ = {} if value is None else {"WICK_ENABLED": value}
    return resolve_toggles(KNOWN, baseline, toggle_env="WICK_ENABLED", environ=environ, enable=enable, disable=disable)


@pytest.mark.parametrize(
    ("value", "enabled"),
    [(None, "a"), ("b,c", "bc"), ("+b", "ab"), ("+b,-a", "b"), ("-a", ""), (" b , c ", "bc"), ("+a", "a")],
)
def test_the_variable(value, enabled):
    assert "".join(resolve(value).enabled) == enabled


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "toggle-empty"), (" ", "toggle-empty"), ("a,,b", "toggle-empty"), ("+", "toggle-unknown"), ("a,+b", "toggle-mixed"),
     ("z", "toggle-unknown"), ("+z", "toggle-unknown"), ("++a", "toggle-unknown"), ("+a,-a", "toggle-contradiction")],
)  # fmt: skip
def test_what_cannot_be_resolved_is_an_error_that_lists_the_groups(value, code):
    with pytest.raises(ToggleError) as caught:
        resolve(value)
    assert caught.value.code == code
    if code != "toggle-contradiction":
        assert "a, b, c" in caught.value.hint


def test_options_edit_what_the_variable_gives():
    toggles = resolve("b,c", enable=["a"], disable=["b"])
    assert toggles.enabled == ("a", "c")
    assert toggles.sources == {"a": "--enable", "b": "--disable", "c": "WICK_ENABLED=b,c"}


def test_the_baseline_itself_is_checked():
    with pytest.raises(ToggleError, match=r"wick\.yml"):
        resolve(baseline=("a", "typo"))


@given(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc")))
def test_edits_are_set_arithmetic(added, removed):
    removed -= added
    words = [f"+{group}" for group in sorted(added)] + [f"-{group}" for group in sorted(removed)]
    expected = ({"a"} | added) - removed
    assert set(resolve(",".join(words) or None).enabled) == expected
