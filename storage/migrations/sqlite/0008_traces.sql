-- Where somebody was a member: what they wrote is found there without an index that every message would pay for.
CREATE TABLE past_members (
    user_id TEXT NOT NULL REFERENCES users (id),
    room_id TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, room_id)
) WITHOUT ROWID;

CREATE INDEX past_members_by_room ON past_members (room_id);

INSERT INTO past_members (user_id, room_id)
SELECT DISTINCT sender_id, room_id FROM messages JOIN users ON users.id = sender_id
WHERE NOT users.deleted AND NOT EXISTS (
    SELECT 1 FROM members WHERE members.room_id = messages.room_id AND members.user_id = sender_id
);

CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_by_target ON audit_log (target_id, id);
