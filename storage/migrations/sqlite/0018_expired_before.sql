-- Messages from before then had expired when the room's retention was made longer, and stay so.
ALTER TABLE rooms ADD COLUMN expired_before TEXT;
