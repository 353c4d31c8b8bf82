-- +goose Up
-- Threads read newest first: a branch that is a thread of its own is not sorted for each page.
CREATE INDEX comment_newest ON comment (thread, root DESC, id) WHERE state = 'approved';
