"""How the reading process says no: a code of `imports.errors.FILE_REFUSALS` and the facts of its sentence."""


class Stop(Exception):
    """The file cannot be read; raised inside the reading process only."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
