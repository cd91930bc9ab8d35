"""Candlewick: write each trading feature once, and prove that what was trained is what trades."""

__version__ = "0.1.0"
