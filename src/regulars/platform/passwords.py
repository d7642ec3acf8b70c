"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id with OWASP's figures (19 MiB, two passes, one lane).

    Django's own take 100 MB for each sign-in, so that a few dozen strangers at once could fill a small server.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
