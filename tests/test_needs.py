"""A test that needs a program which is not installed."""

from types import SimpleNamespace

import pytest

from tests import conftest


@pytest.mark.parametrize(("everything", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_is_left_out_with_the_command_that_installs_it_but_fails_where_all_must_run(
    monkeypatch: pytest.MonkeyPatch, everything: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv(conftest.ALL, everything)
    monkeypatch.setitem(conftest.INSTALL, "no-such-program", "apt-get install it")
    item = SimpleNamespace(iter_markers=lambda name: [pytest.mark.needs("no-such-program").mark])
    with pytest.raises(outcome, match=r"^no-such-program is not installed: apt-get install it$"):
        conftest.pytest_runtest_setup(item)
