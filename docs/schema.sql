-- Generated from the migrations of all slices as SQLite shows them; go test ./internal/app -run TestSchemaDocument -update rewrites it.

CREATE TABLE activity_coverage (
  community_id  TEXT NOT NULL,
  group_id      TEXT NOT NULL,
  connection_id TEXT NOT NULL,
  source        TEXT NOT NULL,
  day           TEXT NOT NULL,
  covered_ms    BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, connection_id, source, day)
) WITHOUT ROWID;

CREATE TABLE activity_days (
  community_id   TEXT NOT NULL,
  group_id       TEXT NOT NULL,
  day            TEXT NOT NULL,
  source         TEXT NOT NULL,
  messages       BIGINT NOT NULL,
  valid_messages BIGINT NOT NULL,
  speakers       BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, day, source)
) WITHOUT ROWID;

CREATE TABLE activity_member_days (
  community_id   TEXT NOT NULL,
  group_id       TEXT NOT NULL,
  day            TEXT NOT NULL,
  member_id      TEXT NOT NULL,
  source         TEXT NOT NULL,
  messages       BIGINT NOT NULL,
  valid_messages BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, day, member_id, source)
) WITHOUT ROWID;

CREATE TABLE activity_moves (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  day          TEXT NOT NULL,
  joins        BIGINT NOT NULL,
  leaves       BIGINT NOT NULL,
  inferred     BIGINT NOT NULL,
  PRIMARY KEY (community_id, group_id, day)
) WITHOUT ROWID;

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
) WITHOUT ROWID;

CREATE TABLE activity_prints (
  community_id TEXT NOT NULL,
  print        BIGINT NOT NULL,
  at           BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  recorded_at  BIGINT NOT NULL,
  repeats      BOOLEAN NOT NULL,
  PRIMARY KEY (community_id, print, at, event_id)
) WITHOUT ROWID;

CREATE TABLE activity_recalls (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  source       TEXT NOT NULL,
  ref          TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, source, ref)
) WITHOUT ROWID;

CREATE TABLE activity_removed (
  community_id TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, event_id)
) WITHOUT ROWID;

CREATE TABLE activity_repeats (
  community_id TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, event_id)
) WITHOUT ROWID;

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
) WITHOUT ROWID;

CREATE TABLE api_idempotency (
  token_id     TEXT NOT NULL,
  route        TEXT NOT NULL,
  key          TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  claim        TEXT NOT NULL,
  status       BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  body         BLOB,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (token_id, route, key)
);
CREATE INDEX api_idempotency_age ON api_idempotency (created_at);

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
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, seq);
CREATE INDEX audit_entries_community ON audit_entries (community, seq);
CREATE INDEX audit_entries_object ON audit_entries (object_kind, object_id, seq);

CREATE TABLE audit_heads (
  id   BIGINT NOT NULL PRIMARY KEY,
  seq  BIGINT NOT NULL,
  hash TEXT   NOT NULL
);

CREATE TABLE auth_attempts (
  subject    TEXT   NOT NULL PRIMARY KEY,
  failures   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  locked_to  BIGINT NOT NULL
);

CREATE TABLE auth_grants (
  operator_id TEXT NOT NULL REFERENCES auth_operators (id),
  community   TEXT NOT NULL,
  role        TEXT NOT NULL,
  PRIMARY KEY (operator_id, community, role)
);

CREATE TABLE auth_operators (
  id            TEXT   NOT NULL PRIMARY KEY,
  login         TEXT   NOT NULL UNIQUE,
  name          TEXT   NOT NULL,
  password_hash TEXT   NOT NULL,
  must_change   BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  disabled_at   BIGINT
);

CREATE TABLE auth_sessions (
  token       TEXT   NOT NULL PRIMARY KEY,
  operator_id TEXT   NOT NULL,
  data        BLOB NOT NULL,
  revoked     BIGINT NOT NULL DEFAULT 0,
  expires_at  BIGINT NOT NULL
);
CREATE INDEX auth_sessions_operator ON auth_sessions (operator_id);

CREATE TABLE auth_setup_codes (
  hash       TEXT   NOT NULL PRIMARY KEY,
  expires_at BIGINT NOT NULL
);

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

