"""Tables of cases: authorisation and bad input, for every route and event."""
