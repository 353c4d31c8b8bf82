-- +goose Up
-- Standing decisions: what editors refuse for a while. Senders are known by keyed hashes alone.

CREATE TABLE standing (
	id         TEXT NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL, -- alike or ban
	mark       TEXT NOT NULL, -- of a ban: email, network or both; empty otherwise
	sites      TEXT NOT NULL, -- JSON array; * is everywhere
	made_of    TEXT NOT NULL, -- batch or comment
	about      TEXT NOT NULL,
	note       TEXT NOT NULL,
	editor     TEXT NOT NULL,
	name       TEXT NOT NULL,
	at         BIGINT NOT NULL,
	until      BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL DEFAULT 0, -- 0 unless somebody did
	revoked_by TEXT NOT NULL DEFAULT '',
	ends       BIGINT NOT NULL,           -- the earlier of the two
	likeness   TEXT NOT NULL,             -- JSON object; what look-alikes are known by
	email_mac  BLOB,
	net_mac    BLOB
);
CREATE INDEX standing_ends ON standing (ends, id);
CREATE INDEX standing_made_of ON standing (made_of);

CREATE TABLE standing_stop ( -- what each of them made spam
	standing TEXT NOT NULL,
	site     TEXT NOT NULL,
	comment  TEXT NOT NULL,
	PRIMARY KEY (standing, site, comment)
);

CREATE TABLE standing_version (
	one     INTEGER PRIMARY KEY,
	version BIGINT NOT NULL -- grows with each change of what is in force
);
INSERT INTO standing_version (one, version) VALUES (1, 0);
