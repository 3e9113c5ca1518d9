"""Errors that a person caused or can cure: each message says what happened and what to do."""


class UserError(Exception):
    """Bad input or a missing device. Shown as one sentence, never as a traceback; exit code 2."""
