"""Styles of the page: five sizes of text, no left or right, and the colour of the theme in one place."""

import re

from tests.support.paths import ROOT

STYLES = sorted((ROOT / "web" / "style").glob("*.css"))
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
TEXT_SIZES = {"0.8125rem", "0.875rem", "1rem", "1.25rem", "1.75rem"}
"""13, 14, 16, 20 and 28 pixels."""
PHYSICAL = re.compile(
    r"(?:margin|padding|border|scroll-\w+)-(?:left|right)|^(?:left|right)$|border-(?:top|bottom)-(?:left|right)"
)
ARGUED = {("messages.css", ".composer textarea"), ("messages.css", '[dir="rtl"] .composer textarea')}
"""A field turns with its text, and the button in it with the page."""
DISPLAY = re.compile(r"\.timer-left$")
"""Digits that are read from across a room."""
SIDES = re.compile(r"^(?:margin|padding|inset|border-width)$")


def declarations():
    """Yield file, selector, property and value of each declaration."""
    for style in STYLES:
        text = COMMENTS.sub("", style.read_text("utf-8"))
        for selector, block in re.findall(r"([^{};]+)\{([^{}]*)\}", text):
            for line in block.split(";"):
                name, colon, value = line.partition(":")
                if colon:
                    yield style.name, " ".join(selector.split()), name.strip(), " ".join(value.split())


def values(text):
    """Split a value at blanks outside of brackets."""
    return re.findall(r"(?:[^\s()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+", text)


def tokens():
    """Return the values of the variables in tokens.css, by theme: the first block has those of the light theme."""
    text = COMMENTS.sub("", (ROOT / "web" / "style" / "tokens.css").read_text("utf-8"))
    return [dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block)) for block in re.findall(r":root[^{]*\{([^}]*)\}", text)]


def test_text_has_only_five_sizes():
    sizes = {value for name, value in tokens()[0].items() if name.startswith("--text") and "var(" not in value}
    assert sizes == TEXT_SIZES
    found = [
        (file, selector, value)
        for file, selector, name, value in declarations()
        if name in {"font", "font-size"}
        and "var(--text" not in value
        and value not in {"inherit", "1em"}
        and not DISPLAY.search(selector)
    ]
    assert found == []


def test_styles_name_no_physical_side():
    found = {
        (file, selector)
        for file, selector, name, value in declarations()
        if PHYSICAL.search(name)
        or (name in {"float", "clear", "text-align"} and value in {"left", "right"})
        or (SIDES.match(name) and len(sides := values(value)) == 4 and sides[1] != sides[3])
    }
    assert found - ARGUED == set()


def test_colour_of_the_browser_is_that_of_the_page():
    light, dark, light_contrast, dark_contrast = (theme["--sheet"] for theme in tokens() if "--sheet" in theme)
    start = (ROOT / "web" / "app" / "start.ts").read_text("utf-8")
    colours = dict(re.findall(r'(\w+): "(#\w+)"', start))
    assert colours == {
        "light": light,
        "dark": dark,
        "lightContrast": light_contrast.replace("#fff", "#ffffff"),
        "darkContrast": dark_contrast.replace("#000", "#000000"),
    }
    assert f'name="theme-color" content="{light}"' in (ROOT / "web" / "index.html").read_text("utf-8")
    assert f'theme_color: "{light}"' in (ROOT / "web" / "languages.mjs").read_text("utf-8")
