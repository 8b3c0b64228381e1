-- Search keys (text.search_key) in place of texts with their case folded; İ in an email is i.
UPDATE OR IGNORE users SET email = replace(email, 'i' || char(775), 'i') WHERE instr(email, 'i' || char(775));
UPDATE users SET search_text = search_key(name || char(10) || email) WHERE NOT deleted;
UPDATE rooms SET search_text = search_key(name || char(10) || subject || char(10) || description) WHERE NOT deleted;
