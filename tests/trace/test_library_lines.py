"""Refusals inside a library: the author's own line comes first, the library's below it."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace

LIBRARY = """
def smooth(close):
    last = close.iloc[-1]
    return close - last


def atr(close):
    out = []
    for value in close:
        out.append(value)
    return out
"""


def module(folder, name: str, text: str):
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.py"
    file.write_text(text)
    spec = importlib.util.spec_from_file_location(name, file)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(("called", "code", "line"), [("smooth", "trace-looks-ahead", 3), ("atr", "trace-loop", 9)])
def test_both_lines_are_shown(called, code, line, tmp_path):
    library = module(tmp_path / "lib" / "site-packages", "indicators", LIBRARY)
    features = module(
        tmp_path / "project", "features", f"def f(close, lib):\n    x = close\n    return lib.{called}(x)\n"
    )
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": features.f(inputs["close"], library)})
    assert caught.value.code == code
    assert "@opaque" in caught.value.hint
    assert (caught.value.where[0].file, caught.value.where[0].line) == (features.__file__, 3)
    assert (caught.value.where[-1].file, caught.value.where[-1].line) == (library.__file__, line)


def test_in_a_project_the_line_of_the_feature_is_shown(tmp_path):
    (tmp_path / "wick.yml").write_text("name: x\n")
    library = module(tmp_path / ".venv" / "site-packages", "indicators", LIBRARY)
    helper = module(tmp_path / "shared", "helper", "def g(close, lib):\n    return lib.smooth(close)\n")
    text = "def f(close, helper, lib):\n    return helper.g(close, lib)\n\n\ndef run(trace, helper, lib):\n"
    text += "    return trace(lambda inputs: {'y': f(inputs['close'], helper, lib)})\n"
    features = module(tmp_path / "features", "momentum", text)
    with pytest.raises(TraceError) as caught:
        features.run(trace, helper, library)
    assert [place.file for place in caught.value.where] == [helper.__file__, library.__file__]


def test_a_whole_column_statistic_says_that_it_looks_ahead():
    with pytest.raises(TraceError, match="still to come") as caught:
        trace(lambda inputs: {"y": inputs["close"].shift(1, fill_value=np.mean(inputs["close"]))})
    assert "rolling(n).mean()" in caught.value.hint


def test_a_library_imported_during_a_trace_may_derive_from_classes_of_numpy(tmp_path):
    text = "import numpy as np\n\nclass Line(np.poly1d):\n    pass\n"

    def feature(close):
        line = module(tmp_path, "lines", text).Line([2.0, 1.0])
        assert isinstance(line, np.poly1d)
        return close * line(3.0) + np.poly1d([1.0, 0.0])(2.0)

    graph = trace(lambda inputs: {"y": feature(inputs["close"])}, ("close",))
    assert graph.outputs["y"].node.dtype == "float"
