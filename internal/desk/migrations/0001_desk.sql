-- +goose Up
CREATE TABLE desk_dismissals (
  operator_id TEXT NOT NULL,
  notice      TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (operator_id, notice)
);
