"""The contract of a storage: what every backend promises, noun by noun.

tests/test_storage_*.py hold every backend to each sentence here. Common to all methods:

- A method is atomic: it happened wholly or not at all, and what it returned is durable as far as
  the backend keeps anything. Cancelling the caller does not leave half of it.
- Everything handed out is frozen and may be shared.
- `StorageUnavailable` may be raised by any method: the backend does not answer, and the caller
  cannot know whether a write happened. Every write is safe to send again: adding what was added, by id, changes
  nothing, nor does a rotation or transfer that has been made.
- Ids arrive normalised and text clean (text.py); a backend interprets neither.
- Stamps are kept to the millisecond and come back as they were given.
- A method that is given an act asks in its transaction whether that is allowed (ranks.check), keeps it in the room's
  audit log where it changed something, and does nothing where an act with this id was kept before.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from errors import AppError
from models import (
    Account,
    Act,
    Draft,
    Member,
    MemberProfile,
    MemberRole,
    Membership,
    Message,
    Present,
    Renewal,
    Reset,
    Room,
    RoomId,
    SignIn,
    SignInId,
    Timestamp,
    Totals,
    User,
    UserId,
    UserRole,
)
from storage.base_access import AuditLog, Bans, Invites, Reports
from storage.base_second_factors import SecondFactors
from storage.base_traces import Traces


class Users(ABC):
    """People and their passwords."""

    @abstractmethod
    async def add_user(self, user: User, password_hash: str) -> None:
        """Keep a new user.

        Raises:
            EmailTaken: another user, not deleted, has this email.
        """

    @abstractmethod
    async def user(self, user_id: UserId) -> User | None:
        """Return the user; None where there is none or they deleted their account."""

    @abstractmethod
    async def account(self, user_id: UserId) -> Account | None:
        """Return the user with their password hash; None as for `user`."""

    @abstractmethod
    async def account_by_email(self, email: str) -> Account | None:
        """Return the user with exactly this email and their password hash; None where there is none."""

    @abstractmethod
    async def change_user(self, user_id: UserId, changes: Mapping[str, Any]) -> User | None:
        """Set the fields named (of first_name, last_name, avatar, bio) and return the user; None as for `user`.

        Fields not named keep their value, also when two changes run at once. With no fields
        named, nothing changes.
        """

    @abstractmethod
    async def set_standing(
        self, user_id: UserId, *, role: UserRole | None = None, disabled: bool | None = None
    ) -> User | None:
        """Set the role, or whether the user is disabled, or both, and return the user; None as for `user`.

        Of a user who is disabled, every sign-in is revoked.

        Raises:
            LastAdmin: the user is an admin who is not disabled, would not be one any more, and there is no other;
                exact under any number of callers.
        """

    @abstractmethod
    async def set_password(self, user_id: UserId, password_hash: str, *, instead_of: str) -> bool:
        """Replace the password hash and say whether it was done; not where another is kept than `instead_of`.

        Nor is it where there is no such user. Sent again, it says True again.
        """

    @abstractmethod
    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        """Set `last_login`; nothing happens where there is no such user."""

    @abstractmethod
    async def delete_user(self, user_id: UserId) -> bool:
        """Anonymise the user and say whether there was one.

        Their name becomes `models.DELETED_NAME`, avatar, bio, email and password are erased (the email is
        free again), their sign-ins, reset, second factor, bans, mutes and invitations are deleted and their
        memberships end (`total_members` follows). They are in no room's presence any more. Their messages stay, in the
        same rooms under the same numbers. Where a message names them (`Draft.named`), `DELETED_NAME` stands in place of
        that name.

        Raises:
            OwnerCannotLeave: the user owns a room, which nobody could look after; exact under any number of callers.
        """

    @abstractmethod
    async def is_empty(self) -> bool:
        """Say whether no user was ever added; one who deleted their account counts."""


class Directory(ABC):
    """Everybody who has an account, and how much there is of everything."""

    @abstractmethod
    async def users(self, *, search: str = "", before: UserId | None = None, limit: int) -> list[User]:
        """Return up to `limit` users, newest (largest id) first; not those who deleted their account.

        Args:
            search: only users whose name or email, folded (text.folded), contains this (already folded) text; every
                character of it stands for itself.
            before: only users with a smaller id, to continue a list.
        """

    @abstractmethod
    async def totals(self, since: Timestamp) -> Totals:
        """Count users, rooms and the messages in them, and for each day the users added at `since` or later.

        Days are those of UTC; one on which nobody was added is left out. What was deleted does not count.
        """


class Resets(ABC):
    """Who may set a new password without the old one. Everybody has one reset at most."""

    @abstractmethod
    async def add_reset(self, reset: Reset) -> None:
        """Keep a reset in place of any other of its user.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def reset(self, token_hash: str) -> Reset | None:
        """Return the reset with this hash, its time over or not; None where there is none."""

    @abstractmethod
    async def use_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        """Replace the password hash of the reset's user, revoke all their sign-ins, and return who it was.

        The reset is used up by that: of many callers with one hash, one wins. None, and nothing happens, where there
        is no such reset or it expires at `now` or before.
        """


