-- +goose Up
CREATE TABLE audit_entries (
  seq         BIGINT NOT NULL PRIMARY KEY,
  at          BIGINT NOT NULL,
  actor_kind  TEXT   NOT NULL,
  actor_id    TEXT   NOT NULL,
  actor_name  TEXT   NOT NULL,
  action      TEXT   NOT NULL,
  object_kind TEXT   NOT NULL,
  object_id   TEXT   NOT NULL,
  community   TEXT   NOT NULL,
  before_json TEXT   NOT NULL,
  after_json  TEXT   NOT NULL,
  address     TEXT   NOT NULL,
  hash        TEXT   NOT NULL
);
CREATE INDEX audit_entries_object ON audit_entries (object_kind, object_id, seq);
CREATE INDEX audit_entries_community ON audit_entries (community, seq);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, seq);

CREATE TABLE audit_heads (
  id   BIGINT NOT NULL PRIMARY KEY,
  seq  BIGINT NOT NULL,
  hash TEXT   NOT NULL
);
INSERT INTO audit_heads (id, seq, hash) VALUES (1, 0, '');
