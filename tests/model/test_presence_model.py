"""The roster against a simple model, which finds every fact by scanning all users."""

import os
from dataclasses import dataclass, field

from hypothesis import Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.clock import Instant
from services.presence.changes import Joined, Left, StatusChanged
from services.presence.tracker import PresenceTracker

GRACE, AWAY_AFTER = 10, 30
ROOMS = st.sampled_from(["r1", "r2"])
USERS = st.sampled_from(["ada", "bob"])
CONNECTIONS = st.sampled_from(["ada-1", "ada-2", "ada-3", "bob-1"])
CHOSEN = st.sampled_from(["away", "busy", None])
ACTIVITIES = st.sampled_from(["Sheet 4", "Essay plan", None])


def owner(connection):
    return connection.split("-")[0]


@dataclass
class Person:
    acted: int
    checked: int
    """Time from which the time without input counts."""
    status: str = "active"
    chosen: str | None = None
    activity: str | None = None
    live: set = field(default_factory=set)
    lost: list = field(default_factory=list)


@dataclass
class View:
    """The roster according to all presence events."""

    people: dict = field(default_factory=dict)
    version: int = 0

    def hear(self, notice):
        assert notice.version == self.version + 1, "a hole, or a version twice"
        self.version = notice.version
        match notice:
            case Joined():
                assert notice.user not in self.people, "joined twice"
                self.people[notice.user] = notice.status, notice.activity
            case Left():
                assert self.people.pop(notice.user, None), "left without being there"
            case StatusChanged():
                now = notice.status, notice.activity
                assert self.people[notice.user] != now, "changed to what it was"
                self.people[notice.user] = now
        if not isinstance(notice, StatusChanged):
            assert notice.active_members == len(self.people)


class RosterMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.focusing = set()
        self.roster = PresenceTracker(GRACE, AWAY_AFTER, self.focusing.__contains__)
        self.now = 1000
        self.model = {"r1": {}, "r2": {}}
        self.views = {}
        self.changed = set()

    @property
    def instant(self):
        return Instant(self.now, str(self.now))

    @property
    def living(self):
        return sorted({(room, connection) for room, _, person in self.people for connection in person.live})

    @property
    def people(self):
        return [(room, user, person) for room, people in self.model.items() for user, person in people.items()]

    def hear(self, notices):
        for notice in notices:
            self.changed.add(notice.room)
            self.views.setdefault(notice.room, View()).hear(notice)
            if not self.views[notice.room].people:
                del self.views[notice.room]

    @staticmethod
    def is_awake(person):
        return not person.chosen and person.status == "active"

    def in_grace(self, person):
        return [lost for lost in person.lost if self.now - lost < GRACE]

    def tick(self):
        for room, user, person in self.people:
            if not person.live and not self.in_grace(person):
                del self.model[room][user]
            elif self.is_awake(person) and self.now - person.checked >= AWAY_AFTER:
                if user in self.focusing:
                    person.checked = self.now
                else:
                    person.status = "away"
        self.hear(self.roster.tick(self.instant))

    @rule(
        room=ROOMS,
        connections=st.lists(CONNECTIONS, min_size=1, max_size=4),
        chosen=CHOSEN,
        activity=ACTIVITIES,
    )
    def join(self, room, connections, chosen, activity):
        for connection in connections:
            self.join_one(room, connection, chosen, activity)

    def join_one(self, room, connection, chosen, activity):
        new = Person(self.now, self.now, chosen or "active", chosen, activity)
        person = self.model[room].setdefault(owner(connection), new)
        if connection not in person.live:
            person.lost = self.in_grace(person)[1:]
            person.live.add(connection)
        stored = {"chosen": chosen, "activity": activity}
        self.hear(self.roster.join(room, owner(connection), connection, self.instant, **stored))

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def leave(self, data):
        room, connection = data.draw(st.sampled_from(self.living))
        person = self.model[room][owner(connection)]
        person.live.remove(connection)
        if not person.live and not self.in_grace(person):
            del self.model[room][owner(connection)]
        self.hear(self.roster.leave(room, connection, self.instant))

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def depart(self, data):
        _, connection = data.draw(st.sampled_from(self.living))
        user = owner(connection)
        for people in self.model.values():
            if user in people and connection in people[user].live:
                people[user].live.remove(connection)
                if not people[user].live and not self.in_grace(people[user]):
                    del people[user]
        self.hear(self.roster.disconnect(connection, self.instant))

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def drop_one(self, data):
        self.drop(data.draw(st.sampled_from(self.living))[1])

    def drop(self, connection):
        for _, _, person in self.people:
            if connection in person.live:
                person.live.remove(connection)
                person.lost.append(self.now)
        self.roster.connection_lost(connection, self.instant)

    @rule(room=ROOMS, user=st.sampled_from(["ada", "bob", None]))
    def remove_or_close(self, room, user):
        if user:
            self.model[room].pop(user, None)
            self.hear(self.roster.remove(room, user))
        else:
            self.model[room].clear()
            self.views.pop(room, None)
            self.changed.discard(room)
            self.roster.close_room(room)

    @rule(room=ROOMS, user=USERS, chosen=CHOSEN, activity=ACTIVITIES, is_input=st.booleans())
    def set_choice(self, room, user, chosen, activity, is_input):
        if person := self.model[room].get(user):
            is_active = is_input or (person.chosen and not chosen)
            if is_active:
                person.acted = person.checked = self.now
                self.changed.add(room)
            person.status = chosen or ("active" if is_active else person.status)
            person.chosen, person.activity = chosen, activity
        self.hear(self.roster.set_choice(room, user, chosen, activity, self.instant, is_input=is_input))

    @rule(user=USERS)
    def begin_or_end_focus(self, user):
        self.focusing ^= {user}

    @rule(room=ROOMS, user=USERS)
    def act(self, room, user):
        if person := self.model[room].get(user):
            person.acted = person.checked = self.now
            self.changed.add(room)
            if not person.chosen:
                person.status = "active"
        self.hear(self.roster.touch(room, user, self.instant))

    @rule(seconds=st.integers(1, 4))
    def a_while_passes(self, seconds):
        self.now += seconds

    @rule()
    def a_tick_too_many(self):
        self.tick()

    @precondition(lambda self: self.roster.next_deadline() is not None)
    @rule(late=st.integers(0, 3))
    def the_timer_fires(self, late):
        self.now = max(self.now, self.roster.next_deadline()) + late
        self.tick()
        assert (self.roster.next_deadline() or self.now + 1) > self.now

    @invariant()
    def a_tick_before_the_deadline_is_for_nothing(self):
        deadline = self.roster.next_deadline()
        if deadline is not None:
            assert self.roster.tick(Instant(deadline - 0.5, "")) == []
            assert self.roster.next_deadline() == deadline

    @rule()
    def storage_is_told(self):
        assert set(self.roster.take_dirty()) == self.changed
        self.changed.clear()

    @invariant()
    def who_heard_everything_knows_who_is_there(self):
        for room, people in self.model.items():
            view = self.views.get(room, View())
            assert view.people == {user: (person.status, person.activity) for user, person in people.items()}
            assert self.roster.version(room) == view.version

    @invariant()
    def the_roster_answers_like_the_model(self):
        for room, people in self.model.items():
            shown = [(p.user_id, p.status, p.last_active) for p in self.roster.present(room)]
            assert shown == [(user, person.status, str(person.acted)) for user, person in people.items()]
            assert self.roster.active_members(room) == len(people)
            for user in ("ada", "bob"):
                live = people[user].live if user in people else set()
                assert set(self.roster.connections(room, user)) == live
                assert self.roster.is_connected(room, user) == bool(live)
                assert self.roster.chosen_status(room, user) == (people[user].chosen if user in people else None)
                assert self.roster.activity(room, user) == (people[user].activity if user in people else None)
        for user in ("ada", "bob"):
            assert set(self.roster.rooms_of(user)) == {room for room, people in self.model.items() if user in people}

    @invariant()
    def no_event_comes_before_the_deadline(self):
        events = [max(person.lost) + GRACE for _, _, person in self.people if not person.live]
        events += [person.checked + AWAY_AFTER for _, _, person in self.people if self.is_awake(person)]
        if events:
            assert self.roster.next_deadline() <= min(events)

    @invariant()
    def nothing_is_remembered_of_who_is_gone(self):
        roster, people = self.roster, self.people
        assert len(roster._rooms) == sum(bool(room) for room in self.model.values())
        assert len(roster._users) == len({user for _, user, _ in people})
        assert set(roster._connections) == {connection for _, connection in self.living}
        assert len(roster._by_activity) == sum(self.is_awake(person) for _, _, person in people)
        assert len(roster._in_grace) <= sum(bool(person.lost) for _, _, person in people)

    def teardown(self):
        """When all connections are lost and the grace period is over, no user is present."""
        while self.living:
            self.drop(self.living[0][1])
        self.now += GRACE
        self.tick()
        self.who_heard_everything_knows_who_is_there()
        assert self.model == {"r1": {}, "r2": {}}
        assert self.roster.next_deadline() is None
        self.nothing_is_remembered_of_who_is_gone()
        self.storage_is_told()


TestRoster = RosterMachine.TestCase
TestRoster.settings = settings(
    max_examples=400,
    stateful_step_count=30,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    phases=set(Phase) - {Phase.explain},  # which would take minutes and find little for a list of steps
)
