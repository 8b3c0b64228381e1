"""Text of users is shown as typed, and never interpreted as markup."""

import pytest
from playwright.async_api import expect

from text.normalise import person_name

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

# Each would call ran() if any of it were taken for more than text.
CORPUS = [
    "<script>ran()</script>",
    "<ScRiPt>ran()</sCrIpT>",
    "</script><script>ran()</script>",
    "<img src=x onerror=ran()>",
    "<img src=x onerror='ran()' />",
    '"><img src=x onerror=ran()>',
    "'><svg onload=ran()>",
    "<svg/onload=ran()>",
    "<svg><script>ran()</script></svg>",
    "<svg><animate onbegin=ran() attributeName=x dur=1s>",
    "<math><mtext><script>ran()</script></mtext></math>",
    "<body onload=ran()>",
    "<iframe src=javascript:parent.ran()></iframe>",
    "<iframe srcdoc='<script>parent.ran()</script>'>",
    "<object data='data:text/html,<script>parent.ran()</script>'>",
    "<embed src=javascript:ran()>",
    "<a href=javascript:ran()>here</a>",
    "[here](javascript:ran())",
    "javascript:ran()",
    "JaVaScRiPt:ran()//https://example.org",
    'https://example.org/"onmouseover="ran()',
    "https://example.org/'onclick='ran()",
    "http://example.org/<script>ran()</script>",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQucmFuKCk8L3NjcmlwdD4=",
    "vbscript:ran()",
    "<style>@import 'javascript:ran()';</style>",
    "<link rel=stylesheet href=javascript:ran()>",
    "<meta http-equiv=refresh content='0;url=javascript:ran()'>",
    "<base href=javascript:ran()//>",
    "<form action=javascript:ran()><button>here</button></form>",
    "<input autofocus onfocus=ran()>",
    "<details open ontoggle=ran()>",
    "<video><source onerror=ran()></video>",
    "<template><script>ran()</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=ran()>'>",
    "<!--><img src=x onerror=ran()>-->",
    "<![CDATA[<script>ran()</script>]]>",
    "&lt;script&gt;ran()&lt;/script&gt;",
    "&#60;img src=x onerror=ran()&#62;",
    "\\u003cimg src=x onerror=ran()\\u003e",
    "${ran()}",
    "{{constructor.constructor('ran()')()}}",
    "<%= ran() %>",
    "`+ran()+`",
    "'-ran()-'",
    "__proto__",
    "constructor",
    "[object Object]",
    '{"__html": "<img src=x onerror=ran()>"}',
    "\u202e<script>ran()</script>\u202c",
]
NAMES = [text for text in CORPUS if len(text) <= 80 and text.isascii()]  # a name turns nothing
WATCH = "window.ran = () => { window.hasRun = true; }"


async def assert_nothing_ran(page):
    assert await page.evaluate("window.hasRun") is None
    strangers = await page.locator("iframe, object, embed, base, #page script, #page style, #page img, video").count()
    assert strangers == 0


async def test_messages_read_as_typed(hall):
    ada = await hall.member("Ada Okafor")
    await ada.context.add_init_script(WATCH)
    room = await ada.account.opens("Calculus")
    await ada.page.goto(f"/rooms/{room}")
    half = len(CORPUS) // 2
    for text in CORPUS[:half]:  # typed here, or said by others meanwhile, or there before
        await ada.says(text)
    await expect(ada.words).to_have_count(half)  # before that the last one is not shown to be on its way
    await ada.has_sent_everything()
    for text in CORPUS[half:]:
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": text})
    await expect(ada.words).to_have_count(len(CORPUS))

    for _ in range(2):
        assert await ada.words.evaluate_all("all => all.map((words) => words.textContent)") == CORPUS
        hrefs = await ada.talk.get_by_role("link").evaluate_all("all => all.map((link) => link.protocol)")
        assert set(hrefs) <= {"http:", "https:"}
        await ada.talk.get_by_role("listitem").last.hover()
        await assert_nothing_ran(ada.page)
        await ada.page.reload()
        await expect(ada.words).to_have_count(len(CORPUS))
    await ada.page.goto("/dashboard")
    await expect(ada.page.get_by_text(CORPUS[-2], exact=True)).to_be_visible()
    await assert_nothing_ran(ada.page)


READS_FORWARD = """(element) => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode(), range = new Range();
    const at = (n) => (range.setStart(text, n), range.setEnd(text, n + 1), range.getBoundingClientRect().left);
    return at(0) < at(2);
}"""


async def test_a_message_that_turns_the_direction_turns_nothing_else(hall):
    ada = await hall.member("Ada Okafor")
    ben = await hall.api.person("Ben", "Lindqvist")
    room = await ada.account.opens("Calculus")
    await ben.joins(room)
    tricks = ("\u202e\u2067turned", "\u202a" * 130 + "\u202eturned", "\u2067\u2067\u2067turned", "\u202eturned\n")
    for trick in tricks:
        for who, content in ((ben, trick), (ada.account, "behind it")):
            assert (await who.post(f"/api/study-rooms/{room}/messages", {"content": content})).status == 201
    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.words).to_have_count(2 * len(tricks))

    turned = ada.words.filter(has_text="turned")
    behind = ada.words.filter(has_text="behind it")
    assert not await turned.first.evaluate(READS_FORWARD)  # people write so; only what is around it stays
    for others in (behind, ada.talk.locator("bdi"), ada.talk.locator("time")):
        read = [await other.evaluate(READS_FORWARD) for other in await others.all()]
        assert read
        assert all(read)
    await ada.page.goto("/dashboard")
    excerpts = ada.page.locator(".excerpt")
    await expect(excerpts.first).to_be_visible()
    around = ada.page.locator(".byline bdi")
    assert all([await other.evaluate(READS_FORWARD) for other in await around.all()])


