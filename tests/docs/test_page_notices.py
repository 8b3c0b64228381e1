"""Notices of the server in a room: the page knows each sentence, and shows it in the reader's language."""

import ast
import re
from collections.abc import Iterator

from services.rooms import rooms
from tests.support.paths import ROOT, find_files

PAGE = ROOT / "web" / "app" / "core" / "notices.ts"


def posted() -> Iterator[str]:
    """Yield the sentences that services post as constants."""
    for file in find_files("services/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("_system_messages.post"):
                sentence = node.args[1]
                if isinstance(sentence, ast.Constant):
                    yield str(sentence.value)


def test_page_knows_every_notice():
    kept = "{} changed the room: messages are now kept"
    sentences = {*posted(), rooms._MADE_PUBLIC, rooms._MADE_PRIVATE}
    sentences |= {f"{kept} for {{days}} day.", f"{kept} for {{days}} days.", f"{kept} without an end."}
    known = re.findall(r'^ +\[?"(\{\}.*?)",', PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(sentences) == 9
    assert set(known) == sentences
