-- +goose Up
CREATE TABLE tasks (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  kind         TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  subject      TEXT NOT NULL,
  effect_id    TEXT NOT NULL,
  assignee_id  TEXT NOT NULL,
  deputies     TEXT NOT NULL,
  args         TEXT NOT NULL,
  text         TEXT NOT NULL,
  print        BIGINT NOT NULL,
  opened_at    BIGINT NOT NULL,
  deadline_at  BIGINT,
  overdue_at   BIGINT,
  state        TEXT NOT NULL,
  outcome      TEXT NOT NULL,
  ended_at     BIGINT,
  ended_by     TEXT NOT NULL,
  evidence_id  TEXT NOT NULL,
  note         TEXT NOT NULL,
  PRIMARY KEY (community_id, id)
);
CREATE INDEX tasks_open ON tasks (community_id, group_id) WHERE state='open';
CREATE INDEX tasks_due ON tasks (deadline_at) WHERE state='open' AND overdue_at IS NULL;
CREATE INDEX tasks_subject ON tasks (community_id, subject);
