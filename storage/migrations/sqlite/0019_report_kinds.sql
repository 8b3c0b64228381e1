-- A report outlives its room, and is of a message, a user or a room. Its readers are those of the accused's role when it was made.
CREATE TABLE reports_of_all (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('message', 'room', 'user')),
    room_id TEXT NOT NULL,
    room_name TEXT NOT NULL DEFAULT '',
    target_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    content TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    sender_id TEXT REFERENCES users (id),
    accused_id TEXT REFERENCES users (id),
    readers TEXT NOT NULL CHECK (readers IN ('moderators', 'owner', 'admins')),
    reporter_id TEXT NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
    created_at TEXT NOT NULL,
    resolved_by TEXT REFERENCES users (id),
    resolved_at TEXT,
    CHECK ((resolved_by IS NULL) = (status = 'open') AND (resolved_at IS NULL) = (status = 'open'))
) WITHOUT ROWID;
INSERT INTO reports_of_all
SELECT id, 'message', room_id, '', message_id, seq, content, timestamp, sender_id, sender_id,
       CASE WHEN EXISTS (SELECT 1 FROM users WHERE users.id = sender_id AND role = 'admin' AND NOT disabled) THEN 'admins'
            ELSE coalesce((SELECT CASE role WHEN 'owner' THEN 'admins' WHEN 'moderator' THEN 'owner' END FROM members
                           WHERE members.room_id = reports.room_id AND user_id = sender_id), 'moderators') END,
       reporter_id, reason, status, created_at, resolved_by, resolved_at
FROM reports;
DROP TABLE reports;
ALTER TABLE reports_of_all RENAME TO reports;
CREATE UNIQUE INDEX reports_of_messages ON reports (room_id, target_id, reporter_id) WHERE kind = 'message';
CREATE INDEX reports_by_room ON reports (room_id, id);
CREATE INDEX reports_open ON reports (room_id, id) WHERE status = 'open';
CREATE INDEX reports_by_reporter ON reports (reporter_id, id);
CREATE INDEX reports_by_accused ON reports (accused_id, id);
CREATE INDEX reports_by_creation ON reports (created_at);
CREATE INDEX reports_by_resolution ON reports (resolved_at) WHERE resolved_at IS NOT NULL;

-- Names in the text of reports: they are taken out when the user deletes the account.
CREATE TABLE reported_names (
    user_id TEXT NOT NULL REFERENCES users (id),
    report_id TEXT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (user_id, report_id)
) WITHOUT ROWID;
CREATE INDEX reported_names_by_report ON reported_names (report_id);
