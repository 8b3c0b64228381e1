-- Users who join read messages from rooms.history_from on; members read those from visible_from on. Both are 1 so far.
ALTER TABLE rooms ADD COLUMN history_from bigint NOT NULL DEFAULT 1,
    ADD CONSTRAINT rooms_history_from CHECK (history_from BETWEEN 1 AND last_seq + 1);
ALTER TABLE members ADD COLUMN visible_from bigint NOT NULL DEFAULT 1,
    ADD CONSTRAINT members_visible_from CHECK (visible_from BETWEEN 1 AND last_read + 1);
