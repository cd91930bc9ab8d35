"""Windows of a frame are those of its columns: ``frame.rolling(20).mean()``."""

from __future__ import annotations

from typing import Any

from candlewick.trace.frame import columns_of, frame, mapped
from candlewick.trace.routes import route
from candlewick.trace.tracing import active


class Windows:
    """``frame.rolling(n)`` and the like: of each column."""

    def __init__(self, subject: Any, path: str, given: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        self.__dict__.update(subject=subject, path=path, given=given, keywords=keywords)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        if name in {"agg", "aggregate"}:
            return self.agg

        def finish(*given: Any, **keywords: Any) -> Any:
            return mapped(self.subject, lambda _, x: getattr(self.of(x), name)(*given, **keywords))

        return finish

    def of(self, column: Any) -> Any:
        """The windows of one column."""
        return getattr(column, self.path)(*self.given, **self.keywords)

    def agg(self, function: Any) -> Any:
        """One statistic of every column, or of each its own."""
        columns = columns_of(self.subject)
        wanted = function if isinstance(function, dict) else dict.fromkeys(columns, function)
        if not all(isinstance(each, str) or callable(each) for each in wanted.values()):
            active().refuse("agg() of a frame with several statistics of a column", 'write agg({"high": "max"})')
        return frame({name: self.of(columns[name]).agg(each) for name, each in wanted.items()})


def _windows(path: str) -> Any:
    def method(self: Any, *given: Any, **keywords: Any) -> Windows:
        return Windows(self, path, given, keywords)

    method.__name__, method.__doc__ = path, f"The {path} statistic of each column."
    return method


for _name, _text in {"rolling": "window", "ewm": "span=span", "expanding": ""}.items():
    route(f"frame.{_name}({_text})")(_windows(_name))
