-- +goose Up

CREATE TABLE mail_letter ( -- what announce_delivery has to deliver to "mail", until it is sent
	id      TEXT NOT NULL PRIMARY KEY,
	kid     TEXT NOT NULL, -- the master key
	sealed  BLOB NOT NULL, -- receiver and text
	made_at BIGINT NOT NULL
);

CREATE TABLE mail_editor ( -- who wants digests, and when
	editor       TEXT NOT NULL PRIMARY KEY,
	kid          TEXT NOT NULL,
	sealed       BLOB NOT NULL, -- the address
	language     TEXT NOT NULL,
	cadence      TEXT NOT NULL, -- off, hourly, daily
	hour         BIGINT NOT NULL, -- of a daily one
	quiet_from   BIGINT NOT NULL, -- hours; the same as quiet_to is none
	quiet_to     BIGINT NOT NULL,
	zone         TEXT NOT NULL,
	confirmed_at BIGINT NOT NULL DEFAULT 0,
	looked_at    BIGINT NOT NULL -- up to when a digest has told
);

CREATE TABLE mail_token ( -- what a link in a letter may do
	hash       BLOB NOT NULL PRIMARY KEY,
	subject    TEXT NOT NULL, -- an editor's or a comment's id
	act        TEXT NOT NULL, -- confirm, stop, replies, quiet; done after one that is used up
	expires_at BIGINT NOT NULL
);

CREATE TABLE mail_wish ( -- senders of comments who asked to hear of replies
	comment      TEXT NOT NULL PRIMARY KEY,
	consent      TEXT NOT NULL, -- which words they agreed to
	at           BIGINT NOT NULL,
	asked_at     BIGINT NOT NULL DEFAULT 0, -- to confirm that the address is theirs
	confirmed_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE mail_told ( -- replies that a sender has heard of
	comment TEXT NOT NULL,
	reply   TEXT NOT NULL,
	PRIMARY KEY (comment, reply)
);

CREATE TABLE mail_silent ( -- addresses that want no letters from a site
	site TEXT NOT NULL,
	mac  BLOB NOT NULL,
	PRIMARY KEY (site, mac)
);
