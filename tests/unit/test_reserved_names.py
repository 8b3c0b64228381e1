"""Names of persons that claim a role, the server's voice or a deletion, have addresses in them, or are sentences."""

# ruff: noqa: RUF001 - lookalikes are the subject

import pytest

from domain.errors.base import InvalidInput
from services.accounts.reserved_names import REJECTION_MESSAGE, reject_reserved_names
from tests.support.served import PASSWORD, served
from tests.unit.test_names import PEOPLE
from text import normalise

BOTH = ("firstName", "lastName")
CLAIMS = (
    """
Admin|ADMIN|The Admin|Ada (Admin)|Admin-Ada|The_Admin|Admin2|Admin 2|4dm1n|@dmin|AdmIn|Admln|Adm\u0131n|\u0410dmin
Ａｄｍｉｎ|𝐀𝐝𝐦𝐢𝐧|Ádmin
A d m i n|Ad-min|A.d.m.i.n|ᴀᴅᴍɪɴ|🅐🅓🅜🅘🅝|🅰🅳🅼🅸🅽|🇦🇩🇲🇮🇳|ᵃᵈᵐⁱⁿ|Ad✨min|Adm!n|The Headmaster
Room owner|Ada (Owner)|Ada [mod]|Ada【Staff】|Ada {the Teacher}|Ada (0wner|Moderation Team|IT-Support|Ada (Владелец)
The room|Somebody|Administrator|Administratorin|Moderator|rnoderator|m0derat0r|MODÉRATRICE|Moderador|Beheerder
System|Systém|Sistema|Studyhall|StudyHaII team|Study Hall|Deleted user|DELETED  USER 3|De-leted user|Former user
gelöschter Nutzer|Compte supprimé|Usuario eliminado|Usunięty użytkownik|Удалённый пользователь|Удаленный пользователь
Администратор|админ|Διαχειριστής|المدير|مستخدم محذوف|משתמש שנמחק
管理员小王|システム|삭제된 사용자|ผู้ดูแลระบบ|Người dùng đã xóa
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
HARMLESS = [
    "Amin",
    "Badminton Fan",
    "Vladimir",
    "Modi",
    "Sistine",
    "Dean Minogue",
    "Hall",
    "پرویز مشرف",
    "Root",
    "Usero",
    "Matthe Roomson",
    "Owner",
    "Teacher",
    "Robert (Bob)",
    "Fenway (12a)",
]
ADDRESSES = (
    """
https://evil.example|see http://x|ftp://x|www.evil|WWW.evil.example|evil.example|Ada evil.com
evil．ｃｏｍ|evil。com|x.ly/abc|ada@school.org|шко.рф
""".strip()
    .replace("\n", "|")
    .split("|")
)
SENTENCES = ["I know what you did last summer", "a b c d e f g"]


@pytest.mark.parametrize("name", CLAIMS)
def test_name_that_claims_a_role_is_refused_however_it_is_split(name):
    first, _, last = name.partition(" ")
    for first_name, last_name in {(name, ""), ("Ada", name), (first, last)}:
        with pytest.raises(InvalidInput):
            reject_reserved_names(first_name, last_name, BOTH)


@pytest.mark.parametrize("name", PEOPLE + HARMLESS)
def test_name_of_a_person_is_taken(name):
    reject_reserved_names(name, "Okafor", BOTH)
    reject_reserved_names("Ada", name, BOTH)
    assert normalise.person_name(name)


@pytest.mark.parametrize("name", ADDRESSES + SENTENCES)
def test_address_or_sentence_is_no_name_of_a_person(name):
    with pytest.raises(ValueError, match=r"address of a page|at most 6 words"):
        normalise.person_name(name)
    assert normalise.name(name), "a room may be called so"


@pytest.mark.parametrize(
    ("first", "last", "given", "named"),
    [
        ("Admin", "Okafor", BOTH, ["firstName"]),
        ("Ada", "System", BOTH, ["lastName"]),
        ("Admin", "System", BOTH, ["firstName", "lastName"]),
        ("Deleted", "user", BOTH, ["firstName"]),
        ("Deleted", "user", ("lastName",), ["lastName"]),
    ],
)
def test_refusal_names_the_field_that_was_sent(first, last, given, named):
    with pytest.raises(InvalidInput) as refused:
        reject_reserved_names(first, last, given)
    assert [(error.field, error.message) for error in refused.value.errors] == [
        (field, REJECTION_MESSAGE) for field in named
    ]


async def register(school, first, last):
    body = {"firstName": first, "lastName": last, "email": "new@example.org", "password": PASSWORD}
    return await school.request("POST", "/api/auth/register", body)


async def test_claim_is_refused_at_sign_up_and_renaming(school):
    ada = await school.person("Ada")
    for answer in (
        await register(school, "Deleted", "user"),
        await ada.put("/api/auth/me", {"firstName": "Moderator"}),
    ):
        [error] = answer.body["errors"]
        assert (answer.status, error["field"], error["message"]) == (422, "firstName", REJECTION_MESSAGE)
    answer = await ada.put("/api/auth/me", {"lastName": "Admin", "bio": "x"})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "lastName")
    assert (await ada.get("/api/auth/me")).data["bio"] is None, "nothing of it is done"


async def test_admin_may_be_called_one(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    for person in (ada, ben):
        await school.storage.set_access(person.id, role="admin")
    assert (await ada.put("/api/auth/me", {"lastName": "Admin"})).data["name"] == "Ada Admin"
    await school.storage.set_access(ada.id, role="student")
    assert (await ada.put("/api/auth/me", {"lastName": "Admin", "bio": "x"})).status == 200, "no other name than before"


async def test_a_user_is_renamed_a_few_times_an_hour_and_changes_pictures_beside():
    settings = {"STUDYHALL_LIMITS_ENABLED": "true"}
    async with served(environ=settings) as school:
        ada = await school.person()
        renamed = [(await ada.put("/api/auth/me", {"lastName": f"No {number}"})).status for number in range(6)]
        assert renamed == [200] * 5 + [429]
        assert (await ada.put("/api/auth/me", {"avatar": "/a.png", "lastName": "No 4"})).status == 200
