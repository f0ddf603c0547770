"""What a reader sees, in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.small_lake import SmallLake, book, figures, rows_of

pytestmark = pytest.mark.needs("chromium")

PATIENCE_MS = 60_000
PAGES = {"Telecom": 8, "Stocks": 2, "Books": 3, "Data quality": 2}  # and their charts
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def opened(browser: Browser, url: str, width: dict[str, int] = DESK, scheme: str = "light") -> Iterator[Page]:
    """A browser at home, far from UTC; it must log no error and ask no other host."""
    with browser.new_context(viewport=width, color_scheme=scheme, timezone_id="America/New_York") as context:
        context.set_default_timeout(PATIENCE_MS)
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
    """Another page, by its link, and when all of it is there."""
    if page.viewport_size == PHONE and not page.get_by_role("link", name=title).is_visible():
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=PATIENCE_MS)


def shown(page: Page) -> dict[str, str]:
    """The figures by their names."""
    metrics = page.get_by_test_id("stMetric").all()
    return {metric.get_by_test_id("stMetricLabel").inner_text(): metric.get_by_test_id("stMetricValue").inner_text() for metric in metrics}


def charts(page: Page, count: int) -> None:
    """So many charts are drawn."""
    expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(count, timeout=PATIENCE_MS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_page_shows_what_is_stored(browser: Browser, full: str, now: datetime, scheme: str) -> None:
    expected = figures(rows_of(now))
    with opened(browser, full, scheme=scheme) as page:
        for title, count in PAGES.items():
            turn_to(page, title)
            charts(page, count)
            assert {name: value for name, value in shown(page).items() if name in expected[title]} == expected[title]
            expect(page.get_by_text("Not stored yet")).to_have_count(0)
            assert is_dark(page) == (scheme == "dark")


def is_dark(page: Page) -> bool:
    """Whether its text is lighter than its ground."""
    text, ground = (
        page.evaluate(
            f"getComputedStyle(document.querySelector('[data-testid=stApp]')).{name}.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
        )
        for name in ("color", "backgroundColor")
    )
    return text > ground


def test_a_phone_shows_all_of_a_page_in_its_width(browser: Browser, full: str) -> None:
    with opened(browser, full, PHONE, "dark") as page:
        for title, count in PAGES.items():
            turn_to(page, title)
            charts(page, count)
            widths = page.evaluate("[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth)")
            assert max(widths) <= PHONE["width"]


def test_a_stack_that_is_down_is_said_with_the_command_that_mends_it(browser: Browser, full: str) -> None:
    with opened(browser, full) as page:
        banner = page.get_by_test_id("stAlert").filter(has_text="the stack is down")
        expect(banner).to_contain_text("trunkline up", timeout=PATIENCE_MS)
        charts(page, PAGES["Telecom"])


def test_a_choice_stays_while_the_page_follows_the_tables(browser: Browser, growing: tuple[SmallLake, str]) -> None:
    lake, url = growing
    with opened(browser, url) as page:
        for title, command in {
            "Telecom": "just demo",
            "Stocks": "just demo stocks",
            "Books": "just demo books",
            "Data quality": "just demo",
        }.items():
            turn_to(page, title)
            expect(page.get_by_text("Not stored yet").or_(page.get_by_text("Nothing here yet")).first).to_be_visible(timeout=PATIENCE_MS)
            expect(page.get_by_text(command, exact=True).first).to_be_visible()
        turn_to(page, "Books")
        at = datetime.now(UTC)
        lake.append("books.gold.fact_books", [book("One", "Ana Sousa", "Portuguese", "Fantasy", "1")], at)
        expect(figure(page, "Books")).to_have_text("1", timeout=PATIENCE_MS)
        lake.append("books.gold.fact_books", [book("Two", "Ivan Petrov", "Russian", "Novel", "2")], at)
        expect(figure(page, "Books")).to_have_text("2", timeout=PATIENCE_MS)
        expect(figure(page, "Copies sold")).to_have_text("3 million")

        rows = rows_of(at)
        turn_to(page, "Telecom")
        lake.append("telecom.gold.fact_calls", rows["telecom.gold.fact_calls"], at)  # and no dimension
        expect(page.get_by_text("Not stored yet").first).to_be_visible()
        turn_to(page, "Stocks")
        lake.append("stocks.gold.daily_prices", rows["stocks.gold.daily_prices"], at)
        lake.append("stocks.gold.dim_companies_versions", rows["stocks.gold.dim_companies_versions"], at)
        lake.append("stocks.gold.fact_stock", [], at)
        page.get_by_text("1 month").click()
        page.get_by_role("combobox").click()
        page.get_by_role("option", name="QBIT").click()
        lake.append("stocks.gold.daily_prices", [rows["stocks.gold.daily_prices"][-1] | {"revision": 3, "volume": 5555}], at)
        expect(figure(page, "Shares")).to_have_text("5,555", timeout=PATIENCE_MS)
        expect(page.get_by_role("combobox")).to_have_value("QBIT · QBIT")


def figure(page: Page, name: str):  # noqa: ANN201
    """The value of a figure."""
    return page.get_by_test_id("stMetric").filter(has=page.get_by_text(name, exact=True)).get_by_test_id("stMetricValue")
