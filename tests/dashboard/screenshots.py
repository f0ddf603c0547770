"""Takes the pictures of docs/images from a page that runs: `python -m tests.dashboard.screenshots http://127.0.0.1:8501`."""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from tests.conftest import REPOSITORY
from tests.dashboard.test_pages import PAGES

FOLDER = REPOSITORY / "docs" / "images"
COLOURS = 128
WIDE, TALL, NARROW = ViewportSize(width=1280, height=940), ViewportSize(width=1280, height=1330), ViewportSize(width=390, height=844)
PICTURES = (
    ("telecom", "Telecom", TALL, "light"),
    ("telecom-phone", "Telecom", NARROW, "dark"),
    ("stocks", "Stocks", WIDE, "dark"),
    ("quality", "Data quality", TALL, "light"),
)


def take(browser: Browser, url: str, name: str, title: str, screen: ViewportSize, scheme: str) -> None:
    """Writes a picture of the top of a page, with few colours, so that it is small."""
    with browser.new_context(viewport=screen, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(url if title == "Telecom" else f"{url}/{title.lower().replace(' ', '-')}")
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=60_000)
        expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(PAGES[title], timeout=60_000)
        page.wait_for_timeout(2_000)  # what fades in
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(FOLDER / f"{name}.png", optimize=True)


def main(url: str) -> None:
    """Takes all of them."""
    Path(FOLDER).mkdir(exist_ok=True)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"]) as browser:
        for picture in PICTURES:
            take(browser, url, *picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
