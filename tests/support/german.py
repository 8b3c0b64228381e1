"""The German page: its words, and a search for English ones."""

import re
from typing import Any

from playwright.async_api import Page

from tests.support.bundle import bundle

SMALL = {"width": 320, "height": 640}
_CATALOGUES = """async (languages) => Promise.all(languages.map(async (names) => {
    const modules = await Promise.all(names.map((name) => import(`/assets/${name}`)));
    return Object.assign({}, ...modules.flatMap((module) => Object.values(module)));
}))"""
_TEXTS = """() => {
    const NO_TEXT = "script, style, noscript, optgroup, [lang=en]"; // places of time zones have English names
    const NAMES = ["aria-label", "aria-description", "title", "placeholder", "alt"];
    const found = new Set([document.title]);
    const add = (text) => text && text.trim() && found.add(text.replace(/\\s+/g, " ").trim());
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.closest ? node.matches(NO_TEXT) : node.parentElement.matches(NO_TEXT)) continue;
        if (node.nodeType === Node.TEXT_NODE) add(node.data);
        else {
            if (node.textContent.length < 500) add(node.textContent);
            for (const name of NAMES) add(node.getAttribute(name));
        }
    }
    return [...found];
}"""
_ENGLISH = re.compile(r"\b(the|and|you|your|this|with|are|rooms?|messages?|people|of|to|sign|ago)\b", re.IGNORECASE)
"""Words that are in English sentences, and in no German ones."""


class German:
    """Words of the German page by key, and all English texts that were found in it."""

    def __init__(self, english: dict[str, Any], german: dict[str, Any]) -> None:
        self.faults: list[str] = []
        self._german = german
        self._literals = {text for message in german.values() for text in _forms(message).values()}
        self._english = [
            (key, _pattern(text))
            for key, message in english.items()
            for form, text in _forms(message).items()
            if text != _forms(german[key])[form] and re.search(r"[A-Za-z]{2}", re.sub(r"\{\w+\}", "", text))
        ]

    @classmethod
    async def of(cls, page: Page) -> "German":
        """Read the catalogues from an open page."""
        files = bundle()
        words = {language["tag"]: language["words"] for language in files["languages"]}
        parts = ("lazy", "study")
        lazy = {
            tag: [next(name for name in files["lazy"] if name.startswith(f"{tag}-{part}-")) for part in parts]
            for tag in words
        }
        return cls(*await page.evaluate(_CATALOGUES, [[words[tag], *lazy[tag]] for tag in ("en", "de")]))

    def __call__(self, key: str, **values: object) -> str:
        """Return a message without a plural, with its parameters."""
        text = self._german[key]
        assert isinstance(text, str), f"{key} has forms for numbers"
        return re.sub(r"</?\w+>", "", text.format(**values) if values else text)

    async def check(self, page: Page, view: str) -> None:
        """Find English texts of the open view, of the catalogue or not, and check its width on a small screen."""
        assert await page.evaluate("document.documentElement.lang") == "de"
        for text in await page.evaluate(_TEXTS):
            if text in self._literals:
                continue
            keys = [key for key, pattern in self._english if pattern.fullmatch(text)]
            if keys or _ENGLISH.search(text):
                self.faults.append(f"{view}: {text!r} {' '.join(keys)}")
        device = page.viewport_size
        await page.set_viewport_size(SMALL)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        if wide > SMALL["width"]:
            self.faults.append(f"{view}: it is {wide} pixels wide, and scrolls horizontally")
        await page.set_viewport_size(device)


def _forms(message: str | dict[str, str]) -> dict[str, str]:
    return {"": message} if isinstance(message, str) else message


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", re.sub(r"</?\w+>", "", text))
    return re.compile(".+?".join(re.escape(part) for part in parts))
