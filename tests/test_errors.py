"""How a place in a user's file is shown."""

from __future__ import annotations

from candlewick.errors import WIDEST, Location, WickError


def test_the_guilty_span_is_underlined():
    shown = Location("features/a.py", 7, "    return clsoe.diff()\n", 11, 16).render()
    assert shown == " --> features/a.py:7\n7 |     return clsoe.diff()\n  |            ^^^^^"


def test_carets_stay_under_what_follows_a_tab():
    source, carets = Location("features/a.py", 7, "\treturn clsoe", 8, 13).render().splitlines()[1:]
    assert source.partition("| ")[2].index("clsoe") == carets.partition("| ")[2].index("^")
    assert carets.partition("| ")[2].startswith("\t")


def test_a_long_line_is_cut_around_the_guilty_span():
    line = "a" * 5000 + "guilty" + "b" * 5000
    source, carets = (
        text.partition("| ")[2] for text in Location("a.csv", 2, line, 5000, 5006).render().splitlines()[1:]
    )
    assert len(source) == WIDEST
    assert source[carets.index("^") : len(carets)] == "guilty"
    whole = Location("a.csv", 2, line).render().splitlines()[1:]
    assert max(map(len, whole)) == WIDEST + len("2 | ")


def test_nothing_in_a_message_is_obeyed_by_a_terminal():
    place = Location("a.csv", 2, "1,\x1b[31m2,\udce9,é")
    shown = str(WickError("close is '\x1b[2J'\nand more", where=[place]))
    assert "\x1b" not in shown
    assert "close is '\\x1b[2J'\nand more" in shown
    assert "2 | 1,�[31m2,�,é" in shown
    assert shown.encode()
