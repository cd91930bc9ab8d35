"""The file: equal payloads are equal bytes, and whatever is not a sound artifact is one typed error."""

from __future__ import annotations

import json
import os
import pickle
import random
from dataclasses import replace

import numpy as np
import pytest
import safetensors
from hypothesis import given
from hypothesis import strategies as st

from candlewick.artifact import decode, encode, payload_hash, program_hash, read
from candlewick.artifact.file import _text_hash
from candlewick.artifact.strict import canonical
from candlewick.errors import ArtifactError

from ..effort import examples

CERTIFICATE = {"passed": True, "parts": ["causality"], "difference": 0.0}


@pytest.fixture(scope="module")
def payload(make_payload, make_candles):
    symbols = {"ETH": make_candles(60, 2), "BTC": make_candles(40, 1), "ödd/name": make_candles(10, 3)}
    return make_payload(
        lambda c: {"mean": c["close"].rolling(5).mean(), "ema": c["close"].ewm(span=4).mean()},
        lambda f: {"mean": (f["mean"] - 100.0) / 3.0},
        symbols,
        enabled=("trend",),
        toggle_sources={"trend": "wick.yml baseline"},
        fit={
            "output": "normalized",
            "settings": {},
            "fingerprint": "0" * 32,
            "findings": [],
            "parameters": {"center": {"columns": {"mean": "0x1.9000000000000p+6"}}},
            "window": {"train_end": 1_420_070_399_999, "rows": 100},
        },
        versions={"candlewick": "0.1.0"},
    )


def certified(payload):
    return {**CERTIFICATE, "payload_hash": payload_hash(payload.text(), payload.tensors())}


@pytest.fixture(scope="module")
def content(payload):
    return encode(payload, certified(payload))


def code_of(content) -> str:
    with pytest.raises(ArtifactError) as refused:
        decode(content)
    return refused.value.code


def test_nothing_is_lost(payload, content, tmp_path):
    (tmp_path / "a.wick").write_bytes(content)
    artifact = read(tmp_path / "a.wick")
    assert artifact.payload.text() == payload.text()
    assert artifact.certificate == certified(payload)
    assert encode(artifact.payload, artifact.certificate) == content
    for name, state in payload.symbols.items():
        again = artifact.payload.symbols[name]
        assert again.vector.tobytes() == state.vector.tobytes()
        assert (again.ts, again.longest_step, again.version) == (state.ts, state.longest_step, state.version)
    assert program_hash(artifact.payload) == program_hash(payload)
    assert decode(encode(payload)).certificate is None


def test_it_is_safetensors_to_anyone_else(content, payload, tmp_path):
    (tmp_path / "a.wick").write_bytes(content)
    with safetensors.safe_open(tmp_path / "a.wick", "numpy") as opened:
        assert set(opened.keys()) == {"states", "times"}
        assert json.loads(opened.metadata()["payload"])["project"] == "tiny"
        assert opened.get_tensor("states").shape == (3, payload.program.state_size)


def test_the_order_in_which_symbols_come_changes_nothing(payload, content):
    turned = replace(payload, symbols=dict(reversed(payload.symbols.items())))
    assert encode(turned, certified(payload)) == content


def parts(content):
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def whole(header, numbers, spaces=0):
    text = (header if isinstance(header, str) else json.dumps(header)).encode() + b" " * spaces
    return len(text).to_bytes(8, "little") + text + numbers


def edited(content, change, *, rehash=True):
    """The file with its payload's plain data changed, under hashes that are right again."""
    header, numbers = parts(content)
    metadata = header["__metadata__"]
    plain = json.loads(metadata["payload"])
    text = change(plain)
    metadata["payload"] = text if isinstance(text, str) else json.dumps(plain)
    if rehash:
        begin, end = header["states"]["data_offsets"]
        tensors = {"states": np.frombuffer(numbers[begin:end]), "times": np.frombuffer(numbers[end:])}
        metadata["payload_hash"] = payload_hash(metadata["payload"], tensors)
        metadata["certificate"], metadata["certificate_hash"] = "", _text_hash("")
    return whole(header, numbers)


def twice(content, key):
    header, numbers = parts(content)
    text = json.dumps(header)
    return whole(text.replace(f'"{key}": ', f'"{key}": 0, "{key}": ', 1), numbers)


def with_header(content, change):
    header, numbers = parts(content)
    change(header)
    return whole(header, numbers)


def with_certificate(content, text):
    def change(header):
        header["__metadata__"] |= {"certificate": text, "certificate_hash": _text_hash(text)}

    return with_header(content, change)