CREATE TABLE communities (
  community_id TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  type         TEXT NOT NULL,
  created_at   BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE community_consents (
  community_id TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  member_id    TEXT NOT NULL,
  agreed       BOOLEAN NOT NULL,
  at           BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  PRIMARY KEY (community_id, group_id, member_id)
) WITHOUT ROWID;

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
) WITHOUT ROWID;

CREATE TABLE community_members (
  community_id TEXT NOT NULL,
  id           TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  unionid      TEXT NOT NULL,
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  tier         TEXT NOT NULL,
  PRIMARY KEY (community_id, id)
) WITHOUT ROWID;
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
) WITHOUT ROWID;

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
) WITHOUT ROWID;
CREATE INDEX community_spells_joined ON community_spells (community_id, group_id, joined_day);
CREATE INDEX community_spells_left ON community_spells (community_id, group_id, left_day) WHERE left_day IS NOT NULL;
CREATE INDEX community_spells_member ON community_spells (community_id, member_id);
CREATE INDEX community_spells_present ON community_spells (community_id, group_id) WHERE left_at IS NULL;

CREATE TABLE connector_bindings (
  connection_id TEXT NOT NULL,
  external_id   TEXT NOT NULL,
  community_id  TEXT NOT NULL,
  group_id      TEXT NOT NULL,
  confirmed_at  BIGINT,
  PRIMARY KEY (connection_id, external_id)
);

CREATE TABLE connector_connections (
  id                TEXT PRIMARY KEY,
  kind              TEXT NOT NULL,
  name              TEXT NOT NULL,
  config            TEXT NOT NULL,
  secrets           TEXT NOT NULL,
  state             TEXT NOT NULL,
  reason            TEXT NOT NULL DEFAULT '',
  rules             TEXT NOT NULL,
  default_community TEXT NOT NULL DEFAULT '',
  created_at        BIGINT NOT NULL
);

CREATE TABLE connector_cursors (
  connection_id TEXT NOT NULL,
  name          TEXT NOT NULL,
  value         TEXT NOT NULL,
  due_at        BIGINT NOT NULL,
  ran_at        BIGINT,
  error         TEXT NOT NULL DEFAULT '',
  failures      BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (connection_id, name)
);

CREATE TABLE connector_staff (
  connection_id TEXT NOT NULL,
  external_id   TEXT NOT NULL,
  name          TEXT NOT NULL,
  active        BOOLEAN NOT NULL,
  updated_at    BIGINT NOT NULL,
  PRIMARY KEY (connection_id, external_id)
);

