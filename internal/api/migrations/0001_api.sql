-- +goose Up
CREATE TABLE api_idempotency (
  token_id     TEXT NOT NULL,
  route        TEXT NOT NULL,
  key          TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  claim        TEXT NOT NULL,
  status       BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  body         @bytes@,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (token_id, route, key)
);
CREATE INDEX api_idempotency_age ON api_idempotency (created_at);
