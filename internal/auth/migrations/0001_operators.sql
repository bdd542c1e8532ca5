-- +goose Up
CREATE TABLE auth_operators (
  id            TEXT   NOT NULL PRIMARY KEY,
  login         TEXT   NOT NULL UNIQUE,
  name          TEXT   NOT NULL,
  password_hash TEXT   NOT NULL,
  must_change   BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  disabled_at   BIGINT
);
CREATE TABLE auth_grants (
  operator_id TEXT NOT NULL REFERENCES auth_operators (id),
  community   TEXT NOT NULL,
  role        TEXT NOT NULL,
  PRIMARY KEY (operator_id, community, role)
);
CREATE TABLE auth_setup_codes (
  hash       TEXT   NOT NULL PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE TABLE auth_sessions (
  token       TEXT   NOT NULL PRIMARY KEY,
  operator_id TEXT   NOT NULL,
  data        @bytes@ NOT NULL,
  revoked     BIGINT NOT NULL DEFAULT 0,
  expires_at  BIGINT NOT NULL
);
CREATE INDEX auth_sessions_operator ON auth_sessions (operator_id);
CREATE TABLE auth_tokens (
  id           TEXT   NOT NULL PRIMARY KEY,
  hash         TEXT   NOT NULL UNIQUE,
  name         TEXT   NOT NULL,
  scope        TEXT   NOT NULL,
  community    TEXT   NOT NULL,
  created_at   BIGINT NOT NULL,
  created_by   TEXT   NOT NULL,
  expires_at   BIGINT,
  last_used_at BIGINT,
  revoked_at   BIGINT
);
CREATE TABLE auth_attempts (
  subject    TEXT   NOT NULL PRIMARY KEY,
  failures   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  locked_to  BIGINT NOT NULL
);
