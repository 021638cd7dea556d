-- A journal of schema 0001 with one night that its process never ended. Frozen: see test_journal_migrations.py
PRAGMA application_id = 1651666535;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempt (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	point BIGINT NOT NULL, 
	number INTEGER NOT NULL, 
	began_ms BIGINT NOT NULL, 
	ended_ms BIGINT, 
	verdict INTEGER, 
	cause TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_attempt PRIMARY KEY (id), 
	CONSTRAINT ck_attempt_ends_whole CHECK ((ended_ms IS NULL) = (verdict IS NULL)), 
	CONSTRAINT fk_attempt_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "attempt" VALUES(1,1,0,1,2000,9500,1,'');
CREATE TABLE axis (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	knob TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	stride BIGINT NOT NULL, 
	count INTEGER NOT NULL, 
	edge DOUBLE, 
	CONSTRAINT pk_axis PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_axis_run_id FOREIGN KEY(run_id) REFERENCES run (id)
)
 WITHOUT ROWID

;
INSERT INTO "axis" VALUES(1,0,'coolant','degC',3,2,NULL);
INSERT INTO "axis" VALUES(1,1,'vdd_core','V',1,3,0.7);
CREATE TABLE axis_value (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	idx INTEGER NOT NULL, 
	value DOUBLE NOT NULL, 
	CONSTRAINT pk_axis_value PRIMARY KEY (run_id, position, idx), 
	CONSTRAINT fk_axis_value_run_id FOREIGN KEY(run_id, position) REFERENCES axis (run_id, position)
)
 WITHOUT ROWID

;
INSERT INTO "axis_value" VALUES(1,0,0,20.0);
INSERT INTO "axis_value" VALUES(1,0,1,45.0);
INSERT INTO "axis_value" VALUES(1,1,0,0.75);
INSERT INTO "axis_value" VALUES(1,1,1,0.7);
INSERT INTO "axis_value" VALUES(1,1,2,0.65);
CREATE TABLE criterion (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	low DOUBLE, 
	high DOUBLE, 
	marginal DOUBLE NOT NULL, 
	limit_source TEXT NOT NULL, 
	CONSTRAINT pk_criterion PRIMARY KEY (id)
);
INSERT INTO "criterion" VALUES(1,'gemm.errors','',NULL,0.0,0.0,'workload');
INSERT INTO "criterion" VALUES(2,'vdd_core','V',0.6,0.9,0.01,'datasheet');
CREATE TABLE event (
	id INTEGER NOT NULL, 
	night_id INTEGER NOT NULL, 
	at_ms BIGINT NOT NULL, 
	slot TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	message TEXT NOT NULL, 
	data JSON NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (id), 
	CONSTRAINT fk_event_night_id FOREIGN KEY(night_id) REFERENCES night (id)
);
CREATE TABLE heartbeat (
	night_id INTEGER NOT NULL, 
	wall_utc DATETIME NOT NULL, 
	lab_ms BIGINT NOT NULL, 
	pid INTEGER NOT NULL, 
	CONSTRAINT pk_heartbeat PRIMARY KEY (night_id), 
	CONSTRAINT fk_heartbeat_night_id FOREIGN KEY(night_id) REFERENCES night (id)
);
CREATE TABLE live (
	night_id INTEGER NOT NULL, 
	slot TEXT NOT NULL, 
	serial_number TEXT NOT NULL, 
	state TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	point BIGINT NOT NULL, 
	points BIGINT NOT NULL, 
	volts DOUBLE, 
	hertz DOUBLE, 
	celsius DOUBLE, 
	watts DOUBLE, 
	sampled_ms BIGINT, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_live PRIMARY KEY (night_id, slot), 
	CONSTRAINT fk_live_night_id FOREIGN KEY(night_id) REFERENCES night (id)
)
 WITHOUT ROWID

;
CREATE TABLE measurement (
	attempt_id INTEGER NOT NULL, 
	quantity_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	value DOUBLE NOT NULL, 
	verdict INTEGER NOT NULL, 
	CONSTRAINT pk_measurement PRIMARY KEY (attempt_id, quantity_id), 
	CONSTRAINT fk_measurement_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempt (id), 
	CONSTRAINT fk_measurement_quantity_id FOREIGN KEY(quantity_id) REFERENCES quantity (id)
)
 WITHOUT ROWID

;
INSERT INTO "measurement" VALUES(1,1,0,0.0,1);
INSERT INTO "measurement" VALUES(1,2,1,0.75,1);
INSERT INTO "measurement" VALUES(1,3,2,0.75,1);
CREATE TABLE night (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	station TEXT NOT NULL, 
	station_source_id INTEGER NOT NULL, 
	began_utc DATETIME NOT NULL, 
	virtual_time BOOLEAN NOT NULL, 
	deadline_ms BIGINT, 
	operator TEXT NOT NULL, 
	controller TEXT NOT NULL, 
	version TEXT NOT NULL, 
	seed BIGINT, 
	ended_ms BIGINT, 
	verdict INTEGER, 
	cause TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_night PRIMARY KEY (id), 
	CONSTRAINT ck_night_ends_whole CHECK ((ended_ms IS NULL) = (verdict IS NULL)), 
	CONSTRAINT fk_night_station_source_id FOREIGN KEY(station_source_id) REFERENCES source (id)
);
INSERT INTO "night" VALUES(1,'night 1','lab.toml',1,'2026-03-07 19:00:00.123456',1,45000500,'mk','lab-pc-3','0.1.0',42,NULL,NULL,'');
CREATE TABLE quantity (
	id INTEGER NOT NULL, 
	criterion_id INTEGER NOT NULL, 
	place TEXT NOT NULL, 
	CONSTRAINT pk_quantity PRIMARY KEY (id), 
	CONSTRAINT fk_quantity_criterion_id FOREIGN KEY(criterion_id) REFERENCES criterion (id), 
	CONSTRAINT uq_quantity_criterion_id UNIQUE (criterion_id, place)
);
INSERT INTO "quantity" VALUES(1,1,'');
INSERT INTO "quantity" VALUES(2,2,'chip1');
INSERT INTO "quantity" VALUES(3,2,'chip0');
CREATE TABLE run (
	id INTEGER NOT NULL, 
	night_id INTEGER NOT NULL, 
	slot TEXT NOT NULL, 
	serial_number TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	plan_source_id INTEGER NOT NULL, 
	product TEXT NOT NULL, 
	product_source_id INTEGER NOT NULL, 
	began_ms BIGINT NOT NULL, 
	first_attempt_id INTEGER NOT NULL, 
	last_attempt_id INTEGER, 
	ended_ms BIGINT, 
	verdict INTEGER, 
	cause TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT ck_run_ends_whole CHECK ((ended_ms IS NULL) = (verdict IS NULL)), 
	CONSTRAINT fk_run_night_id FOREIGN KEY(night_id) REFERENCES night (id), 
	CONSTRAINT fk_run_plan_source_id FOREIGN KEY(plan_source_id) REFERENCES source (id), 
	CONSTRAINT fk_run_product_source_id FOREIGN KEY(product_source_id) REFERENCES source (id)
);
INSERT INTO "run" VALUES(1,1,'slot1','SN-slot1','vmin_map',2,'sled',3,1250,1,NULL,NULL,NULL,'');
CREATE TABLE run_criterion (
	run_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	criterion_id INTEGER NOT NULL, 
	CONSTRAINT pk_run_criterion PRIMARY KEY (run_id, position), 
	CONSTRAINT fk_run_criterion_run_id FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT fk_run_criterion_criterion_id FOREIGN KEY(criterion_id) REFERENCES criterion (id)
)
 WITHOUT ROWID

;
INSERT INTO "run_criterion" VALUES(1,0,1);
INSERT INTO "run_criterion" VALUES(1,1,2);
CREATE TABLE schema_change (
	id INTEGER NOT NULL, 
	revision VARCHAR(32) NOT NULL, 
	bringup_version TEXT NOT NULL, 
	applied_utc DATETIME NOT NULL, 
	CONSTRAINT pk_schema_change PRIMARY KEY (id)
);
INSERT INTO "schema_change" VALUES(1,'0001','0.1.0','2026-11-22 01:55:30.115939');
CREATE TABLE source (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	kind TEXT NOT NULL, 
	path TEXT NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_source PRIMARY KEY (id), 
	CONSTRAINT uq_source_sha256 UNIQUE (sha256)
);
INSERT INTO "source" VALUES(1,'bd2731b0eca909ee1f842ae318b66e088eb9472f8f47596b6099a458efb2e323','station','lab.toml','# the lab
');
INSERT INTO "source" VALUES(2,'1b4c110310f01ea75431f0ffc957b78d90ae11f39c0c1f19e68c9a8de26d5a60','plan','vmin_map.py','# a plan
');
INSERT INTO "source" VALUES(3,'a7874270ff3c8839cb3d5810bfb1b220a77ee8d2a2978bc267854024aebaf38a','product','sled.toml','# a product
');
CREATE INDEX ix_run_night_id ON run (night_id);
CREATE INDEX ix_criterion_name ON criterion (name);
CREATE INDEX ix_event_night_id ON event (night_id);
CREATE TRIGGER source_stays BEFORE DELETE ON source WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a source row is never deleted'); END;
CREATE TRIGGER source_is_not_replaced BEFORE INSERT ON source WHEN EXISTS (SELECT 1 FROM source WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'evidence: this source row exists already'); END;
CREATE TRIGGER source_is_final BEFORE UPDATE ON source WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a source row is never changed'); END;
CREATE TRIGGER night_stays BEFORE DELETE ON night WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a night row is never deleted'); END;
CREATE TRIGGER night_is_not_replaced BEFORE INSERT ON night WHEN EXISTS (SELECT 1 FROM night WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'evidence: this night row exists already'); END;
CREATE TRIGGER night_began BEFORE UPDATE OF id, name, station, station_source_id, began_utc, virtual_time, deadline_ms, operator, controller, version, seed ON night WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: the start of a night is not changed'); END;
CREATE TRIGGER night_ended BEFORE UPDATE ON night WHEN OLD.ended_ms IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this night has ended and is not changed any more'); END;
CREATE TRIGGER run_stays BEFORE DELETE ON run WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a run row is never deleted'); END;
CREATE TRIGGER run_is_not_replaced BEFORE INSERT ON run WHEN EXISTS (SELECT 1 FROM run WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'evidence: this run row exists already'); END;
CREATE TRIGGER run_began BEFORE UPDATE OF id, night_id, slot, serial_number, plan, plan_source_id, product, product_source_id, began_ms, first_attempt_id ON run WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: the start of a run is not changed'); END;
CREATE TRIGGER run_ended BEFORE UPDATE ON run WHEN OLD.ended_ms IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this run has ended and is not changed any more'); END;
CREATE TRIGGER axis_stays BEFORE DELETE ON axis WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a axis row is never deleted'); END;
CREATE TRIGGER axis_is_not_replaced BEFORE INSERT ON axis WHEN EXISTS (SELECT 1 FROM axis WHERE run_id = NEW.run_id AND position = NEW.position) BEGIN SELECT RAISE(ABORT, 'evidence: this axis row exists already'); END;
CREATE TRIGGER axis_is_final BEFORE UPDATE ON axis WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a axis row is never changed'); END;
CREATE TRIGGER axis_value_stays BEFORE DELETE ON axis_value WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a axis_value row is never deleted'); END;
CREATE TRIGGER axis_value_is_not_replaced BEFORE INSERT ON axis_value WHEN EXISTS (SELECT 1 FROM axis_value WHERE run_id = NEW.run_id AND position = NEW.position AND idx = NEW.idx) BEGIN SELECT RAISE(ABORT, 'evidence: this axis_value row exists already'); END;
CREATE TRIGGER axis_value_is_final BEFORE UPDATE ON axis_value WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a axis_value row is never changed'); END;
CREATE TRIGGER criterion_stays BEFORE DELETE ON criterion WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a criterion row is never deleted'); END;
CREATE TRIGGER criterion_is_not_replaced BEFORE INSERT ON criterion WHEN EXISTS (SELECT 1 FROM criterion WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'evidence: this criterion row exists already'); END;
CREATE TRIGGER criterion_is_final BEFORE UPDATE ON criterion WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a criterion row is never changed'); END;
CREATE TRIGGER run_criterion_stays BEFORE DELETE ON run_criterion WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a run_criterion row is never deleted'); END;
CREATE TRIGGER run_criterion_is_not_replaced BEFORE INSERT ON run_criterion WHEN EXISTS (SELECT 1 FROM run_criterion WHERE run_id = NEW.run_id AND position = NEW.position) BEGIN SELECT RAISE(ABORT, 'evidence: this run_criterion row exists already'); END;
CREATE TRIGGER run_criterion_is_final BEFORE UPDATE ON run_criterion WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a run_criterion row is never changed'); END;
CREATE TRIGGER quantity_stays BEFORE DELETE ON quantity WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a quantity row is never deleted'); END;
CREATE TRIGGER quantity_is_not_replaced BEFORE INSERT ON quantity WHEN EXISTS (SELECT 1 FROM quantity WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'evidence: this quantity row exists already'); END;
CREATE TRIGGER quantity_is_final BEFORE UPDATE ON quantity WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a quantity row is never changed'); END;
CREATE TRIGGER attempt_stays BEFORE DELETE ON attempt WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a attempt row is never deleted'); END;
CREATE TRIGGER attempt_is_not_replaced BEFORE INSERT ON attempt WHEN EXISTS (SELECT 1 FROM attempt WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'evidence: this attempt row exists already'); END;
CREATE TRIGGER attempt_began BEFORE UPDATE OF id, run_id, point, number, began_ms ON attempt WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: the start of a attempt is not changed'); END;
CREATE TRIGGER attempt_ended BEFORE UPDATE ON attempt WHEN OLD.ended_ms IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this attempt has ended and is not changed any more'); END;
CREATE TRIGGER measurement_stays BEFORE DELETE ON measurement WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a measurement row is never deleted'); END;
CREATE TRIGGER measurement_is_final BEFORE UPDATE ON measurement WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a measurement row is never changed'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a event row is never deleted'); END;
CREATE TRIGGER event_is_not_replaced BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'evidence: this event row exists already'); END;
CREATE TRIGGER event_is_final BEFORE UPDATE ON event WHEN 1 BEGIN SELECT RAISE(ABORT, 'evidence: a event row is never changed'); END;
CREATE TRIGGER run_in_open_night BEFORE INSERT ON run WHEN (SELECT ended_ms FROM night WHERE id = NEW.night_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this night has ended and nothing is added to it any more'); END;
CREATE TRIGGER attempt_in_open_run BEFORE INSERT ON attempt WHEN (SELECT ended_ms FROM run WHERE id = NEW.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this run has ended and nothing is added to it any more'); END;
CREATE TRIGGER measurement_in_open_attempt BEFORE INSERT ON measurement WHEN (SELECT ended_ms FROM attempt WHERE id = NEW.attempt_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this attempt has ended and nothing is added to it any more'); END;
CREATE TRIGGER axis_in_open_run BEFORE INSERT ON axis WHEN (SELECT ended_ms FROM run WHERE id = NEW.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this run has ended and nothing is added to it any more'); END;
CREATE TRIGGER axis_value_in_open_run BEFORE INSERT ON axis_value WHEN (SELECT ended_ms FROM run WHERE id = NEW.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this run has ended and nothing is added to it any more'); END;
CREATE TRIGGER run_criterion_in_open_run BEFORE INSERT ON run_criterion WHEN (SELECT ended_ms FROM run WHERE id = NEW.run_id) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'evidence: this run has ended and nothing is added to it any more'); END;
CREATE VIEW v_night AS SELECT
  night.id AS night_id, night.name AS night, station, strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (0 / 1000.0) || ' seconds') AS began_utc,
  strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (night.ended_ms / 1000.0) || ' seconds') AS ended_utc, CASE night.verdict WHEN 0 THEN 'NOT_RUN' WHEN 1 THEN 'PASS' WHEN 2 THEN 'INVALID' WHEN 3 THEN 'FAIL' WHEN 4 THEN 'ABORTED' WHEN 5 THEN 'ERROR' END AS verdict, night.cause, operator, controller,
  version, virtual_time, seed, source.sha256 AS station_sha256
FROM night JOIN source ON source.id = night.station_source_id;
CREATE VIEW v_run AS SELECT
  run.id AS run_id, night.id AS night_id, night.name AS night, run.slot, run.serial_number AS sled, run.plan,
  run.product, strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (run.began_ms / 1000.0) || ' seconds') AS began_utc, strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (run.ended_ms / 1000.0) || ' seconds') AS ended_utc,
  CASE run.verdict WHEN 0 THEN 'NOT_RUN' WHEN 1 THEN 'PASS' WHEN 2 THEN 'INVALID' WHEN 3 THEN 'FAIL' WHEN 4 THEN 'ABORTED' WHEN 5 THEN 'ERROR' END AS verdict, run.cause
FROM run JOIN night ON night.id = run.night_id;
CREATE VIEW v_attempt AS SELECT
  attempt.id AS attempt_id, run.id AS run_id, night.id AS night_id, night.name AS night, run.slot,
  run.serial_number AS sled, run.plan, attempt.point, attempt.number, (
  SELECT json_group_object(knob, value) FROM (
    SELECT axis.knob, axis_value.value FROM axis JOIN axis_value
      ON axis_value.run_id = axis.run_id AND axis_value.position = axis.position
      AND axis_value.idx = (attempt.point / axis.stride) % axis.count
    WHERE axis.run_id = attempt.run_id ORDER BY axis.position)) AS knobs,
  CASE attempt.verdict WHEN 0 THEN 'NOT_RUN' WHEN 1 THEN 'PASS' WHEN 2 THEN 'INVALID' WHEN 3 THEN 'FAIL' WHEN 4 THEN 'ABORTED' WHEN 5 THEN 'ERROR' END AS verdict, attempt.cause, strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (attempt.began_ms / 1000.0) || ' seconds') AS began_utc,
  strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (attempt.ended_ms / 1000.0) || ' seconds') AS ended_utc, (attempt.ended_ms - attempt.began_ms) / 1000.0 AS seconds
