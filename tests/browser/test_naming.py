"""Names and numbers that the page receives in any order, without a browser."""

import pytest

from tests.support.page_modules import run_in_node

pytestmark = pytest.mark.slow


def test_published_name_outlasts_an_answer_that_was_on_its_way():
    ada, grace = {"id": "1", "name": "Ada", "avatar": None}, {"id": "1", "name": "Grace", "avatar": "/g.png"}
    script = """
        const { Names, renamed } = await load("core/names");
        const names = new Names();
        const [ada, grace] = given;
        const steps = [names.learn([ada]), names.publish(grace), names.learn([ada]), names.publish(grace)];
        const late = names.ofMessage({ seq: 1, sender: { ...ada, x: 1 } });
        names.doubt();
        const said = [{ id: "2", name: "Ben" }, { in: [{ userId: "1", name: "Ada", status: "away" }], none: null }];
        return { steps, late, after: [names.learn([ada]), names.today(grace)], renamed: renamed(said, grace) };
    """
    found = run_in_node(script, [ada, grace])
    assert found["steps"] == [False, True, False, False]
    assert found["late"] == {"seq": 1, "sender": {**grace, "x": 1}}
    assert found["after"] == [True, ada]
    shown = {"userId": "1", "name": "Grace", "avatar": "/g.png", "status": "away"}
    assert found["renamed"] == [{"id": "2", "name": "Ben"}, {"in": [shown], "none": None}]


def test_marks_are_right_in_whichever_order_they_come():
    script = """
        const { ReadMarks } = await load("features/rooms/read-marks");
        const orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]];
        return orders.map((order) => {
            const marks = new ReadMarks();
            for (const at of order) marks.note("r", given[at]);
            const late = marks.listed({ id: "r", lastSeq: 3, unread: 1 });
            return [marks.note("r", {}), late, marks.note("s", { lastSeq: 2 })];
        });
    """
    reports = [{"lastSeq": 7}, {"read": 4}, {"lastSeq": 5, "read": 2}, {"lastSeq": 9, "read": 1}]
    assert run_in_node(script, reports) == [[5, 5, 2]] * 3
