-- +goose Up
CREATE TABLE activity_days (
  community_id   TEXT NOT NULL,
  group_id       TEXT NOT NULL,
  day            TEXT NOT NULL,
  source         TEXT NOT NULL,
  messages       BIGINT NOT NULL,
  valid_messages BIGINT NOT NULL,
  speakers       BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, day, source)
) @clustered@;
CREATE TABLE activity_member_days (
  community_id   TEXT NOT NULL,
  group_id       TEXT NOT NULL,
  day            TEXT NOT NULL,
  member_id      TEXT NOT NULL,
  source         TEXT NOT NULL,
  messages       BIGINT NOT NULL,
  valid_messages BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, day, member_id, source)
) @clustered@;
CREATE TABLE activity_prints (
  community_id TEXT NOT NULL,
  print        BIGINT NOT NULL,
  at           BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  recorded_at  BIGINT NOT NULL,
  repeats      BOOLEAN NOT NULL,
  PRIMARY KEY (community_id, print, at, event_id)
) @clustered@;
CREATE TABLE activity_repeats (
  community_id TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, event_id)
) @clustered@;
CREATE TABLE activity_removed (
  community_id TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, event_id)
) @clustered@;
CREATE TABLE activity_recalls (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  source       TEXT NOT NULL,
  ref          TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, source, ref)
) @clustered@;
CREATE TABLE activity_moves (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  day          TEXT NOT NULL,
  joins        BIGINT NOT NULL,
  leaves       BIGINT NOT NULL,
  inferred     BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, day)
) @clustered@;
CREATE TABLE activity_tallies (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  day          TEXT NOT NULL,
  members      BIGINT,
  messages     BIGINT,
  joins        BIGINT,
  leaves       BIGINT,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, day)
) @clustered@;
CREATE TABLE activity_coverage (
  community_id  TEXT NOT NULL,
  group_id      TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  source        TEXT NOT NULL,
  day           TEXT NOT NULL,
  covered_ms    BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, connection_id, source, day)
) @clustered@;
CREATE TABLE activity_owner_days (
  community_id TEXT NOT NULL,
  owner        TEXT NOT NULL,
  day          TEXT NOT NULL,
  chats        BIGINT NOT NULL,
  active_chats BIGINT NOT NULL,
  members      BIGINT NOT NULL,
  new_members  BIGINT NOT NULL,
  active_members BIGINT NOT NULL,
  messages     BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, owner, day)
) @clustered@;
