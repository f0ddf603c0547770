"""The page, as Streamlit runs it: anew for each browser and each choice."""

from importlib.resources import as_file, files

import streamlit as st

from dashboard import books, quality, stocks, telecom
from dashboard.layout import banner, live

PAGES = (
    ("Telecom", telecom.show, ":material/cell_tower:"),
    ("Stocks", stocks.show, ":material/candlestick_chart:"),
    ("Books", books.show, ":material/menu_book:"),
    ("Data quality", quality.show, ":material/fact_check:"),
)


def main() -> None:
    """Chooses the page by the address."""
    with as_file(files("dashboard").joinpath("icon.svg")) as icon:
        st.set_page_config(page_title="Trunkline", page_icon=str(icon), layout="wide")
        st.logo(str(icon), size="large")
    pages = [st.Page(live(title, show), title=title, icon=icon, url_path=title.lower().replace(" ", "-")) for title, show, icon in PAGES]
    page = st.navigation(pages, position="hidden")
    st.html(files("dashboard").joinpath("style.css"))
    with st.container(horizontal=True, gap=None, key="pages"):  # Streamlit's own menu would cover a phone
        for link in pages:
            st.page_link(link, width="content")
    banner()
    page.run()


main()
