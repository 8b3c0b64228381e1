-- A report outlives its room, and is of a message, a user or a room. Its readers are those of the accused's role when it was made.
ALTER TABLE reports
    DROP CONSTRAINT reports_room_id_fkey,
    DROP CONSTRAINT reports_room_id_message_id_reporter_id_key,
    ALTER COLUMN sender_id DROP NOT NULL,
    ADD COLUMN kind text NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'room', 'user')),
    ADD COLUMN room_name text NOT NULL DEFAULT '',
    ADD COLUMN accused_id uuid REFERENCES users,
    ADD COLUMN readers text NOT NULL DEFAULT 'moderators' CHECK (readers IN ('moderators', 'owner', 'admins'));
ALTER TABLE reports RENAME COLUMN message_id TO target_id;
UPDATE reports SET accused_id = sender_id, readers =
    CASE WHEN EXISTS (SELECT FROM users WHERE users.id = sender_id AND role = 'admin' AND NOT disabled) THEN 'admins'
         ELSE coalesce((SELECT CASE role WHEN 'owner' THEN 'admins' WHEN 'moderator' THEN 'owner' END FROM members
                        WHERE members.room_id = reports.room_id AND user_id = sender_id), 'moderators') END;
ALTER TABLE reports ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN readers DROP DEFAULT;
CREATE UNIQUE INDEX reports_of_messages ON reports (room_id, target_id, reporter_id) WHERE kind = 'message';
CREATE INDEX reports_open ON reports (room_id, id) WHERE status = 'open';
CREATE INDEX reports_by_accused ON reports (accused_id, id);

-- Names in the text of reports: they are taken out when the user deletes the account.
CREATE TABLE reported_names (
    user_id uuid NOT NULL REFERENCES users,
    report_id uuid NOT NULL REFERENCES reports ON DELETE CASCADE,
    name text NOT NULL,
    PRIMARY KEY (user_id, report_id)
);
CREATE INDEX reported_names_by_report ON reported_names (report_id);
