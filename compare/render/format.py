"""Format numbers: with a readable unit and three significant digits.

A value that was not measured (``None`` or NaN) is an en dash, never a zero.
"""

from __future__ import annotations

from math import ceil, floor, inf, isfinite, isinf, isnan, log10

DASH = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"
TIMES = "\N{MULTIPLICATION SIGN}"
NEVER = "never"

MINUTE_S = 60.0
EXACT_STEPS = 1000  # below this, steps are not rounded to three digits
LARGE_PERCENT = 100
SMALLEST_PLAIN, LARGEST_PLAIN = 1e-3, 1e7
# The largest unit in which the number is at least one.
TIME_UNITS = (
    (1.0, "s"),
    (1e-3, "ms"),
    (1e-6, "\N{GREEK SMALL LETTER MU}s"),
    (1e-9, "ns"),
)
SIZE_UNITS = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B"))
RATE_UNITS = ((1e12, "TFLOP/s"), (1e9, "GFLOP/s"), (1e6, "MFLOP/s"), (1.0, "FLOP/s"))
BANDWIDTH_UNITS = ((1e12, "TB/s"), (1e9, "GB/s"), (1e6, "MB/s"), (1.0, "B/s"))


def is_known(value: float | None) -> bool:
    """Return whether there is a number; infinity is one."""
    return value is not None and not isnan(value)


