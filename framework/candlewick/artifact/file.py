"""The file: safetensors, with the payload's text, two hashes and the certificate in its metadata.

What is read is judged before it is used: the file itself, the header, both hashes, and only then the values.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, deserialize

from candlewick.artifact.payload import Payload, payload_of
from candlewick.artifact.strict import canonical, mapping, parse, record, typed
from candlewick.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Arrays = Mapping[str, np.ndarray[Any, Any]]

FORMAT = 1
LARGEST = 4 * 2**30  # bytes of a file
LARGEST_HEADER = 100_000_000  # bytes; the limit of safetensors itself
DTYPES = {"states": ("F64", 2, "<f8"), "times": ("I64", 1, "<i8")}
METADATA = {"candlewick", "payload", "payload_hash", "certificate", "certificate_hash"}


@dataclass(frozen=True, eq=False)
class Artifact:
    """A file that has been read and found sound; ``certificate`` is None before there is one."""

    payload: Payload
    payload_hash: str
    certificate: dict[str, Any] | None


def encode(payload: Payload, certificate: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of an artifact: equal payloads and certificates give equal bytes."""
    tensors = payload.tensors()
    text = payload.text()
    judged = "" if certificate is None else canonical(certificate)
    metadata = {
        "candlewick": f"artifact {FORMAT}",
        "payload": text,
        "payload_hash": payload_hash(text, tensors),
        "certificate": judged,
        "certificate_hash": _text_hash(judged),
    }
    header: dict[str, Any] = {"__metadata__": metadata}
    at = 0
    for name, array in sorted(tensors.items()):
        header[name] = {
            "dtype": DTYPES[name][0], "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]
        }  # fmt: skip
        at += array.nbytes
    head = canonical(header).encode()
    head += b" " * (-len(head) % 8)  # the numbers begin at a multiple of eight
    return b"".join([len(head).to_bytes(8, "little"), head, *(array.tobytes() for _, array in sorted(tensors.items()))])


def payload_hash(text: str, tensors: Arrays) -> str:
    """BLAKE2b-256 of the payload's text and of its numbers, each with its length."""
    whole = hashlib.blake2b(digest_size=32)
    for part in (text.encode(), *(array.tobytes() for _, array in sorted(tensors.items()))):
        whole.update(len(part).to_bytes(8, "little"))
        whole.update(part)
    return whole.hexdigest()


def read(path: str | os.PathLike[str]) -> Artifact:
    """The artifact in a file.

    Errors: ArtifactError ``artifact-missing``, ``artifact-unreadable``, ``artifact-symlink``, ``artifact-not-a-file``,
    ``artifact-oversize``, and those of `decode`
    """
    try:
        return decode(_content(path))
    except ArtifactError as error:
        error.what = f"{os.fspath(path)}: {error.what}"
        error.hint = (
            error.hint or "name a file that `wick export` wrote; where it is one, copy it again, or export again"
        )
        raise


def decode(content: bytes) -> Artifact:
    """The artifact in the bytes of a file; the hashes are checked before any value is read.

    Errors: ArtifactError ``artifact-truncated``, ``artifact-oversize``, ``artifact-not-one``, ``artifact-newer``,
    ``artifact-header``, ``artifact-json``, ``artifact-duplicate-key``, ``artifact-not-finite``,
    ``artifact-unknown-field``, ``artifact-missing-field``, ``artifact-payload-hash``, ``artifact-certificate-hash``,
    ``artifact-certificate``, ``artifact-schema``, ``artifact-kernels``, and those of the program
    """
    metadata, tensors = _open(content)
    if payload_hash(metadata["payload"], tensors) != metadata["payload_hash"]:
        raise ArtifactError(
            "the payload does not have the hash that the file names: it was damaged or edited",
            code="artifact-payload-hash",
            hint="copy the file again, or export again",
        )
    if _text_hash(metadata["certificate"]) != metadata["certificate_hash"]:
        raise ArtifactError(
            "the certificate does not have the hash that the file names: it was damaged or edited",
            code="artifact-certificate-hash",
            hint="copy the file again, or export again",
        )
    certificate = _certificate(metadata)
    return Artifact(
        payload_of(parse(metadata["payload"], "the payload"), tensors), metadata["payload_hash"], certificate
    )


