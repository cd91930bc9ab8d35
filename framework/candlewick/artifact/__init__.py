"""The artifact: one file that holds the program, its state and where it came from. Data only, never code."""

from candlewick.artifact.file import Artifact, decode, encode, payload_hash, read
from candlewick.artifact.payload import Column, Payload, SymbolState, is_state, program_hash

__all__ = [
    "Artifact",
    "Column",
    "Payload",
    "SymbolState",
    "decode",
    "encode",
    "is_state",
    "payload_hash",
    "program_hash",
    "read",
]
