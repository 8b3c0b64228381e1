"""Writes of the storage, with the lookups that show them. A new write needs a row."""

import msgspec

from domain import ids
from domain.accounts import AccountInvite, EmailVerificationToken, PasswordResetToken
from domain.admin import Promotion
from domain.study.timer import Timer
from storage.base.study.clock import CORRECTION
from tests.storage.test_focus import manual, row, session_of
from tests.support.factories import (
    at,
    draft,
    make_admin,
    new_act,
    new_invite,
    new_report,
    new_user,
    present,
    renewal,
    rotate,
)
from tests.support.quiet_focus import BREAK

UNREAD = {
    *("set_second_factor", "delete_second_factor", "add_promotion", "delete_promotion", "purge_former_accounts"),
    "set_user_timer",
    *("add_account_invite", "revoke_account_invite", "purge_account_invites", "add_announcement"),
    *("forget_focus_keys", "save_checkpoint", "rebuild_focus_days"),
    *("delete_announcement", "purge_reports", "compact", "command_changes"),
    *("add_scheduled_session", "change_scheduled_session", "delete_scheduled_session", "set_going"),
    *("advance_scheduled_session", "purge_scheduled_sessions", "set_calendar", "delete_calendar"),
    *("add_task", "change_task", "delete_task", "clear_task", "purge_task_keys"),
}
"""Writes of which no lookup shows anything, and `command_changes`, which reports what another process wrote."""

READS = {
    "ada": lambda s, w: s.user(w.ada.id),
    "bob": lambda s, w: s.user(w.bob.id),
    "new user": lambda s, w: s.user(w.new_user.id),
    "ada's sign-in": lambda s, w: s.session(w.ada_sign_in.id),
    "bob's sign-in": lambda s, w: s.session(w.bob_sign_in.id),
    "new sign-in": lambda s, w: s.session(w.new_sign_in.id),
    "room": lambda s, w: s.room(w.room.id),
    "new room": lambda s, w: s.room(w.new_room.id),
    "ada's place": lambda s, w: s.member(w.room.id, w.ada.id),
    "bob's place": lambda s, w: s.member(w.room.id, w.bob.id),
    "cy's place": lambda s, w: s.member(w.room.id, w.cy.id),
    "dee's place": lambda s, w: s.member(w.room.id, w.dee.id),
    "ada's new place": lambda s, w: s.member(w.new_room.id, w.ada.id),
    "members": lambda s, w: s.members(w.room.id, 10),
    "new members": lambda s, w: s.members(w.new_room.id, 10),
    "member ids": lambda s, w: s.member_ids(w.room.id),
    "owner": lambda s, w: s.owners([w.room.id]),
    "new owner": lambda s, w: s.owners([w.new_room.id]),
    "ada's rooms": lambda s, w: s.rooms_of(w.ada.id, 10),
    "bob's rooms": lambda s, w: s.rooms_of(w.bob.id, 10),
    "cy's rooms": lambda s, w: s.rooms_of(w.cy.id, 10),
    "bob's others": lambda s, w: s.discover(w.bob.id, limit=10),
    "cy's others": lambda s, w: s.discover(w.cy.id, limit=10),
    "quiet room": lambda s, w: s.room(w.quiet.id),
    "quiet messages": lambda s, w: s.messages_before(w.quiet.id, None, 10),
    "messages": lambda s, w: s.messages_before(w.room.id, None, 10),
    "timer": lambda s, w: s.room_timer(w.room.id),
    "ada's streak": lambda s, w: s.focus_streak(w.ada.id, at(0)[:10], "2099-12-31"),
}

# What shows a room.
ROOM = {"room", "ada's rooms", "bob's rooms", "cy's others"}


async def add_invited(storage, world):
    """Invite the new user by an admin without rooms."""
    await storage.make_first_admin(world.cy.id)
    invite = AccountInvite(
        id=ids.new_id(), code_hash="code", created_by=world.cy.id, created_at=at(0), expires_at=at(9_999)
    )
    await storage.add_account_invite(invite, 5)
    await storage.add_invited_user(world.new_user, "hash", "code")


async def approve(storage, world):
    """Approve the new user by the admin without rooms."""
    await storage.make_first_admin(world.cy.id)
    await storage.add_user(msgspec.structs.replace(world.new_user, pending=True), "hash")
    await storage.approve_user(world.new_user.id, world.cy.id)


async def refuse(storage, world):
    """Reject a user by the admin without rooms."""
    await storage.make_first_admin(world.cy.id)
    waiting = new_user("Waiting", pending=True)
    await storage.add_user(waiting, "hash")
    await storage.reject_user(waiting.id, world.cy.id)


