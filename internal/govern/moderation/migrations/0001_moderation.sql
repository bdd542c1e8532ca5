-- +goose Up
CREATE TABLE moderation_cases (
  community_id    TEXT NOT NULL,
  id              TEXT NOT NULL,
  group_id        TEXT NOT NULL,
  member_id       TEXT NOT NULL,
  message_id      TEXT NOT NULL,
  last_message_id TEXT NOT NULL,
  messages        BIGINT NOT NULL,
  level           BIGINT NOT NULL,
  categories      TEXT NOT NULL,
  list_version    TEXT NOT NULL,
  source          TEXT NOT NULL,
  batch           TEXT NOT NULL,
  realtime        BOOLEAN NOT NULL,
  standing        BIGINT NOT NULL,
  newcomer        BOOLEAN NOT NULL,
  suggested       BIGINT NOT NULL,
  opened_at       BIGINT NOT NULL,
  last_at         BIGINT NOT NULL,
  detected_at     BIGINT NOT NULL,
  deadline_at     BIGINT NOT NULL,
  state           TEXT NOT NULL,
  verdict         TEXT NOT NULL,
  excluded        BOOLEAN NOT NULL,
  first_action_at BIGINT,
  first_action    TEXT NOT NULL,
  evidence_id     TEXT NOT NULL,
  response_ms     BIGINT,
  PRIMARY KEY (community_id, id)
);
CREATE INDEX moderation_cases_member ON moderation_cases (community_id, member_id, group_id);
CREATE INDEX moderation_cases_group ON moderation_cases (community_id, group_id, opened_at);
CREATE INDEX moderation_cases_open ON moderation_cases (community_id, deadline_at) WHERE state='open';
CREATE INDEX moderation_cases_opened ON moderation_cases (community_id, opened_at);

CREATE TABLE moderation_messages (
  community_id TEXT NOT NULL,
  message_id   TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  source       TEXT NOT NULL,
  ref          TEXT NOT NULL,
  at           BIGINT NOT NULL,
  detected_at  BIGINT NOT NULL,
  reasons      TEXT NOT NULL,
  recalled_at  BIGINT,
  recall_id    TEXT NOT NULL,
  PRIMARY KEY (community_id, message_id)
);
CREATE INDEX moderation_messages_case ON moderation_messages (community_id, case_id);
CREATE INDEX moderation_messages_ref ON moderation_messages (community_id, group_id, ref);

CREATE TABLE moderation_actions (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  kind         TEXT NOT NULL,
  grade        BIGINT NOT NULL,
  decision_id  TEXT NOT NULL,
  task_id      TEXT NOT NULL,
  print        BIGINT NOT NULL,
  asked_at     BIGINT NOT NULL,
  opened_at    BIGINT,
  state        TEXT NOT NULL,
  unwanted     BOOLEAN NOT NULL,
  done_at      BIGINT,
  evidence_id  TEXT NOT NULL,
  PRIMARY KEY (community_id, id)
);
CREATE INDEX moderation_actions_case ON moderation_actions (community_id, case_id);
CREATE INDEX moderation_actions_task ON moderation_actions (community_id, task_id);
CREATE INDEX moderation_actions_open ON moderation_actions (community_id, group_id) WHERE state='open';
CREATE INDEX moderation_actions_member ON moderation_actions (community_id, member_id, done_at);

CREATE TABLE moderation_decisions (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  decision     TEXT NOT NULL,
  by_id        TEXT NOT NULL,
  note         TEXT NOT NULL,
  at           BIGINT NOT NULL,
  seq          BIGINT NOT NULL,
  undone       BOOLEAN NOT NULL,
  PRIMARY KEY (community_id, id)
);
CREATE INDEX moderation_decisions_case ON moderation_decisions (community_id, case_id, seq);

CREATE TABLE moderation_presence (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  joined_at    BIGINT,
  removed_at   BIGINT,
  removal_id   TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, member_id)
);

CREATE TABLE moderation_recalls (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  source       TEXT NOT NULL,
  ref          TEXT NOT NULL,
  at           BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, source, ref)
);

CREATE TABLE moderation_hits (
  community_id TEXT NOT NULL,
  category     TEXT NOT NULL,
  word         TEXT NOT NULL,
  hits         BIGINT NOT NULL,
  wrong        BIGINT NOT NULL,
  last_at      BIGINT NOT NULL,
  PRIMARY KEY (community_id, category, word)
);

CREATE TABLE moderation_lists (
  community_id TEXT NOT NULL,
  name         TEXT NOT NULL,
  version      BIGINT NOT NULL,
  publication  TEXT NOT NULL,
  words        BIGINT NOT NULL,
  by_id        TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  PRIMARY KEY (community_id, name)
);

CREATE TABLE moderation_list_parts (
  community_id TEXT NOT NULL,
  publication  TEXT NOT NULL,
  part         BIGINT NOT NULL,
  words        TEXT NOT NULL,
  PRIMARY KEY (community_id, publication, part)
);