CREATE TABLE connector_tokens (
  name       TEXT PRIMARY KEY,
  sealed     TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE desk_dismissals (
  operator_id TEXT NOT NULL,
  notice      TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (operator_id, notice)
);

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

CREATE TABLE event_words (
  community_id TEXT NOT NULL,
  event_id     TEXT NOT NULL,
  text         TEXT NOT NULL,
  name         TEXT NOT NULL,
  external_id  TEXT NOT NULL,
  PRIMARY KEY (community_id, event_id)
) WITHOUT ROWID;

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
);
CREATE UNIQUE INDEX events_key ON events (community_id, id);
CREATE INDEX events_pending ON events (shard, community_id, id) WHERE seq IS NULL;
CREATE UNIQUE INDEX events_seq ON events (community_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX events_timeline ON events (community_id, group_id, id);

CREATE TABLE hub_cursors (
  community_id TEXT PRIMARY KEY,
  seq          BIGINT NOT NULL,
  fence        BIGINT NOT NULL
);

CREATE TABLE hub_inbox (
  connection_id TEXT NOT NULL,
  source_key    TEXT NOT NULL,
  kind          TEXT NOT NULL,
  at            BIGINT NOT NULL,
  received_at   BIGINT NOT NULL,
  body          BLOB NOT NULL,
  state         TEXT NOT NULL,
  attempts      BIGINT NOT NULL,
  run_at        BIGINT NOT NULL,
  error         TEXT NOT NULL,
  repeats       BIGINT NOT NULL,
  PRIMARY KEY (connection_id, source_key)
);
CREATE INDEX hub_inbox_new ON hub_inbox (connection_id, run_at) WHERE state='new';
CREATE INDEX hub_inbox_received ON hub_inbox (connection_id, received_at);

CREATE TABLE hub_parked (
  community_id TEXT NOT NULL,
  slice        TEXT NOT NULL,
  seq          BIGINT NOT NULL,
  event_id     TEXT NOT NULL,
  group_id     TEXT NOT NULL,
  reason       TEXT NOT NULL,
  behind       BOOLEAN NOT NULL,
  parked_at    BIGINT NOT NULL,
  PRIMARY KEY (community_id, slice, seq)
);

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

CREATE TABLE job_jobs (
  id             TEXT   NOT NULL PRIMARY KEY,
  kind           TEXT   NOT NULL,
  unique_key     TEXT,
  state          TEXT   NOT NULL,
  body           TEXT   NOT NULL,
  run_at         BIGINT NOT NULL,
  created_at     BIGINT NOT NULL,
  attempt        BIGINT NOT NULL DEFAULT 0,
  claim          BIGINT NOT NULL DEFAULT 0,
  worker         TEXT   NOT NULL DEFAULT '',
  leased_until   BIGINT NOT NULL DEFAULT 0,
  started_at     BIGINT,
  finished_at    BIGINT,
  progress_done  BIGINT NOT NULL DEFAULT 0,
  progress_total BIGINT NOT NULL DEFAULT 0,
  progress_note  TEXT   NOT NULL DEFAULT '',
  result         TEXT   NOT NULL DEFAULT '',
  error          TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX job_jobs_busy ON job_jobs (kind, unique_key) WHERE state = 'running';
CREATE INDEX job_jobs_due ON job_jobs (run_at, id) WHERE state = 'ready';
CREATE INDEX job_jobs_finished ON job_jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_jobs_leased ON job_jobs (leased_until) WHERE state = 'running';
CREATE UNIQUE INDEX job_jobs_waiting ON job_jobs (kind, unique_key) WHERE state = 'ready';

CREATE TABLE job_leases (
  name       TEXT   NOT NULL PRIMARY KEY,
  owner      TEXT   NOT NULL,
  fence      BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE job_schedules (
  name     TEXT   NOT NULL PRIMARY KEY,
  seen_to  BIGINT NOT NULL
);

CREATE TABLE job_slots (
  schedule TEXT   NOT NULL,
  slot     BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  job_id   TEXT   NOT NULL DEFAULT '',
  PRIMARY KEY (schedule, slot)
);

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
CREATE INDEX moderation_actions_member ON moderation_actions (community_id, member_id, done_at);
CREATE INDEX moderation_actions_open ON moderation_actions (community_id, group_id) WHERE state='open';
CREATE INDEX moderation_actions_task ON moderation_actions (community_id, task_id);

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
CREATE INDEX moderation_cases_group ON moderation_cases (community_id, group_id, opened_at);
CREATE INDEX moderation_cases_member ON moderation_cases (community_id, member_id, group_id);
CREATE INDEX moderation_cases_open ON moderation_cases (community_id, deadline_at) WHERE state='open';
CREATE INDEX moderation_cases_opened ON moderation_cases (community_id, opened_at);

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

CREATE TABLE moderation_hits (
  community_id TEXT NOT NULL,
  category     TEXT NOT NULL,
  word         TEXT NOT NULL,
  hits         BIGINT NOT NULL,
  wrong        BIGINT NOT NULL,
  last_at      BIGINT NOT NULL,
  PRIMARY KEY (community_id, category, word)
);

CREATE TABLE moderation_list_parts (
  community_id TEXT NOT NULL,
  publication  TEXT NOT NULL,
  part         BIGINT NOT NULL,
  words        TEXT NOT NULL,
  PRIMARY KEY (community_id, publication, part)
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

CREATE TABLE settings_values (
  community_id TEXT   NOT NULL,
  key          TEXT   NOT NULL,
  value        TEXT   NOT NULL,
  updated_at   BIGINT NOT NULL,
  updated_by   TEXT   NOT NULL,
  PRIMARY KEY (community_id, key)
);

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
CREATE INDEX tasks_due ON tasks (deadline_at) WHERE state='open' AND overdue_at IS NULL;
CREATE INDEX tasks_open ON tasks (community_id, group_id) WHERE state='open';
CREATE INDEX tasks_subject ON tasks (community_id, subject);
