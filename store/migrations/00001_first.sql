-- +goose Up
-- Times are microseconds since 1970, UTC. Nothing here may be computed from an e-mail or an
-- address without a key of the site.

CREATE TABLE site (
	id       TEXT PRIMARY KEY,
	name     TEXT NOT NULL,
	language TEXT NOT NULL,
	origins  TEXT NOT NULL, -- JSON array
	policy   TEXT NOT NULL  -- JSON object
);

CREATE TABLE site_key (
	site    TEXT NOT NULL PRIMARY KEY REFERENCES site (id),
	kid     TEXT NOT NULL, -- names the data key inside sealed fields' context
	master  TEXT NOT NULL, -- names the master key that wraps it
	wrapped BLOB NOT NULL
);

CREATE TABLE thread (
	id       INTEGER PRIMARY KEY,
	site     TEXT NOT NULL REFERENCES site (id),
	page     TEXT NOT NULL,
	title    TEXT NOT NULL,
	mode     TEXT NOT NULL DEFAULT '',
	first_at BIGINT NOT NULL DEFAULT 0, -- of the first comment; 0 before
	version  BIGINT NOT NULL DEFAULT 1, -- grows with each change of what is public
	approved BIGINT NOT NULL DEFAULT 0, -- comments in that state
	UNIQUE (site, page)
);

CREATE TABLE thread_change (
	id     INTEGER PRIMARY KEY,
	thread BIGINT NOT NULL REFERENCES thread (id),
	mode   TEXT NOT NULL,
	editor TEXT NOT NULL,
	name   TEXT NOT NULL,
	at     BIGINT NOT NULL
);

CREATE TABLE comment (
	id           TEXT NOT NULL PRIMARY KEY,
	site         TEXT NOT NULL,
	thread       BIGINT NOT NULL REFERENCES thread (id),
	parent       TEXT NOT NULL, -- empty at the top
	root         TEXT NOT NULL,
	depth        BIGINT NOT NULL,
	staff        BOOLEAN NOT NULL,
	born         TEXT NOT NULL, -- the state it began in
	state        TEXT NOT NULL,
	version      BIGINT NOT NULL DEFAULT 0, -- counts decisions
	name         TEXT NOT NULL,
	email_sealed BLOB,
	email_mac    BLOB,
	addr_sealed  BLOB,
	net_mac      BLOB,
	website      TEXT NOT NULL,
	body         TEXT NOT NULL,
	text_digest  BIGINT, -- NULL ties to nothing
	avatar       BLOB NOT NULL,
	language     TEXT NOT NULL,
	unsolved     BOOLEAN NOT NULL,
	form_signed  BOOLEAN NOT NULL,
	form_age     BIGINT NOT NULL, -- microseconds
	form_traps   BIGINT NOT NULL,
	verdict      TEXT NOT NULL, -- JSON object
	key          TEXT, -- idempotency key; NULL without one
	digest       BLOB NOT NULL, -- of what the visitor meant to send, keyed
	at           BIGINT NOT NULL,
	UNIQUE (site, key)
);
CREATE INDEX comment_queue ON comment (site, id) WHERE state = 'pending';
CREATE INDEX comment_settled ON comment (site, state, id) WHERE state <> 'pending';
CREATE INDEX comment_public ON comment (thread, root, id) WHERE state = 'approved';
CREATE INDEX comment_text ON comment (text_digest, at) WHERE text_digest IS NOT NULL;
CREATE INDEX comment_net ON comment (net_mac, at) WHERE net_mac IS NOT NULL;
CREATE INDEX comment_sender ON comment (email_mac, state, at) WHERE version > 0; -- what people decided

CREATE TABLE decision (
	id         INTEGER PRIMARY KEY,
	batch      TEXT NOT NULL,
	comment    TEXT NOT NULL REFERENCES comment (id),
	version    BIGINT NOT NULL, -- the comment's after it
	editor     TEXT NOT NULL,
	name       TEXT NOT NULL,
	from_state TEXT NOT NULL,
	to_state   TEXT NOT NULL,
	note       TEXT NOT NULL,
	undoes     TEXT NOT NULL, -- batch; empty otherwise
	at         BIGINT NOT NULL,
	UNIQUE (comment, version)
);
CREATE INDEX decision_batch ON decision (batch);

-- +goose StatementBegin
CREATE TRIGGER decision_stands BEFORE UPDATE ON decision
BEGIN
	SELECT RAISE(ABORT, 'a decision is never changed: decide again');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decision_stays BEFORE DELETE ON decision
BEGIN
	SELECT RAISE(ABORT, 'a decision is never deleted: decide again');
END;
-- +goose StatementEnd

CREATE TABLE batch (
	id        TEXT NOT NULL PRIMARY KEY,
	editor    TEXT NOT NULL,
	name      TEXT NOT NULL,
	to_state  TEXT NOT NULL, -- where most of it went
	decisions BIGINT NOT NULL,
	note      TEXT NOT NULL,
	undoes    TEXT NOT NULL, -- batch; empty otherwise
	at        BIGINT NOT NULL
);
CREATE INDEX batch_editor ON batch (editor, at, id);
CREATE INDEX batch_undoes ON batch (undoes) WHERE undoes <> '';

CREATE TABLE look (
	id      INTEGER PRIMARY KEY,
	comment TEXT NOT NULL REFERENCES comment (id),
	editor  TEXT NOT NULL,
	name    TEXT NOT NULL,
	at      BIGINT NOT NULL
);

CREATE TABLE outbox (
	id      INTEGER PRIMARY KEY,
	kind    TEXT NOT NULL, -- received or decided
	site    TEXT NOT NULL,
	comment TEXT NOT NULL,
	batch   TEXT NOT NULL, -- of the decision; empty when received
	at      BIGINT NOT NULL,
	sent_at BIGINT
);

CREATE TABLE spent (
	id         BLOB NOT NULL PRIMARY KEY,
	spender    TEXT NOT NULL, -- empty: nobody may spend it again
	spent      BOOLEAN NOT NULL,
	wrong      BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX spent_expires ON spent (expires_at);

CREATE TABLE editor (
	id       TEXT NOT NULL PRIMARY KEY,
	name     TEXT NOT NULL UNIQUE,
	password TEXT NOT NULL DEFAULT ''
);

CREATE TABLE editor_role (
	editor TEXT NOT NULL REFERENCES editor (id),
	site   TEXT NOT NULL,
	role   TEXT NOT NULL,
	PRIMARY KEY (editor, site)
);

CREATE TABLE pass (
	hash       BLOB NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL,
	editor     TEXT NOT NULL REFERENCES editor (id),
	label      TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX pass_editor ON pass (editor);
CREATE INDEX pass_expires ON pass (expires_at);