FROM attempt JOIN run ON run.id = attempt.run_id
  AND attempt.id BETWEEN run.first_attempt_id AND coalesce(run.last_attempt_id, 9223372036854775807) JOIN night ON night.id = run.night_id;
CREATE VIEW v_measurement AS SELECT
  attempt.id AS attempt_id, run.id AS run_id, night.id AS night_id, night.name AS night, run.slot,
  run.serial_number AS sled, run.plan, attempt.point, attempt.number, (
  SELECT json_group_object(knob, value) FROM (
    SELECT axis.knob, axis_value.value FROM axis JOIN axis_value
      ON axis_value.run_id = axis.run_id AND axis_value.position = axis.position
      AND axis_value.idx = (attempt.point / axis.stride) % axis.count
    WHERE axis.run_id = attempt.run_id ORDER BY axis.position)) AS knobs,
  criterion.name, quantity.place, measurement.value, criterion.unit, criterion.low, criterion.high,
  CASE measurement.verdict WHEN 0 THEN 'NOT_RUN' WHEN 1 THEN 'PASS' WHEN 2 THEN 'INVALID' WHEN 3 THEN 'FAIL' WHEN 4 THEN 'ABORTED' WHEN 5 THEN 'ERROR' END AS verdict, (measurement.verdict = 1 AND criterion.marginal > 0 AND (
    (criterion.low IS NOT NULL AND measurement.value < criterion.low + criterion.marginal)
    OR (criterion.high IS NOT NULL AND measurement.value > criterion.high - criterion.marginal))) AS marginal,
  CASE attempt.verdict WHEN 0 THEN 'NOT_RUN' WHEN 1 THEN 'PASS' WHEN 2 THEN 'INVALID' WHEN 3 THEN 'FAIL' WHEN 4 THEN 'ABORTED' WHEN 5 THEN 'ERROR' END AS attempt_verdict, criterion.limit_source, strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (attempt.ended_ms / 1000.0) || ' seconds') AS utc
FROM measurement JOIN quantity ON quantity.id = measurement.quantity_id
  JOIN criterion ON criterion.id = quantity.criterion_id JOIN attempt ON attempt.id = measurement.attempt_id
  JOIN run ON run.id = attempt.run_id
  AND attempt.id BETWEEN run.first_attempt_id AND coalesce(run.last_attempt_id, 9223372036854775807) JOIN night ON night.id = run.night_id;
CREATE VIEW v_event AS SELECT
  event.id AS event_id, night.id AS night_id, night.name AS night, strftime('%Y-%m-%dT%H:%M:%fZ', night.began_utc, (event.at_ms / 1000.0) || ' seconds') AS utc,
  event.slot, event.kind, event.message, event.data
FROM event JOIN night ON night.id = event.night_id;
COMMIT;
