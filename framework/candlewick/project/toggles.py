"""Which feature groups are on, and where each decision came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.errors import ToggleError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from candlewick.errors import Location


@dataclass(frozen=True)
class Toggles:
    """The resolved set of groups; ``sources`` says for every known group who decided, e.g. ``wick.yml baseline``."""

    enabled: tuple[str, ...]
    sources: Mapping[str, str]

    def __contains__(self, group: str) -> bool:
        return group in self.enabled


def resolve_toggles(
    known: Collection[str],
    baseline: Iterable[str],
    *,
    toggle_env: str,
    environ: Mapping[str, str],
    enable: Iterable[str] = (),
    disable: Iterable[str] = (),
    place: Callable[[], Location | None] = lambda: None,
) -> Toggles:
    """Resolve the groups: baseline, then the environment variable, then --enable and --disable.

    The variable unset keeps the baseline; ``a,b`` replaces it; ``+a,-b`` edits it. ``place`` finds where wick.yml
    has the baseline.

    Errors: ToggleError ``toggle-empty``, ``toggle-mixed``, ``toggle-unknown``, ``toggle-contradiction``.

    >>> resolve_toggles({"a", "b"}, ["a"], toggle_env="WICK_ENABLED", environ={"WICK_ENABLED": "+b"}).enabled
    ('a', 'b')
    """
    baseline, enable, disable = list(baseline), list(enable), list(disable)
    _refuse_unknown(baseline, known, "groups.baseline in wick.yml", place)
    sources = dict.fromkeys(sorted(known), "wick.yml baseline")
    enabled = set(baseline)
    if toggle_env in environ:
        enabled = _apply_variable(toggle_env, environ[toggle_env], enabled, known, sources)
    both = sorted(set(enable) & set(disable))
    if both:
        raise ToggleError(
            f"group '{both[0]}' is both enabled and disabled", code="toggle-contradiction", hint="pass one of the two"
        )
    for option, chosen in (("--enable", enable), ("--disable", disable)):
        _refuse_unknown(chosen, known, option)
        sources.update(dict.fromkeys(chosen, option))
    enabled = (enabled | set(enable)) - set(disable)
    return Toggles(tuple(sorted(enabled)), sources)


def _apply_variable(
    name: str, value: str, baseline: set[str], known: Collection[str], sources: dict[str, str]
) -> set[str]:
    words = [word.strip() for word in value.split(",")]
    if not all(words):
        raise ToggleError(
            f"{name}={value!r} names {'no group' if not any(words) else 'an empty group'}",
            code="toggle-empty",
            hint=f"unset it for the baseline, or list groups: {_listing(known)}",
        )
    signed = [word for word in words if word[0] in "+-"]
    if signed and len(signed) != len(words):
        raise ToggleError(
            f"{name}={value!r} mixes signed and plain names",
            code="toggle-mixed",
            hint=f"write +a,-b to edit the baseline or a,b to replace it; the groups are {_listing(known)}",
        )
    names = [word[1:] if word in signed else word for word in words]
    _refuse_unknown(names, known, name)
    if not signed:
        sources.update(dict.fromkeys(known, f"{name}={value}"))
        return set(names)
    added = {word[1:] for word in signed if word[0] == "+"}
    removed = {word[1:] for word in signed if word[0] == "-"}
    if added & removed:
        raise ToggleError(
            f"{name}={value!r} both adds and removes '{min(added & removed)}'",
            code="toggle-contradiction",
            hint="keep one of the two",
        )
    sources.update(dict.fromkeys(added | removed, f"{name}={value}"))
    return (baseline | added) - removed


def _refuse_unknown(
    names: Iterable[str], known: Collection[str], source: str, place: Callable[[], Location | None] = lambda: None
) -> None:
    for name in names:
        if name not in known:
            guess = nearest(name, known)
            raise ToggleError(
                f"{source} names the group '{name}', which no feature belongs to",
                code="toggle-unknown",
                where=filter(None, [place()]),
                hint=f"{guess + ' ' if guess else ''}the groups are {_listing(known)}",
            )


def _listing(known: Collection[str]) -> str:
    return ", ".join(sorted(known)) or "none: no feature is under @config.when(enabled=...)"
