"""Operators: the causal primitives features are made of, each declared by one class.

To add an operator, add a class to a module here (or a new module): its spellings, facts, state and kernel. The tracer,
the passes, the programs, the coverage table and the laws read the catalogue.
"""
