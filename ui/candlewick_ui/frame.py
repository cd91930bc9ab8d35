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

# Streamlit's own code colours are too faint to read: every text has a contrast of 4.5 at least.
STYLE = """
.stMainBlockContainer { padding: 3.6rem 1.8rem 1rem; max-width: 1720px; }
[data-testid="stTopNav"] { max-width: 1720px; margin: 0 auto; padding: 0 1.3rem; box-sizing: border-box; }
.st-key-end [data-testid="stButtonGroup"] button { min-height: 2.5rem; }
[data-testid="stText"] { font-family: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
:root { --quiet: #5b6472; --word: #2f55d4; --text: #23795a; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --quiet: #9ca5b3; --word: #8ca6ff; --text: #56b892; --on-accent: #14171c; }
}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * { color: var(--quiet) !important; opacity: 1; }
[data-testid="stCode"] .token { color: inherit !important; font-weight: inherit; }
[data-testid="stCode"] .token:is(.keyword, .builtin, .function) { color: var(--word) !important; }
[data-testid="stCode"] .token.string { color: var(--text) !important; }
[data-testid="stCode"] .token.comment { color: var(--quiet) !important; font-style: normal !important; }
[data-testid="stCode"] pre { padding: 0.6rem 0.9rem; }
[data-testid="stTable"] td, [data-testid="stTable"] td * { white-space: nowrap; }
[data-testid="stTable"] thead th { vertical-align: bottom; }
button[kind="primary"]:not(:disabled) *, [data-tag] * { color: var(--on-accent) !important; }
"""


def open_page() -> tuple[Reports, Project] | None:
    """The reports of the project, after a line about them; or None when the page has said why there is nothing else."""
    reports = read_reports(project_folder())
    if reports.problem or reports.project is None:
        st.markdown("**This project cannot be shown.**")
        st.code(reports.problem, language=None, wrap_lines=True)
        st.markdown("Correct it, then reload this page.")
        return None
    if reports.lineage is None:
        _nothing_built(reports.name, reports.project)
        return None
    st.caption(plain(f"{reports.name} · {reports.last_run}" if reports.last_run else reports.name))
    return reports, reports.project


def _nothing_built(name: str, project: Project) -> None:
    from candlewick_ui import jobs, trust

    st.markdown(f"**{plain(name)}: nothing has been built yet.** A build reads the candles, computes and tests:")
    words = jobs.command(project.root, "build")
    trust.job(trust.job_log(project, "build"), "Build", words, "wick build", primary=True)


def command(text: str) -> None:
    """A command line that does the same as the page, to be copied."""
    st.code(text, language=None, wrap_lines=True)


def plain(text: str) -> str:
    r"""A text as Markdown that shows it letter for letter, for the places where Streamlit reads Markdown.

    What looks like an address becomes a link whatever is escaped in it, so an invisible joiner stands in the middle.

    >>> plain("![x](b)")
    '\\!\\[x\\]\\(b\\)'
    """
    apart = re.sub(r"(?=://)|(?<=www)(?=\.)|(?=@)", "\N{WORD JOINER}", text, flags=re.IGNORECASE)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!~:$|<>])", r"\\\1", apart)


def go(page: str, **query: str) -> None:
    """Leave for another page."""
    st.switch_page(PAGES[page], query_params=query)
