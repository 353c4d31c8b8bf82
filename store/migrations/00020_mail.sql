-- +goose Up
-- Mail: who asked to hear of replies, what editors want to be told, and who wants nothing. Letters
-- on their way are deliveries (announce_delivery) to the target mail; they hold no address.

ALTER TABLE comment ADD COLUMN consent TEXT NOT NULL DEFAULT ''; -- version of the sentence under which its sender asked to hear of replies

CREATE TABLE subscription (
	id           TEXT NOT NULL PRIMARY KEY,
	site         TEXT NOT NULL,
	thread       BIGINT NOT NULL,
	email_mac    BLOB NOT NULL,
	email_sealed BLOB NOT NULL,
	token_hash   BLOB NOT NULL UNIQUE, -- SHA-256
	token_sealed BLOB NOT NULL,
	language     TEXT NOT NULL,
	asked_as     TEXT NOT NULL DEFAULT '', -- the delivery of the last question
	asked_at     BIGINT NOT NULL DEFAULT 0,
	confirmed_at BIGINT NOT NULL DEFAULT 0,
	used_at      BIGINT NOT NULL, -- made, confirmed or told of a reply
	UNIQUE (site, thread, email_mac)
);
CREATE INDEX subscription_email ON subscription (site, email_mac, asked_at);
CREATE INDEX subscription_used ON subscription (used_at);

CREATE TABLE subscription_comment ( -- whose replies it is told
	comment      TEXT NOT NULL PRIMARY KEY,
	subscription TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE
);
CREATE INDEX subscription_comment_all ON subscription_comment (subscription);

CREATE TABLE subscription_told ( -- replies
	subscription TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
	comment      TEXT NOT NULL,
	PRIMARY KEY (subscription, comment)
);

CREATE TABLE mail_unwanted ( -- nothing is sent there any more, whatever a form says
	site      TEXT NOT NULL,
	email_mac BLOB NOT NULL,
	thread    BIGINT NOT NULL, -- 0: of no thread of the site
	at        BIGINT NOT NULL,
	PRIMARY KEY (site, email_mac, thread)
);

CREATE TABLE digest ( -- no foreign key: it is purged after its editor has left
	editor       TEXT NOT NULL PRIMARY KEY,
	email_sealed BLOB NOT NULL,
	token_hash   BLOB NOT NULL UNIQUE, -- SHA-256
	token_sealed BLOB NOT NULL,
	language     TEXT NOT NULL,
	confirmed_at BIGINT NOT NULL DEFAULT 0,
	refused_at   BIGINT NOT NULL DEFAULT 0,
	cadence      TEXT NOT NULL,
	minutes      BIGINT NOT NULL, -- after midnight
	quiet        TEXT NOT NULL,
	zone         TEXT NOT NULL,
	sites        TEXT NOT NULL, -- JSON array; empty is all that the editor may read
	next_at      BIGINT NOT NULL,
	sent_at      BIGINT NOT NULL DEFAULT 0,
	newest       TEXT NOT NULL DEFAULT '' -- comment
);
CREATE INDEX digest_due ON digest (next_at) WHERE confirmed_at > 0 AND refused_at = 0 AND cadence <> 'off';
