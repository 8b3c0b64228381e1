"""One name for each user on the page, whatever is on its way."""

from tests.page_modules import run_in_node


def test_published_name_outlasts_an_answer_that_was_on_its_way():
    ada, grace = {"id": "1", "name": "Ada", "avatar": None}, {"id": "1", "name": "Grace", "avatar": "/g.png"}
    script = """
        const { Names, renamed } = await load("names.js");
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
