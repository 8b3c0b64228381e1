CREATE INDEX reports_reporter ON reports (reporter_id, id);

-- For finding what is old.
CREATE INDEX reports_created_at ON reports (created_at);
CREATE INDEX reports_resolved_at ON reports (resolved_at) WHERE resolved_at IS NOT NULL;
