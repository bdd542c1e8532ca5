-- +goose Up
CREATE TABLE communities (
  community_id TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  type         TEXT NOT NULL,
  created_at   BIGINT NOT NULL
) @clustered@;
CREATE TABLE community_groups (
  community_id  TEXT NOT NULL,
  id            TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  platform      TEXT NOT NULL,
  external_id   TEXT NOT NULL,
  name          TEXT NOT NULL,
  owner_id      TEXT NOT NULL,
  admins        TEXT NOT NULL,
  notice        TEXT NOT NULL,
  capacity      BIGINT NOT NULL,
  archived      BOOLEAN NOT NULL,
  status        TEXT NOT NULL,
  members       BIGINT NOT NULL,
  members_day   TEXT NOT NULL DEFAULT '',
  launched_at   BIGINT,
  observed_from BIGINT NOT NULL,
  ended_at      BIGINT,
  PRIMARY KEY (community_id, id)
) @clustered@;
CREATE TABLE community_members (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  unionid      TEXT NOT NULL,
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  tier         TEXT NOT NULL,
  PRIMARY KEY (community_id, id)
) @clustered@;
CREATE INDEX community_members_external ON community_members (external_id);
CREATE TABLE community_sightings (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  at           BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  joined       BOOLEAN NOT NULL,
  how          TEXT NOT NULL,
  scene        TEXT NOT NULL,
  state        TEXT NOT NULL,
  inviter_id   TEXT NOT NULL,
  seen_at      BIGINT,
  PRIMARY KEY (community_id, group_id, member_id, at, event_id)
) @clustered@;
CREATE TABLE community_spells (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  n            BIGINT NOT NULL,
  joined_at    BIGINT,
  joined_day   TEXT,
  how          TEXT NOT NULL,
  scene        TEXT NOT NULL,
  state        TEXT NOT NULL,
  inviter_id   TEXT NOT NULL,
  left_at      BIGINT,
  left_day     TEXT,
  left_how     TEXT NOT NULL,
  quit_scene   TEXT NOT NULL,
  seen_at      BIGINT,
  PRIMARY KEY (community_id, group_id, member_id, n)
) @clustered@;
CREATE INDEX community_spells_present ON community_spells (community_id, group_id) WHERE left_at IS NULL;
CREATE INDEX community_spells_joined ON community_spells (community_id, group_id, joined_day);
CREATE INDEX community_spells_left ON community_spells (community_id, group_id, left_day) WHERE left_day IS NOT NULL;
CREATE INDEX community_spells_member ON community_spells (community_id, member_id);
CREATE TABLE community_consents (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  agreed       BOOLEAN NOT NULL,
  at           BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, member_id)
) @clustered@;
