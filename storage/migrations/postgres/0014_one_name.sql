COMMENT ON COLUMN users.last_name IS 'May be empty.';
