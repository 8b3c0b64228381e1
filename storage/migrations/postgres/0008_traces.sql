-- Where somebody was a member: what they wrote is found there without an index that every message would pay for.
CREATE TABLE past_members (
    user_id uuid REFERENCES users,
    room_id uuid REFERENCES rooms ON DELETE CASCADE,
    PRIMARY KEY (user_id, room_id)
);
CREATE INDEX past_members_room ON past_members (room_id);
INSERT INTO past_members (user_id, room_id)
SELECT DISTINCT m.sender_id, m.room_id FROM messages m JOIN users u ON u.id = m.sender_id AND NOT u.deleted
WHERE NOT EXISTS (SELECT FROM members p WHERE p.room_id = m.room_id AND p.user_id = m.sender_id);

CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_target ON audit_log (target_id, id);
