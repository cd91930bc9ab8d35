"""What scipy makes of a window, where it is installed."""

from __future__ import annotations

import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace

stats = pytest.importorskip("scipy.stats")
signal = pytest.importorskip("scipy.signal")
PLACES = range(9)
FUNCTIONS = {
    "slope": lambda w: stats.linregress(PLACES, w)[0] + stats.linregress(PLACES, w).intercept,
    "fit": lambda w: stats.linregress(PLACES, w).rvalue ** 2,
    "score": lambda w: stats.zscore(w)[-1] + stats.zscore(w, ddof=1)[0],
    "shape": lambda w: stats.skew(w) + stats.kurtosis(w) + stats.kurtosis(w, fisher=False),
    "rank": lambda w: stats.rankdata(w)[-1] + stats.rankdata(w, method="min")[-1],
    "share": lambda w: stats.percentileofscore(w, w[-1]) + stats.percentileofscore(w, w[0] + 1, kind="weak"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_what_scipy_gives(name, agrees):
    agrees(lambda close: close.rolling(9).apply(FUNCTIONS[name], raw=True))


@pytest.mark.parametrize(
    "function",
    [
        lambda w: stats.linregress(PLACES, w).pvalue,
        lambda w: stats.linregress(PLACES, w)[4] * 2,
        lambda w: stats.linregress(w, w)[0],
        lambda w: stats.skew(w, bias=False),
        lambda w: stats.rankdata(w)[0],
        stats.iqr,
    ],
)
def test_what_it_does_not_know_is_refused(function):
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": inputs["close"].rolling(9).apply(function, raw=True)})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("line", "name", "code"),
    [
        (lambda x: signal.savgol_filter(x, 11, 3), "scipy.signal.savgol_filter reads every", "trace-whole-column"),
        (lambda x: signal.find_peaks(x)[0], "scipy.signal.find_peaks reads every", "trace-whole-column"),
        (lambda x: signal.argrelextrema(x.values, max), "scipy.signal.argrelextrema reads", "trace-whole-column"),
        (lambda x: stats.zscore(x, 0), "scipy.stats.zscore reads every", "trace-whole-column"),
        (lambda x: stats.norm.cdf(x, 1.0), "cdf of a column has no streaming form", "trace-unknown-spelling"),
        (lambda x: signal.lfilter([0.5, 0.5], [1], x), "lfilter of a column has no", "trace-unknown-spelling"),
    ],
)
def test_a_whole_column_handed_to_scipy_is_told_by_the_name_of_what_reads_it(line, name, code):
    with pytest.raises(TraceError, match=name) as caught:
        trace(lambda inputs: {"y": line(inputs["close"])})
    assert caught.value.code == code
    assert caught.value.hint
    assert caught.value.where[0].file == __file__
