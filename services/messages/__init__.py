"""Messages: group commit, history, catch-up, system messages, retention."""
