"""Thrift's compact protocol, as much of it as Parquet's headers need: structs of numbers, texts, structs and lists.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT = 1, 2, 5, 6, 8, 9, 12

_LOW_BITS = 0x7F

Field = tuple[int, int, bytes]
"""Number, type and content of a field."""


def struct(*fields: Field) -> bytes:
    """A struct of fields in rising order of their numbers.

    >>> struct(integer(1, I32, 3), text(4, "a")).hex()
    '150638016100'
    """
    found = bytearray()
    last = 0
    for number, kind, content in fields:
        found.append((number - last) << 4 | kind)
        found += content
        last = number
    found.append(0)
    return bytes(found)


def integer(number: int, kind: int, value: int) -> Field:
    """A whole number."""
    return number, kind, _zigzag(value)


def truth(number: int, value: bool) -> Field:
    """A truth value: its type says it all."""
    return number, TRUE if value else FALSE, b""


def binary(number: int, value: bytes) -> Field:
    """Bytes."""
    return number, BINARY, varint(len(value)) + value


def text(number: int, value: str) -> Field:
    """A text, in UTF-8."""
    return binary(number, value.encode())


def structs(number: int, items: Sequence[bytes]) -> Field:
    """A list of structs."""
    return number, LIST, _sized(STRUCT, len(items)) + b"".join(items)


def integers(number: int, items: Sequence[int]) -> Field:
    """A list of whole numbers of 32 bits."""
    return number, LIST, _sized(I32, len(items)) + b"".join(map(_zigzag, items))


def texts(number: int, items: Sequence[str]) -> Field:
    """A list of texts."""
    return number, LIST, _sized(BINARY, len(items)) + b"".join(text(0, each)[2] for each in items)


def varint(value: int) -> bytes:
    """A number of no sign, seven bits to the byte.

    >>> varint(300).hex()
    'ac02'
    """
    found = bytearray()
    while value > _LOW_BITS:
        found.append(value & _LOW_BITS | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _zigzag(value: int) -> bytes:
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _sized(kind: int, count: int) -> bytes:
    return bytes([count << 4 | kind]) if count < 15 else bytes([0xF0 | kind]) + varint(count)  # noqa: PLR2004
