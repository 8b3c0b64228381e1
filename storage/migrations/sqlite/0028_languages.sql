-- The language in which the page speaks to the user; NULL for that of the browser.
ALTER TABLE users ADD COLUMN language TEXT;
