-- +goose Up
-- Announcements: how far each follower of the outbox has come, and what it left to be delivered.

CREATE TABLE announce_position (
	follower TEXT NOT NULL PRIMARY KEY,
	outbox   BIGINT NOT NULL, -- the last fact that was followed
	seen_at  BIGINT NOT NULL  -- when it last asked, to within an hour
);

CREATE TABLE announce_delivery (
	id        INTEGER PRIMARY KEY,
	target    TEXT NOT NULL, -- the sender that takes it
	ref       TEXT NOT NULL, -- whom the target means to reach by it
	event     TEXT NOT NULL, -- the same in each try
	fact      BIGINT NOT NULL,
	kind      TEXT NOT NULL, -- this and what follows: of the fact, which may be purged before
	site      TEXT NOT NULL,
	comment   TEXT NOT NULL,
	batch     TEXT NOT NULL,
	name      TEXT NOT NULL, -- the editor's
	to_state  TEXT NOT NULL,
	at        BIGINT NOT NULL,
	tries     BIGINT NOT NULL DEFAULT 0,
	next_at   BIGINT NOT NULL,
	dead_at   BIGINT, -- given up; NULL while there is hope
	error     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX announce_delivery_due ON announce_delivery (target, next_at, id) WHERE dead_at IS NULL;
CREATE INDEX announce_delivery_order ON announce_delivery (target, ref, comment, id) WHERE dead_at IS NULL;
CREATE INDEX announce_delivery_dead ON announce_delivery (dead_at, id) WHERE dead_at IS NOT NULL;

CREATE TABLE announce_target (
	target    TEXT NOT NULL PRIMARY KEY,
	sent_at   BIGINT NOT NULL DEFAULT 0,
	failed_at BIGINT NOT NULL DEFAULT 0,
	error     TEXT NOT NULL DEFAULT '',
	off_at    BIGINT NOT NULL DEFAULT 0 -- it asked for no more; 0 while it takes them
);
