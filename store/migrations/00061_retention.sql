-- +goose Up
-- Retention: what personal data is let go when its time is over, and what stays of a text that taught.

ALTER TABLE comment ADD COLUMN addr_part BOOLEAN NOT NULL DEFAULT FALSE; -- only the network of its address is left
ALTER TABLE comment ADD COLUMN blanked_at BIGINT NOT NULL DEFAULT 0;     -- when name, text and the like were removed; 0 while they are there

CREATE INDEX comment_addr ON comment (addr_part, at) WHERE addr_sealed IS NOT NULL;
CREATE INDEX comment_mail ON comment (at) WHERE email_sealed IS NOT NULL;
CREATE INDEX comment_refused ON comment (at) WHERE blanked_at = 0 AND state IN ('spam', 'trashed');
CREATE INDEX look_at ON look (at);

CREATE TABLE lesson_words ( -- of comments that taught and were blanked
	comment TEXT NOT NULL PRIMARY KEY,
	words   BLOB NOT NULL -- numbers of hashed words, as moderation/learn packs them
);

CREATE TABLE site_erasure ( -- sites whose data key was destroyed
	site    TEXT NOT NULL,
	kid     TEXT NOT NULL, -- of the data key
	at      BIGINT NOT NULL,
	done_at BIGINT NOT NULL DEFAULT 0, -- when its comments were blanked as well
	PRIMARY KEY (site, kid)
);
