"""PostgreSQL sessions: their settings, and the connection errors that retrying cannot fix.

Settings and prepared statements belong to a session, which must be one connection. PgBouncer shares connections between
clients with `pool_mode = transaction` or `statement`; only `session` gives each client a connection of its own.
"""

# PostgreSQL sends no code with a rejected connection, only a message. If the message is not in English, opening is
# retried until its timeout, which then reports the message.
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
    """Return the SQL that starts each session. PgBouncer would reject these settings as startup options.

    Args:
        statement_timeout: seconds after which the server cancels a statement; 0 for never.
        idle_timeout: seconds after which the server ends an idle transaction, so that a stopped process of ours does
            not block the others.
    """
    return (
        "DEALLOCATE ALL;"  # a pooler may pass on a used connection
        " SET TimeZone TO 'UTC'; SET DateStyle TO ISO;"
        f" SET statement_timeout TO {round(1000 * statement_timeout)};"
        f" SET idle_in_transaction_session_timeout TO {round(1000 * idle_timeout)};"
    )


def permanent_error(reason: str) -> str | None:
    """Return the message to report for an error that retrying cannot fix; None for a temporary error.

    Args:
        reason: message of the server or pooler, one line.
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
