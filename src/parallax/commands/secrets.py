"""Secrets that a verb takes: from the environment or standard input, never from its words, which others may see."""

import os
import sys


def secret_of(what: str, variable: str | None = None) -> str:
    """Of the variable, where it is set; else the first line of standard input, which a terminal does not show."""
    told = os.environ.get(variable, "") if variable else ""
    if told:
        return told
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"{what}: ")
    return sys.stdin.readline().strip("\r\n")
