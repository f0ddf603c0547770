"""`trunkline feed ...`: what fills Kafka."""

import typer

from feeds.books.feed import books
from feeds.csv_feed import csv
from feeds.http_feed import http
from feeds.stocks.feed import stocks
from feeds.telecom.feed import telecom

app = typer.Typer(no_args_is_help=True)
app.command(epilog="Example: trunkline feed csv sales.csv --topic sales --delay 0.5")(csv)
app.command(epilog="Example: trunkline feed http https://example.com/prices --topic stock-prices --items data --interval 5")(http)
app.command(epilog="Example: trunkline feed telecom --rate 1000 --bad 0.02 --duplicates 0.01 --late 0.01 --count 60000")(telecom)
app.command(epilog="Example: trunkline feed stocks --days-per-second 5")(stocks)
app.command(epilog="Example: trunkline feed books --delay 0.5")(books)


@app.callback(epilog="Example: trunkline feed telecom --rate 1000")
def feed() -> None:
    """Fill Kafka with events: from a file, from an API, or of a domain that ships with Trunkline."""
