"""What the trace refuses: at the author's line, with a code and a hint, and for good."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace, tracing

REFUSED = {
    "if close.mean() > 0: pass": "trace-whole-column",
    "if close > 0: pass": "trace-truth-value",
    "close > 0 and close < 9": "trace-truth-value",
    "for x in close: pass": "trace-loop",
    "[x for x in close]": "trace-loop",
    "close.iloc[-1]": "trace-looks-ahead",
    "close - close.iloc[5]": "trace-looks-ahead",
    "close.iloc[:-3]": "trace-looks-ahead",
    "close.tail(3)": "trace-looks-ahead",
    "close.iloc[::-1]": "trace-looks-ahead",
    "np.flip(close)": "trace-looks-ahead",
    "np.fft.fft(close.values)": "trace-looks-ahead",
    "close.rolling(pd.api.indexers.FixedForwardWindowIndexer(window_size=5)).max()": "trace-looks-ahead",
    "for t in close.index: pass": "trace-loop",
    "[w.mean() for w in close.rolling(5)]": "trace-loop",
    "pd.factorize(close)": "trace-values",
    "pd.cut(close, 4)": "trace-whole-column",
    "close.iloc[0].real": "trace-position",
    "if close.iloc[0] > 5: pass": "trace-position",
    "y = close + 0; y.iloc[3] = close.iloc[4]": "trace-looks-ahead",
    "for i in range(1, len(close)): close.iloc[i] - close.iloc[i - 1]": "trace-loop",
    "[close.iloc[i] for i in range(len(close))]": "trace-loop",
    "for w in np.lib.stride_tricks.sliding_window_view(close, 3): pass": "trace-loop",
    "np.log(np.roll(close, 1))": "trace-looks-ahead",
    "np.roll(close, -1)": "trace-looks-ahead",
    "y = close.values.copy(); y[:-1] = close.values[1:]": "trace-looks-ahead",
    "np.convolve(close, [0.5, 0.5, 0.5], mode='same')": "trace-looks-ahead",
    "close.groupby(close > 1).transform('mean')": "trace-groups",
    "close.groupby((close > 1).cumsum()).transform('mean')": "trace-looks-ahead",
    "close.interpolate()": "trace-looks-ahead",
    "(close - close.min()) / (close.max() - close.min())": "trace-whole-column",
    "close[close > 0].rolling(3).mean()": "trace-subscript",
    "float(close)": "trace-unsupported",
    "close.iloc[0] = 1.0": "trace-mutation",
    "close[close > 0] = 1.0": "trace-mutation",
    "close += 1": "trace-mutation",
    "close.name2 = 3": "trace-mutation",
    "close.shift(-1)": "trace-looks-ahead",
    "close.diff(-2)": "trace-looks-ahead",
    "close.shift(1, fill_value=close.mean())": "trace-whole-column",
    "close.shift(1, fill_value=close)": "trace-unsupported",
    "close.rolling(5, center=True).mean()": "trace-looks-ahead",
    "close.rolling('1h').mean()": "trace-time-window",
    "close.rolling(0).mean()": "trace-unsupported-argument",
    "close.rolling(5, min_periods=9).mean()": "trace-unsupported-argument",
    "close.rolling(5).mean() + close.rolling(5)": "trace-unsupported",
    "close.rolling(5).meen()": "trace-unknown-spelling",
    "close.rolling(5, wrong=1).mean()": "trace-unsupported-argument",
    "close.bfill()": "trace-looks-ahead",
    "close.sort_values()": "trace-position",
    "close.ewm(span=3, alpha=0.5).mean()": "trace-unsupported-argument",
    "close & open": "trace-unsupported-argument",
    "-(close > 0)": "trace-unsupported-argument",
    "(close > 0) - (open > 0)": "trace-unsupported-argument",
    "close.expanding().median()": "trace-unknown-spelling",
    "close.rolling(5, win_type='triang').var()": "trace-unsupported-argument",
    "close + close.index": "trace-unsupported-operand",
    "~(close > 0).shift(1)": "trace-unsupported-argument",
    "close.where((close > 0).shift(1))": "trace-unsupported-argument",
    "close.where(open, 0.0)": "trace-unsupported-argument",
    "close.rolling(3).mean().astype(int)": "trace-unsupported-argument",
    "close.astype('float32')": "trace-unsupported-argument",
    "close + 'text'": "trace-unsupported-operand",
    "close + np.ones(3)": "trace-unsupported-operand",
    "close + pd.Series([1.0])": "trace-unsupported-operand",
    "np.sum(close)": "trace-whole-column",
    "np.maximum.reduce(close)": "trace-whole-column",
    "list(close)": "trace-loop",
    "close.groupby(close > 1)": "trace-groups",
    "close.iterrows()": "trace-loop",
    "close.values.mean()": "trace-whole-column",
    "close.index.tz": "trace-unsupported",
    "close.resample('1h').mean()": "trace-groups",
    "y = close > open; y.iloc[0] = 5.0": "trace-unsupported-argument",
    "pd.DataFrame({'a': close, 'b': open}).eval('a > 1 & b > 1')": "trace-unsupported",
    "close.apply(lambda v: str(v) if v > 1 else 0)": "trace-python-per-value",
    "pd.Series(close, index=[1, 2])": "trace-index",
    "close.clip(lower=0.0, inplace=True)": "trace-mutation",
    "np.log(close, out=None, where=close > 0)": "trace-unsupported",
}


@pytest.mark.parametrize(("line", "code"), REFUSED.items())
def test_refused_at_the_line_with_a_hint(line, code, tmp_path):
    source = f"def feature(close, open):\n    kept = 1\n    {line}\n    return close\n"
    file = tmp_path / "features.py"
    file.write_text(source)
    namespace = {"np": np, "pd": pd, "__name__": "features"}
    exec(compile(source, str(file), "exec"), namespace)
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"feature": namespace["feature"](inputs["close"], inputs["open"])})
    error = caught.value
    assert error.code == code, error
    assert error.hint
    assert (error.where[0].file, error.where[0].line) == (str(file), 3)


@pytest.mark.skipif(pd.__version__.startswith("2."), reason="pandas 2 takes a number for a place")
def test_a_number_is_a_label_to_pandas():
    with pytest.raises(TraceError, match="asks for the label 0"):
        trace(lambda inputs: {"y": inputs["close"] / inputs["close"][0]})


def test_a_swallowed_refusal_still_refuses():
    def execute(inputs):
        close = inputs["close"]
        try:
            return {"y": close.mean()}
        except TraceError:
            return {"y": close}

    with pytest.raises(TraceError, match=r"mean\(\) of a column reads every candle"):
        trace(execute)


def test_hasattr_does_not_hide_a_refusal():
    with pytest.raises(TraceError):
        trace(lambda inputs: {"y": inputs["close"] if hasattr(inputs["close"], "sort_values") else inputs["open"]})


def test_one_answer_of_a_whole_column_may_not_decide():
    with pytest.raises(TraceError, match="looks ahead") as caught:
        trace(lambda inputs: {"y": inputs["close"] * 2 if (inputs["close"] > 5).any() else inputs["close"]})
    assert caught.value.code == "trace-whole-column"


def compiled(column):
    raise TypeError(f"Argument 'real' has incorrect type (expected numpy.ndarray, got {type(column).__name__})")


def test_compiled_code_that_is_handed_a_column_is_told_at_the_line_that_calls_it():
    with pytest.raises(TraceError, match="handed to compiled code") as caught:
        trace(lambda inputs: {"y": compiled(inputs["close"])})
    assert caught.value.code == "trace-values"
    assert caught.value.where[0].file == __file__


def test_an_impure_function_is_found_by_tracing_twice():
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": inputs["close"] * random.random()})
    assert caught.value.code == "trace-impure"


def test_pandas_is_itself_again_after_a_trace_and_after_an_error():
    before = (pd.Series.__init__, pd.concat, pd.isna)
    with pytest.raises(ZeroDivisionError), tracing():
        1 / 0  # noqa: B018
    assert (pd.Series.__init__, pd.concat, pd.isna) == before
    with tracing():
        assert pd.Series([1.0, 2.0]).sum() == 3.0
        assert np.zeros(shape=2).sum() == np.array(object=[0.0]).sum() == np.full(shape=3, fill_value=0.0).max()
        assert pd.concat([pd.Series([1.0]), pd.Series([2.0])]).sum() == 3.0
    assert pd.Series([1.0, 2.0]).rolling(2).sum().iloc[-1] == 3.0


def test_a_stand_in_is_a_series_to_type_checks():
    with tracing() as run:
        close = run.input("close")
        assert isinstance(close, pd.Series)
        assert isinstance(pd.Series(close.values, index=close.index), pd.Series)


def test_what_a_function_made_may_be_changed_in_place():
    def execute(inputs):
        close, opening = inputs["close"], inputs["open"]
        y = close.copy()
        y[opening > close] = 0.0
        y += 1.0
        return {"y": y, "close": close}

    graph = trace(execute)
    assert str(graph.outputs["y"].node) == "add(where(close, not(greater(open, close)), 0.0), 1.0)"
    assert str(graph.outputs["close"].node) == "close"


def test_one_expression_is_one_node():
    graph = trace(
        lambda i: {"a": i["close"].rolling(5).mean(), "b": i["close"].rolling(window=5, min_periods=5).mean()}
    )
    assert graph.outputs["a"].node is not None
    assert len(graph.nodes) == 2
