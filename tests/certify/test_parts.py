"""Every part of the certificate passes on a sound file, and each sabotage is caught by the part it concerns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from candlewick.artifact import SymbolState, decode, encode
from candlewick.certify import causality as causality_module
from candlewick.certify import reference as reference_module
from candlewick.certify import sessions
from candlewick.certify.causality import causality
from candlewick.certify.environment import environment
from candlewick.certify.reference import AFRESH, reference
from candlewick.certify.streaming import streamed
from candlewick.certify.window import fit_window
from candlewick.errors import ArtifactError
from candlewick.program import run
from candlewick.run import fitting as fitting_module
from candlewick.store.candles import data_versions, load_many


def statuses(case):
    return {part.name: part.status for part in streamed(case)[0]}


def all_candles(case):
    return lambda: load_many(case.fitting.work.dag.project.store)


def test_a_sound_file_passes_every_part(case):
    parts, told = streamed(case)
    project = environment(case, data_versions(case.fitting.work.dag.project.store), told)[0]
    every = [causality(case), reference(case)[0], *parts, fit_window(case, all_candles(case)), project]
    assert [(part.name, part.status, part.findings) for part in every] == [
        (name, "pass", ())
        for name in ("causality", "reference", "stream", "late emit", "restart", "fit window", "environment")
    ]
    numbers = {part.name: part.numbers for part in every}
    assert numbers["stream"] == {"candles": 240, "values": 240 * 8}
    assert 0 < numbers["late emit"]["candles"] < 50
    assert numbers["reference"]["exact_values"] > 50
    assert numbers["fit window"]["parameters"] == 2
    assert told["heavy"] == []


def test_where_there_is_no_project_what_needs_one_is_not_run(without_project):
    case = without_project
    every = [causality(case), reference(case)[0], fit_window(case, dict), environment(case, {}, {})[0]]
    assert [part.status for part in every] == ["pass", "not run", "not run", "not run"]
    assert all("project" in part.reason for part in every[1:])


def test_a_value_that_depends_on_the_next_candle_is_a_look_ahead(case, monkeypatch):
    def reading_ahead(program, symbols):
        results, states = run(program, symbols)
        return {name: np.roll(rows, -1, axis=1) for name, rows in results.items()}, states

    monkeypatch.setattr(causality_module, "run", reading_ahead)
    part = causality(case)
    assert part.status == "fail"
    assert {finding.feature for finding in part.findings} >= {"move", "spread", "trend"}


def test_a_feature_that_looks_ahead_on_real_columns_only_is_caught(exported, case, monkeypatch):
    """It is innocent while it is traced."""
    dag = case.fitting.work.dag
    execute = dag.execute

    def leaking(names, inputs, call, *rest):
        def leak(name, function, arguments):
            value = call(name, function, arguments)
            return value.shift(-1) if name == "trend" else value

        return execute(names, inputs, leak, *rest)

    monkeypatch.setattr(type(dag), "execute", lambda self, *arguments: leaking(*arguments))
    part = causality(case)
    assert part.status == "fail"
    assert {finding.feature for finding in part.findings} == {"trend"}
    assert reference(case)[0].status == "fail"


def drifting(program, symbols, **how):
    results, states = run(program, symbols, **how)
    for rows in results.values():
        rows[1, 50:] *= 1 + 1e-6
    return results, states


def test_a_kernel_that_drifts_is_not_the_reference(case, monkeypatch):
    monkeypatch.setattr(reference_module, "run", drifting)
    part, evidence = reference(case)
    assert part.status == "fail"
    finding = part.findings[0]
    assert (finding.feature, finding.symbol, finding.ts) == ("spread", "AAA", case.time("AAA", 50))
    diverging = {each.name: each.first_diverging for each in evidence if each.stage == "features"}
    assert diverging == {
        "move": None,
        "spread": {"symbol": "AAA", "ts": case.time("AAA", 50)},
        "trend": None,
        "z": None,
    }


def test_a_kernel_that_is_off_its_definition_is_found_where_it_is_off(case, monkeypatch):
    from candlewick.certify import oracle

    monkeypatch.setattr(oracle, "run", drifting_windows)
    findings = reference(case)[0].findings
    assert findings
    assert {finding.what.partition("(")[0] for finding in findings} == {"rolling_variance", "rolling_mean", "ewm_mean"}


def drifting_windows(program, symbols):
    results, states = run(program, symbols)
    for rows in results.values():
        rows[:, 100:] = np.where(np.abs(rows[:, 100:]) > 1e-4, rows[:, 100:] * (1 + 1e-7), rows[:, 100:] + 1e-9)
    return results, states


def test_where_pandas_drifts_it_is_asked_again_without_a_history(case, monkeypatch):
    """Older versions of pandas keep the error of a bad tick in their running sums for ever."""
    authored = reference_module._authored

    def drifting_pandas(fitting, symbol, candles):
        stages = authored(fitting, symbol, candles)
        if len(candles) > 100:
            stages["features"] = stages["features"].assign(z=lambda table: table["z"] + 1e-3)
        return stages

    monkeypatch.setattr(reference_module, "_authored", drifting_pandas)
    part, evidence = reference(case)
    assert part.status == "pass", part.findings
    assert {each.name: each.why for each in evidence if each.first_diverging} == {"z": AFRESH}


def test_a_function_that_reads_further_than_its_column_claims_is_not_excused(case, monkeypatch):
    authored = reference_module._authored

    def reading_on(fitting, symbol, candles):
        stages = authored(fitting, symbol, candles)
        if len(candles) > 5:  # z claims to read five
            stages["features"] = stages["features"].assign(z=lambda table: table["z"] + 1e-3)
        return stages

    monkeypatch.setattr(reference_module, "_authored", reading_on)
    assert {finding.feature for finding in reference(case)[0].findings} == {"z"}


def test_a_live_value_off_by_one_bit_is_not_the_batch(case, sabotage):
    sabotage("""
        import numpy as np
        from candlewick.program import Live
        emit = Live.emit
        def off(self, *stage):
            vector = emit(self, *stage)
            if self.candles == 77:
                vector[0] = np.nextafter(vector[0], 9.0)
            return vector
        Live.emit = off
    """)
    parts = streamed(replace(case, pieces=(replace(case.pieces[0], stop=160),)))[0]
    assert parts[0].status == "fail"
    finding = parts[0].findings[0]
    assert (finding.feature, finding.ts) == ("move", case.time("AAA", 76))


def test_an_emit_that_feeds_the_state_shows_when_it_is_late(case, sabotage):
    sabotage("""
        from candlewick.program import Live
        update, emit = Live.update, Live.emit
        def lazy(self, *values):
            if getattr(self, "read", True):
                update(self, *values)
            self.read = False
        def reading(self, *stage):
            self.read = True
            return emit(self, *stage)
        Live.update, Live.emit = lazy, reading
    """)
    found = statuses(case)
    assert (found["stream"], found["late emit"]) == ("pass", "fail")


def test_a_field_left_out_of_the_snapshot_shows_after_a_restart(case, sabotage):
    sabotage("""
        from candlewick.program import Live
        snapshot = Live.snapshot
        def forgetful(self):
            state = snapshot(self)
            state[-1] = 0.0
            return state
        Live.snapshot = forgetful
    """)
    assert statuses(case) == {"stream": "pass", "late emit": "pass", "restart": "fail"}


def test_a_state_that_its_candles_do_not_lead_to_is_found(case):
    payload = case.artifact.payload
    state = payload.symbols["BBB"]
    vector = state.vector.copy()
    vector[5] = np.nextafter(vector[5], 1e9)
    other = SymbolState(state.ts, state.longest_step, state.version, vector)
    edited = decode(encode(replace(payload, symbols={**payload.symbols, "BBB": other})))
    parts = streamed(replace(case, artifact=edited))[0]
    assert [part.status for part in parts] == ["pass", "pass", "fail"]
    assert parts[2].findings[0].symbol == "BBB"


def test_a_process_that_imports_what_live_must_not_is_named(case):
    part = environment(case, data_versions(case.fitting.work.dag.project.store), {"heavy": ["pandas"]})[0]
    assert [finding.what for finding in part.findings] == ["the live process imported pandas"]


def test_a_parameter_fitted_on_all_rows_is_caught(case, monkeypatch):
    monkeypatch.setattr(fitting_module, "_until", lambda candles, end: candles)
    part = fit_window(case, all_candles(case))
    assert part.status == "fail"
    assert sorted(finding.what.split()[0] for finding in part.findings) == ["'mean'", "'scale'"]


def test_a_file_of_other_toggles_is_told_apart(case):
    payload = replace(case.artifact.payload, enabled=("extra",))
    other = replace(case, artifact=replace(case.artifact, payload=payload))
    part = environment(other, data_versions(case.fitting.work.dag.project.store), {})[0]
    assert [finding.what for finding in part.findings] == ["the file has the groups extra, the project enables none"]


def test_other_candles_are_named_by_symbol(case):
    part = environment(case, {"AAA": case.artifact.payload.symbols["AAA"].version, "BBB": "another"}, {})[0]
    assert [finding.symbol for finding in part.findings] == ["BBB"]


def test_a_full_disk_says_nothing_about_the_file(case, tmp_path):
    with pytest.raises(ArtifactError) as caught:
        sessions.carry_out(case, tmp_path / "nowhere", [])
    assert caught.value.code == "certificate-unwritable"
    assert "TMPDIR" in caught.value.hint
