"""Facts that codes announce."""

from typing import Final

CODE_ATTACHED: Final = "code.attached"
CODE_DETACHED: Final = "code.detached"
CODE_ACTIVATED: Final = "code.activated"
CODE_EXPIRED: Final = "code.expired"
CODE_POOL_EMPTY: Final = "code_pool.empty"
CODE_BATCH_DONE: Final = "code_batch.done"
CODES_GUESSED: Final = "codes.guessed"
