"""Errors that a person caused or can cure: each message says what happened and what to do."""


class UserError(Exception):
    """Bad input or a missing device. Shown as one sentence, never as a traceback; exit code 2."""


def is_interruption(error: BaseException | None) -> bool:
    """Whether an error is a KeyboardInterrupt, or was raised because of one, as where it met an import."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def unwritable(what: str, error: OSError) -> UserError:
    """What to raise where the disk refuses ``what``, such as "The results could not be written to out"."""
    return UserError(f"{what}: {error.strerror or error}. Choose another folder, or free some space.")