def format_number(value: float | None, *, digits: int = 3) -> str:
    """Return a number with significant digits: ``0.780``, ``12.3``, ``1,240``.

    Very small and very large numbers are in scientific notation: ``3e-08``. A measured
    zero is ``0``.
    """
    if value is None or isnan(value):
        return DASH
    if isinf(value):
        return "\N{INFINITY}" if value > 0 else "-\N{INFINITY}"
    if value == 0:
        return "0"
    if not SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN:
        return f"{value:.{digits - 1}e}"
    rounded = round(value, digits - 1 - floor(log10(abs(value))))
    decimals = max(0, digits - 1 - floor(log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"


def format_seconds(value: float | None) -> str:
    """Return a duration: ``1.24 s``, ``35.2 ms``, ``4 min 03 s``."""
    if value is not None and isfinite(value) and value >= MINUTE_S:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes} min {rest:02d} s"
    return _in_unit(value, units=TIME_UNITS)


def format_nanoseconds(value: float | None) -> str:
    """Return a duration that is given in nanoseconds."""
    return format_seconds(None if value is None else value / 1e9)


def format_signed_nanoseconds(value: float) -> str:
    """Return a difference of durations, given in nanoseconds, with its sign."""
    sign = "\N{MINUS SIGN}" if value < 0 else "+"
    return f"{sign}{format_nanoseconds(abs(value))}"


def format_bytes(value: float | None) -> str:
    """Return an amount of memory: ``612 MiB``."""
    return _in_unit(value, units=SIZE_UNITS)


def format_flop_rate(value: float | None) -> str:
    """Return a number of operations per second: ``98.9 GFLOP/s``."""
    return _in_unit(value, units=RATE_UNITS)


def format_bandwidth(value: float | None) -> str:
    """Return a number of bytes per second, in powers of ten: ``12.3 GB/s``."""
    return _in_unit(value, units=BANDWIDTH_UNITS)


def format_share(share: float) -> str:
    """Return a share as the command line expects it: ``0.5%``."""
    return f"{100 * share:.6g}%"


def format_percent(value: float | None, *, digits: int = 3) -> str:
    """Return a fraction as a percentage: ``1.24%``."""
    if value is None or isnan(value):
        return DASH
    return f"{format_number(value * 100, digits=digits)}%"


def format_relative_change(factor: float | None) -> str:
    """Return the change by a factor: ``+5.1%`` for 1.051, ``-3.0%`` for 0.97."""
    return (
        DASH
        if factor is None or isnan(factor)
        else f"{_percent_added(factor, sign='+')}%"
    )


def format_change_interval(point: float, low: float, high: float) -> str:
    """Return a change with its interval: ``+5.1% (3.9 to 6.3)``, or (no interval)."""
    if isnan(point):
        return DASH
    if isnan(low) or isnan(high):
        return f"{format_relative_change(point)} (no interval)"
    span = f"{_percent_added(low)} to {_percent_added(high)}"
    return f"{format_relative_change(point)} ({span})"


def _percent_added(factor: float, *, sign: str = "-") -> str:
    """Return the percentage that a factor adds, to one decimal if below 100."""
    if isinf(factor):
        return "\N{INFINITY}"
    added = (factor - 1) * 100
    return f"{added:{sign},.{int(abs(added) < LARGE_PERCENT)}f}"


def format_integer(value: float | None) -> str:
    """Return a whole number: ``1,240``."""
    return DASH if value is None or isnan(value) else f"{value:,.0f}"


def format_steps(value: float) -> str:
    """Return a number of steps, rounded up: ``79``, ``1,240``, ``never``."""
    if isinf(value):
        return NEVER
    return format_number(value) if value >= EXACT_STEPS else f"{ceil(value)}"


def format_step_interval(low: float, high: float) -> str:
    """Return the interval of a break-even: ``310-380``, ``310-never``.

    Empty if an end is unknown, or if both ends are never.
    """
    if isnan(low) or isnan(high) or (low == high == inf):
        return ""
    return DASH.join(map(format_steps, (low, high)))


def format_factor(value: float | None, *, decimals: int = 2) -> str:
    """Return a ratio: ``0.78x``, with a multiplication sign."""
    if value is None or isnan(value):
        return DASH
    plain = f"{value:.{decimals}f}" if abs(value) < 10 else format_number(value)  # noqa: PLR2004
    return f"{plain}{TIMES}"


def format_interval(low: float, high: float, *, decimals: int = 2) -> str:
    """Return the ends of an interval: ``0.76-0.80``, with an en dash."""
    return DASH.join(format_factor(end, decimals=decimals)[:-1] for end in (low, high))


def format_ratio_interval(low: float, high: float) -> str:
    """Return the ends of the interval of a ratio, or a dash."""
    if not (is_known(low) and is_known(high)):
        return DASH
    return format_interval(low, high, decimals=_decimals(low, high))


def format_ratio(point: float, low: float, high: float) -> str:
    """Return a ratio with its interval: ``0.78x (0.76-0.80)``, or (no interval)."""
    if isnan(point):
        return DASH
    if isnan(low) or isnan(high):
        return f"{format_factor(point)} (no interval)"
    decimals = _decimals(low, high)
    ends = format_interval(low, high, decimals=decimals)
    return f"{format_factor(point, decimals=decimals)} ({ends})"


def _decimals(low: float, high: float) -> int:
    """Return how many decimals to show.

    The fewest with which the ends differ, and with which no end rounds to 1 if 1 is
    outside the interval.
    """
    for decimals in (2, 3, 4):
        ends = {round(low, decimals), round(high, decimals)}
        if len(ends) > 1 and (low <= 1 <= high or 1 not in ends):
            return decimals
    return 4


def _in_unit(value: float | None, *, units: tuple[tuple[float, str], ...]) -> str:
    if value is None or isnan(value):
        return DASH
    if value == 0:
        return f"0 {units[-1][1]}"
    # 999.9 us rounds to 1 ms: choose the unit after rounding to three digits.
    rounded = float(f"{value:.3g}")
    scale, unit = next((u for u in units if abs(rounded) >= u[0]), units[-1])
    return f"{format_number(value / scale)}{NO_BREAK}{unit}"


def shorten_middle(name: str, *, width: int) -> str:
    """Return a name without its middle if it is longer than `width`."""
    if len(name) <= width:
        return name
    kept = (width - 1) // 2
    return f"{name[: width - 1 - kept]}\N{HORIZONTAL ELLIPSIS}{name[-kept:]}"


def describe_tolerance_share(fraction: float) -> str:
    """Return an error, given as a fraction of its tolerance, in words."""
    if fraction > 1:
        return f"{format_number(fraction)} times its tolerance"
    return f"{format_number(fraction)} of its tolerance"


def format_computed(value: float, *, digits: int = 3) -> str:
    """Return a computed number: ``0.0676``, ``nan``, ``-infinity``."""
    if isnan(value):
        return "nan"
    if isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return format_number(value, digits=digits)


def describe_received(expected: float, received: float) -> str:
    """Return two numbers with enough digits to differ: ``1.25 where 1.26 was ...``."""
    digits = count_distinguishing_digits(expected, received)
    return (
        f"{format_computed(received, digits=digits)} where "
        f"{format_computed(expected, digits=digits)} was expected"
    )


def count_distinguishing_digits(one: float, other: float) -> int:
    """Return how many significant digits show a difference, plus one.

    Two numbers may differ with fewer digits and look equal again with one more, where
    a digit of 5 is rounded up or down. The last number of digits counts.
    """
    least, most = 3, 17
    if one == other:
        return least
    equal = [
        digits
        for digits in range(least, most)
        if format_computed(one, digits=digits) == format_computed(other, digits=digits)
    ]
    return min(equal[-1] + 2, most) if equal else least
