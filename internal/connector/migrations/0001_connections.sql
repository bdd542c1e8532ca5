-- +goose Up
CREATE TABLE connector_connections (
  id                TEXT PRIMARY KEY,
  kind              TEXT NOT NULL,
  name              TEXT NOT NULL,
  config            TEXT NOT NULL,
  secrets           TEXT NOT NULL,
  state             TEXT NOT NULL,
  reason            TEXT NOT NULL DEFAULT '',
  rules             TEXT NOT NULL,
  default_community TEXT NOT NULL DEFAULT '',
  created_at        BIGINT NOT NULL
);
CREATE TABLE connector_cursors (
  connection_id TEXT NOT NULL,
  name          TEXT NOT NULL,
  value         TEXT NOT NULL,
  due_at        BIGINT NOT NULL,
  ran_at        BIGINT,
  error         TEXT NOT NULL DEFAULT '',
  failures      BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (connection_id, name)
);
CREATE TABLE connector_tokens (
  name       TEXT PRIMARY KEY,
  sealed     TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE connector_bindings (
  connection_id TEXT NOT NULL,
  external_id   TEXT NOT NULL,
  community_id  TEXT NOT NULL,
  group_id      TEXT NOT NULL,
  confirmed_at  BIGINT,
  PRIMARY KEY (connection_id, external_id)
);
CREATE TABLE connector_staff (
  connection_id TEXT NOT NULL,
  external_id   TEXT NOT NULL,
  name          TEXT NOT NULL,
  active        BOOLEAN NOT NULL,
  updated_at    BIGINT NOT NULL,
  PRIMARY KEY (connection_id, external_id)
);
