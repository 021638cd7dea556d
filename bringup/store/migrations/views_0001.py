"""The views of revision 0001: words, UTC and knob values for a colleague with `sqlite3`. Frozen with it."""

# ruff: noqa: S608 - built from constants of this file only

from __future__ import annotations


def word(column: str) -> str:
    """A verdict's integer as its word."""
    words = ("NOT_RUN", "PASS", "INVALID", "FAIL", "ABORTED", "ERROR")
    cases = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(words))
    return f"CASE {column} {cases} END"


def utc(ms: str) -> str:
    """Lab milliseconds of a joined night as a date and time in UTC."""
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, ({ms} / 1000.0) || ' seconds')"


KNOBS = """(
  SELECT json_group_object(knob, value) FROM (
    SELECT axis.knob, axis_value.value FROM axis JOIN axis_value
      ON axis_value.run_id = axis.run_id AND axis_value.position = axis.position
      AND axis_value.idx = (attempt.point / axis.stride) % axis.count
    WHERE axis.run_id = attempt.run_id ORDER BY axis.position))"""

OF_RUN = """run.id = attempt.run_id
  AND attempt.id BETWEEN run.first_attempt_id AND coalesce(run.last_attempt_id, 9223372036854775807)"""

MARGINAL = """(measurement.verdict = 1 AND criterion.marginal > 0 AND (
    (criterion.low IS NOT NULL AND measurement.value < criterion.low + criterion.marginal)
    OR (criterion.high IS NOT NULL AND measurement.value > criterion.high - criterion.marginal)))"""

VIEWS = (
    f"""CREATE VIEW v_night AS SELECT
  night.id AS night_id, night.name AS night, station, {utc("0")} AS began_utc,
  {utc("night.ended_ms")} AS ended_utc, {word("night.verdict")} AS verdict, night.cause, operator, controller,
  version, virtual_time, seed, source.sha256 AS station_sha256
FROM night JOIN source ON source.id = night.station_source_id""",
    f"""CREATE VIEW v_run AS SELECT
  run.id AS run_id, night.id AS night_id, night.name AS night, run.slot, run.serial_number AS sled, run.plan,
  run.product, {utc("run.began_ms")} AS began_utc, {utc("run.ended_ms")} AS ended_utc,
  {word("run.verdict")} AS verdict, run.cause
FROM run JOIN night ON night.id = run.night_id""",
    f"""CREATE VIEW v_attempt AS SELECT
  attempt.id AS attempt_id, run.id AS run_id, night.id AS night_id, night.name AS night, run.slot,
  run.serial_number AS sled, run.plan, attempt.point, attempt.number, {KNOBS} AS knobs,
  {word("attempt.verdict")} AS verdict, attempt.cause, {utc("attempt.began_ms")} AS began_utc,
  {utc("attempt.ended_ms")} AS ended_utc, (attempt.ended_ms - attempt.began_ms) / 1000.0 AS seconds
FROM attempt JOIN run ON {OF_RUN} JOIN night ON night.id = run.night_id""",
    f"""CREATE VIEW v_measurement AS SELECT
  attempt.id AS attempt_id, run.id AS run_id, night.id AS night_id, night.name AS night, run.slot,
  run.serial_number AS sled, run.plan, attempt.point, attempt.number, {KNOBS} AS knobs,
  criterion.name, quantity.place, measurement.value, criterion.unit, criterion.low, criterion.high,
  {word("measurement.verdict")} AS verdict, {MARGINAL} AS marginal,
  {word("attempt.verdict")} AS attempt_verdict, criterion.limit_source, {utc("attempt.ended_ms")} AS utc
FROM measurement JOIN quantity ON quantity.id = measurement.quantity_id
  JOIN criterion ON criterion.id = quantity.criterion_id JOIN attempt ON attempt.id = measurement.attempt_id
  JOIN run ON {OF_RUN} JOIN night ON night.id = run.night_id""",
    f"""CREATE VIEW v_event AS SELECT
  event.id AS event_id, night.id AS night_id, night.name AS night, {utc("event.at_ms")} AS utc,
  event.slot, event.kind, event.message, event.data
FROM event JOIN night ON night.id = event.night_id""",
)
