"""Names of users and rooms: names of the world are valid, spoofing is rejected, look-alikes are found."""

import unicodedata

import pytest
from hypothesis import given, settings, strategies as st

from text import confusables, normalise

PEOPLE = (
    """
Ada|Zoë|Søren|Łukasz|Đặng Thị Ngọc Ánh|Nguyễn Văn Đức|Siân|Seán Ó Briain|O'Neil|O’Connor|D’Souza|Jean-Luc|María José
Müller-Lüdenscheidt|Iñigo|Çağla Şükrü|Ğ. İpek|Ījabs|Þórdís|Æneas|Straße|Ngũgĩ wa Thiong'o|N'Golo|Kʼinich|Kamehameha ʻIolani
van der Berg|M.|X Æ A-12|José Mª|Dvořák|Hlavatá (roz. Nová)|Ţepeş|Jr. 3rd|Nuñez y Gómez
Анна|Владимир Ильич|Олександр Ґудзенко|Наталія Прокоп’юк|Ђорђе Ћирић|Ѓорѓи|Өлзийсайхан|Қайрат Сәтбаев|Ҷамшед
Γιώργος Σεφέρης|Ελένη|Αἴλιος|Արմեն Սարգսյան|გიორგი
عائشة|محمد بن راشد|فاطمهٔ زهرا|علی‌رضا|می‌خواهم|نازنین‌زهرا|ئاسۆ|أُسَامَة|عبد الله|محمد (Mo)
דוד|דָּוִד|יעל בת־שבע|צ׳רלי|ז'קלין|ד״ר לוי
नेहा|लक्ष्मी|श्री|क्‍ष|क्‌ष|राष्ट्रपति|অরুণিমা|র‍্যাচেল|ਗੁਰਪ੍ਰੀਤ|નરેન્દ્ર|ଓଡ଼ିଆ|தமிழ்செல்வன்|శ్రీనివాస్|ಶ್ರೀಧರ|മീനാക്ഷി|അവന്‍|ශ්‍රී|ප්‍රියා
สมชาย|ญิ่ง เลิศ|ວັນນາ|အောင်ဆန်းစုကြည်|សុខា|བསྟན་འཛིན་རྒྱ་མཚོ|አበበ ቢቂላ|ޙަސަން
李小龍|王Amy|欧阳娜娜|渡邉󠄂|葛󠄀城|髙橋|山田　太郎|さくら|サクラ|ジョン・スミス|ゆうこ@work|ー|ㄅㄆㄇ 陳|김민준|김Amy|박 지성|이·영희|阿Q
ᠮᠣᠩᠭᠣᠯ|ꦗꦮ|Ⲁⲛⲧⲱⲛⲓ|ᏣᎳᎩ|ⵜⵉⴼⵉⵏⴰⵖ|ߒߞߏ|ᐃᓄᒃᑎᑐᑦ|𞤀𞤣𞤤𞤢𞤥
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

ROOMS = (
    """
👩‍🎓 Calculus|🏴󠁧󠁢󠁳󠁣󠁴󠁿 Scots law|👨‍👩‍👧‍👦 family maths|🏳️‍🌈 Pride|❤️ hearts|1️⃣ first|🤷🏽‍♀️ why|🇪🇺 law|🧑🏿‍🚀🚀|☕️ break|⛹🏻‍♂️ sport|🫨 new
Линейная алгебра (MIT)|Python для начинающих|C++ и Rust|Φροντιστήριο Java|Δx → 0|∑ 1/n² = π²/6|β-Testing|sin θ|λ-calculus|Ω(n log n)|ℝⁿ ∖ {0}
ReactとVueの勉強会|สอนExcelฟรี|שיעור Python|الـAPI|数学A|プログラミングC++|Ⅷ. Klasse|½ Semester|50 % of 9b|a/b, "c" & <d>; -- '|No. 7 – Étude|# 1!|\\frac{1}{2}
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

REFUSED = {
    "a right-to-left override": ("Ada\u202eadmin", "U+202E"),
    "an embedding": ("\u202bAda", "U+202B"),
    "an isolate": ("\u2067Ada\u2069", "U+2067"),
    "a mark of direction": ("Ada\u200f", "U+200F"),
    "an Arabic mark of direction": ("Ada\u061c", "U+061C"),
    "a zero-width space": ("Ada\u200bOkafor", "U+200B"),
    "a word joiner": ("Ada\u2060", "U+2060"),
    "a byte order mark": ("A\ufeffda", "U+FEFF"),
    "a soft hyphen": ("A\u00adda", "U+00AD"),
    "a joiner between Latin letters": ("A\u200dda", "U+200D"),
    "a non-joiner between Latin letters": ("A\u200cda", "U+200C"),
    "a joiner at the end": ("नेहा\u200d", "U+200D"),
    "a joiner at the beginning": ("\u200dAda", "U+200D"),
    "a joiner behind an emoji": ("😀\u200dAda", "U+200D"),
    "two joiners": ("क्\u200d\u200dष", "U+200D"),
    "a joiner beside what Python does not know": ("a\U000e01f0\u200da", "U+E01F0"),
    "a grapheme joiner": ("A\u034fda", "U+034F"),
    "a Hangul filler": ("Ada\u3164Okafor", "U+3164"),
    "a half-width Hangul filler": ("Ada\uffa0", "U+FFA0"),
    "a blank of Braille": ("Ada\u2800Okafor", "U+2800"),
    "an inherent vowel of Khmer": ("ក\u17b4", "U+17B4"),
    "a variation selector on a letter": ("A\ufe0fda", "U+FE0F"),
    "a variation selector on a digit": ("R2\ufe0fD2", "U+FE0F"),
    "a variation selector of ideographs on a letter": ("A\U000e0100da", "U+E0100"),
    "another variation selector": ("李\ufe00", "U+FE00"),
    "tags": ("Ada\U000e0061\U000e0064", "U+E0061"),
    "tags without an end": ("🏴\U000e0067\U000e0062", "U+E0067"),
    "an invisible operator": ("f\u2061(x)", "U+2061"),
    "a line separator": ("Ada\u2028Okafor", "U+2028"),
    "a paragraph separator": ("Ada\u2029Okafor", "U+2029"),
    "an annotation": ("Ada\ufff9", "U+FFF9"),
    "private use": ("\ue000 Ada", "U+E000"),
    "private use beyond": ("\U0010fffd Ada", "U+10FFFD"),
    "what is unassigned": ("\u0378 Ada", "U+0378"),
    "no character": ("Ada\ufffe", "U+FFFE"),
    "a Cyrillic letter in a Latin word": ("p\u0430ypal", "U+0430"),
    "a Latin letter in a Cyrillic word": ("Анн\u0061", "U+0061"),
    "the same, behind a digit": ("Ada1\u0430", "U+0430"),
    "the same, behind an apostrophe": ("O'\u0430da", "U+0430"),
    "the same, in the second word": ("Ada Ok\u0430for", "U+0430"),
    "a Greek letter in a Latin word": ("\u03bfkafor", "U+006B"),
    "a Greek letter in a Cyrillic word": ("Анн\u03b1", "U+03B1"),
    "an Armenian letter in a Latin word": ("Okaf\u0585r", "U+0585"),
    "a Cherokee letter in a Latin word": ("\u13aada", "U+0064"),
    "a Lisu letter in a Latin word": ("\ua4eeda", "U+0064"),
    "Hangul and Kana": ("김さくら", "U+3055"),
    "five marks above each other": ("A" + "\u0323\u0331\u033d\u0346\u0347\u0348", "U+0346"),
    "a mark on nothing": ("\u0331Ada", "U+0331"),
}


def test_the_corpus_is_one():
    assert len(PEOPLE) >= 60
    assert len({confusables.script(character) for name in PEOPLE for character in name}) >= 30


@pytest.mark.parametrize("name", PEOPLE + ROOMS)
def test_a_name_is_kept_as_it_is_written(name):
    assert normalise.name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(("name", "named"), REFUSED.values(), ids=REFUSED)
def test_a_trick_is_refused_and_its_character_named(name, named):
    with pytest.raises(ValueError, match=named.replace("+", r"\+")):
        normalise.name(name)


@pytest.mark.parametrize("trick", [name for name, _ in REFUSED.values()])
def test_in_what_people_write_it_is_their_own_affair(trick):
    assert normalise.content(f"x{trick}x").startswith("x")


ALIKE = [
    ("paypal", "\u0440\u0430\u0443\u0440\u0430\u04c0"),
    ("Ada Okafor", "ADA OKAFOR"),
    ("Ada Okafor", "Ada  Okafor"),
    ("Ada Okafor", "Ada\u00a0Okafor"),
    ("Ada Okafor", "Ada 0kafor"),
    ("Ada", "\u0410\u0501\u0430"),
    ("Modern", "Modem"),
    ("Illya", "lllya"),
    ("AI", "ai"),
    ("Ｌｅｅ", "lee"),
    ("𝐀𝐝𝐚", "Ada"),
    ("Straße", "STRASSE"),
    ("Jose\u0301", "José"),
    ("लक्ष", "लक्\u200dष"),
    ("葛󠄀城", "葛城"),
    ("O'Neil", "O’Neil"),
    ("Ali", "Ali\u0307"),
    ("Ali", "AL\u0130"),
    ("Ali", "Al\u0131"),
]
UNLIKE = [("Ada", "Adam"), ("Zoë", "Zoe"), ("Анна", "Anna"), ("José", "Jose"), ("Jo", "Joe"), ("王", "玉"), ("", "a")]


def _look_alike(one, other):
    return any(a == b for a, b in zip(confusables.skeletons(one), confusables.skeletons(other), strict=True))


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_look_alike(one, other):
    assert _look_alike(one, other)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_names_do_not_look_alike(one, other):
    assert not _look_alike(one, other)


def test_what_looks_like_nothing_else_is_itself():
    for look, other in confusables._PROTOTYPES.items():
        assert len(look) == 1
        assert other
        assert other not in confusables._PROTOTYPES, (look, other)  # a prototype has none


CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
OPENING, ISOLATING = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"


def _left_open(said):
    """Return the bidirectional nesting that a text leaves open: Unicode's rules X1 to X8, without their bound."""
    stack = []
    for character in said:
        if character in OPENING + ISOLATING:
            stack.append(character)
        elif character == "\u202c" and stack and stack[-1] in OPENING:
            stack.pop()
        elif character == "\u2069" and any(opened in ISOLATING for opened in stack):
            while stack.pop() not in ISOLATING:
                pass
    return len(stack)


@settings(deadline=None)
@given(raw=st.text(st.sampled_from(CONTROLS + "ab\n "), max_size=200))
def test_what_is_written_turns_nothing_that_follows(raw):
    for rule in (normalise.content, normalise.paragraph):
        try:
            kept = rule(raw)
        except ValueError:
            continue
        assert _left_open(kept) == 0
        assert rule(kept) == kept
        if kept:
            assert kept.startswith(raw.strip(" \n"))


def test_what_is_closed_by_itself_is_kept_as_it_is():
    for said in ("שלום \u2067abc\u2069 עולם", "\u202babc\u202c", "مرحبا", "abc", "\u200fabc", "\u2069\u202c"):
        assert normalise.close_bidi(said) == said


def test_a_turned_message_counts_with_what_closes_it():
    assert len(normalise.content("\u202e" + "x" * 3998)) == 4000
    with pytest.raises(ValueError, match="4,000"):
        normalise.content("\u202e" + "x" * 3999)
    with pytest.raises(ValueError, match="80"):
        normalise.optional_line("\u202e" + "x" * 79)