async def confirm_promotion(storage, world):
    kept = getattr(storage, "inner", storage)
    grace, mary = await make_admin(kept, "Grace"), await make_admin(kept, "Mary")
    await kept.add_promotion(Promotion(world.ada.id, grace.id, at(10), at(100)), verified_only=False)
    await storage.confirm_promotion(world.ada.id, mary.id, at(20), verified_only=False)


async def correct_study_clock(storage, _world):
    """Move the study clock by a second, after its checkpoint, which is another write."""
    await storage.save_checkpoint(CORRECTION, at(50))
    await storage.correct_study_clock(at(50), at(51))


# Each write, and the reads that it makes answer differently.
WRITES = {
    "add_first_admin": (lambda s, w: s.add_first_admin(w.new_user, "hash"), {"new user"}),
    "make_first_admin": (lambda s, w: s.make_first_admin(w.bob.id), {"bob", "members"}),
    "add_invited_user": (add_invited, {"new user"}),
    "approve_user": (approve, {"new user"}),
    "reject_user": (refuse, set()),
    "add_user": (lambda s, w: s.add_user(w.new_user, "hash"), {"new user"}),
    "change_user": (
        lambda s, w: s.change_user(w.ada.id, {"first_name": "Augusta"}),
        {"ada", "members", "messages", "owner"},
    ),
    "set_access": (lambda s, w: s.set_access(w.ada.id, disabled=True), {"ada", "ada's sign-in"}),
    "reclaim_account": (
        lambda s, w: s.reclaim_account(PasswordResetToken(w.ada.id, "another", at(100)), "another"),
        {"ada", "ada's sign-in", "members"},
    ),
    "set_password": (
        lambda s, w: s.set_password(w.ada.id, "another", expected_hash=f"hash of {w.ada.id}"),
        set(),
    ),
    "add_password_reset": (lambda s, w: s.add_password_reset(PasswordResetToken(w.bob.id, "another", at(100))), set()),
    "use_password_reset": (lambda s, _: s.use_password_reset("ada's", "another", at(50)), {"ada", "ada's sign-in"}),
    "confirm_promotion": (
        confirm_promotion,
        {"ada", "members"},
    ),
    "add_verification": (lambda s, w: s.add_verification(EmailVerificationToken(w.bob.id, "another", at(100))), set()),
    "use_verification": (lambda s, w: s.use_verification("ada's", w.ada.id, at(50)), {"ada"}),
    "record_login": (lambda s, w: s.record_login(w.ada.id, at(50)), {"ada"}),
    "delete_user": (
        lambda s, w: s.delete_user(w.bob.id),
        {*ROOM, "bob", "bob's sign-in", "bob's place", "members", "member ids", "messages", "bob's others"},
    ),
    "add_session": (lambda s, w: s.add_session(w.new_sign_in), {"new sign-in"}),
    "rotate_session": (
        lambda s, w: rotate(s, w.ada_sign_in.id, "first", renewal("next", at(99))),
        {"ada's sign-in"},
    ),
    "revoke_session": (lambda s, w: s.revoke_session(w.ada_sign_in.id), {"ada's sign-in"}),
    "revoke_sessions": (lambda s, w: s.revoke_sessions(w.ada.id), {"ada's sign-in"}),
    "purge_sessions": (lambda s, _: s.purge_sessions(at(1000), 10), {"ada's sign-in", "bob's sign-in"}),
    "add_room": (
        lambda s, w: s.add_room(w.new_room),
        {"new room", "new owner", "ada's new place", "new members", "ada's rooms", "bob's others", "cy's others"},
    ),
    "change_room": (lambda s, w: s.change_room(w.room.id, {"name": "Algebra", "visibility": "private"}), ROOM),
    "delete_room": (
        lambda s, w: s.delete_room(w.room.id),
        {*ROOM, "ada's place", "bob's place", "dee's place", "members", "member ids", "messages", "owner", "timer"},
    ),
    "add_member": (
        lambda s, w: s.add_member(w.room.id, w.cy.id, at(5)),
        {*ROOM, "cy's place", "cy's rooms", "members", "member ids"},
    ),
    "remove_member": (
        lambda s, w: s.remove_member(w.room.id, w.bob.id),
        {*ROOM, "bob's place", "members", "member ids", "bob's others"},
    ),
    "transfer_room": (
        lambda s, w: s.transfer_room(w.room.id, w.ada.id, w.bob.id),
        {"ada's place", "bob's place", "members", "owner", "ada's rooms", "bob's rooms"},
    ),
    "set_role": (
        lambda s, w: s.set_role(w.room.id, w.bob.id, "moderator", new_act(w.room, w.ada, "role-changed", w.bob)),
        {"bob's place", "members", "bob's rooms"},
    ),
    "mute_member": (
        lambda s, w: s.mute_member(w.room.id, w.bob.id, at(99), new_act(w.room, w.ada, "member-muted", w.bob)),
        {"bob's place", "members"},
    ),
    "unmute_member": (
        lambda s, w: s.unmute_member(w.room.id, w.dee.id, new_act(w.room, w.ada, "member-unmuted", w.dee)),
        {"dee's place", "members"},
    ),
    "set_presence": (
        lambda s, w: s.set_presence(w.room.id, w.bob.id, {"activity": "Sheet 4"}, at(5)),
        {"bob's place"},
    ),
    "set_membership": (
        lambda s, w: s.set_membership(w.room.id, w.bob.id, {"follow_timer": False}),
        {"bob's place"},
    ),
    "clear_activity": (
        lambda s, w: s.clear_activity(w.room.id, w.dee.id, new_act(w.room, w.ada, "activity-cleared", w.dee)),
        {"dee's place"},
    ),
    "add_invite": (
        lambda s, w: s.add_invite(new_invite(w.room, w.ada), 10, new_act(w.room, w.ada, "invite-created")),
        set(),
    ),
    "use_invite": (
        lambda s, w: s.use_invite(w.invite, w.cy.id, new_act(w.room, w.cy, "invite-used")),
        {*ROOM, "cy's place", "cy's rooms", "members", "member ids"},
    ),
    "delete_invite": (
        lambda s, w: s.delete_invite(w.room.id, w.invite.id, new_act(w.room, w.ada, "invite-revoked")),
        set(),
    ),
    "add_ban": (
        lambda s, w: s.add_ban(w.room.id, w.bob.id, "", new_act(w.room, w.ada, "member-banned", w.bob)),
        {*ROOM, "bob's place", "members", "member ids", "bob's others"},
    ),
    "delete_ban": (
        lambda s, w: s.delete_ban(w.room.id, w.cy.id, new_act(w.room, w.ada, "member-unbanned", w.cy)),
        set(),
    ),
    "add_report": (lambda s, w: s.add_report(new_report(w.said, w.bob)), set()),
    "set_report_status": (
        lambda s, w: s.set_report_status(w.report.id, "resolved", new_act(w.room, w.ada, "report-resolved")),
        set(),
    ),
    "release_held": (
        lambda s, w: s.release_held(w.quiet.id, at(BREAK), at(BREAK), 10),
        {"quiet room", "quiet messages", "cy's rooms"},
    ),
    "cancel_held": (lambda s, w: s.cancel_held(w.quiet.id, w.dee.id, "held"), set()),
    "mark_read": (lambda s, w: s.mark_read(w.room.id, w.bob.id, 2), {"bob's place", "bob's rooms"}),
    "add_messages": (
        lambda s, w: s.add_messages([draft(w.room, w.bob, when=60)]),
        {*ROOM, "bob's place", "messages"},
    ),
    "expire_messages": (lambda s, w: s.expire_messages(w.room.id, at(1e6), 1, 1), {*ROOM, "messages"}),
    "purge_idempotency_keys": (lambda s, _: s.purge_idempotency_keys(at(1e6), 10), set()),
    "purge_rooms": (lambda s, _: s.purge_rooms(10), set()),
    "save_presence": (lambda s, w: s.save_presence({w.room.id: [present(w.bob, when=70)]}), ROOM),
    "set_room_timer": (
        lambda s, w: s.set_room_timer(w.room.id, Timer(room_id=w.room.id, version=2), 1, at(50)),
        {"timer"},
    ),
    "set_timers_empty": (lambda s, w: s.set_timers_empty({w.room.id: at(50)}), {"timer"}),
    "save_focus": (lambda s, w: s.save_focus([row(session_of(w.ada, 2_000, 3_000))]), {"ada's streak"}),
    "add_manual_session": (lambda s, w: s.add_manual_session(manual(w.ada, 2_000, 3_000)), {"ada's streak"}),
    "change_focus_session": (
        lambda s, w: s.change_focus_session(w.ada.id, w.studied.id, {"ended_at": at(500)}),
        {"ada's streak"},
    ),
    "delete_focus_session": (lambda s, w: s.delete_focus_session(w.ada.id, w.studied.id), {"ada's streak"}),
    "reopen_focus_session": (lambda s, w: s.reopen_focus_session(w.ada.id, w.studied.id, at(0)), {"ada's streak"}),
    "correct_study_clock": (correct_study_clock, {"timer"}),
    "mark_timers_empty": (lambda s, _: s.mark_timers_empty(at(50)), {"timer"}),
    "clear_presence": (lambda s, _: s.clear_presence(), set()),
}
