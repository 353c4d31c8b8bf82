-- +goose Up
-- What people sign in with besides a password, and what their passes may do.

ALTER TABLE editor ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0; -- 0: never came
UPDATE editor SET seen_at = COALESCE((SELECT max(pass.seen_at) FROM pass WHERE pass.editor = editor.id AND pass.kind = 'session'), 0);

ALTER TABLE pass ADD COLUMN acts TEXT NOT NULL DEFAULT ''; -- separated by spaces; empty is all that the roles allow
ALTER TABLE pass ADD COLUMN site TEXT NOT NULL DEFAULT ''; -- empty is all sites
ALTER TABLE pass ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0; -- of a session: when its holder last proved who they are

CREATE TABLE passkey (
	id         BLOB NOT NULL PRIMARY KEY, -- as the authenticator gave it
	editor     TEXT NOT NULL REFERENCES editor (id),
	host       TEXT NOT NULL, -- under which it was made, and alone works
	name       TEXT NOT NULL,
	record     BLOB NOT NULL, -- public key and flags, JSON
	uses       BIGINT NOT NULL, -- what the authenticator counted; 0 where it does not count
	cloned     BOOLEAN NOT NULL DEFAULT FALSE, -- the count went back
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL
);
CREATE INDEX passkey_editor ON passkey (editor);

CREATE TABLE code_factor (
	editor   TEXT NOT NULL PRIMARY KEY REFERENCES editor (id),
	sealed   BLOB NOT NULL, -- the secret of the codes
	step     BIGINT NOT NULL, -- the last one that was used
	tries    BIGINT NOT NULL DEFAULT 0, -- since the last right code
	tried_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE recovery_code (
	editor TEXT NOT NULL REFERENCES editor (id),
	hash   BLOB NOT NULL,
	PRIMARY KEY (editor, hash)
);
