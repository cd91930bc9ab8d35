"""Part six: nothing after the end of training has touched a fitted value. Fitted again, with another future."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.certify.certificate import ELSEWHERE, FAIL, NOT_RUN, PASS, Finding, Part
from candlewick.fit.embargo import derive_embargo
from candlewick.run.fitting import fit_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from candlewick.certify.case import Case

    Candles = Callable[[], Iterable[tuple[str, pd.DataFrame]]]

CLAIM = "no fitted value changes when the candles after the end of training do"
SCALES = (1.5, 0.25)
"""What the candles after the end of training are multiplied by, in turns; the last third of them is left out."""


def fit_window(case: Case, candles: Candles) -> Part:
    """Fit again on candles whose future is another, and compare every fitted value with the file's, bit for bit.

    ``candles`` gives those of every symbol of the project, as a fit reads them.
    """
    fit = case.artifact.payload.fit
    if case.fitting is None:
        return Part("fit window", CLAIM, NOT_RUN, reason=ELSEWHERE)
    window = case.fitting.fitted.window
    if window is None or fit is None:
        same = (window is None) == (fit is None)
        other = () if same else (Finding("the file and the project do not agree on whether there is a fit"),)
        return Part("fit window", CLAIM, PASS if same else FAIL, {"parameters": 0}, other)
    fitted = case.fitting.fitted
    later: list[int] = []
    again = fit_project(case.fitting.work.dag, _other_future(candles(), window.train_end, later)).fitted
    findings = [*_changed(fit["parameters"], again.to_plain()["parameters"])]
    if not findings and (fit["fingerprint"], fit["window"]) != (again.fingerprint, asdict(again.window or window)):
        what = "the transform or the training rows are others when the candles after the end of training are"
        findings.append(Finding(what))
    embargo = derive_embargo(fitted.graph)
    numbers = {
        "parameters": len(fit["parameters"]),
        "rows": window.rows,
        "candles_after": sum(later),
        "train_end": window.train_end,
        "warm_up": window.warm_up,
        "unlabelled": window.unlabelled,
        "purge": "rows whose label is known only after the first candle of what is tested, by touch times",
        "embargo": embargo.candles,
        "embargo_derived": embargo.derived,
    }
    return Part("fit window", CLAIM, FAIL if findings else PASS, numbers, tuple(findings))


def _other_future(
    candles: Iterable[tuple[str, pd.DataFrame]], train_end: int, later: list[int]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Candles with another future, or none; how many that was for each symbol is added to ``later``."""
    last = pd.Timestamp(train_end, unit="ms", tz="UTC")
    for symbol, frame in candles:
        after = (frame.index > last).nonzero()[0]
        later.append(len(after))
        other = frame.iloc[: len(frame) - len(after) // 3].copy()
        after = after[after < len(other)]
        for turn, scale in enumerate(SCALES):
            other.iloc[after[turn :: len(SCALES)]] *= scale
        yield symbol, other


def _changed(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Finding]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Finding(f"'{name}' is fitted to another value when the candles after the end of training are others")
