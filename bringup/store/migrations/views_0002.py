"""The views of revision 0002 that are new, or say more than those of 0001. Frozen with it."""

# ruff: noqa: S608 - built from constants only

from __future__ import annotations

from .views_0001 import KNOBS, MARGINAL, OF_RUN, utc, word


def _date(column: str) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', {column})"


CHANGED = ("v_run", "v_measurement")

VIEWS = (
    f"""CREATE VIEW v_run AS SELECT
  run.id AS run_id, night.id AS night_id, night.name AS night, run.slot, run.serial_number AS sled, run.plan,
  run.product, {utc("run.began_ms")} AS began_utc, {utc("run.ended_ms")} AS ended_utc,
  {word("run.verdict")} AS verdict, run.cause, run.board_event_id
FROM run JOIN night ON night.id = run.night_id""",
    f"""CREATE VIEW v_measurement AS SELECT
  attempt.id AS attempt_id, run.id AS run_id, night.id AS night_id, night.name AS night, run.slot,
  run.serial_number AS sled, run.plan, attempt.point, attempt.number, {KNOBS} AS knobs,
  criterion.name, quantity.place, measurement.value, criterion.unit, criterion.low, criterion.high,
  {word("measurement.verdict")} AS verdict, {MARGINAL} AS marginal,
  {word("attempt.verdict")} AS attempt_verdict, criterion.limit_source, criterion.limit_version,
  criterion.requirement, run.board_event_id, {utc("attempt.ended_ms")} AS utc
FROM measurement JOIN quantity ON quantity.id = measurement.quantity_id
  JOIN criterion ON criterion.id = quantity.criterion_id JOIN attempt ON attempt.id = measurement.attempt_id
  JOIN run ON {OF_RUN} JOIN night ON night.id = run.night_id""",
    f"""CREATE VIEW v_board AS SELECT
  board.serial_number AS sled, board.product, {_date("board.first_seen_utc")} AS first_seen_utc,
  (SELECT count(*) FROM board_event WHERE board_event.serial_number = board.serial_number) AS entries,
  (SELECT count(DISTINCT night_id) FROM run WHERE run.serial_number = board.serial_number) AS nights,
  (SELECT max(night_id) FROM run WHERE run.serial_number = board.serial_number) AS last_night_id
FROM board""",
    f"""CREATE VIEW v_board_event AS
WITH RECURSIVE chain(entry_id, last_id, corrections) AS (
  SELECT id, id, 0 FROM board_event
  UNION ALL
  SELECT chain.entry_id, board_event.id, chain.corrections + 1
  FROM chain JOIN board_event ON board_event.corrects_id = chain.last_id)
SELECT
  board_event.id AS entry_id, board_event.serial_number AS sled, {_date("board_event.utc")} AS utc,
  board_event.kind, board_event.item, board_event.text, board_event.who, board_event.night_id, board_event.run_id,
  board_event.corrects_id, max(chain.corrections) % 2 = 0 AS stands, board_event.data
FROM board_event JOIN chain ON chain.entry_id = board_event.id
GROUP BY board_event.id""",
    f"""CREATE VIEW v_evidence AS SELECT
  evidence.id AS evidence_id, night.id AS night_id, night.name AS night, evidence.run_id, evidence.attempt_id,
  evidence.slot, run.serial_number AS sled, evidence.position, evidence.kind, {utc("evidence.at_ms")} AS utc,
  evidence.media_type, evidence.size, evidence.sha256, evidence.path, evidence.text
FROM evidence JOIN night ON night.id = evidence.night_id LEFT JOIN run ON run.id = evidence.run_id""",
)
