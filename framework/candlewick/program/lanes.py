"""Rows of lanes to columns and back, in LLVM's language: ``gather`` brings candles in, ``lay`` brings results out.

Both take eight rows of eight lanes at a time where there are as many, turned over in the processor's registers, and go
value by value through what is left.
"""

from __future__ import annotations

EIGHT = 8
AHEAD = 128  # rows: candles are fetched from afar a block before they are needed
WIDE = "<8 x double>"
_STAGES = (  # which rows are paired, and which of their values are taken
    (1, (0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15)),
    (2, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
    (4, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
)


def functions(lanes: int) -> str:
    """The text of both, for a block of one lane or of eight."""
    if lanes == 1:
        return _by_value("lay") + _by_row()
    return "\n".join(_by_value(name) + _by_eight(name) for name in ("gather", "lay"))


def called(lanes: int, how: str) -> str:
    """The name of the function to call."""
    return f"{how}.{lanes}"


_ARGUMENTS = "ptr noalias %block, ptr noalias %t, i64 %at, i64 %n, i64 %lanes, double %nan"


def _by_value(name: str) -> str:
    """``n`` rows of ``lanes`` from ``block`` to ``at`` rows after where ``t`` says for each lane, or the other way."""
    source, to = ("%inside", "%out") if name == "lay" else ("%out", "%inside")
    return f"""
define internal void @{name}({_ARGUMENTS}) noinline nounwind {{
begin:
  %none = icmp eq i64 %n, 0
  br i1 %none, label %done, label %lane
lane:
  %l = phi i64 [ 0, %begin ], [ %l.next, %next ]
  %place = getelementptr i64, ptr %t, i64 %l
  %base = load ptr, ptr %place
  %column = getelementptr double, ptr %base, i64 %at
  br label %row
row:
  %i = phi i64 [ 0, %lane ], [ %i.next, %row ]
  %out = getelementptr double, ptr %column, i64 %i
  %rows = mul i64 %i, %lanes
  %k = add i64 %rows, %l
  %inside = getelementptr double, ptr %block, i64 %k
  %value = load double, ptr {source}
  %missing = fcmp uno double %value, 0.0
  %sound = select i1 %missing, double %nan, double %value
  store double %sound, ptr {to}
  %i.next = add nuw nsw i64 %i, 1
  %more = icmp ult i64 %i.next, %n
  br i1 %more, label %row, label %next
next:
  %l.next = add nuw nsw i64 %l, 1
  %again = icmp ult i64 %l.next, %lanes
  br i1 %again, label %lane, label %done
done:
  ret void
}}
"""


def _by_eight(name: str) -> str:
    """The same for eight lanes, eight rows at a time."""
    text = _begun(name, EIGHT)
    for k in range(EIGHT):
        text += [
            f"  %r{k} = add i64 %i, {k}",
            f"  %k{k} = shl i64 %r{k}, 3",
            f"  %inside{k} = getelementptr double, ptr %block, i64 %k{k}",
            f"  %out{k} = getelementptr double, ptr %c{k}, i64 %i",
        ]
    source, to = ("inside", "out") if name == "lay" else ("out", "inside")
    if name == "gather":
        text += [f"  %soon{k} = getelementptr double, ptr %out{k}, i64 {AHEAD}" for k in range(EIGHT)]
        text += [f"  call void @llvm.prefetch.p0(ptr %soon{k}, i32 0, i32 2, i32 1)" for k in range(EIGHT)]
    text += _sound([f"%{source}{k}" for k in range(EIGHT)])
    values = _turned([f"%x{k}" for k in range(EIGHT)], text)
    return "\n".join(text + _ended(name, EIGHT, {f"%{to}{k}": values[k] for k in range(EIGHT)})) + "\n"


def _by_row() -> str:
    """Results of the only lane, eight rows at a time."""
    text = _begun("lay", 1)
    text += ["  %inside = getelementptr double, ptr %block, i64 %i", "  %out = getelementptr double, ptr %c0, i64 %i"]
    return "\n".join([*text, *_sound(["%inside"]), *_ended("lay", 1, {"%out": "%x0"})]) + "\n"


def _begun(name: str, lanes: int) -> list[str]:
    """Up to the loop: where the columns are, and whether they begin with a cache line."""
    text = [
        f"define internal void @{name}.{lanes}({_ARGUMENTS}) noinline nounwind {{",
        "begin:",
        "  %one = insertelement <8 x double> poison, double %nan, i64 0",
        "  %nans = shufflevector <8 x double> %one, <8 x double> poison, <8 x i32> zeroinitializer",
        "  %bits.0 = add i64 0, 0",
    ]
    for lane in range(lanes):
        text += [
            f"  %p{lane} = getelementptr i64, ptr %t, i64 {lane}",
            f"  %b{lane} = load ptr, ptr %p{lane}",
            f"  %c{lane} = getelementptr double, ptr %b{lane}, i64 %at",
            f"  %address{lane} = ptrtoint ptr %c{lane} to i64",
            f"  %bits.{lane + 1} = or i64 %bits.{lane}, %address{lane}",
        ]
    return [
        *text,
        f"  %beside = and i64 %bits.{lanes}, 63",
        "  %straight = icmp eq i64 %beside, 0",
        "  %whole = and i64 %n, -8",
        "  %few = icmp eq i64 %whole, 0",
        "  br i1 %few, label %rest, label %loop",
        "loop:",
        "  %i = phi i64 [ 0, %begin ], [ %i.next, %again ]",
    ]


def _ended(name: str, lanes: int, stores: dict[str, str]) -> list[str]:
    """Eight rows are stored, results past the cache where whole lines of it are written; then the rows left over."""
    plain = [f"  store {WIDE} {value}, ptr {to}, align 8" for to, value in stores.items()]
    past = [f"  store {WIDE} {value}, ptr {to}, align 64, !nontemporal !2" for to, value in stores.items()]
    given = f"i64 %left, i64 {lanes}, double %nan"
    return [
        "  br i1 %straight, label %past, label %plain" if name == "lay" else "  br label %plain",
        "past:",
        *(past if name == "lay" else []),
        "  br label %again",
        "plain:",
        *plain,
        "  br label %again",
        "again:",
        "  %i.next = add nuw nsw i64 %i, 8",
        "  %more = icmp ult i64 %i.next, %whole",
        "  br i1 %more, label %loop, label %rest",
        "rest:",
        "  %left = and i64 %n, 7",
        f"  %done = mul i64 %whole, {lanes}",
        "  %block.rest = getelementptr double, ptr %block, i64 %done",
        "  %at.rest = add i64 %at, %whole",
        f"  call void @{name}(ptr %block.rest, ptr %t, i64 %at.rest, {given})",
        "  ret void",
        "}",
    ]


def _sound(sources: list[str]) -> list[str]:
    """``%x0`` and so on: eight values from each, with the one NaN for any; two at a time are asked for it."""
    text = [f"  %v{k} = load {WIDE}, ptr {source}, align 8" for k, source in enumerate(sources)]
    pairs = [f"%v{k}, %v{min(k + 1, len(sources) - 1)}" for k in range(0, len(sources), 2)]
    text += [f"  %pair{number} = fcmp uno {WIDE} {both}" for number, both in enumerate(pairs)]
    found = "%pair0"
    for number in range(1, len(pairs)):
        text.append(f"  %any{number} = or <8 x i1> {found}, %pair{number}")
        found = f"%any{number}"
    text += [
        f"  %missing = bitcast <8 x i1> {found} to i8",
        "  %clean = icmp eq i8 %missing, 0",
        "  br i1 %clean, label %sound, label %mend",
        "mend:",
    ]
    for k in range(len(sources)):
        text += [
            f"  %m{k} = fcmp uno {WIDE} %v{k}, zeroinitializer",
            f"  %w{k} = select <8 x i1> %m{k}, {WIDE} %nans, {WIDE} %v{k}",
        ]
    text += ["  br label %sound", "sound:"]
    return [*text, *(f"  %x{k} = phi {WIDE} [ %v{k}, %loop ], [ %w{k}, %mend ]" for k in range(len(sources)))]


def _turned(values: list[str], text: list[str]) -> list[str]:
    """Eight rows of eight values as eight columns."""
    for distance, low, high in _STAGES:
        turned = list(values)
        for first in (k for k in range(EIGHT) if not k & distance):
            pair = (values[first], values[first + distance])
            for to, mask in ((first, low), (first + distance, high)):
                turned[to] = f"%y{distance}{to}"
                picked = ", ".join(f"i32 {k}" for k in mask)
                text.append(f"  {turned[to]} = shufflevector {WIDE} {pair[0]}, {WIDE} {pair[1]}, <8 x i32> <{picked}>")
        values = turned
    return values
