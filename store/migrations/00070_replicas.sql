-- +goose Up
-- Replicas are one. What editors made of the desk's own rule file, so that every replica has the same one: each row is the
-- whole file, the newest counts.

CREATE TABLE desk_rules (
	version BIGINT NOT NULL PRIMARY KEY,
	file    BLOB NOT NULL,
	at      BIGINT NOT NULL
);

-- Until when somebody has a delivery in hand: next_at as Claim set it. It differs from next_at where the
-- delivery waits for another try.
ALTER TABLE announce_delivery ADD COLUMN claimed_until BIGINT NOT NULL DEFAULT 0;
