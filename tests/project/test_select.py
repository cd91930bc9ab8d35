from __future__ import annotations

import pytest

from candlewick.errors import SelectionError
from candlewick.project.node import Node
from candlewick.project.select import Selector


def node(name, model, *inputs, group=None, tags=None):
    return Node(name, "feature", model, "pd.Series", inputs, f"features/{model}.py", 1, group, tags=tags or {})


NODES = {
    each.name: each
    for each in (
        node("ret", "returns", "close"),
        node("vol_20", "volatility", "ret", group="volatility", tags={"horizon": "20"}),
        node("vol_60", "volatility", "ret", group="volatility"),
        node("vol_ratio", "volatility", "vol_20", "vol_60", group="volatility"),
        node("obv", "volume", "close", "volume", group="volume"),
        node("obv_z", "volume", "obv", group="volume"),
    )
}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ret", "ret"),
        ("vol_*", "vol_20 vol_60 vol_ratio"),
        ("volatility", "vol_20 vol_60 vol_ratio"),
        ("+vol_ratio", "ret vol_20 vol_60 vol_ratio"),
        ("1+vol_ratio", "vol_20 vol_60 vol_ratio"),
        ("ret+", "ret vol_20 vol_60 vol_ratio"),
        ("ret+1", "ret vol_20 vol_60"),
        ("1+vol_20+1", "ret vol_20 vol_ratio"),
        ("group:volume", "obv obv_z"),
        ("tag:horizon", "vol_20"),
        ("tag:horizon=20", "vol_20"),
        ("path:features/returns.py", "ret"),
        ("path:features", "ret vol_20 vol_60 vol_ratio obv obv_z"),
        ("column:volume", "obv"),
        ("column:volume+", "obv obv_z"),
        ("column:close+", "ret vol_20 vol_60 vol_ratio obv obv_z"),
        ("model:volume,obv*", "obv obv_z"),
        ("ret obv", "ret obv"),
        ("vol_*,+vol_ratio,tag:horizon", "vol_20"),
        ("state:modified", "obv_z"),
        ("state:modified ret", "ret obv_z"),
    ],
)
def test_grammar(words, expected):
    chosen = Selector(NODES, {"obv_z"}).select([words])
    assert " ".join(each.name for each in chosen) == expected


def test_exclude_and_everything():
    assert len(Selector(NODES).select()) == len(NODES)
    assert [each.name for each in Selector(NODES).select([], ["volatility volume"])] == ["ret"]


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        ("rett", "selection-no-match", "'ret'"),
        ("ret rett", "selection-no-match", "'ret'"),
        ("grup:volume", "selection-method", "'group'"),
        ("group:volum", "selection-no-match", "'volume'"),
        ("state:modifed", "selection-no-match", "'modified'"),
        ("path:feature/a.py", "selection-no-match", "did you mean 'features/"),
        ("kind:x", "selection-no-match", "kind: takes feature"),
        ("column:volme+", "selection-no-match", "'volume'"),
        ("++ret", "selection-syntax", ""),
        (" ", "selection-syntax", "leave --select out"),
        ("state:modified", "selection-empty", "--allow-empty"),
        ("ret,obv", "selection-empty", ""),
    ],
)
def test_nothing_selected_is_an_error(words, code, hint):
    with pytest.raises(SelectionError) as caught:
        Selector(NODES).select([words])
    assert caught.value.code == code
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2
    if code not in {"selection-method", "selection-syntax"}:
        assert Selector(NODES).select([words], allow_empty=True) in ((), Selector(NODES).select(["ret"]))


def test_a_project_in_which_nothing_is_on_is_told_what_to_do():
    with pytest.raises(SelectionError) as caught:
        Selector({}).select()
    assert (caught.value.code, "--enable" in caught.value.hint) == ("selection-empty", True)
