"""What people are told by mail of their own account, so that they notice where somebody else has it in hand."""

from models import Device, Timestamp, User
from services.outgoing import Letter, Outgoing

PASSWORD_CHANGED = (
    "Your password for Studyhall was changed",
    """\
The password of the account with this address at {address} was changed on {day} at {time} UTC.

If it was you, do nothing. If it was not, set a new one now, which signs everybody out:

{address}/forgot
""",
)
SIGNED_IN = (
    "A new sign-in to Studyhall",
    """\
Somebody, probably you, signed in to the account with this address at {address} on {day} at {time} UTC,
with a program and from an address ({source}) where it is signed in nowhere else.

If it was you, do nothing. If it was not, set a new password now, which signs everybody out:

{address}/forgot
""",
)


SECOND_FACTOR = (
    "Signing in to Studyhall",
    """\
Signing in to the account with this address at {address} {takes}, since {day} at {time} UTC.

If it was you, do nothing. If it was not, set a new password now, which signs everybody out, and ask whoever runs the
server:

{address}/forgot
""",
)


class Notices:
    """Tells people, where mail is sent at all. Nobody waits for it.

    Args:
        address: where browsers find the server, without a slash at the end.
    """

    def __init__(self, outgoing: Outgoing, address: str) -> None:
        self._outgoing = outgoing
        self._address = address

    def password_changed(self, user: User, at: Timestamp) -> None:
        """Tell somebody that their password is another one."""
        self._queue(user, "password-changed", PASSWORD_CHANGED, at)

    def second_factor(self, user: User, at: Timestamp, *, is_on: bool) -> None:
        """Tell somebody that signing in takes a code from an app now, or takes none any more."""
        takes = (
            "takes a code from an app beside the password" if is_on else "takes no code beside the password any more"
        )
        self._queue(user, "second-factor", SECOND_FACTOR, at, takes=takes)

    def signed_in(self, user: User, at: Timestamp, device: Device) -> None:
        """Tell somebody that they signed in where they had not been.

        What the program says of itself is left out: whoever signed in chose the words.
        """
        self._queue(user, "signed-in", SIGNED_IN, at, source=device.address)

    def _queue(self, user: User, kind: str, what: tuple[str, str], at: Timestamp, **fields: str) -> None:
        subject, text = what
        day, _, time = at.partition("T")
        letter = Letter(
            user.email, subject, text.format(address=self._address, day=day, time=time[:5], **fields), user.id
        )

        async def write() -> Letter:
            return letter

        self._outgoing.send(write, kind=kind, to=user.email, user=user.id)
