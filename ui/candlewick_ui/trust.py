"""Parts of pages about an exported file: its certificate as a card, and the job that tries it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from candlewick.project.project import MAIN
from candlewick_ui import jobs
from candlewick_ui.frame import command, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from candlewick.project.project import Project
    from candlewick_ui.certificates import CertificateCard

SHOWN = 8  # findings of a part
SIGNS = {"pass": ":green[●] pass", "fail": ":red[●] fail", "not run": ":orange[●] not run"}


def certificate(found: CertificateCard) -> None:
    """The parts of a certificate, one line each; what did not hold is said in full."""
    words = "It holds: every part passed." if found.holds else "**It does not hold.**"
    st.markdown(f"{words} Payload `{found.payload_hash[:16]}`, tried on {plain(found.candles)} candles.")
    for part in found.parts:
        numbers = f"  \n:small[:gray[{plain(part.numbers)}]]" if part.numbers else ""
        st.markdown(f"{SIGNS.get(part.status, part.status)} **{plain(part.name)}**: {plain(part.claim)}{numbers}")
        if part.findings:
            _findings(part.findings)


def _findings(findings: tuple[str, ...]) -> None:
    rest = len(findings) - SHOWN
    more = [f"and {rest} more: certificate.json has them all"] if rest > 0 else []
    st.code("\n".join([*findings[:SHOWN], *more]), language=None, wrap_lines=True)


def job(
    log: Path,
    label: str,
    words: list[str],
    shown: str,
    *,
    primary: bool = False,
    disabled: bool = False,
    without: Iterable[str] = (),
) -> None:
    """A button that starts a command, the command itself beside it, its progress, and what it said."""
    if jobs.is_running(log):
        st.button("Cancel", on_click=jobs.cancel, args=([log],), key=f"cancel {log.name}")
        watch([log])
        return
    left, right = st.columns([1, 3], vertical_alignment="center")
    kind = "primary" if primary else "secondary"
    if left.button(label, type=kind, disabled=disabled, width="stretch", key=f"start {log.name}"):
        jobs.start(log, words, without=without)
        st.rerun()
    with right:
        command(shown)
    ended = jobs.progress(log)
    if ended is not None:
        if ended.exit_code == 0:
            with st.expander("Done. What it said"):
                st.code(jobs.last_words(log), language=None, wrap_lines=True)
        else:
            st.markdown("**It was stopped.**" if (ended.exit_code or 0) < 0 else "**It was refused, for this reason:**")
            st.code(jobs.last_words(log), language=None, wrap_lines=True)


@st.fragment(run_every=0.5)  # type: ignore[untyped-decorator]
def watch(logs: list[Path]) -> None:
    """The progress of jobs, twice a second; when all have ended the whole page is drawn again."""
    for log in logs:
        now = jobs.progress(log)
        if now is not None:
            _progress(log.stem, now, running=jobs.is_running(log))
    if not any(map(jobs.is_running, logs)):
        st.rerun()


def _progress(name: str, now: jobs.Progress, *, running: bool) -> None:
    """One line for a job that waits or has ended, a bar for one that runs."""
    count = f": {now.done} of {now.total}" if now.total else ""
    if not running:
        st.caption(f"{plain(name)}: {'done' if now.exit_code == 0 else 'stopped'}")
    elif now.waiting:
        st.caption(f"{plain(name)}: waits for its turn")
    else:
        st.progress(now.share, text=plain(f"{name}{count}"))
        st.caption(plain(now.last) or "…")


def job_log(project: Project, name: str, arm: str = MAIN) -> Path:
    """Where a job of the browser writes what it says."""
    return project.reports(arm) / "logs" / f"{name}.log"
