"""Two stages in one program: the features, and the fit's output over them, from one state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.errors import ArtifactError
from candlewick.lower import lower
from candlewick.program import FEATURES, OUTPUT, Live, Program, run
from candlewick.trace import tracing

from ..effort import examples

FEATURE = {
    "ratio": lambda close, n: close / close.shift(n),
    "mean": lambda close, n: close.rolling(n + 1).mean() - close,
    "ewm": lambda close, n: close.ewm(span=n + 1).mean() / close,
    "plain": lambda close, n: close,
    "lagged": lambda close, n: (close * 2).shift(n),
}
TRANSFORM = {
    "scaled": lambda x: (x - 100.5) / 3.25,
    "filled": lambda x: x.fillna(0.5),
    "carried": lambda x: x.ffill(),
    "kept": lambda x: x,
    "clipped": lambda x: x.clip(-1.0, 1.0),
}
recipes = st.lists(
    st.tuples(
        st.sampled_from(sorted(FEATURE)), st.integers(0, 5), st.sampled_from([*sorted(TRANSFORM), None])
    ),
    min_size=1,
    max_size=5,
).filter(lambda recipe: any(how for _, _, how in recipe))  # fmt: skip


def graphs(recipe):
    """The features' graph, and that of a transform that keeps some of them under their own names."""
    with tracing() as trace:
        close = trace.input("close")
        features = {f"f{k}": FEATURE[name](close, n) for k, (name, n, _) in enumerate(recipe)}
        kept = {f"f{k}": TRANSFORM[how](features[f"f{k}"]) for k, (_, _, how) in enumerate(recipe) if how}
        return trace.graph(features), trace.graph(kept)


def prices(n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    x = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, (1, n)), axis=1))
    x[0, rng.random(n) < 0.05] = np.nan
    return x


@examples(40)
@given(recipes)
def test_each_stage_has_the_values_of_a_program_of_its_own(recipe):
    features, output = graphs(recipe)
    both = lower(features, ("close",), output)
    x = prices(60)
    alone = {
        FEATURES: run(lower(features, ("close",)), {"s": x})[0]["s"],
        OUTPUT: run(lower(output, ("close",)), {"s": x})[0]["s"],
    }
    batch = run(both, {"s": x}, rows=7)[0]["s"]
    live = Live(both)
    for t in range(60):
        live.update(*x[:, t])
        for stage in (OUTPUT, FEATURES, OUTPUT):
            row = alone[stage][:, t].tobytes()
            assert live.emit(stage).tobytes() == row
            assert np.ascontiguousarray(batch[both.rows(stage), t]).tobytes() == row
    again = Program.from_plain(both.to_plain())
    assert [again.stage(stage) for stage in (FEATURES, OUTPUT)] == [both.stage(stage) for stage in (FEATURES, OUTPUT)]


def test_output_does_not_run_what_only_the_features_need():
    with tracing() as trace:
        close, volume = trace.input("close"), trace.input("volume")
        used, unused = close / close.shift(1), np.log(volume) * close
        program = lower(
            trace.graph({"unused": unused, "used": used}),
            ("close", "volume"),
            trace.graph({"used": (used - 1.0) / 2.0}),
        )
    names = [item.operator.operator_name() for item in program.instructions]
    assert names[: program.needed(OUTPUT)] == ["divide", "subtract", "divide"]
    assert len(names) == program.needed(FEATURES) == 5


def test_a_fit_that_keeps_nothing_is_refused():
    with pytest.raises(ValueError, match="no columns"):
        lower(*graphs([("plain", 1, None)])[:1], ("close",), graphs([("plain", 1, None)])[1])


def test_before_the_first_candle_every_result_is_missing():
    program = lower(*graphs([("plain", 1, "filled"), ("ratio", 1, None)])[:1], ("close",))
    live = Live(program)
    assert np.isnan(live.emit(FEATURES)).all()
    assert live.emit(FEATURES).shape == (2,)


@pytest.mark.parametrize(
    "results",
    [
        [["a", 0, 0, "float", "output"], ["b", 0, 0, "float", "features"]],
        [["a", 0, 0, "float", "features"], ["a", 0, 0, "float", "features"]],
        [["a", 0, 0, "float", "labels"]],
    ],
)
def test_stages_out_of_order_are_refused(results):
    plain = {
        "format": 1, "columns": ["close"], "constants": [], "depths": [0], "updates": 0,
        "instructions": [], "results": results,
    }  # fmt: skip
    with pytest.raises(ArtifactError):
        Program.from_plain(plain)


def test_one_name_in_both_stages_is_fine():
    results = [["a", 0, 0, "float", "features"], ["a", 0, 0, "float", "output"]]
    plain = {
        "format": 1, "columns": ["close"], "constants": [], "depths": [0], "updates": 0,
        "instructions": [], "results": results,
    }  # fmt: skip
    assert Program.from_plain(plain).names == ("a", "a")
