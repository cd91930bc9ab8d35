"""Operators: the causal primitives features are made of, each declared by one class.

To add an operator, add a class to a module here (or a new module): its spellings, facts, state and kernel. The tracer,
the passes, the programs, the coverage table and the laws read the catalogue: `pytest tests/laws -k its_name` tries
the new one.

What pandas has a word for goes into ``spellings``; what it has none for, and people write as a function of the window,
into ``recognised``, as ``x.rolling(window, min_periods=None).apply(lambda w: ...)``: a function that computes the same
is taken for the operator. Most windows begin as a subclass of `candlewick.operators.window.Window` with a
``definition``, which is the exact value of one window, and a kernel; `candlewick.operators.operator` says what a kernel
is handed.
"""
