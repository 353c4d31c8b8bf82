-- +goose Up
-- Who spent a challenge was kept in bytes that are no text, which PostgreSQL refuses; now it is hexadecimal. There
-- is nothing to change where nothing was kept.

UPDATE spent SET spender = lower(hex(spender)) WHERE length(CAST(spender AS BLOB)) = 16; -- sqlite
