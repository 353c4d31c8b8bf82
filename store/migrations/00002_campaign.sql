-- +goose Up
-- Campaigns: what ties comments together. Everything here follows from the comments and may be
-- dropped and gathered again. No foreign keys: what is tied is purged before what it points to.

CREATE TABLE campaign (
	number   INTEGER PRIMARY KEY,
	id       TEXT NOT NULL,   -- of its oldest comment
	size     BIGINT NOT NULL,
	refused  BIGINT NOT NULL, -- by editors
	pages    BIGINT NOT NULL,
	names    BIGINT NOT NULL,
	networks BIGINT NOT NULL,
	last_at  BIGINT NOT NULL
);

CREATE TABLE campaign_site (
	campaign BIGINT NOT NULL,
	site     TEXT NOT NULL,
	size     BIGINT NOT NULL,
	refused  BIGINT NOT NULL,
	pending  BIGINT NOT NULL,
	place    BIGINT NOT NULL GENERATED ALWAYS AS (CASE -- in the queue; steady while a campaign grows a little
		WHEN pending >= 1024 THEN 0 WHEN pending >= 256 THEN 1 WHEN pending >= 64 THEN 2
		WHEN pending >= 16 THEN 3 WHEN pending >= 4 THEN 4 ELSE 5 END) STORED,
	PRIMARY KEY (campaign, site)
);
CREATE INDEX campaign_site_queue ON campaign_site (site, place, campaign) WHERE pending > 0;

CREATE TABLE campaign_member (
	number   INTEGER PRIMARY KEY,
	comment  TEXT NOT NULL UNIQUE,
	campaign BIGINT, -- NULL while nothing ties it
	site     TEXT NOT NULL,
	pending  BOOLEAN NOT NULL,
	place    BIGINT NOT NULL, -- among the members: what is least like others comes first
	sketch   BLOB NOT NULL,
	at       BIGINT NOT NULL
);
CREATE INDEX campaign_member_all ON campaign_member (campaign, at) WHERE campaign IS NOT NULL;
CREATE INDEX campaign_member_waits ON campaign_member (campaign, site, place, comment) WHERE pending;
CREATE INDEX campaign_member_old ON campaign_member (at) WHERE NOT pending OR campaign IS NULL;

CREATE TABLE campaign_tie (
	tie    INTEGER PRIMARY KEY, -- kind and hash
	member BIGINT NOT NULL,     -- who had it last, to within a day
	good   BIGINT NOT NULL,     -- likely good comments that had it
	had    BIGINT NOT NULL      -- comments that had it; both counts stop soon
);
CREATE INDEX campaign_tie_member ON campaign_tie (member);

CREATE TABLE campaign_face (
	campaign BIGINT NOT NULL,
	kind     BIGINT NOT NULL, -- 1 page, 2 name, 3 network
	hash     BIGINT NOT NULL,
	PRIMARY KEY (campaign, kind, hash)
);

CREATE TABLE campaign_position (
	one    INTEGER PRIMARY KEY,
	outbox BIGINT NOT NULL -- the last fact that was followed
);
INSERT INTO campaign_position (one, outbox) VALUES (1, 0);
