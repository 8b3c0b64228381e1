"""Languages of an account are those in which the page has words."""

from domain.languages import LANGUAGES
from tests.support.paths import find_files


def test_languages_of_accounts_are_those_of_the_page():
    assert {file.stem.partition("-")[0] for file in find_files("web/app/words/*.ts")} == set(LANGUAGES)
