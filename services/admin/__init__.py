"""Administration: users, promotions, announcements, rooms of the server, health."""
