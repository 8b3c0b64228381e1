-- Search keys (text.search_key) in place of texts with their case folded: storage/postgres/schema.py fills what is empty.
UPDATE users SET search_text = '';
UPDATE rooms SET search_text = '';
-- İ in an email is i; of two that become one, and where it is taken, they stay.
UPDATE users SET email = plain.email
FROM (SELECT min(id::text)::uuid AS id, replace(email, 'i' || chr(775), 'i') AS email FROM users
      WHERE strpos(email, 'i' || chr(775)) > 0 GROUP BY 2) AS plain
WHERE users.id = plain.id AND NOT EXISTS (SELECT FROM users taken WHERE taken.email = plain.email);
