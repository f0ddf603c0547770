"""What a reader sees, in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.dashboard.conftest import served
from tests.dashboard.small_lake import SmallLake, figures

pytestmark = pytest.mark.needs("chromium")

expect.set_options(timeout=60_000)
PAGES = {"Telecom": 8, "Stocks": 2, "Books": 3, "Data quality": 2}  # and their charts
COMMANDS = {"Stocks": "just demo stocks", "Books": "just demo books", "Data quality": "just demo", "Telecom": "just demo"}
DESK, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)


@contextmanager
def opened(browser: Browser, url: str, screen: ViewportSize = DESK, scheme: str = "light") -> Iterator[Page]:
    """A browser at home, far from UTC; it must log no error and ask no other host."""
    with browser.new_context(viewport=screen, color_scheme=scheme, timezone_id="America/New_York") as context:
        context.set_default_timeout(60_000)
        page = context.new_page()
        errors: list[str] = []
        asked: set[str] = set()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: asked.add(request.url))
        page.on("websocket", lambda socket: asked.add(socket.url.replace("ws:", "http:")))
        page.goto(url)
        yield page
        assert errors == []
        assert [address for address in asked if not address.startswith((url, "data:", "blob:"))] == []


def turn_to(page: Page, title: str) -> None:
    """Another page, by its link, and when its first part is there."""
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def shown(page: Page) -> dict[str, str]:
    """The figures by their names."""
    metrics = page.get_by_test_id("stMetric").all()
    return {metric.get_by_test_id("stMetricLabel").inner_text(): metric.get_by_test_id("stMetricValue").inner_text() for metric in metrics}


def charts(page: Page, count: int) -> None:
    """So many charts are drawn."""
    expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(count)


@pytest.mark.parametrize(("screen", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_each_page_shows_what_is_stored(browser: Browser, full: SmallLake, page_of_full: str, screen: ViewportSize, scheme: str) -> None:
    expected = figures(full.rows)
    with opened(browser, page_of_full, screen, scheme) as page:
        for title, count in PAGES.items():
            turn_to(page, title)
            charts(page, count)
            assert {name: value for name, value in shown(page).items() if name in expected[title]} == expected[title]
            expect(page.get_by_text("Not stored yet")).to_have_count(0)
            assert is_dark(page) == (scheme == "dark")
            assert width(page) <= screen["width"]


def is_dark(page: Page) -> bool:
    """Whether its text is lighter than its ground."""
    text, ground = (
        page.evaluate(
            f"getComputedStyle(document.querySelector('[data-testid=stApp]')).{name}.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
        )
        for name in ("color", "backgroundColor")
    )
    return text > ground


def width(page: Page) -> int:
    """How wide it is, scrolled parts too."""
    return page.evaluate("Math.max(...[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth))")


def test_a_stack_that_is_down_is_said_with_the_command_that_mends_it(browser: Browser, page_of_full: str) -> None:
    with opened(browser, page_of_full) as page:
        banner = page.get_by_test_id("stAlert").filter(has_text="the stack is down")
        expect(banner).to_contain_text("trunkline up")
        charts(page, PAGES["Telecom"])


def test_a_page_says_what_to_type_while_its_tables_are_not_there(browser: Browser, tmp_path: Path) -> None:
    lake = SmallLake(tmp_path)
    lake.append("telecom.gold.fact_calls", lake.rows["telecom.gold.fact_calls"], lake.now)  # and nothing else
    with served(tmp_path) as url, opened(browser, url) as page:
        for title, command in COMMANDS.items():
            turn_to(page, title)
            expect(page.get_by_text("Not stored yet").or_(page.get_by_text("Nothing here yet")).first).to_be_visible()
            expect(page.get_by_text(command, exact=True).first).to_be_visible()


def test_a_choice_stays_while_the_page_follows_the_tables(browser: Browser, full: SmallLake, page_of_full: str) -> None:
    with opened(browser, page_of_full) as page:
        turn_to(page, "Stocks")
        page.get_by_text("1 month").click()
        page.get_by_role("combobox").click()
        page.get_by_role("option", name="QBIT").click()
        expect(figure(page, "Shares")).to_have_text("4,321")
        last = full.rows["stocks.gold.daily_prices"][-1]
        full.append("stocks.gold.daily_prices", [last | {"revision": 3, "volume": 5555}], full.now)
        expect(figure(page, "Shares")).to_have_text("5,555")
        expect(page.get_by_role("combobox")).to_have_value("QBIT · QBIT")
        expect(page.get_by_role("radio", name="1 month")).to_be_checked()


def figure(page: Page, name: str) -> Locator:
    """The value of a figure."""
    return page.get_by_test_id("stMetric").filter(has=page.get_by_text(name, exact=True)).get_by_test_id("stMetricValue")