async def test_names_of_rooms_read_as_typed(hall):
    ada = await hall.member("Ada Okafor")
    await ada.context.add_init_script(WATCH)
    ben = await hall.api.person("Ben", "Lindqvist")
    names = NAMES
    assert len(names) >= 30
    for text in names:
        await ada.account.opens(text, subject=text, description=text)
        await ben.opens(text, subject=text, description=text)

    await ada.page.goto("/rooms")
    for section in ("My rooms", "Public rooms"):
        cards = ada.page.get_by_role("region", name=section)
        await expect(cards.get_by_role("heading", level=3)).not_to_have_count(0)
        while await cards.get_by_role("button", name="Show more rooms").count():
            shown = await cards.get_by_role("heading", level=3).count()
            await cards.get_by_role("button", name="Show more rooms").click()
            await expect(cards.get_by_role("heading", level=3).nth(shown)).to_be_visible()
        said = await cards.get_by_role("heading", level=3).evaluate_all("all => all.map((name) => name.textContent)")
        assert sorted(said) == sorted(names)
    await assert_nothing_ran(ada.page)
    for text in ("<img src=x onerror=ran()>", '"><img src=x onerror=ran()>'):
        await ada.page.goto("/rooms")
        await ada.page.get_by_role("region", name="My rooms").get_by_role("heading", name=text, exact=True).click()
        await expect(ada.page.get_by_role("heading", level=1)).to_have_text(text)
        await expect(ada.page).to_have_title(f"{text} · Studyhall")
        await ada.says("here")
        await ada.reads("here")
        await assert_nothing_ran(ada.page)
        await ada.page.goto("/dashboard")
        await expect(ada.page.get_by_text(text, exact=True).first).to_be_visible()
        await assert_nothing_ran(ada.page)


def is_name_of_a_person(name):
    """Return whether a person may be called so: it is no sentence, and has no address in it."""
    try:
        return bool(person_name(name))
    except ValueError:
        return False


async def test_names_of_people_read_as_typed(hall):
    ada = await hall.member("Ada Okafor")
    await ada.context.add_init_script(WATCH)
    room = await ada.account.opens("Calculus")
    names = [text for text in NAMES if is_name_of_a_person(text)]
    assert len(names) >= 25
    for number, text in enumerate(names):
        registered = await hall.api.request(
            "POST",
            "/api/auth/register",
            {"firstName": text, "lastName": text, "email": f"somebody{number}@example.org", "password": "ten or more"},
        )
        token = registered.body["token"]
        await hall.api.request("POST", f"/api/study-rooms/{room}/join", token=token)
        await hall.api.request("POST", f"/api/study-rooms/{room}/messages", {"content": str(number)}, token=token)

    await ada.page.goto(f"/rooms/{room}")
    await expect(ada.words).to_have_count(len(names))
    expected = {f"{text} {text}" for text in names}
    writers = await ada.talk.locator("bdi").evaluate_all("all => all.map((name) => name.textContent)")
    assert set(writers) == expected
    people = ada.page.get_by_role("complementary", name="People").locator("bdi")
    await expect(people.nth(len(names) - 1)).to_be_attached()
    assert expected <= set(await people.evaluate_all("all => all.map((name) => name.textContent)"))
    await assert_nothing_ran(ada.page)
    await ada.page.goto(f"/rooms/{room}/settings")
    await expect(ada.page.get_by_label("New owner").get_by_role("option")).to_have_count(len(names))
    await assert_nothing_ran(ada.page)


async def test_what_is_written_into_a_link_is_text_too(hall):
    ada = await hall.member("Ada Okafor")
    await ada.context.add_init_script(WATCH)
    for path in (
        "/rooms/<img src=x onerror=ran()>",
        "/rooms/%3Cscript%3Eran()%3C%2Fscript%3E",
        "/sign-in?next=javascript:ran()",
        "/sign-in?next=//evil.example/",
        "/sign-in?next=/\\evil.example/",
        "/#<img src=x onerror=ran()>",
    ):
        await ada.page.goto(path)
        await expect(ada.page.get_by_role("heading", level=1)).to_be_visible()
        assert ada.page.url.startswith(ada.url)
        await assert_nothing_ran(ada.page)


async def test_link_reads_from_left_to_right_and_names_its_host(hall):
    ada = await hall.member("Ada Okafor")
    room = await ada.account.opens()
    await ada.page.goto(f"/rooms/{room}")
    turned = "\u202ehttps://evil.example/?elbatemit/elpmaxe.loohcs//:sptth"
    cyrillic = "https://\u0455\u0441\u04bb\u043e\u043e\u04cf.example/"
    userinfo = "https://school.example@evil.example/"
    for content in (turned, cyrillic, userinfo):
        await ada.account.post(f"/api/study-rooms/{room}/messages", {"content": content})

    words = ada.page.locator("#messages .words")
    await expect(words).to_have_count(3)
    links = words.locator("a")
    await expect(links).to_have_text([f"{turned[1:]} (evil.example)", f"{cyrillic} (xn--n1aah3f5y0d.example)"])
    for link in await links.all():
        style = await link.evaluate("link => [getComputedStyle(link).unicodeBidi, getComputedStyle(link).direction]")
        assert style == ["isolate", "ltr"]
    await expect(words.nth(2)).to_have_text(userinfo)
    # its first letter stands left of its last one
    ends = """link => {
        const words = link.firstChild;
        return [0, words.length - 1].map((at) => {
            const range = document.createRange();
            range.setStart(words, at);
            range.setEnd(words, at + 1);
            return range.getBoundingClientRect().left;
        });
    }"""
    first, last = await links.first.evaluate(ends)
    assert first < last
