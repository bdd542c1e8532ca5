-- +goose Up
CREATE TABLE hub_inbox (
  connection_id TEXT NOT NULL,
  source_key    TEXT NOT NULL,
  kind          TEXT NOT NULL,
  at            BIGINT NOT NULL,
  received_at   BIGINT NOT NULL,
  body          @bytes@ NOT NULL,
  state         TEXT NOT NULL,
  attempts      BIGINT NOT NULL,
  run_at        BIGINT NOT NULL,
  error         TEXT NOT NULL,
  repeats       BIGINT NOT NULL,
  PRIMARY KEY (connection_id, source_key)
);
CREATE INDEX hub_inbox_new ON hub_inbox (connection_id, run_at) WHERE state='new';
CREATE INDEX hub_inbox_received ON hub_inbox (connection_id, received_at);
CREATE TABLE hub_cursors (
  community_id TEXT PRIMARY KEY,
  seq          BIGINT NOT NULL,
  fence        BIGINT NOT NULL
);
CREATE TABLE hub_parked (
  community_id TEXT NOT NULL,
  slice        TEXT NOT NULL,
  seq          BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  reason       TEXT NOT NULL,
  behind       BOOLEAN NOT NULL,
  parked_at    BIGINT NOT NULL,
  PRIMARY KEY (community_id, slice, seq)
);
