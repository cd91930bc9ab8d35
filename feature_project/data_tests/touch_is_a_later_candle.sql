-- A trade ends at a later candle of the same symbol, within ten candles
-- (HORIZON in labels/triple_barrier.py),
-- and its return has the sign of the barrier that was hit.
-- A data test returns the rows that offend: no row, no failure.
WITH numbered AS (
    SELECT symbol, ts, row_number() OVER (PARTITION BY symbol ORDER BY ts) AS number
    FROM candles
)
SELECT label.symbol, label.ts, label.tb_label, label.tb_touch_time, label.tb_return
FROM triple_barrier AS label
JOIN numbered AS entry ON entry.symbol = label.symbol AND entry.ts = label.ts
LEFT JOIN numbered AS touch ON touch.symbol = label.symbol AND touch.ts = label.tb_touch_time
WHERE label.tb_label IS NOT NULL
  AND NOT coalesce(
      touch.number BETWEEN entry.number + 1 AND entry.number + 10
      AND (label.tb_label = 0 OR sign(label.tb_return) = label.tb_label),
      false
  )
