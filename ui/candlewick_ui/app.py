"""The page that `wick ui` serves: the lineage of the last run, and what that run said."""

from __future__ import annotations

import streamlit as st

from candlewick_ui.canvas import draw_lineage
from candlewick_ui.reports import Reports, project_folder, read_reports


def show(reports: Reports) -> None:
    """Draw the page. Text from the project is shown as plain text, never as Markdown or HTML."""
    st.subheader(f"{reports.project} lineage", anchor=False)
    if reports.problem:
        st.markdown("**This project cannot be shown.**")
        st.text(reports.problem)
    elif reports.lineage is None:
        st.markdown("**Nothing has been built yet.** Build the project, then reload this page:")
        st.code("wick build", language="bash")
    else:
        st.text(reports.last_run)
        if reports.troubles:
            with st.expander(f"{len(reports.troubles)} not as they should be"):
                st.text("\n".join(reports.troubles))
        draw_lineage(reports.lineage)


st.set_page_config(page_title="candlewick", layout="wide")
st.html("<style>.stMainBlockContainer { padding: 1.2rem 1.8rem; }</style>")
show(read_reports(project_folder()))
