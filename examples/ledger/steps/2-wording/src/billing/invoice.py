"""Invoice texts, as customers read them."""

from decimal import Decimal


def total(lines: list[tuple[str, Decimal]]) -> Decimal:
    return sum((amount for _, amount in lines), Decimal(0))


def render(customer: str, lines: list[tuple[str, Decimal]]) -> str:
    rows = [f"{text:<40}{amount:>12.2f}" for text, amount in lines]
    return "\n".join([f"Invoice for {customer}", *rows, f"{'Total due':<40}{total(lines):>12.2f}"])
