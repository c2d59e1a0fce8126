"""The law's calendar, reckoned anew for the checker: Easter and the holidays, days of lag (1930:173), the clocks A1, D1,
E1 and F1, open hours. Written from domain.md; daylight saving comes from the tz database. Instants are whole
microseconds since 1970.
"""

import datetime
import functools
import zoneinfo

STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
ONE_DAY = datetime.timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def instant(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def parse(text):
    """RFC 3339 with offset, or None."""
    return None if text is None else instant(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")))


def local(at):
    return (EPOCH + datetime.timedelta(microseconds=at)).astimezone(STOCKHOLM)


def show(at):
    return "-" if at is None else local(at).isoformat(timespec="seconds")


def date_of(at):
    """D(x)."""
    return local(at).date()


def at_time(date, minute):
    """The instant of a local minute of the day, 0 to 1440; out of the gap in March, its end."""
    day, rest = divmod(minute, 1440)
    moment = datetime.datetime.combine(date + day * ONE_DAY, datetime.time(rest // 60, rest % 60), STOCKHOLM)
    found = instant(moment)
    shown = local(found)
    if (shown.hour, shown.minute) != (rest // 60, rest % 60):
        return at_time(date, (rest // 60 + 1) * 60)
    return found


def midnight(date):
    return at_time(date, 0)


def add_days(at, days):
    """The same time of day, so many days on: calendar days, never blocks of 24 hours."""
    shown = local(at)
    moment = datetime.datetime.combine(shown.date() + days * ONE_DAY, shown.time(), STOCKHOLM)
    return instant(moment)


@functools.lru_cache(None)
def easter(year):
    """Gauss's reckoning of Easter Sunday in the Gregorian calendar, with its two exceptions."""
    a, b, c = year % 19, year % 4, year % 7
    k = year // 100
    m = (15 - (13 + 8 * k) // 25 + k - k // 4) % 30
    n = (4 + k - k // 4) % 7
    d = (19 * a + m) % 30
    e = (2 * b + 4 * c + 6 * d + n) % 7
    if d == 29 and e == 6:
        days = 28
    elif d == 28 and e == 6 and (11 * m + 11) % 30 < 19:
        days = 27
    else:
        days = d + e
    return datetime.date(year, 3, 22) + days * ONE_DAY


def _weekday_between(year, month, day, weekday):
    date = datetime.date(year, month, day)
    while date.weekday() != weekday:
        date += ONE_DAY
    return date


@functools.lru_cache(None)
def days_off(year):
    """Public holidays, and midsommarafton, julafton, nyarsafton; plain Saturdays and Sundays not among them."""
    sunday = easter(year)
    midsummer_eve = _weekday_between(year, 6, 19, 4)
    return frozenset([
        datetime.date(year, 1, 1), datetime.date(year, 1, 6), datetime.date(year, 5, 1), datetime.date(year, 6, 6),
        datetime.date(year, 12, 24), datetime.date(year, 12, 25), datetime.date(year, 12, 26),
        datetime.date(year, 12, 31), sunday - 2 * ONE_DAY, sunday, sunday + ONE_DAY, sunday + 39 * ONE_DAY,
        sunday + 49 * ONE_DAY, midsummer_eve, midsummer_eve + ONE_DAY, _weekday_between(year, 10, 31, 5)])


def is_working_day(date):
    return date.weekday() < 5 and date not in days_off(date.year)


def next_working_day(at, minute):
    date = date_of(at) + ONE_DAY
    while not is_working_day(date):
        date += ONE_DAY
    return at_time(date, minute)


# ---- The clocks ----------------------------------------------------------------------------------------------------


def d1_due(delivered):
    """D1, the alarm: the kallelse must be sent before this."""
    return midnight(date_of(delivered) + 4 * ONE_DAY)


def d1_breach_from(delivered):
    """D1: the last day moved by lag (1930:173), and over."""
    date = date_of(delivered) + 3 * ONE_DAY
    while not is_working_day(date):
        date += ONE_DAY
    return midnight(date + ONE_DAY)


def e1_due(discharged):
    return midnight(date_of(discharged) + ONE_DAY)


def f1_from(sent):
    """F1: at or before 12:00:00 local counts as that day."""
    shown = local(sent)
    noon = shown.time() <= datetime.time(12)
    return midnight(shown.date() + (3 if noon else 4) * ONE_DAY)


# ---- Open hours ----------------------------------------------------------------------------------------------------


def _minutes(text):
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def spans(hours, date):
    """When a unit is open on a date, as pairs of instants. hours None: day and night."""
    if hours is None:
        return [(midnight(date), midnight(date + ONE_DAY))]
    named = next((row["open"] for row in hours.get("exceptions", ()) if row["date"] == date.isoformat()), None)
    if named is None:
        if hours.get("closed_on_holidays") and date in days_off(date.year):
            return []
        named = hours["week"].get(WEEKDAYS[date.weekday()], ())
    return [(at_time(date, _minutes(begin)), at_time(date, _minutes(end))) for begin, end in named]


def add_open(hours, at, amount):
    """The instant at which the unit has been open for so long."""
    date = date_of(at)
    for _ in range(400):
        for begin, end in spans(hours, date):
            begin = max(begin, at)
            if end - begin >= amount:
                return begin + amount
            amount -= max(end - begin, 0)
        date += ONE_DAY
    return None


def open_between(hours, begin, end):
    date, total = date_of(begin), 0
    while midnight(date) < end:
        for first, last in spans(hours, date):
            total += max(min(last, end) - max(first, begin), 0)
        date += ONE_DAY
    return total
