"""How hard property tests try: the whole number of examples in the full suite, a fifth of it in the fast tier."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

FULL, FAST = 100, 20  # examples of a test that names no number
CHECKS = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def examples(count: int, *, shrink: bool = True) -> settings:
    """Settings of a property test of so many examples: they may take their time, and share fixtures."""
    tried = max(2, count * settings.default.max_examples // FULL)
    phases = tuple(phase for phase in Phase if shrink or phase != Phase.shrink)
    return settings(max_examples=tried, deadline=None, suppress_health_check=CHECKS, phases=phases)
