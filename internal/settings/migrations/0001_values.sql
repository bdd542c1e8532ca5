-- +goose Up
CREATE TABLE settings_values (
  community_id TEXT   NOT NULL,
  key          TEXT   NOT NULL,
  value        TEXT   NOT NULL,
  updated_at   BIGINT NOT NULL,
  updated_by   TEXT   NOT NULL,
  PRIMARY KEY (community_id, key)
);
CREATE TABLE settings_changes (
  community_id TEXT   NOT NULL,
  id           TEXT   NOT NULL,
  key          TEXT   NOT NULL,
  before_value TEXT,
  after_value  TEXT,
  changed_at   BIGINT NOT NULL,
  changed_by   TEXT   NOT NULL,
  PRIMARY KEY (community_id, id)
);
CREATE INDEX settings_changes_key ON settings_changes (community_id, key, id);
