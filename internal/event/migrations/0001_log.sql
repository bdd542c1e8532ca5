-- +goose Up
CREATE TABLE events (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  seq          BIGINT,
  shard        BIGINT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  kind         TEXT NOT NULL,
  at           BIGINT NOT NULL,
  recorded_at  BIGINT NOT NULL,
  depth        BIGINT NOT NULL,
  body         TEXT NOT NULL
) @append_only@;
CREATE UNIQUE INDEX events_key ON events (community_id, id);
CREATE UNIQUE INDEX events_seq ON events (community_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX events_pending ON events (shard, community_id, id) WHERE seq IS NULL;
CREATE INDEX events_timeline ON events (community_id, group_id, id);

CREATE TABLE event_words (
  community_id TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  text         TEXT NOT NULL,
  name         TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  PRIMARY KEY (community_id, event_id)
) @clustered@;
