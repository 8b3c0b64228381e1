CREATE INDEX reports_by_reporter ON reports (reporter_id, id);

-- For finding what is old.
CREATE INDEX reports_by_creation ON reports (created_at);
CREATE INDEX reports_by_resolution ON reports (resolved_at) WHERE resolved_at IS NOT NULL;
