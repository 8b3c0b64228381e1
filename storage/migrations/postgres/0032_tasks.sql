-- Tasks of users. A key recognises the retry of a request that added a task, which may have been deleted since.
CREATE TABLE tasks (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    room_id uuid REFERENCES rooms,
    title text NOT NULL,
    notes text NOT NULL,
    due_on text COLLATE "C",
    done_at timestamptz(3),
    estimate_rounds integer,
    position bigint NOT NULL,
    shared boolean NOT NULL
);
CREATE INDEX open_tasks ON tasks (user_id, position) WHERE done_at IS NULL;
CREATE INDEX done_tasks ON tasks (user_id, done_at) WHERE done_at IS NOT NULL;
CREATE INDEX tasks_by_user ON tasks (user_id, id);
CREATE INDEX tasks_by_room ON tasks (room_id, user_id) WHERE room_id IS NOT NULL;
CREATE TABLE task_keys (
    user_id uuid NOT NULL REFERENCES users,
    client_id text NOT NULL,
    task_id uuid NOT NULL,
    created_at timestamptz(3) NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX task_keys_by_time ON task_keys (created_at);
