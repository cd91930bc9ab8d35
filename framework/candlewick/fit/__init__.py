"""The fit: what is learned from training rows, and the transform that runs live with it."""

from __future__ import annotations

from candlewick.fit.fitted import Finding, Fitted, Window

__all__ = ["Finding", "Fitted", "Window"]
