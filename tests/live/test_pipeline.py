"""The pipeline and its steps: what they record, what stops a candle, and contexts of the user's own."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from threading import Thread

import numpy as np
import pytest

from candlewick.errors import UsageError
from candlewick.live import (
    Candle,
    CandleContext,
    CandleError,
    CandlePipeline,
    CusumGate,
    FeatureEngineeringStep,
    FeatureUpdate,
    PipelineState,
    SkipReason,
    load,
)
from candlewick.live.pipeline import KEPT


@pytest.fixture(scope="module")
def week(make_candles):
    return [Candle(int(row[5]), *row[:5]) for row in make_candles(600, 21).T.tolist()]


def of(symbol, candles):
    return [Candle(*candle, symbol) for candle in candles]


def pipeline_of(features, h=0.03):
    return CandlePipeline([FeatureUpdate(features), CusumGate(h=h), FeatureEngineeringStep(features)])


def cusum(closes, h):
    """The symmetric filter by its definition."""
    rise = fall = 0.0
    for t in range(1, len(closes)):
        move = math.log(closes[t]) - math.log(closes[t - 1])
        rise, fall = max(0.0, rise + move), min(0.0, fall + move)
        if rise > h or fall < -h:
            yield t
        rise, fall = (0.0 if rise > h else rise), (0.0 if fall < -h else fall)


def test_what_passes_the_gate_has_the_batch_rows(loaded, batch, make_candles, week):
    rows = batch(make_candles(600, 21))
    pipeline = pipeline_of(loaded.open(["X"]))
    results = [pipeline.process(candle) for candle in of("X", week)]
    events = list(cusum([candle.close for candle in week], 0.03))
    assert len(events) > 20
    for t, result in enumerate(results):
        if t not in events:
            assert result.code == "cusum"
        else:
            assert isinstance(result, CandleContext)
            assert result.features.tobytes() == rows[t].tobytes()


def test_every_step_is_counted_and_timed(loaded, week):
    pipeline = pipeline_of(loaded.open(["A", "B"]))
    for candle in of("A", week) + of("B", week[:300]):
        pipeline.process(candle)
    assert pipeline.process(Candle(*week[-1], "A")).code == "candles-duplicate"
    assert pipeline.process(Candle(*week[-1], "C")).code == "candles-symbol"
    update, gate, step = pipeline.funnel()
    assert (update.step, update.entered, update.passed) == ("FeatureUpdate", 902, 900)
    assert update.skipped == {"candles-duplicate": 1, "candles-symbol": 1}
    assert gate.entered == 900
    assert gate.passed == step.entered == step.passed == 900 - gate.skipped["cusum"] > 10
    timings = pipeline.timings()
    assert [timing.candles for timing in timings] == [902, 900, step.entered]
    assert all(0 < timing.p50 <= timing.p99 for timing in timings)


def test_before_the_warm_up_is_over_no_features(make_payload, tmp_path, week):
    from dataclasses import replace

    from candlewick.artifact import encode

    made = make_payload(lambda c: {"mean": c["close"].rolling(20).mean()})
    (column,) = made.columns()
    (tmp_path / "a.wick").write_bytes(encode(replace(made, stages={"features": (replace(column, warm_up=19),)})))
    features = load(tmp_path / "a.wick").open(["X"])
    pipeline = CandlePipeline([FeatureUpdate(features, "X"), FeatureEngineeringStep(features, "X")])
    results = [pipeline.process(candle) for candle in week[:25]]
    assert [type(result) for result in results] == [SkipReason] * 19 + [CandleContext] * 6
    assert results[0] == SkipReason("warming_up", "X: 1 candles seen, trusted from 20 on")
    assert np.isfinite(results[19].features).all()
    assert features.warmed_up("X")


def test_an_unsound_candle_stops_and_the_next_one_goes_on(loaded, week):
    pipeline = pipeline_of(loaded.open(["X"]))
    other = pipeline_of(loaded.open(["X"]))
    for t, candle in enumerate(of("X", week[:200])):
        if t % 10 == 5:
            broken = Candle(*[*candle][:4], math.nan, candle.volume, "X")
            assert pipeline.process(broken).code.startswith("candles-")
        one, two = pipeline.process(candle), other.process(candle)
        assert type(one) is type(two)
        if isinstance(one, CandleContext):
            assert one.features.tobytes() == two.features.tobytes()


@dataclass
class Mine:
    """A context of the user's own, with more in it."""

    candle: object
    state: object
    features: object = None
    orders: list = field(default_factory=list)


class Slotted:
    __slots__ = ()


