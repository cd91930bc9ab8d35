"""An artifact as a model that MLflow loads: it names this module and a file of data, and nothing is unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.errors import ArtifactError
from candlewick.live.load import load

if TYPE_CHECKING:
    from candlewick.live.load import Loaded

NUMBERS = ("ts", "open", "high", "low", "close", "volume")


class Model:
    """Rows of candles in, rows of features out. Each call begins at the states in the artifact and keeps nothing."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded

    def predict(self, model_input: Any, params: Any = None) -> Any:
        """The output after each candle, in a frame of the same kind and index.

        Shape: a frame with symbol, ts (milliseconds since 1970), open, high, low, close, volume; the candles of a
        symbol in order, and after those the artifact has seen

        Errors: CandleError as in `Features.update`
        """
        del params
        features = self.loaded.open(symbols=None)
        columns = [model_input[name].tolist() for name in ("symbol", *NUMBERS)]
        vectors = []
        for symbol, ts, *prices in zip(*columns, strict=True):
            features.update(symbol, int(ts), *prices)
            vectors.append(features.emit(symbol))
        return type(model_input)(vectors, index=model_input.index, columns=list(features.names()))


def _load_pyfunc(path: str) -> Model:
    """What MLflow calls, with the folder or the file it kept."""
    place = Path(path)
    files = [place] if place.is_file() else sorted(place.rglob("*.wick"))
    if len(files) != 1:
        raise ArtifactError(f"{path} holds {len(files)} artifacts, not one", code="artifact-missing")
    return Model(load(files[0]))
