"""`wick lineage`: who needs a node, in words a reader of features expects."""

from __future__ import annotations

from candlewick.commands.lineage import as_tree, lineage

FILES = {
    "features/moves.py": """
        from hamilton.function_modifiers import check_output

        def move(close: pd.Series) -> pd.Series:
            return close.diff()

        @check_output(range=(-1e9, 1e9), importance="warn")
        def calm(move: pd.Series) -> pd.Series:
            return move.rolling(3).mean()
        """,
    "labels/next.py": "def after(move: pd.Series) -> pd.Series:\n    return move.shift(-1)\n",
    "fit/centre.py": """
        def mean(train: pd.DataFrame) -> pd.Series:
            return train.mean()

        def inner(features: pd.DataFrame) -> pd.DataFrame:
            return features * 1.0

        def normalized(inner: pd.DataFrame, mean: pd.Series) -> pd.DataFrame:
            return inner - mean
        """,
}


def needed_by(project, name):
    return as_tree(lineage(project), name).splitlines()[-2].removeprefix("needed by: ")


def test_of_the_fit_a_feature_is_told_what_it_hands_on(tiny):
    project = tiny(FILES)
    assert needed_by(project, "move") == "after, calm, normalized (fit)"
    assert needed_by(project, "close") == "after, calm, move, normalized (fit)"
    assert needed_by(project, "train") == "mean, normalized"
    assert needed_by(project, "inner") == "normalized"
    assert needed_by(project, "after") == "nothing"
