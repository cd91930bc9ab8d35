"""Live trading: load an artifact and advance its features candle by candle. Needs numpy, numba and safetensors only."""

from candlewick.candles import Candle
from candlewick.errors import ArtifactError, CandleError
from candlewick.live.context import CandleContext, PipelineState, SkipReason, Step
from candlewick.live.features import Features
from candlewick.live.load import Loaded, load
from candlewick.live.pipeline import CandlePipeline, FunnelEntry, Timing
from candlewick.live.steps import CusumGate, FeatureEngineeringStep, FeatureUpdate

__all__ = [
    "ArtifactError",
    "Candle",
    "CandleContext",
    "CandleError",
    "CandlePipeline",
    "CusumGate",
    "FeatureEngineeringStep",
    "FeatureUpdate",
    "Features",
    "FunnelEntry",
    "Loaded",
    "PipelineState",
    "SkipReason",
    "Step",
    "Timing",
    "load",
]
