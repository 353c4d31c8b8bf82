-- +goose Up
-- Data requests: who asked, by a link mailed to an address, to see or erase what a site keeps under it. Their letters are
-- deliveries, which hold no address. Comments are found by the index comment_email, since the keyed hash of an address is
-- another one on each site.

CREATE TABLE data_request (
	id           TEXT NOT NULL PRIMARY KEY,
	site         TEXT NOT NULL,
	email_mac    BLOB, -- this and what is sealed go when the link has ended or all is erased
	email_sealed BLOB,
	token_hash   BLOB NOT NULL UNIQUE, -- SHA-256
	token_sealed BLOB,
	language     TEXT NOT NULL,
	asked_at     BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL DEFAULT 0, -- of the link; 0 before its letter is written
	exported_at  BIGINT NOT NULL DEFAULT 0, -- 0 unless its holder did
	erase_at     BIGINT NOT NULL DEFAULT 0, -- when its holder asked to erase what came until then; 0 otherwise
	done_at      BIGINT NOT NULL DEFAULT 0, -- when all of that was erased
	erased       BIGINT NOT NULL DEFAULT 0  -- comments so far
);
CREATE INDEX data_request_email ON data_request (site, email_mac, asked_at) WHERE email_mac IS NOT NULL;
CREATE INDEX data_request_asked ON data_request (asked_at);
CREATE INDEX data_request_open ON data_request (erase_at) WHERE erase_at > 0 AND done_at = 0;
