-- +goose Up
CREATE TABLE importing_batches (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  file_name    TEXT NOT NULL,
  sha256       TEXT NOT NULL,
  size         BIGINT NOT NULL,
  path         TEXT NOT NULL,
  options      TEXT NOT NULL,
  format       TEXT NOT NULL,
  encoding     TEXT NOT NULL,
  state        TEXT NOT NULL,
  error        TEXT NOT NULL,
  by_id        TEXT NOT NULL,
  by_name      TEXT NOT NULL,
  job_id       TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  finished_at  BIGINT,
  undo_at      BIGINT,
  from_at      BIGINT,
  to_at        BIGINT,
  messages     BIGINT NOT NULL,
  duplicates   BIGINT NOT NULL,
  rejected     BIGINT NOT NULL,
  joins        BIGINT NOT NULL,
  members      BIGINT NOT NULL,
  matched      BIGINT NOT NULL,
  unsure       BIGINT NOT NULL,
  covered      TEXT NOT NULL,
  PRIMARY KEY (community_id, id)
);
CREATE INDEX importing_batches_file ON importing_batches (community_id, sha256);
CREATE TABLE importing_errors (
  community_id TEXT NOT NULL,
  batch_id     TEXT NOT NULL,
  n            BIGINT NOT NULL,
  line         BIGINT NOT NULL,
  field        TEXT NOT NULL,
  problem      TEXT NOT NULL,
  args         TEXT NOT NULL,
  sample       TEXT NOT NULL,
  PRIMARY KEY (community_id, batch_id, n)
);
CREATE TABLE importing_messages (
  community_id TEXT NOT NULL,
  key          TEXT NOT NULL,
  batch_id     TEXT NOT NULL,
  generation   BIGINT NOT NULL,
  live         BOOLEAN NOT NULL,
  message      BOOLEAN NOT NULL,
  PRIMARY KEY (community_id, key)
);
CREATE INDEX importing_messages_batch ON importing_messages (community_id, batch_id);
CREATE TABLE importing_senders (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  name         TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  how          TEXT NOT NULL,
  candidates   TEXT NOT NULL,
  batch_id     TEXT NOT NULL,
  decided_by   TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, name)
);
CREATE INDEX importing_senders_open ON importing_senders (community_id) WHERE how='unsure';
CREATE TABLE importing_uploads (
  id         TEXT PRIMARY KEY,
  by_id      TEXT NOT NULL,
  file_name  TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  size       BIGINT NOT NULL,
  path       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
