"""A room with an owner, a moderator and a member, over HTTP."""


async def staffed(school, **fields):
    """Create Ada's room with Mo as its moderator and Ben as a member; return its id and path, and the three."""
    ada, mo, ben = [await school.person(name) for name in ("Ada", "Mo", "Ben")]
    room = await ada.opens(**fields)
    for person in (mo, ben):
        await person.joins(room)
    path = f"/api/study-rooms/{room}"
    assert (await ada.put(f"{path}/members/{mo.id}", {"role": "moderator"})).status == 200
    return room, path, ada, mo, ben


async def make_admin(school, person):
    """Make a user an admin, as the command does."""
    await school.storage.set_access(person.id, role="admin")


def code(answer):
    """Return the error code of an answer, or "ok"."""
    return answer.body["code"] if answer.status >= 400 else "ok"
