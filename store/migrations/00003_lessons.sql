-- +goose Up
-- Lessons: what editors' decisions teach. Everything here follows from the decision log and may
-- be dropped and studied again.

CREATE TABLE lesson (
	id      INTEGER PRIMARY KEY, -- numbered as they follow from the log
	site    TEXT NOT NULL,
	comment TEXT NOT NULL,       -- whose text it is
	spam    BOOLEAN NOT NULL,
	back    BOOLEAN NOT NULL,    -- takes the same lesson back
	share   BIGINT NOT NULL      -- it counts as one share-th
);

CREATE TABLE lesson_text ( -- lessons that stand
	site    TEXT NOT NULL,
	spam    BOOLEAN NOT NULL,
	text    BIGINT NOT NULL, -- digest
	comment TEXT NOT NULL,   -- the one that taught it
	share   BIGINT NOT NULL,
	holders BIGINT NOT NULL, -- comments that stand for it
	PRIMARY KEY (site, spam, text)
);

CREATE TABLE lesson_position (
	one      INTEGER PRIMARY KEY,
	decision BIGINT NOT NULL -- the last one that was studied
);
INSERT INTO lesson_position (one, decision) VALUES (1, 0);

CREATE TABLE lesson_summary ( -- a shortcut: what the lessons up to one come to
	site    TEXT NOT NULL PRIMARY KEY,
	lesson  BIGINT NOT NULL,
	summary BLOB NOT NULL
);
