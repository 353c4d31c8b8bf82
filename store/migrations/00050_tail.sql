-- +goose Up
-- What followers read of the outbox: facts in the order of their numbers, none of which can still
-- be preceded by one that is not committed yet.

-- postgres: ALTER TABLE outbox ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
-- postgres: CREATE VIEW outbox_tail AS SELECT id, kind, site, comment, batch, state, at FROM outbox
-- postgres:	WHERE tx < pg_snapshot_xmin(pg_current_snapshot());
CREATE VIEW outbox_tail AS SELECT id, kind, site, comment, batch, state, at FROM outbox; -- sqlite
