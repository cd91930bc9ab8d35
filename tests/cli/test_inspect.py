from __future__ import annotations


def test_a_lineage_that_cannot_be_written_is_said_so(tiny, call):
    project = tiny("def up(close: pd.Series) -> pd.Series:\n    return close.diff()\n")
    written = call(project.root, "lineage", "--output", "html", "--out", "lineage.html")
    assert (written.returncode, written.stdout) == (0, "Wrote lineage.html\n")
    refused = call(project.root, "lineage", "--out", "nowhere/lineage.html")
    assert refused.returncode == 2
    assert "Error [lineage-out]: nowhere/lineage.html cannot be written: No such file or directory" in refused.stderr
