-- +goose Up
-- The desk: lanes, changed texts, who has what open, and what editors did site by site.

ALTER TABLE comment ADD COLUMN lane TEXT NOT NULL DEFAULT '';    -- where it waits, or would if it did
ALTER TABLE comment ADD COLUMN place BIGINT NOT NULL DEFAULT 0;  -- in its lane, the lowest first
ALTER TABLE comment ADD COLUMN ruled BIGINT NOT NULL DEFAULT 0;  -- its version after the last change of state; 0 before
ALTER TABLE comment ADD COLUMN edited BIGINT NOT NULL DEFAULT 0; -- its version after the last change of text; 0 before

ALTER TABLE thread ADD COLUMN heat DOUBLE PRECISION NOT NULL DEFAULT 0; -- reads, of which half are forgotten each day
ALTER TABLE thread ADD COLUMN heat_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE thread ADD COLUMN place BIGINT NOT NULL DEFAULT 0; -- of what is doubted below it: minus the steps of heat

ALTER TABLE campaign_member ADD COLUMN likely BOOLEAN NOT NULL DEFAULT FALSE; -- the judge took it for spam, or nearly
ALTER TABLE campaign_site ADD COLUMN likely BIGINT NOT NULL DEFAULT 0;        -- of what is pending
ALTER TABLE campaign_site ADD COLUMN spot BIGINT NOT NULL GENERATED ALWAYS AS ( -- in the queue: the surest first, then the biggest
	CASE WHEN refused > 0 OR 2 * likely > pending THEN 0 ELSE 6 END + CASE
		WHEN pending >= 1024 THEN 0 WHEN pending >= 256 THEN 1 WHEN pending >= 64 THEN 2
		WHEN pending >= 16 THEN 3 WHEN pending >= 4 THEN 4 ELSE 5 END) VIRTUAL;

UPDATE comment SET ruled = version, lane = CASE
	WHEN EXISTS (SELECT 1 FROM campaign_member m WHERE m.comment = comment.id AND m.campaign IS NOT NULL) THEN 'campaign'
	WHEN verdict LIKE '{"outcome":"approve"%' THEN 'good' ELSE 'doubt' END;

UPDATE campaign SET id = (SELECT m.comment FROM campaign_member m WHERE m.campaign = campaign.number ORDER BY m.at, m.comment LIMIT 1)
	WHERE NOT EXISTS (SELECT 1 FROM campaign_member m WHERE m.comment = campaign.id AND m.campaign = campaign.number);

CREATE INDEX comment_lane ON comment (site, lane, place, id) WHERE state = 'pending';
CREATE INDEX comment_email ON comment (email_mac, at) WHERE email_mac IS NOT NULL;
DROP INDEX comment_sender;
CREATE INDEX comment_sender ON comment (email_mac, state, at) WHERE ruled > 0; -- what people decided
CREATE INDEX thread_warm ON thread (heat_at) WHERE place < 0;
DROP INDEX campaign_site_queue;
CREATE INDEX campaign_site_queue ON campaign_site (site, spot, campaign) WHERE pending > 0;

ALTER TABLE decision ADD COLUMN deed TEXT NOT NULL DEFAULT ''; -- edited or remarked; empty when it changed the state
ALTER TABLE batch ADD COLUMN deed TEXT NOT NULL DEFAULT '';
ALTER TABLE batch ADD COLUMN whole BIGINT NOT NULL DEFAULT 0;  -- decisions that it was meant to be; 0 when they came at once

CREATE TABLE edit (
	comment TEXT NOT NULL REFERENCES comment (id),
	version BIGINT NOT NULL, -- the comment's after it
	before  TEXT NOT NULL,   -- the text that it replaced
	PRIMARY KEY (comment, version)
);

CREATE TABLE batch_site (
	site      TEXT NOT NULL,
	at        BIGINT NOT NULL,
	batch     TEXT NOT NULL REFERENCES batch (id),
	comment   TEXT NOT NULL REFERENCES comment (id), -- one of them, for the list
	decisions BIGINT NOT NULL,
	PRIMARY KEY (site, at, batch)
);
INSERT INTO batch_site (site, at, batch, comment, decisions)
	SELECT c.site, b.at, b.id, min(c.id), count(*) FROM decision d JOIN comment c ON c.id = d.comment JOIN batch b ON b.id = d.batch
	GROUP BY c.site, b.at, b.id;

CREATE TABLE lease (
	group_id TEXT NOT NULL PRIMARY KEY,
	editor   TEXT NOT NULL,
	name     TEXT NOT NULL,
	until    BIGINT NOT NULL
);

ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT ''; -- that it left the comment in; empty for older ones
