-- +goose Up
CREATE TABLE effects (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  kind         TEXT NOT NULL,
  slice        TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  depth        BIGINT NOT NULL,
  at           BIGINT NOT NULL,
  body         TEXT NOT NULL,
  text         TEXT NOT NULL,
  state        TEXT NOT NULL,
  attempts     BIGINT NOT NULL DEFAULT 0,
  run_at       BIGINT NOT NULL,
  lease_until  BIGINT,
  error        TEXT NOT NULL DEFAULT '',
  ended_at     BIGINT,
  PRIMARY KEY (community_id, id)
);
CREATE INDEX effects_due ON effects (state, run_at) WHERE state IN ('ready','running');
CREATE INDEX effects_event ON effects (community_id, event_id);
