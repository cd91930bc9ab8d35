"""What every page shares: the title line, the pages one can go to, and the pages that say why there is nothing to show.

Text from the project (names, messages, docstrings) is shown with ``st.text`` or ``st.code``, or as `plain` Markdown:
nothing in it can become an image, a link or markup.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import streamlit as st

from candlewick_ui.reports import Reports, project_folder, read_reports

if TYPE_CHECKING:
    from candlewick.project.project import Project

PAGES: dict[str, Any] = {}

# Streamlit's own greys and code colours are too faint to read at 14 px: every text has a contrast of 4.5 at least.
STYLE = """
.stMainBlockContainer { padding: 3.6rem 1.8rem 1rem; max-width: 1720px; }
[data-testid="stText"] { font-family: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
h3 { padding: 0 !important; }
:root { --quiet: #5b6472; --word: #2f55d4; --text: #23795a; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --quiet: #9ca5b3; --word: #8ca6ff; --text: #56b892; --on-accent: #14171c; }
}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * { color: var(--quiet) !important; opacity: 1; }
.stMarkdownColoredText[style*="gray"] { color: var(--quiet) !important; }
[data-testid="stCode"] .token { color: inherit !important; font-weight: inherit; }
[data-testid="stCode"] .token:is(.keyword, .builtin, .function) { color: var(--word) !important; }
[data-testid="stCode"] .token.string { color: var(--text) !important; }
[data-testid="stCode"] .token.comment { color: var(--quiet) !important; }
button[kind="primary"]:not(:disabled) *, [data-tag] * { color: var(--on-accent) !important; }
"""


def open_page(title: str) -> tuple[Reports, Project] | None:
    """The reports of the project; or None after the page has said why it has nothing to show."""
    reports = read_reports(project_folder())
    if reports.problem or reports.project is None:
        st.subheader(title, anchor=False)
        st.markdown("**This project cannot be shown.**")
        st.code(reports.problem, language=None, wrap_lines=True)
        st.markdown("Correct it, then reload this page.")
        return None
    if reports.lineage is None:
        st.subheader(title, anchor=False)
        st.markdown("**Nothing has been built yet.** Build the project, then reload this page:")
        st.code("wick build", language="bash")
        return None
    return reports, reports.project


def headline(title: str, reports: Reports) -> None:
    """The title of a page, with the project and its last run beside it in a quiet line."""
    st.subheader(title, anchor=False)
    last_run(reports)


def last_run(reports: Reports) -> None:
    """The project and its last run in a quiet line."""
    st.caption(plain(f"{reports.name} · {reports.last_run}" if reports.last_run else reports.name))


def plain(text: str) -> str:
    r"""A text as Markdown that shows it letter for letter, for the places where Streamlit reads Markdown.

    >>> plain("![x](http://example.com)")
    '\\!\\[x\\]\\(http\\://example\\.com\\)'
    """
    return re.sub(r"([\\`*_{}\[\]()#+\-.!~:$|<>])", r"\\\1", text)


def go(page: str, **query: str) -> None:
    """Leave for another page."""
    st.switch_page(PAGES[page], query_params=query)
