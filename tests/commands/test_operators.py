from __future__ import annotations

from pathlib import Path

import candlewick.operators
from candlewick.commands.operators import as_markdown, operators

TABLE = Path(candlewick.operators.__file__).with_name("README.md")


def test_the_table_in_the_documentation_is_the_catalogues():
    """`make operators` writes it."""
    assert as_markdown(operators()) in TABLE.read_text(encoding="utf-8")


def test_keywords_that_cannot_be_chosen_are_not_shown():
    spellings = {row.spelling for row in operators()}
    assert "x.rolling(window, min_periods=None).mean()" in spellings
    assert not any("engine" in spelling or "center" in spelling for spelling in spellings)
