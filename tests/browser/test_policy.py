"""Content Security Policy of the page in a browser; tests fail on every violation."""

import pytest

from tests.support.browser import NO_CONNECTION

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

BREACHES = {
    "an inline script": (
        "document.head.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    ),
    "an event handler": "document.body.setAttribute('onclick', 'window.ran = 1'), document.body.click()",
    "a script from elsewhere": (
        "document.head.append(Object.assign(document.createElement('script'), {src: 'https://evil.example/x.js'}))"
    ),
    "text as code": "Function('window.ran = 1')()",
    "text as HTML": "document.body.innerHTML = '<img src=x onerror=\"window.ran = 1\">'",
    "an inline style": "document.body.setAttribute('style', 'color: red')",
    "an image from elsewhere": "new Image().src = 'https://evil.example/x.png'",
    "a request to somebody else": "fetch('https://evil.example/')",
    "a WebSocket to somebody else": "new WebSocket('wss://evil.example/')",
    "a form to somebody else": (
        "document.body.append(Object.assign(document.createElement('form'), {action: 'https://evil.example/'})),"
        "document.forms[document.forms.length - 1].submit()"
    ),
    "a base elsewhere": (
        "document.head.append(Object.assign(document.createElement('base'), {href: 'https://evil.example/'}))"
    ),
    "a frame": "document.body.append(Object.assign(document.createElement('iframe'), {src: 'https://evil.example/'}))",
}


async def test_every_breach_is_refused_and_heard_of(hall):
    ada = await hall.somebody()
    ada.expects("")
    for name, breach in BREACHES.items():
        await ada.page.goto("/")
        ada.complaints.clear()

        # later: what a test evaluates itself may do what the page may not
        await ada.page.evaluate(f"() => void setTimeout(() => {{ {breach} }})")
        await ada.hears_complaint("Content Security Policy|Trusted(HTML|Script)|evil.example")

        assert await ada.page.evaluate("window.ran") is None, name


async def test_whatever_goes_wrong_is_heard_of(hall):
    ada = await hall.somebody()
    await ada.page.goto("/")
    ada.expects("")
    for wrong, heard in (
        ("console.error('one')", "error: one"),
        ("console.warn('two')", "warning: two"),
        ("setTimeout(() => { throw Error('three') })", "error: three"),
        ("Promise.reject(Error('four'))", "error: four"),
        ("fetch('/api/nothing')", "404"),
    ):
        await ada.page.evaluate(f"() => {{ {wrong} }}")
        await ada.hears_complaint(heard)


async def test_what_is_asked_of_somebody_else_is_heard_of_without_the_policy_too(hall):
    ada = await hall.somebody(bypass_csp=True)
    await ada.page.goto("/")
    ada.expects(NO_CONNECTION)
    for wrong in (
        "fetch('https://evil.example/')",
        "fetch('http://203.0.113.7/')",
        "new WebSocket('ws://evil.example/')",
    ):
        await ada.page.evaluate(f"() => void setTimeout(() => {{ {wrong} }})")
        await ada.hears_complaint("NAME_NOT_RESOLVED")
        assert any("NAME_NOT_RESOLVED" in said for said in ada.faults), "it is no want of a connection"
        ada.complaints.clear()


async def test_no_other_page_can_show_it_in_a_frame(hall):
    ada = await hall.somebody()
    ada.expects("frame-ancestors")

    await ada.page.set_content(f"<iframe src='{ada.url}/'></iframe>")
    await ada.hears_complaint("frame-ancestors")


async def test_the_socket_of_the_same_host_is_allowed(hall):
    ada = await hall.somebody()
    await ada.page.goto("/")
    greeting = await ada.page.evaluate("""() => new Promise((done) => {
        const socket = new WebSocket(`ws://${location.host}/socket.io/?EIO=4&transport=websocket`);
        socket.onmessage = ({ data }) => { socket.close(); done(data); };
        socket.onerror = () => done("refused");
    })""")
    assert greeting.startswith("0{")


async def test_no_browser_complains_where_a_school_has_no_https(hall):
    ada = await hall.somebody(host="school.test")
    await ada.page.goto("/")
    await ada.makes_an_account()
    room = await ada.opens_a_room("Calculus")
    assert room.startswith("http://school.test:")
    await ada.says("Hello")
    await ada.reads("Hello")
    assert not await ada.page.evaluate("isSecureContext")
