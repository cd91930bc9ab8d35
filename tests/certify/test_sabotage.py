"""Sabotage by a hostile reviewer: each of these once passed, or would have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from candlewick.certify import causality as causality_module
from candlewick.certify import lookback as lookback_module
from candlewick.certify import reference as reference_module
from candlewick.certify import window as window_module
from candlewick.certify.causality import causality
from candlewick.certify.environment import environment
from candlewick.certify.reference import reference
from candlewick.certify.streaming import streamed
from candlewick.certify.window import fit_window
from candlewick.commands.certify import certify
from candlewick.commands.export import make_payload
from candlewick.program import run
from candlewick.store.candles import data_versions, load_many

pytestmark = pytest.mark.slow  # many whole projects


def failed(case):
    return {part.name for part in streamed(case)[0] if part.status == "fail"}


def versions(case):
    return data_versions(case.fitting.work.dag.project.store)


def test_the_state_of_one_symbol_leaks_into_another(case, sabotage):
    sabotage("""
        from candlewick.live.stream import Stream
        update, last = Stream.update, []
        def leaking(self, *candle):
            update(self, *candle)
            if last[-1:] not in ([], [self.symbol]):
                layout = self._live._native.layout
                self._live._memory[layout.state[0] : layout.state[-1]] *= 1 + 1e-9
            last.append(self.symbol)
        Stream.update = leaking
    """)
    assert "stream" in failed(case)


def test_an_emit_of_the_output_needs_one_of_the_features_before_it(case, sabotage):
    sabotage("""
        import numpy as np
        from candlewick.program import Live
        emit = Live.emit
        def needy(self, stage="output"):
            vector = emit(self, stage)
            fresh, self.done = getattr(self, "done", None) != self.candles, self.candles
            if fresh and stage == "output":
                self.done = None
                return vector * 1.5
            return vector
        Live.emit = needy
    """)
    assert failed(case) >= {"stream", "late emit"}


def test_a_candle_that_is_refused_advances_the_state(case, sabotage):
    sabotage("""
        import math
        from candlewick.errors import CandleError
        from candlewick.live.stream import Stream
        update = Stream.update
        def careless(self, ts, open, high, low, close, volume):
            try:
                update(self, ts, open, high, low, close, volume)
            except CandleError:
                self._update(open, high, low, 1.0 if math.isinf(close) else close, volume, ts)
                raise
        Stream.update = careless
    """)
    assert failed(case) >= {"stream", "late emit", "restart"}


def test_a_snapshot_forgets_which_candle_was_the_last(case, sabotage):
    sabotage("""
        from candlewick.live.stream import Stream
        state = Stream.state
        def early(self):
            ts, vector = state(self)
            return ts - 86_400_000, vector
        Stream.state = early
    """)
    assert "restart" in failed(case)


def test_a_history_that_drops_its_last_candle(case, sabotage):
    sabotage("""
        from candlewick.live.stream import Stream
        warm_up = Stream.warm_up
        Stream.warm_up = lambda self, candles: warm_up(self, {name: rows[:-1] for name, rows in candles.items()})
    """)
    assert failed(case) == {"restart"}


def test_the_states_in_the_file_are_those_of_other_symbols(case, sabotage):
    """The file is sound, what loads it takes the wrong one."""
    sabotage("""
        from candlewick.live.features import Features
        from candlewick.live.stream import Stream
        add = Features._add
        def wrong(self, symbol):
            stream = self._streams[symbol] = Stream(symbol, self.artifact.payload, self.artifact.payload.symbols["AAA"])
            return stream
        Features._add = wrong
    """)
    assert failed(case) == {"restart"}


def test_a_state_that_differs_where_no_value_shows_it_yet(case, sabotage):
    sabotage("""
        from candlewick.program import Live
        update = Live.update
        def drifting(self, *values):
            update(self, *values)
            if self.candles == 160:
                self._memory[self._native.layout.state[0] : self._native.layout.state[-1]] *= 1 + 1e-15
        Live.update = drifting
    """)
    assert "restart" in failed(replace(case, pieces=case.pieces[:1]))


def test_a_wrong_kernel_behind_one_huge_value(case, monkeypatch):
    """A tolerance of the largest value lets an error of a thousandth pass in all others."""
    authored = reference_module._authored

    def spiked(fitting, symbol, candles):
        stages = dict(authored(fitting, symbol, candles))
        stages["features"] = stages["features"].copy()
        if len(stages["features"]) > 10:
            stages["features"].iloc[10, 0] = 1e9
        return stages

    def wrong(program, symbols, **how):
        results, states = run(program, symbols, **how)
        for rows in results.values():
            rows[0, 20:] *= 1 + 1e-3
            rows[0, 10] = 1e9
        return results, states

    monkeypatch.setattr(reference_module, "_authored", spiked)
    monkeypatch.setattr(reference_module, "run", wrong)
    part = reference(case)[0]
    assert {finding.feature for finding in part.findings} == {"move"}


def test_a_column_of_another_dtype(case, monkeypatch):
    authored = reference_module._authored

    def cast(fitting, symbol, candles):
        stages = dict(authored(fitting, symbol, candles))
        stages["features"] = stages["features"].assign(move=lambda table: table["move"].astype(object))
        return stages

    monkeypatch.setattr(reference_module, "_authored", cast)
    assert [finding.feature for finding in reference(case)[0].findings] == ["move", "move"]


def test_a_warm_up_and_a_lookback_that_are_too_short(case):
    payload = case.artifact.payload
    stages = {
        stage: tuple(
            replace(
                column,
                lookback=column.lookback and column.lookback - 1,
                warm_up=column.warm_up and column.warm_up // 4,
            )
            for column in columns
        )
        for stage, columns in payload.stages.items()
    }
    edited = replace(case, artifact=replace(case.artifact, payload=replace(payload, stages=stages)))
    found = {finding.feature for finding in causality(edited).findings}
    assert found == {"move", "spread", "trend", "z"}
    assert causality(case).findings == ()


def test_a_look_ahead_in_the_last_row_of_a_block_only(case, monkeypatch):
    def at_the_end(program, symbols, **how):
        results, states = run(program, symbols, **how)
        return {name: rows * (1 + 1e-12 * rows.shape[1]) for name, rows in results.items()}, states

    monkeypatch.setattr(causality_module, "run", at_the_end)
    monkeypatch.setattr(lookback_module, "run", run)
    assert causality(case).status == "fail"


def test_a_fit_that_counts_the_candles_to_come(case, monkeypatch):
    """No price is read: only how many candles there are after the end of training."""
    project = window_module.fit_project

    def counting(dag, candles):
        tables = list(candles)
        fitting = project(dag, tables)
        values = {**fitting.fitted.parameters, "mean": {"move": float(sum(len(frame) for _, frame in tables))}}
        return replace(fitting, fitted=replace(fitting.fitted, parameters=values))

    honest = counting(case.fitting.work.dag, load_many(case.fitting.work.dag.project.store))
    fit = {**case.artifact.payload.fit, "parameters": honest.fitted.to_plain()["parameters"]}
    edited = replace(case, artifact=replace(case.artifact, payload=replace(case.artifact.payload, fit=fit)))
    monkeypatch.setattr(window_module, "fit_project", counting)
    part = fit_window(edited, lambda: load_many(case.fitting.work.dag.project.store))
    assert [finding.what.split()[0] for finding in part.findings] == ["'mean'"]


def test_a_transform_that_depends_on_the_future_though_no_parameter_does(case, monkeypatch):
    project = window_module.fit_project

    def other(dag, candles):
        fitting = project(dag, candles)
        outputs = dict(list(fitting.fitted.graph.outputs.items())[:-1])
        return replace(fitting, fitted=replace(fitting.fitted, graph=replace(fitting.fitted.graph, outputs=outputs)))

    monkeypatch.setattr(window_module, "fit_project", other)
    part = fit_window(case, lambda: load_many(case.fitting.work.dag.project.store))
    assert ["transform" in finding.what for finding in part.findings] == [True]


def test_the_window_says_what_is_purged_and_embargoed(case):
    numbers = fit_window(case, lambda: load_many(case.fitting.work.dag.project.store)).numbers
    assert numbers["embargo"] > 0
    assert "warm-up of trend" in numbers["embargo_derived"]
    assert "touch" in numbers["purge"]


def test_a_payload_that_was_edited_in_what_no_expression_shows(case):
    """Every hash is right: the interval, a policy, a symbol's longest step or the window of the fit are others."""
    payload = case.artifact.payload
    expected = make_payload(case.fitting.work.dag, case.fitting)
    assert environment(replace(case, expected=expected), versions(case), {})[0].findings == ()
    state = payload.symbols["AAA"]
    edits = {
        "interval": replace(payload, interval="1h"),
        "gaps": replace(payload, gaps="warn"),
        "lineage": replace(payload, lineage={}),
        "fit": replace(payload, fit={**payload.fit, "window": {**payload.fit["window"], "rows": 1}}),
        "another candle": replace(payload, symbols={**payload.symbols, "AAA": replace(state, longest_step=10**12)}),
        "not the one its candles": replace(
            payload, symbols={**payload.symbols, "AAA": replace(state, vector=state.vector * (1 + 1e-15))}
        ),
    }
    for what, edited in edits.items():
        other = replace(case, artifact=replace(case.artifact, payload=edited), expected=expected)
        found = [finding.what for finding in environment(other, versions(case), {})[0].findings]
        assert any(what in said for said in found), (what, found)


def test_a_sound_file_with_groups_is_certified_again_as_it_was(exported):
    project, made = exported
    found = certify(made.path, project)
    assert found.contradictions == ()
    assert found.certificate.complete


def test_the_future_of_a_fit_is_shorter_and_of_other_prices():
    days = pd.date_range("2020-01-01", periods=10, tz="UTC")
    frame = pd.DataFrame({"close": np.ones(10)}, index=days)
    later: list[int] = []
    ((_, other),) = window_module._other_future([("AAA", frame)], int(days[3].timestamp() * 1000), later)
    assert later == [6]
    assert other["close"].tolist() == [1, 1, 1, 1, 1.5, 0.25, 1.5, 0.25]
