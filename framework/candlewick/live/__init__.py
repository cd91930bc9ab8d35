"""Live trading: load an artifact and advance its features candle by candle. Needs numpy, numba and safetensors only."""

from candlewick.candles import Candle
from candlewick.live.features import Features
from candlewick.live.load import Loaded, load

__all__ = ["Candle", "Features", "Loaded", "load"]
