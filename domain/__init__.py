"""Records, request bodies, server events, errors, permissions, ids and the clock. No I/O."""