def _content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file, read through one handle."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as problem:
        raise _unopened(path, problem) from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ArtifactError("it is not a regular file", code="artifact-not-a-file")
        if status.st_size > LARGEST:
            raise ArtifactError(f"it has {status.st_size:,} bytes, more than {LARGEST:,}", code="artifact-oversize")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(LARGEST)
    except OSError as problem:
        raise ArtifactError(f"it cannot be read: {problem}", code="artifact-unreadable") from None
    finally:
        os.close(handle)


def _unopened(path: str | os.PathLike[str], problem: Exception) -> ArtifactError:
    if Path(path).is_symlink():
        return ArtifactError(
            "it is a symbolic link",
            code="artifact-symlink",
            hint="pass the file that it leads to: os.path.realpath(path)",
        )
    if isinstance(problem, FileNotFoundError):
        return ArtifactError("there is no such file", code="artifact-missing", hint="write it with `wick export`")
    return ArtifactError(f"it cannot be read: {problem}", code="artifact-unreadable")


def _open(content: bytes) -> tuple[dict[str, str], dict[str, np.ndarray[Any, Any]]]:
    """The metadata and the tensors of a file of the right shape."""
    length = int.from_bytes(content[:8], "little")
    if len(content) < 10 or content[8:9] != b"{" or length > LARGEST_HEADER:  # noqa: PLR2004 - a length and "{}"
        raise ArtifactError("it is not a candlewick artifact", code="artifact-not-one")
    if length > len(content) - 8:
        raise ArtifactError("it ends within its header", code="artifact-truncated", hint="copy the file again")
    header = typed(parse(content[8 : 8 + length], "the header"), dict, "the header")
    metadata = mapping(header.pop("__metadata__", None), str, "the metadata")
    word, _, version = metadata.get("candlewick", "").partition(" ")
    if word != "artifact" or not version.isdecimal():
        raise ArtifactError("it is not a candlewick artifact", code="artifact-not-one")
    if int(version[:9]) > FORMAT:
        raise ArtifactError(
            f"it has the format {version[:9]}, this candlewick reads {FORMAT}",
            code="artifact-newer",
            hint="upgrade candlewick",
        )
    record(metadata, METADATA, "the metadata")
    if not "".join(metadata.values()).isascii():
        raise ArtifactError("its metadata is not ASCII, as this format writes it", code="artifact-header")
    at = 0
    for name, entry in sorted(record(header, DTYPES, "the header").items()):
        at = _entry(name, entry, at)
    if at != len(content) - 8 - length:
        late = at < len(content) - 8 - length
        raise ArtifactError(
            f"its numbers take {len(content) - 8 - length:,} bytes, where the header names {at:,}",
            code="artifact-oversize" if late else "artifact-truncated",
            hint="copy the file again",
        )
    try:
        parts = dict(deserialize(content))  # type: ignore[no-untyped-call]
    except SafetensorError as problem:
        raise ArtifactError(f"it is not sound safetensors: {problem}", code="artifact-header") from None
    return metadata, {
        name: np.frombuffer(parts[name]["data"], dtype).reshape(parts[name]["shape"])
        for name, (_, _, dtype) in DTYPES.items()
    }


def _entry(name: str, entry: Any, at: int) -> int:
    """Where a tensor ends that begins at ``at``."""
    dtype, dimensions, _ = DTYPES[name]
    plain = record(entry, {"dtype", "shape", "data_offsets"}, f"the tensor {name}")
    shape = [typed(size, int, f"the shape of {name}") for size in typed(plain["shape"], list, f"the shape of {name}")]
    size = 8
    for each in shape:
        size *= each
    if (
        plain["dtype"] != dtype
        or len(shape) != dimensions
        or min(shape) < 0
        or plain["data_offsets"] != [at, at + size]
    ):
        raise ArtifactError(f"the header describes the tensor {name} in another way", code="artifact-header")
    return at + size


def _certificate(metadata: Mapping[str, str]) -> dict[str, Any] | None:
    if not metadata["certificate"]:
        return None
    certificate: dict[str, Any] = typed(parse(metadata["certificate"], "the certificate"), dict, "the certificate")
    if certificate.get("payload_hash") != metadata["payload_hash"]:
        raise ArtifactError("the certificate is that of another payload", code="artifact-certificate")
    return certificate


def _text_hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()
