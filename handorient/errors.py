"""Errors that a person caused or can cure: each message says what happened and what to do."""


class UserError(Exception):
    """Bad input or a missing device. Shown as one sentence, never as a traceback; exit code 2."""


def unwritable(what: str, error: OSError) -> UserError:
    """What to raise where the disk refuses ``what``, such as "The results could not be written to out"."""
    return UserError(f"{what}: {error.strerror or error}. Choose another folder, or free some space.")
