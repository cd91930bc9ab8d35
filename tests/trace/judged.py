"""What is asked of every function of candles that a module of tests lists."""

from __future__ import annotations

from typing import Any, ClassVar


class Judged:
    """Each traces unchanged and equals pandas, and no later candle changes it; `functions` are those of a module."""

    functions: ClassVar[Any] = ()

    def pytest_generate_tests(self, metafunc) -> None:
        if "function" in metafunc.fixturenames:
            metafunc.parametrize("function", self.functions)

    def test_it_traces_unchanged_and_equals_pandas(self, function, agrees):
        agrees(function)

    def test_later_candles_do_not_change_it(self, function, unchanged):
        unchanged(function)


class Known(Judged):
    """And its facts are as they are known: ``functions`` gives lookback, warm-up and class, by function."""

    def test_its_facts_are_as_they_are_known(self, function, facts_of):
        assert facts_of(function) == self.functions[function]

    def test_its_warm_up_is_enough(self, function, settles):
        settles(function)
