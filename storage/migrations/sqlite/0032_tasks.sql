-- Tasks of users. A key recognises the retry of a request that added a task, which may have been deleted since.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    room_id TEXT REFERENCES rooms (id),
    title TEXT NOT NULL,
    notes TEXT NOT NULL,
    due_on TEXT,
    done_at TEXT,
    estimate_rounds INTEGER,
    position INTEGER NOT NULL,
    shared INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX open_tasks ON tasks (user_id, position) WHERE done_at IS NULL;
CREATE INDEX done_tasks ON tasks (user_id, done_at) WHERE done_at IS NOT NULL;
CREATE INDEX tasks_by_user ON tasks (user_id, id);
CREATE INDEX tasks_by_room ON tasks (room_id, user_id) WHERE room_id IS NOT NULL;
CREATE TABLE task_keys (
    user_id TEXT NOT NULL REFERENCES users (id),
    client_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (user_id, client_id)
) WITHOUT ROWID;
CREATE INDEX task_keys_by_time ON task_keys (created_at);
