-- Users who join read messages from rooms.history_from on; members read those from visible_from on. Both are 1 so far.
ALTER TABLE rooms ADD COLUMN history_from INTEGER NOT NULL DEFAULT 1 CHECK (history_from BETWEEN 1 AND last_seq + 1);
ALTER TABLE members ADD COLUMN visible_from INTEGER NOT NULL DEFAULT 1 CHECK (visible_from BETWEEN 1 AND last_read + 1);
