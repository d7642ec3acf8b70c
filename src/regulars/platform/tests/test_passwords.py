"""What guessing a password costs is what the product says, however quick tests are."""

from regulars.platform.passwords import Argon2id
from regulars.project.settings import PASSWORD_HASHERS


def test_passwords_are_hashed_with_the_figures_of_owasp() -> None:
    assert PASSWORD_HASHERS[0] == f"{Argon2id.__module__}.{Argon2id.__name__}"
    hashed = Argon2id().encode("correct horse battery", "a salt of 16 byt")
    assert hashed.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
