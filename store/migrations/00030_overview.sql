-- +goose Up
-- Tallies: what the overview counts. They follow from comments, verdicts and decisions and may be
-- dropped and counted again, as far back as the outbox reaches.

ALTER TABLE comment ADD COLUMN blind BOOLEAN NOT NULL DEFAULT FALSE; -- a blind check

CREATE TABLE tally (
	site TEXT NOT NULL,
	day  TEXT NOT NULL,   -- 2026-11-23 in the instance's time zone
	what TEXT NOT NULL,
	name TEXT NOT NULL,   -- of a rule or an editor; empty otherwise
	part TEXT NOT NULL,
	n    BIGINT NOT NULL,
	PRIMARY KEY (site, day, what, name, part)
);

CREATE TABLE tally_position (
	one    INTEGER PRIMARY KEY,
	outbox BIGINT NOT NULL, -- the last fact that was followed
	since  BIGINT NOT NULL  -- comments are counted from then on
);
INSERT INTO tally_position (one, outbox, since) VALUES (1, 0, 0);
