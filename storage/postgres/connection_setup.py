"""Sessions of PostgreSQL: their settings, and which refusals of a server or pooler last.

Settings and prepared statements belong to a session, which is a connection of its own. PgBouncer shares connections
between its clients with `pool_mode = transaction` or `statement`; only `session` leaves each client its own.
"""

# PostgreSQL gives no code with a refused connection, only a sentence. If it is not in English, opening goes on trying
# until its time is up, and then reports the sentence.
_FATAL_MESSAGES = (
    "authentication failed",
    "auth failed",
    "no password supplied",
    "does not exist",
    "no such database",
    "no such user",
    "wrong password type",
    "cannot do SCRAM authentication",
    "no pg_hba.conf entry",
    "permission denied",
    "is not permitted to log in",
    "not currently accepting connections",
    "does not support SSL",
    "SSL required",
    "certificate verify failed",
    "does not match host name",
    "requires a valid client certificate",
    "unsupported frontend protocol",
    "unsupported startup parameter",
    "unrecognized configuration parameter",
    "invalid ",
)
_STATEMENT_MODE = "statement pooling"

SHARED_SESSIONS = (
    "A pooler in front of PostgreSQL shares connections between clients (pool_mode = transaction or statement): set "
    "pool_mode = session in PgBouncer, or name PostgreSQL itself in [storage] url."
)
TOO_FEW_CONNECTIONS = (
    "a second connection was not answered (a pooler in front of PostgreSQL needs a pool of at least 5)"
)


def setup_sql(statement_timeout: float, idle_timeout: float) -> str:
    """Return the SQL that begins each session. As startup options, PgBouncer would refuse them.

    Args:
        statement_timeout: seconds after which the server ends a statement; 0 for never.
        idle_timeout: seconds after which it ends a transaction that does nothing: a process of ours that stands still
            does not hold up the others.
    """
    return (
        "DEALLOCATE ALL;"  # a pooler may hand over a used connection
        " SET TimeZone TO 'UTC'; SET DateStyle TO ISO;"
        f" SET statement_timeout TO {round(1000 * statement_timeout)};"
        f" SET idle_in_transaction_session_timeout TO {round(1000 * idle_timeout)};"
    )


def permanent_error(reason: str) -> str | None:
    """Return the sentence to report for a refusal that waiting does not mend; None if it may pass.

    Args:
        reason: the server's or pooler's, one line.
    """
    if _STATEMENT_MODE in reason:
        return SHARED_SESSIONS
    if not any(phrase in reason for phrase in _FATAL_MESSAGES):
        return None
    if "unsupported startup parameter" in reason:
        return (
            f"PgBouncer refuses the connection: {reason}: leave options out of [storage] url, or list the parameter in "
            "PgBouncer's ignore_startup_parameters"
        )
    return f"PostgreSQL refuses the connection: {reason}: correct [storage] url"