class SignIns(ABC):
    """Sign-ins: families of refresh tokens."""

    @abstractmethod
    async def add_sign_in(self, sign_in: SignIn) -> None:
        """Keep a new sign-in.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def sign_in(self, sign_in_id: SignInId) -> SignIn | None:
        """Return the sign-in, revoked or not; None where there is none."""

    @abstractmethod
    async def sign_ins_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[SignIn]:
        """Return up to `limit` of the user's sign-ins, newest (largest id) first: not revoked, expiring after `now`."""

    @abstractmethod
    async def rotate_sign_in(self, sign_in_id: SignInId, old_hash: str, renewal: Renewal) -> SignIn | None:
        """Set what `renewal` says and return the sign-in; of many callers with one `old_hash`, one wins.

        Where the sign-in keeps another hash than `old_hash` (the token was used before), the sign-in is revoked and
        None returned. None, too, where it was revoked or does not exist.
        """

    @abstractmethod
    async def revoke_sign_in(self, sign_in_id: SignInId) -> None:
        """Revoke one sign-in; nothing happens where there is none."""

    @abstractmethod
    async def revoke_sign_ins(self, user_id: UserId, *, keep: SignInId | None = None) -> list[SignInId]:
        """Revoke every sign-in of the user but `keep`; return those that were not revoked before, by id."""

    @abstractmethod
    async def purge_sign_ins(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` sign-ins that are revoked, or expired at `before` or earlier; return how many."""


class Rooms(ABC):
    """Rooms."""

    @abstractmethod
    async def add_room(self, room: Room) -> None:
        """Keep a new room with `room.created_by` as its owner and only member, joined at `room.created_at`.

        Raises:
            UserNotFound: the owner is gone.
        """

    @abstractmethod
    async def room(self, room_id: RoomId) -> Room | None:
        """Return the room; None where there is none."""

    @abstractmethod
    async def change_room(self, room_id: RoomId, changes: Mapping[str, Any], act: Act | None = None) -> Room | None:
        """Set the fields named and return the room.

        They may be name, description, subject, image, visibility, capacity and retention_days.

        None where there is no such room. Fields not named keep their value.

        Raises:
            CapacityTooSmall: the new capacity is below `total_members`.
            Forbidden: the act is not allowed.
        """

    @abstractmethod
    async def delete_room(self, room_id: RoomId) -> bool:
        """Delete the room with its messages, members and presence; say whether there was one.

        For every other method it is gone at once, and so are its name and all that was known of it but its messages,
        which `purge_rooms` deletes: it takes no longer where there are many.
        """

    @abstractmethod
    async def rooms_of(self, user_id: UserId, limit: int) -> list[Membership]:
        """Return up to `limit` of the user's rooms, last active first; at equal times the larger id first."""

    @abstractmethod
    async def owned_rooms(self, user_id: UserId, limit: int) -> list[Room]:
        """Return up to `limit` rooms that the user owns, by id."""

    @abstractmethod
    async def discover(
        self, user_id: UserId, *, search: str = "", before: RoomId | None = None, limit: int
    ) -> list[Room]:
        """Return up to `limit` public rooms that the user is no member of, newest (largest id) first.

        Args:
            search: only rooms whose name, subject or description, folded (text.folded), contains this
                (already folded) text; every character of it stands for itself.
            before: only rooms with a smaller id, to continue a list.
        """


class Members(ABC):
    """Who belongs to which room."""

    @abstractmethod
    async def add_member(self, room_id: RoomId, user_id: UserId, at: Timestamp, *, only_public: bool = False) -> Member:
        """Make the user a member, with everything said so far as read, and return their place.

        Somebody who is a member already keeps the place they have, also in a full room. Who was muted still is.

        Raises:
            RoomNotFound: there is no such room; with `only_public`, or it is private.
            Banned: the user is.
            RoomFull: the room has as many members as its capacity; exact under any number of callers.
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def remove_member(self, room_id: RoomId, user_id: UserId, act: Act | None = None) -> bool:
        """End the membership, with the invitations that the user made there, and say whether there was one.

        Raises:
            OwnerCannotLeave: the user owns the room, and there is no act.
            Forbidden, NotAMember: the act is not allowed.
        """

    @abstractmethod
    async def set_role(self, room_id: RoomId, user_id: UserId, role: MemberRole, act: Act) -> Member:
        """Make the member a moderator or a mere member and return their place; one who has the role keeps it.

        Who is no moderator any more loses the invitations that they made there.

        Raises:
            Forbidden, NotAMember: the act is not allowed.
        """

    @abstractmethod
    async def mute_member(self, room_id: RoomId, user_id: UserId, until: Timestamp, act: Act) -> Member:
        """Refuse what the member says until that moment, also should they leave and come back; return their place.

        Raises:
            Forbidden, NotAMember: the act is not allowed.
        """

    @abstractmethod
    async def unmute_member(self, room_id: RoomId, user_id: UserId, act: Act) -> bool:
        """End the mute, also of somebody who left, and say whether there was one that is not over.

        Raises:
            Forbidden: the act is not allowed.
        """

    @abstractmethod
    async def member(self, room_id: RoomId, user_id: UserId) -> Member | None:
        """Return the user's place in the room; None where they have none."""

    @abstractmethod
    async def members(self, room_id: RoomId, limit: int) -> list[MemberProfile]:
        """Return up to `limit` members: owner, moderators, members; of equals, who joined first (then by id)."""

    @abstractmethod
    async def transfer_room(self, room_id: RoomId, owner: UserId, heir: UserId, act: Act | None = None) -> None:
        """Make `heir` the owner and the former owner a moderator; nothing happens where they are the same.

        Raises:
            NotAMember: `heir` is no member of the room.
            Forbidden: `owner` does not own the room (any more), or the act is not allowed.
        """

    @abstractmethod
    async def mark_read(self, room_id: RoomId, user_id: UserId, seq: int) -> int:
        """Note that the member has read up to `seq` and return how many messages, of those kept, are unread.

        The mark never moves back, nor beyond the last message.

        Raises:
            NotAMember: the user is no member of the room, or there is no such room.
        """


class Messages(ABC):
    """What was said.

    Attributes:
        lanes: how many calls of `add_messages` at once, each for rooms of its own, are worth their while.
    """

    lanes = 1

    @abstractmethod
    async def add_messages(self, drafts: Sequence[Draft]) -> list[Message | AppError]:
        """Keep messages, all in one transaction, and return one result for each draft, in the order of the drafts.

        A result is the message as kept, or the reason why this draft was refused (`RoomNotFound`, `NotAMember`
        for a sender who is none, `Muted` for one who is at the draft's `timestamp`, `Forbidden` for an act that is not
        allowed): the others are kept all the same. Messages of one room are numbered
        `room.last_seq + 1 …` in the order of the drafts, without holes, also when other callers and other
        processes add at the same time.

        A draft whose sender, room and `client_message_id` (where it has one) are those of a message already kept,
        or of an earlier draft in the call, or whose `id` is, *is* that message: the first one is
        returned (`result.id` tells which draft won) and nothing is kept. That comes before the other reasons
        to refuse, but for a room that is gone. Where the first one has expired it is still known by its key, up to
        `forget_keys`, and returned under its id, number and timestamp with the content of the draft.

        For each message kept, the room's `last_active` becomes the largest of it and the timestamps, and the
        sender's read mark moves to the message's number.
        """

    @abstractmethod
    async def messages_after(self, room_id: RoomId, seq: int, limit: int) -> list[Message]:
        """Return up to `limit` messages with a number above `seq`, oldest first; [] where there are none.

        Senders bear the name and picture they have now.
        """

    @abstractmethod
    async def messages_before(self, room_id: RoomId, seq: int | None, limit: int) -> list[Message]:
        """Return the last `limit` messages with a number below `seq` (None: of all), oldest first."""

    @abstractmethod
    async def recent_messages(self, user_id: UserId, limit: int) -> list[Message]:
        """Return the last `limit` messages in the user's rooms, newest first; at equal times the larger id first."""


class Retention(ABC):
    """What is kept no longer. Each call deletes a few rows, so that nothing else waits for it for long.

    A message expires when it is older than `retention_days` of its room or than `most_days`, whichever is less; None is
    for ever.
    """

    @abstractmethod
    async def rooms_with_expired(
        self, now: Timestamp, most_days: int | None, *, after: RoomId | None = None, limit: int
    ) -> list[RoomId]:
        """Return up to `limit` rooms whose first message has expired, by id; with `after`, those with a larger one."""

    @abstractmethod
    async def expire_messages(self, room_id: RoomId, now: Timestamp, most_days: int | None, limit: int) -> int:
        """Delete up to `limit` of the room's first messages that have expired, and return how many.

        They are deleted in the order of their numbers, up to the first one that has not expired, whatever stamps those
        after it bear: `first_seq` moves on to it, and what is left has no hole. `last_seq` stays. What tells a retry of
        them is kept, with `now` as the time of their deletion.
        """

    @abstractmethod
    async def forget_keys(self, before: Timestamp, limit: int) -> int:
        """Forget up to `limit` keys of messages that expired and were deleted before then; return how many."""

    @abstractmethod
    async def purge_rooms(self, limit: int) -> bool:
        """Delete up to `limit` messages of a room that was deleted, or what else is left of it; False for nothing."""

    @abstractmethod
    async def forget_reports(self, made_before: Timestamp, resolved_before: Timestamp, limit: int) -> int:
        """Delete up to `limit` reports that were made, or resolved, before then; return how many."""

    @abstractmethod
    async def tidy(self) -> None:
        """Let go of copies of what was deleted, as far as the backend has any and can do so with nobody waiting."""


class Presence(ABC):
    """Who was where, as of the last flush. The truth is in memory (services/presence.py)."""

    @abstractmethod
    async def save_presence(self, rooms: Mapping[RoomId, Sequence[Present]]) -> None:
        """Replace who is in each of the rooms given; rooms and users that are gone are passed over.

        A room's `last_active` becomes the largest of it and the `last_active` of those present.
        """

    @abstractmethod
    async def presence(self, room_id: RoomId) -> list[Present]:
        """Return who was in the room, by user id."""

    @abstractmethod
    async def clear_presence(self) -> int:
        """Forget everybody in every room and return how many there were: what a dead process left."""


class Storage(
    Users,
    Directory,
    Resets,
    SecondFactors,
    SignIns,
    Rooms,
    Members,
    Invites,
    Bans,
    AuditLog,
    Reports,
    Messages,
    Retention,
    Traces,
    Presence,
):
    """Everything that is kept. Opened once, before anything else is called, and closed once."""

    @abstractmethod
    async def open(self) -> None:
        """Connect and bring the schema up to date; safe while another process does the same.

        Raises:
            StorageUnusable: waiting will not help; the message is one line that says what to do.
            StorageUnavailable: it did not answer in time.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what is running and let go of everything; does nothing where it is closed already."""

    @abstractmethod
    async def ping(self) -> None:
        """Return when the storage answers and can write; raise `StorageUnavailable` where it does not."""

    @abstractmethod
    async def epoch(self) -> str:
        """Return the name of this history: the same as long as it is, another when it was wiped."""
