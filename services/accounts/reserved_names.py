"""Reserved names: names that claim a role, to be the server or a deleted account, in many languages and disguises."""

# ruff: noqa: RUF001 - letters of many languages

import re
import string
from collections.abc import Sequence
from functools import cache

from domain.accounts import full_name
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from text import confusables, normalise

REJECTION_MESSAGE = "must not pass for an admin, a moderator, the server or a deleted account"

_STEMS = "admin administrator moderator studyhall"
"""Rejected also with more letters before or after."""
_WORDS = """
    system sistema sistem systeem système systém rendszer järjestelmä moderaattori
    administratrice administrador administradora administrateur amministratore amministratrice adminisztrátor
    modérateur modératrice moderador moderadora moderatore moderatrice moderatör moderátor moderatorka
    beheerder správce yönetici ylläpitäjä adminka msimamizi
    админ администратор адміністратор администраторка модератор модераторка система
    διαχειριστής συντονιστής σύστημα
    المشرف المدير מנהל व्यवस्थापक प्रशासक मॉडरेटर
"""
_PHRASES = """
    room owner, server owner, support team, moderation team, help desk, tech support, it support, school office
    head teacher, headmaster, headmistress, schulleiter, schulleitung
    deleted user, deleted account, deleted member, user deleted, removed user, former user
    gelöschter nutzer, gelöschter benutzer, gelöschtes konto, gelöschtes mitglied
    utilisateur supprimé, compte supprimé, usuario eliminado, usuario borrado, cuenta eliminada
    utilizador eliminado, usuário excluído, usuário apagado, usuário removido, conta excluída
    utente eliminato, utente cancellato, account eliminato, verwijderde gebruiker, verwijderd account
    usunięty użytkownik, konto usunięte, удалённый пользователь, пользователь удалён, удалённый аккаунт
    видалений користувач, користувача видалено, silinmiş kullanıcı, silinen kullanıcı, quản trị viên, người dùng đã xóa
    borttagen användare, raderad användare, slettet bruker, slettet bruger, poistettu käyttäjä, smazaný uživatel
    törölt felhasználó, utilizator șters, διαγραμμένος χρήστης, pengguna dihapus, mtumiaji aliyefutwa
    مدير النظام, מנהל מערכת, مستخدم محذوف, حساب محذوف, משתמש שנמחק, हटाया गया उपयोगकर्ता, study hall
    管理员, 管理員, 版主, 系统, 系統, 已删除用户, 已刪除用戶, 已注销
    管理者, モデレーター, システム, 削除されたユーザー, 削除済みユーザー
    관리자, 운영자, 시스템, 삭제된 사용자, 탈퇴한 사용자, ผู้ดูแลระบบ, ผู้ใช้ที่ถูกลบ
"""
"""Rejected anywhere in a name, whatever is between their letters."""
_TITLES = """
    owner mod mods staff host teacher principal support official bot server team verified moderation
    besitzer lehrer lehrerin propriétaire professeur professeure dueño dueña profesor profesora proprietario professore
    dono professor eigenaar leraar właściciel nauczyciel владелец учитель власник вчитель sahibi öğretmen 房主 老师 先生
"""
"""Rejected in brackets: "Ada (Owner)". Without brackets some of them are surnames."""
_WHOLE_NAMES = "the room, somebody, everybody, nobody"
"""Rejected as a whole name: the page uses these words for others."""

_SYMBOL_RANGES = (0x1F150, 0x1F170, 0x1F1E6)  # letters in black circles and squares, and those of flags
_SUBSTITUTIONS = str.maketrans("0134578@$!|l", "oieastbasiii")  # digits and signs in place of letters; l looks like I
_SMALL_CAPITALS = dict(zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"), "abcdefghijklmnoprstuvwyz", strict=True))
_LETTER_SYMBOLS = _SMALL_CAPITALS | {
    first + at: letter for first in _SYMBOL_RANGES for at, letter in enumerate(string.ascii_lowercase)
}
_BRACKETED = re.compile(r"[(\[{<\uff08\uff3b\u3010\u3014\u27e8]([^)\]}>\uff09\uff3d\u3011\u3015\u27e9]*)")
_NO_LETTERS = re.compile(r"[\W_]+")
_BREAKS = re.compile(r"[^\w@$!|]+|_")
_NUMBER = re.compile(r"(?<=\D)\d+$")


def reject_reserved_names(first_name: str, last_name: str, fields: Sequence[str]) -> None:
    """Reject a name that claims to be an admin, a moderator, the server or a deleted account.

    Args:
        first_name, last_name: the name as it would be shown.
        fields: fields of the request with a new name: `firstName`, `lastName` or both.

    Raises:
        InvalidInput: the name is reserved; the errors name the fields.
    """
    alone = {field for field, name in (("firstName", first_name), ("lastName", last_name)) if _is_reserved(name)}
    if not alone and not _is_reserved(full_name(first_name, last_name)):
        return
    rejected = [field for field in fields if field in alone] or [fields[0]]
    raise InvalidInput(FieldError(field, "reserved_name", REJECTION_MESSAGE) for field in rejected)


def _is_reserved(name: str) -> bool:
    stems, words, phrases, alone = _reserved_keys()
    pieces = [
        [_key(part) for part in _BREAKS.split(piece) if part]
        for piece in normalise.search_key(name).translate(_LETTER_SYMBOLS).split()
    ]
    parts = {part for piece in pieces for part in (*piece, "".join(piece))}
    if any(part in words or part.startswith(stems) or part.endswith(stems) for part in parts):
        return True
    titles = (
        _BREAKS.split(inside) for inside in _BRACKETED.findall(normalise.search_key(name).translate(_LETTER_SYMBOLS))
    )
    if any(_key(word) in _title_keys() for words in titles for word in words if word):
        return True
    whole = "".join(part for piece in pieces for part in piece)
    return whole in words | alone or any(phrase in whole for phrase in phrases)


def _key(word: str) -> str:
    """Return the appearance of a word without substituted letters and without a number at its end."""
    plain = _NUMBER.sub("", normalise.search_key(word)).translate(_SUBSTITUTIONS)
    return _NO_LETTERS.sub("", confusables.skeletons(plain)[0]).translate(_SUBSTITUTIONS)


@cache
def _reserved_keys() -> tuple[tuple[str, ...], frozenset[str], tuple[str, ...], frozenset[str]]:
    """Return stems, words, phrases and whole names as keys."""
    stems = tuple(map(_key, _STEMS.split()))
    return (
        stems,
        frozenset({*stems, *map(_key, _WORDS.split())}),
        _phrase_keys(_PHRASES),
        frozenset(_phrase_keys(_WHOLE_NAMES)),
    )


@cache
def _title_keys() -> frozenset[str]:
    return frozenset(map(_key, _TITLES.split()))


def _phrase_keys(phrases: str) -> tuple[str, ...]:
    return tuple("".join(map(_key, phrase.split())) for phrase in re.split(r"[,\n]", phrases) if phrase.strip())
