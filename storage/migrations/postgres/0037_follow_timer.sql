-- Whether the member's study time follows the room's timer.
ALTER TABLE members ADD COLUMN follow_timer boolean NOT NULL DEFAULT true;
