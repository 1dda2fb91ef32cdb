"""Accounts of the staff, from the command line."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path

from rag_assistant.errors import UsageError
from rag_assistant.web.doors.accounts import Accounts, spelt


def staff(action: str, name: str, data: Path) -> int:
    """Add, remove or list accounts.

    Args:
        action: ``add``, ``remove`` or ``list``.
        name: Whose; "" for ``list``.
        data: The data folder.

    Raises:
        RagAssistantError: The name or the password will not do, or the file cannot be used.
    """
    accounts = Accounts(data)
    if action == "add":
        accounts.add(name, _password())
        print(f"{spelt(name)} may sign in at /sign-in.")
    elif action == "remove":
        accounts.remove(name)
        print(f"{spelt(name)} may not sign in any more.")
    else:
        for one in accounts.names():
            print(one)
    return 0


def _password() -> str:
    """Typed twice without being shown, or a line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("The same again: ") != password:
        raise UsageError("The two passwords differ.", "Type the same one twice.")
    return password
