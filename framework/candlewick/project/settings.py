"""The fit's settings in wick.yml, compared with what the functions of the fit read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.errors import ConfigError, Location, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from candlewick.project.node import Node

_NUMBERS = {"float": (int, float), "int": (int,), "bool": (bool,), "str": (str,)}


def check_settings(
    settings: Mapping[str, Any],
    variants: Mapping[str, Sequence[str]],
    chosen: Collection[str],
    functions: Iterable[Node],
    place: Callable[[str | None], Location | None],
) -> None:
    """Refuse settings that no function reads, and variants that no function has.

    ``variants`` holds the values that ``@config.when`` compares each key with, and ``chosen`` the keys by which some
    function was chosen; ``functions`` are all of the project, chosen or not; ``place`` finds a setting in wick.yml.

    Errors: ConfigError ``fit-setting-missing``, ``fit-setting-variant``, ``fit-setting-unknown``, ``fit-setting-name``.
    """
    every = list(functions)
    nodes = {node.name for node in every}
    parameters = {name for node in every if node.kind == "fit" for name in node.inputs if name not in nodes}

    def refuse(what: str, code: str, key: str | None, hint: str) -> ConfigError:
        return ConfigError(what, code=code, where=filter(None, [place(key)]), hint=hint)

    for key, known in variants.items():
        listed = ", ".join(known)
        if key not in settings:
            hint = f"write it under fit: settings: in wick.yml; one of {listed}"
            raise refuse(
                f"the fit has variants of '{key}', and no setting chooses one", "fit-setting-missing", None, hint
            )
        if key not in chosen:
            hint = nearest(str(settings[key]), known) or f"write one of {listed}"
            what = f"fit.settings.{key} is {settings[key]!r}, and no function is written for it"
            raise refuse(what, "fit-setting-variant", key, hint)
    for key in settings:
        if key in nodes:
            raise refuse(f"the setting '{key}' has the name of a node", "fit-setting-name", key, "rename the setting")
        if key not in variants and key not in parameters:
            hint = nearest(key, [*variants, *parameters]) or "remove it"
            raise refuse(f"no function of the fit reads the setting '{key}'", "fit-setting-unknown", key, hint)


def fits_annotation(value: Any, annotation: str) -> bool:
    """Whether a setting's value is what a parameter's annotation says; other annotations are Hamilton's to judge."""
    kinds = _NUMBERS.get(annotation)
    return kinds is None or (isinstance(value, kinds) and isinstance(value, bool) == (annotation == "bool"))
