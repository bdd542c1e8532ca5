-- +goose Up
CREATE TABLE job_jobs (
  id             TEXT   NOT NULL PRIMARY KEY,
  kind           TEXT   NOT NULL,
  unique_key     TEXT,
  state          TEXT   NOT NULL,
  body           TEXT   NOT NULL,
  run_at         BIGINT NOT NULL,
  created_at     BIGINT NOT NULL,
  attempt        BIGINT NOT NULL DEFAULT 0,
  claim          BIGINT NOT NULL DEFAULT 0,
  worker         TEXT   NOT NULL DEFAULT '',
  leased_until   BIGINT NOT NULL DEFAULT 0,
  started_at     BIGINT,
  finished_at    BIGINT,
  progress_done  BIGINT NOT NULL DEFAULT 0,
  progress_total BIGINT NOT NULL DEFAULT 0,
  progress_note  TEXT   NOT NULL DEFAULT '',
  result         TEXT   NOT NULL DEFAULT '',
  error          TEXT   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX job_jobs_waiting ON job_jobs (kind, unique_key) WHERE state = 'ready';
CREATE INDEX job_jobs_due ON job_jobs (run_at, id) WHERE state = 'ready';
CREATE INDEX job_jobs_busy ON job_jobs (kind, unique_key) WHERE state = 'running';
CREATE INDEX job_jobs_leased ON job_jobs (leased_until) WHERE state = 'running';
CREATE INDEX job_jobs_finished ON job_jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE job_schedules (
  name     TEXT   NOT NULL PRIMARY KEY,
  seen_to  BIGINT NOT NULL
);
CREATE TABLE job_slots (
  schedule TEXT   NOT NULL,
  slot     BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  job_id   TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (schedule, slot)
);

CREATE TABLE job_leases (
  name       TEXT   NOT NULL PRIMARY KEY,
  owner      TEXT   NOT NULL,
  fence      BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