DAMAGE = {
    "empty": (lambda c: b"", "artifact-not-one"),
    "a picture": (lambda c: b"\x89PNG\r\n\x1a\n" + c, "artifact-not-one"),
    "a pickle": (lambda c: pickle.dumps({"payload": c}), "artifact-not-one"),
    "another safetensors file": (lambda c: whole({"x": {}}, b""), "artifact-schema"),
    "metadata of another program": (lambda c: whole({"__metadata__": {"format": "pt"}}, b""), "artifact-not-one"),
    "a huge header": (lambda c: (2**62).to_bytes(8, "little") + c[8:], "artifact-not-one"),
    "cut in the header": (lambda c: c[:100], "artifact-truncated"),
    "cut in the numbers": (lambda c: c[:-8], "artifact-truncated"),
    "longer": (lambda c: c + b"\0", "artifact-oversize"),
    "newer": (lambda c: c.replace(b'"artifact 1"', b'"artifact 2"'), "artifact-newer"),
    "no JSON": (lambda c: whole("{]", b""), "artifact-json"),
    "deep JSON": (lambda c: whole("{" + '"a":[' * 200_000, b""), "artifact-json"),
    "a key twice": (lambda c: twice(c, "states"), "artifact-duplicate-key"),
    "NaN": (lambda c: whole('{"a": NaN}', b""), "artifact-not-finite"),
    "infinity": (lambda c: whole('{"a": -Infinity}', b""), "artifact-not-finite"),
    "a tensor more": (lambda c: with_header(c, lambda h: h.update(code=h["states"])), "artifact-unknown-field"),
    "a tensor less": (lambda c: with_header(c, lambda h: h.pop("times")), "artifact-missing-field"),
    "metadata more": (lambda c: with_header(c, lambda h: h["__metadata__"].update(x="")), "artifact-unknown-field"),
    "metadata no text": (lambda c: with_header(c, lambda h: h["__metadata__"].update(payload=1)), "artifact-schema"),
    "not ASCII": (lambda c: with_header(c, lambda h: h["__metadata__"].update(payload="\ud800")), "artifact-header"),
    "another dtype": (lambda c: with_header(c, lambda h: h["states"].update(dtype="F32")), "artifact-header"),
    "another shape": (lambda c: with_header(c, lambda h: h["states"]["shape"].append(1)), "artifact-header"),
    "a negative shape": (lambda c: with_header(c, lambda h: h["times"].update(shape=[-3])), "artifact-header"),
    "overlapping": (lambda c: with_header(c, lambda h: h["times"].update(data_offsets=[0, 24])), "artifact-header"),
    "a number changed": (lambda c: c[:-30] + bytes([c[-30] ^ 1]) + c[-29:], "artifact-payload-hash"),
    "payload edited": (lambda c: edited(c, lambda p: p.update(gaps="error"), rehash=False), "artifact-payload-hash"),
    "certificate edited": (lambda c: c.replace(b"causality", b"casuality"), "artifact-certificate-hash"),
    "certificate of another": (lambda c: with_certificate(c, '{"payload_hash":"0"}'), "artifact-certificate"),
    "certificate no object": (lambda c: with_certificate(c, "[]"), "artifact-schema"),
    "certificate with NaN": (lambda c: with_certificate(c, '{"a":NaN}'), "artifact-not-finite"),
    "payload no JSON": (lambda c: edited(c, lambda p: "{"), "artifact-json"),
    "payload with a key twice": (lambda c: edited(c, lambda p: '{"a":1,"a":1}'), "artifact-duplicate-key"),
    "unknown field": (lambda c: edited(c, lambda p: p.update(code="print()")), "artifact-unknown-field"),
    "missing field": (lambda c: edited(c, lambda p: p.pop("lineage")), "artifact-missing-field"),
    "unknown operator": (
        lambda c: edited(c, lambda p: p["program"]["instructions"][0].update(operator="exec")),
        "program-unknown-operator",
    ),
    "newer program": (lambda c: edited(c, lambda p: p["program"].update(format=9)), "program-format"),
    "other kernels": (lambda c: edited(c, lambda p: p["kernels"].update(ewm_mean="0" * 32)), "artifact-kernels"),
    "kernels missing": (lambda c: edited(c, lambda p: p.update(kernels={})), "artifact-schema"),
    "unknown policy": (lambda c: edited(c, lambda p: p.update(gaps="ignore")), "artifact-schema"),
    "unhashable policy": (lambda c: edited(c, lambda p: p.update(gaps=[])), "artifact-schema"),
    "unknown interval": (lambda c: edited(c, lambda p: p.update(interval="1 fortnight")), "artifact-schema"),
    "renamed column": (lambda c: edited(c, lambda p: p["stages"]["output"][0].update(name="x")), "artifact-schema"),
    "negative warm-up": (lambda c: edited(c, lambda p: p["stages"]["output"][0].update(warm_up=-1)), "artifact-schema"),
    "a stage less": (lambda c: edited(c, lambda p: p["stages"].pop("output")), "artifact-missing-field"),
    "a symbol less": (lambda c: edited(c, lambda p: p["symbols"].pop()), "artifact-schema"),
    "symbols turned": (lambda c: edited(c, lambda p: p["symbols"].reverse()), "artifact-schema"),
    "not an object": (lambda c: edited(c, lambda p: "7"), "artifact-schema"),
    "a number of many digits": (lambda c: edited(c, lambda p: '{"a":' + "9" * 9999 + "}"), "artifact-json"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "code"), DAMAGE.values(), ids=list(DAMAGE))