def test_steps_work_in_a_loop_and_a_context_of_the_users_own(loaded, week):
    expected = [pipeline_of(loaded.open(["X"])).process(candle) for candle in of("X", week[:1])]
    for state in ({}, PipelineState(), type("State", (), {})()):
        features = loaded.open(["X"])
        steps = [FeatureUpdate(features), CusumGate(h=0.03), FeatureEngineeringStep(features)]
        reached = 0
        for candle in week:  # the only symbol that is open need not be named
            ctx = Mine(candle, state)
            for step in steps:
                result = step.process(ctx)
                if isinstance(result, SkipReason):
                    break
                assert result is ctx
            else:
                reached += 1
                assert ctx.features.shape == (3,)
        assert reached == len(list(cusum([candle.close for candle in week], 0.03)))
    assert expected[0].code == "cusum"
    with pytest.raises(UsageError, match="Slotted"):
        CusumGate(h=0.1).process(Mine(week[0], Slotted()))


def test_a_pipeline_makes_contexts_of_the_users_class(loaded, week):
    class Order:
        def process(self, ctx):
            ctx.orders.append(ctx.candle.ts)
            return ctx

    pipeline = CandlePipeline([FeatureUpdate(loaded.open(["X"])), Order(), Order()], context=Mine)
    assert pipeline.process(week[0]).orders == [0, 0]
    assert pipeline.names == ("FeatureUpdate", "Order", "Order 2")


def test_what_a_step_raises_is_raised_and_counted(loaded, week):
    class Broken:
        def process(self, ctx):
            raise ValueError("no")

    class Forgetful:
        def process(self, ctx):
            pass

    for step, error in ((Broken(), ValueError), (Forgetful(), UsageError)):
        pipeline = CandlePipeline([step])
        with pytest.raises(error):
            pipeline.process(week[0])
        assert (pipeline.funnel()[0].failed, pipeline.funnel()[0].passed) == (1, 0)


def test_the_state_of_the_steps_resumes_too(loaded, week):
    features = loaded.open(["X"])
    pipeline, whole = pipeline_of(features), pipeline_of(loaded.open(["X"]))
    for t, candle in enumerate(of("X", week)):
        if t % 100 == 50:
            stored = features.snapshot(), json.dumps(pipeline.state("X").memory)
            features = loaded.open(["X"])
            features.restore(stored[0])
            pipeline = pipeline_of(features)
            pipeline.resume(PipelineState("X", json.loads(stored[1])))
        one, two = pipeline.process(candle), whole.process(candle)
        assert type(one) is type(two)
        if isinstance(one, CandleContext):
            assert one.features.tobytes() == two.features.tobytes()


def test_symbols_run_in_threads_of_their_own(loaded, week):
    pipeline = pipeline_of(loaded.open(["A", "B"]))
    threads = [Thread(target=lambda s=s: [pipeline.process(c) for c in of(s, week)]) for s in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pipeline.funnel()[0].passed == 1200


def test_a_candle_without_a_symbol_is_refused_where_there_are_two(loaded, week):
    features = loaded.open(["A", "B"])
    assert CandlePipeline([FeatureUpdate(features)]).process(week[0]).code == "candles-symbol"
    with pytest.raises(CandleError):
        FeatureEngineeringStep(features).process(CandleContext(week[0], PipelineState()))
    assert isinstance(CandlePipeline([FeatureUpdate(features, "B")]).process(week[0]), CandleContext)


@pytest.mark.parametrize("h", [0, -1, math.nan, math.inf])
def test_a_gate_needs_a_threshold(h):
    with pytest.raises(UsageError, match="no threshold"):
        CusumGate(h=h)


def test_a_gate_remembers_nothing_of_what_is_no_price():
    gate, state = CusumGate(h=0.01), PipelineState()
    for close in (100.0, math.nan, 0.0, -1.0, math.inf):
        assert isinstance(gate.process(CandleContext(Candle(0, *[close] * 5), state)), SkipReason)
    assert isinstance(gate.process(CandleContext(Candle(0, *[102.0] * 5), state)), CandleContext)


@pytest.mark.parametrize("steps", [[], [None], [lambda ctx: ctx]])
def test_a_pipeline_needs_steps(steps):
    with pytest.raises(UsageError):
        CandlePipeline(steps)


@pytest.mark.slow
def test_memory_does_not_grow_over_a_million_candles(loaded):
    import resource

    pipeline = pipeline_of(loaded.open(["X"]), h=0.01)
    candle = Candle(0, 100.0, 101.0, 99.0, 100.0, 5.0, "X")

    def feed(candles):
        for _ in range(candles):
            candle.ts += 60_000
            candle.close = 100.0 + (candle.ts // 60_000) % 3 / 2
            pipeline.process(candle)

    feed(100_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    feed(900_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2_000  # kilobytes
    assert all(timing.candles <= KEPT for timing in pipeline.timings())
