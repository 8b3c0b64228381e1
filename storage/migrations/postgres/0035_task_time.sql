-- The time spent on a task is the sum of its sessions.
CREATE INDEX focus_sessions_task ON focus_sessions (task_id) WHERE task_id IS NOT NULL;
