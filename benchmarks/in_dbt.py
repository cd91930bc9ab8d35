"""The same features as incremental models of dbt-duckdb, as two kinds of users write them.

Naive: the usual pattern, rows later than the last one. Fair: with a warm-up by hand, for every model the rows that its
windows reach back to, read and then left out again. dbt knows neither which models an edit reaches in what they hold,
nor that an old candle changed: after an edit its user asks for ``--full-refresh`` of a selection, as done here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from benchmarks.projects import Cost, command
from benchmarks.windows import queries

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

CANDLES = """{{ config(materialized='incremental', unique_key=['symbol', 'ts'], incremental_strategy='append') }}
SELECT parse_filename(filename, true) AS symbol, * EXCLUDE (filename)
FROM read_parquet('SEEDS/*.parquet', filename=true)
{% if is_incremental() %} WHERE ts > (SELECT max(ts) FROM {{ this }}) {% endif %}
"""
MODEL = """{{ config(materialized='incremental', incremental_strategy='append'ENABLED) }}
WITH latest AS (SELECT {% if is_incremental() %} max(ts) AS ts FROM {{ this }} {% else %} NULL AS ts {% endif %}),
known AS (SELECT * FROM SOURCE {% if is_incremental() %} WHERE FILTER {% endif %})
SELECT * FROM (SELECT symbol, ts, COLUMNS FROM known)
{% if is_incremental() %} WHERE ts > (SELECT latest.ts FROM latest) {% endif %}
"""
NAIVE = "ts > (SELECT latest.ts FROM latest)"


def write_project(root: Path, seeds: Path, *, warm_up: bool, minutes: int) -> None:
    """A dbt project under ``root`` over the same Parquet files, ``minutes`` from one candle to the next."""
    (root / "models").mkdir(parents=True)
    flags = {"send_anonymous_usage_stats": False}
    project = {"name": "bench", "version": "1.0.0", "profile": "bench", "flags": flags}
    output = {"type": "duckdb", "path": str(root / "dbt.duckdb"), "threads": os.cpu_count()}
    (root / "dbt_project.yml").write_text(json.dumps(project))
    (root / "profiles.yml").write_text(json.dumps({"bench": {"target": "dev", "outputs": {"dev": output}}}))
    (root / "models" / "candles.sql").write_text(CANDLES.replace("SEEDS", str(seeds)))
    write_models(root, warm_up=warm_up, minutes=minutes)


def write_models(root: Path, *, warm_up: bool, minutes: int, lagged: int = 1, smoothed: int = 10) -> None:
    """The models, with the constants of an edit."""
    for name, (source, columns, back) in queries(lagged, smoothed).items():
        refs = {other: f"{{{{ ref('{other}') }}}}" for other in (*queries(), "candles")}
        read = source.format(**refs) if source.startswith("(") else refs[source]
        past = f"ts >= (SELECT latest.ts FROM latest) - INTERVAL {back * minutes} MINUTE"  # noqa: S608
        text = MODEL.replace("ENABLED", ", enabled=var('extra', false)" if name == "extra" else "")
        text = text.replace("SOURCE", read).replace("FILTER", past if warm_up else NAIVE)
        text = text.replace("COLUMNS", ", ".join(f"{sql} AS {column}" for column, sql in columns.items()))
        (root / "models" / f"{name}.sql").write_text(text)


def dbt(root: Path, program: str, *words: str) -> Cost:
    """What a dbt command costs."""
    return command(root, program, "--quiet", "--no-use-colors", "run", "--profiles-dir", ".", *words)


def installed(given: str) -> str | None:
    """The dbt command to use, when there is one."""
    return shutil.which(given)


def versions(program: str) -> str:
    """The versions of dbt and its adapter, as a sentence for the page."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"- (installed|duckdb): +([\d.]+)", said)
    return ", ".join(f"dbt-{name.replace('installed', 'core')} {number}" for name, number in found) + ". "


def wrong_rows(root: Path, truth: dict[str, pd.DataFrame], first: pd.Timestamp) -> tuple[int, int]:
    """Rows of any model, from ``first`` on, with a value that differs from the truth by more than rounding; all rows.

    Errors: SystemExit when rows before ``first``, which no increment wrote, differ: then the SQL says something else.
    """
    wrong = rows = 0
    with duckdb.connect(str(root / "dbt.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for model, right in truth.items():
            found = connection.table(model).df()
            both = right.merge(found, on=["symbol", "ts"], how="outer", suffixes=("", "_dbt"), indicator=True)
            bad = (both["_merge"] != "both").to_numpy(copy=True)
            for column in right.columns.drop(["symbol", "ts"]):
                ours, theirs = (both[name].to_numpy(np.float64, na_value=np.nan) for name in (column, f"{column}_dbt"))
                near = np.isclose(ours, theirs, rtol=1e-6, atol=1e-9 * np.nanmax(abs(ours)), equal_nan=True)
                bad |= ~near
            appended = (both["ts"] >= first).to_numpy()
            if (bad & ~appended).any():
                raise SystemExit(f"{model}: SQL and pandas disagree\n{both[bad & ~appended].head()}")
            wrong, rows = wrong + int((bad & appended).sum()), rows + int(appended.sum())
    return wrong, rows
