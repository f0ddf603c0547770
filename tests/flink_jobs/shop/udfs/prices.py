from decimal import Decimal

HIGH = Decimal(100)


def rate(price: Decimal | None) -> str | None:
    return price and ("high" if price >= HIGH else "low")
