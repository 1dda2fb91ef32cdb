"""Accounts of the staff, and their sessions."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from rag_assistant.errors import ConfigError, NotFoundError, UsageError
from rag_assistant.web.doors.access import COOKIE, SESSION_SECONDS, Doorkeeper
from rag_assistant.web.doors.accounts import Accounts
from rag_assistant.web.doors.rates import TooManyError

PASSWORD = "weir rag loft quay"


def quick(data: Path, memory: int = 64) -> Accounts:
    """Accounts whose hashes cost nothing."""
    return Accounts(data, PasswordHasher(time_cost=1, memory_cost=memory, parallelism=1))


def test_an_account_is_kept_as_a_hash_that_only_its_owner_reads(tmp_path: Path) -> None:
    Accounts(tmp_path).add("Ada", PASSWORD)
    path = tmp_path / "staff.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text())["accounts"]
    assert kept["ada"].startswith("$argon2id$")
    assert PASSWORD not in path.read_text()
    assert Accounts(tmp_path).check(" ADA ", PASSWORD)


def test_wrong_names_and_wrong_passwords_are_none(tmp_path: Path) -> None:
    accounts = quick(tmp_path)
    assert accounts.check("ada", PASSWORD) is None
    accounts.add("ada", PASSWORD)
    assert accounts.check("ada", PASSWORD + "x") is None
    assert accounts.check("bob", PASSWORD) is None
    assert accounts.check("", "") is None
    assert accounts.check("ada", "x" * 100_000) is None


def test_a_wrong_name_takes_as_long_as_a_wrong_password(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    accounts.add("ada", PASSWORD)

    def quickest(name: str) -> float:
        times = []
        for _ in range(5):
            begun = time.process_time()
            assert accounts.check(name, "wrong") is None
            times.append(time.process_time() - begun)
        return min(times)

    unknown, known = quickest("bob"), quickest("ada")
    assert 0.5 < unknown / known < 2


def test_passwords_are_the_same_however_they_were_typed(tmp_path: Path) -> None:
    accounts = quick(tmp_path)
    accounts.add("zoë", "über den Flüssen")
    assert accounts.check("zoe\u0308", "u\u0308ber den Flu\u0308ssen")


def test_an_account_can_be_given_another_password_and_be_removed(tmp_path: Path) -> None:
    accounts = quick(tmp_path)
    for name in ("bob", "ada"):
        accounts.add(name, PASSWORD)
    accounts.add("ada", "quite another one")
    assert accounts.check("ada", PASSWORD) is None
    assert accounts.check("ada", "quite another one")
    assert accounts.names() == ["ada", "bob"]
    accounts.remove("Ada")
    assert accounts.names() == ["bob"]
    with pytest.raises(NotFoundError):
        accounts.remove("ada")
    assert [one.name for one in tmp_path.iterdir() if "json" in one.name] == ["staff.json"]


@pytest.mark.parametrize("name", ["", " ", "a/b", "a b", "x" * 65, "<b>", "a\n"])
def test_names_are_plain(tmp_path: Path, name: str) -> None:
    if name.strip().isalnum() and len(name) <= 64:
        quick(tmp_path).add(name, PASSWORD)  # what stands around it is no part of it
        return
    with pytest.raises(UsageError):
        quick(tmp_path).add(name, PASSWORD)


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1025])
def test_passwords_have_a_length(tmp_path: Path, password: str) -> None:
    with pytest.raises(UsageError, match="12"):
        quick(tmp_path).add("ada", password)


def test_a_hash_of_former_parameters_is_made_anew(tmp_path: Path) -> None:
    quick(tmp_path, memory=64).add("ada", PASSWORD)
    newer = quick(tmp_path, memory=128)
    proof = newer.check("ada", PASSWORD)
    assert proof
    assert "m=128" in proof
    assert "m=128" in (tmp_path / "staff.json").read_text()
    assert newer.holds("ada", proof)


def test_a_damaged_file_lets_nobody_in(tmp_path: Path) -> None:
    accounts = quick(tmp_path)
    accounts.add("ada", PASSWORD)
    proof = accounts.check("ada", PASSWORD)
    assert proof
    (tmp_path / "staff.json").write_text("{")
    with pytest.raises(ConfigError):
        accounts.check("ada", PASSWORD)
    assert not accounts.holds("ada", proof)


# ---------------------------------------------------------------- sessions


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    accounts = quick(tmp_path)
    accounts.add("ada", PASSWORD)
    accounts.add("bob", PASSWORD)
    return accounts


@pytest.fixture
def keeper(accounts: Accounts, clock: Clock) -> Doorkeeper:
    return Doorkeeper(owner_token="owner", staff_link_token="link", accounts=accounts, clock=clock)


def signed_in(keeper: Doorkeeper, name: str = "ada") -> dict[str, str]:
    session = keeper.sign_in(name, PASSWORD)
    assert session
    return {COOKIE: session}


def test_each_sign_in_is_a_session_of_its_own(keeper: Doorkeeper) -> None:
    first, second = signed_in(keeper), signed_in(keeper, "Ada ")
    assert first != second
    assert keeper.signed_in({}, first) == keeper.signed_in({}, second) == "ada"
    keeper.sign_out(first)
    assert keeper.audience({}, first) == "public"
    assert keeper.audience({}, second) == "staff"
    keeper.sign_out({})


def test_a_session_ends_by_itself(keeper: Doorkeeper, clock: Clock) -> None:
    cookies = signed_in(keeper)
    clock.now = SESSION_SECONDS - 1
    assert keeper.audience({}, cookies) == "staff"
    clock.now = SESSION_SECONDS
    assert keeper.audience({}, cookies) == "public"


def test_a_session_ends_with_its_account_or_password(
    keeper: Doorkeeper, accounts: Accounts, tmp_path: Path
) -> None:
    ada, bob = signed_in(keeper), signed_in(keeper, "bob")
    elsewhere = quick(tmp_path)  # as the command does
    elsewhere.remove("ada")
    assert keeper.audience({}, ada) == "public"
    assert keeper.audience({}, bob) == "staff"
    elsewhere.add("bob", "quite another one")
    assert keeper.audience({}, bob) == "public"


def test_tries_are_limited_by_client(keeper: Doorkeeper) -> None:
    for _ in range(5):
        keeper.admit_try("198.51.100.7")
    with pytest.raises(TooManyError):
        keeper.admit_try("198.51.100.7")
    keeper.admit_try("198.51.100.8")


def test_nobody_is_soon_locked_out_by_others_who_try_the_name(keeper: Doorkeeper) -> None:
    for _ in range(20):
        assert keeper.sign_in("ADA", "wrong") is None
    signed_in(keeper)


def test_tries_are_limited_by_name(keeper: Doorkeeper) -> None:
    for _ in range(100):
        assert keeper.sign_in("ADA", "wrong") is None
    with pytest.raises(TooManyError):
        keeper.sign_in("ada", PASSWORD)
    signed_in(keeper, "bob")


def test_names_and_passwords_that_nobody_has_are_wrong_at_once(
    keeper: Doorkeeper, accounts: Accounts
) -> None:
    unsorted = "a" + "\u0315\u0300" * 100_000  # minutes to normalise
    begun = time.process_time()
    for typed in ((unsorted, PASSWORD), ("ada", unsorted)):
        assert keeper.sign_in(*typed) is None
        assert accounts.check(*typed) is None
    assert time.process_time() - begun < 1


def test_nobody_signs_in_where_there_are_no_accounts() -> None:
    keeper = Doorkeeper(owner_token="owner", staff_link_token="link")
    assert keeper.sign_in("ada", PASSWORD) is None
    assert keeper.sign_in("", "") is None


def test_whom_a_proxy_names_is_staff_if_listed() -> None:
    def audience(headers: dict[str, str], header: str, *users: str) -> str:
        keeper = Doorkeeper(
            owner_token="owner", staff_link_token="link", staff_header=header, staff_users=users
        )
        return keeper.audience(headers, {})

    named = {"x-remote-user": "Ada"}
    assert audience(named, "X-Remote-User") == "staff"
    assert audience(named, "X-Remote-User", "bob", "ada") == "staff"
    assert audience(named, "X-Remote-User", "bob") == "public"
    assert audience({"x-remote-user": " "}, "X-Remote-User") == "public"
    assert audience({}, "X-Remote-User") == "public"
    assert audience(named, "") == "public"
    assert audience({"": "ada"}, "") == "public"
