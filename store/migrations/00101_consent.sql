-- +goose Up
-- What visitors agreed to when they sent a comment. Each wording is kept once, as long as a comment refers to it.

CREATE TABLE consent_text (
	number   INTEGER PRIMARY KEY,
	hash     TEXT NOT NULL UNIQUE, -- SHA-256 in hexadecimal of language, line feed and text
	language TEXT NOT NULL,
	text     TEXT NOT NULL,
	first_at BIGINT NOT NULL -- of the first comment that was sent under it
);

-- The wording has no foreign key: each submission would lock the row of its wording, which nearly all share.
CREATE TABLE comment_consent (
	comment TEXT NOT NULL PRIMARY KEY REFERENCES comment (id),
	wording BIGINT NOT NULL,
	ticked  BOOLEAN NOT NULL, -- a box; otherwise the comment was sent below a notice
	at      BIGINT NOT NULL
);

CREATE INDEX comment_consent_wording ON comment_consent (wording);