def test_each_damage_has_its_code(content, damage, code):
    assert code_of(damage(content)) == code


def test_files_that_are_none(content, tmp_path, monkeypatch):
    def code(path) -> str:
        with pytest.raises(ArtifactError, match=r"Hint|a\.wick|cannot|not") as refused:
            read(path)
        return refused.value.code

    (tmp_path / "a.wick").write_bytes(content)
    (tmp_path / "link.wick").symlink_to(tmp_path / "a.wick")
    os.mkfifo(tmp_path / "pipe.wick")
    assert code(tmp_path / "none.wick") == "artifact-missing"
    assert code(tmp_path / "link.wick") == "artifact-symlink"
    assert code(tmp_path) == "artifact-not-a-file"
    assert code(tmp_path / "pipe.wick") == "artifact-not-a-file"
    assert code("a\0b") == "artifact-unreadable"
    assert code(tmp_path / "a.wick" / "b") == "artifact-unreadable"
    monkeypatch.setattr("candlewick.artifact.file.LARGEST", 10)
    assert code(tmp_path / "a.wick") == "artifact-oversize"


def mutation(content, rng) -> bytes:
    """The file cut, flipped, repeated, shuffled or with a header of other text."""
    header = 8 + int.from_bytes(content[:8], "little")
    at, to = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    spot = rng.randrange(header) if rng.random() < 0.5 else rng.randrange(len(content))
    byte = bytes([rng.randrange(256)])
    return rng.choice(
        [
            lambda: content[:at],
            lambda: content[:at] + content[to:],
            lambda: content[:to] + content[at:],
            lambda: content[:spot] + bytes([content[spot] ^ (1 << rng.randrange(8))]) + content[spot + 1 :],
            lambda: content[:spot] + byte + content[spot + 1 :],
            lambda: content[:spot] + byte + content[spot:],
            lambda: (
                content[:spot]
                + rng.choice([b'"', b"{", b"}", b"null", b"1e999", b"NaN", b"\\u0000", b","])
                + content[spot:]
            ),
            lambda: rng.randbytes(8) + content[8:],
        ]
    )()


def mutated(content, times, seed):
    rng = random.Random(seed)
    for _ in range(times):
        damaged = mutation(content, rng)
        if damaged == content:
            continue
        try:
            found = decode(damaged)
        except ArtifactError:
            continue
        # what is left is another spelling of the header: every value is the same
        assert encode(found.payload, found.certificate) == content


def test_hundreds_of_mutations(content):
    mutated(content, 400, 1)


@pytest.mark.slow
def test_ten_thousand_mutations(content):
    mutated(content, 10_000, 2)


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.text(max_size=3), st.just([]), st.just({}),
    st.sampled_from([2**31, 2**63, 10**30, 1.5, "0x1p9999", "close", "float", "output", "1m", "\x00"]),
)  # fmt: skip


@examples(300)
@given(st.data())
def test_an_edited_payload_under_right_hashes_is_an_error_or_sound(content, data):
    header, _ = parts(content)
    plain = json.loads(header["__metadata__"]["payload"])
    path = data.draw(st.sampled_from(sorted(filter(None, places(plain)), key=str)))
    value = data.draw(ODD)

    def change(p):
        at = p
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    try:
        found = decode(edited(content, change))
    except ArtifactError:
        return
    assert canonical(json.loads(found.payload.text())) == found.payload.text()
    assert found.payload.program.state_size < 2**28
    assert decode(encode(found.payload)).payload.text() == found.payload.text()


@pytest.mark.parametrize("damage", [damage for damage, _ in DAMAGE.values()], ids=list(DAMAGE))
def test_every_refusal_of_a_file_says_what_to_do(content, tmp_path, damage):
    (tmp_path / "a.wick").write_bytes(damage(content))
    with pytest.raises(ArtifactError) as refused:
        read(tmp_path / "a.wick")
    assert refused.value.hint
