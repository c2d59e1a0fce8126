"""The follow-up report: domain.md section 4, reckoned from the stored history, for the region and for each kommun. One
sentence a number stands where it is reckoned.
"""

import collections
import math
import statistics

import almanac
from almanac import HOUR
from history import OPPENVARD, known_at

EVENING = 17
READMITTED_DAYS = 30


class Stay:
    """What the report asks of an episode whose patient was told of."""

    def __init__(self, history, episode):
        self.history, self.episode = history, episode
        self.known = known_at(history, episode, len(episode.facts))
        self.home = self.known.discharged_at()
        self.kommun = self.known.notice.data["patient"].get("folkbokforingskommun", "") if self.known.notice else ""

    @property
    def waited(self):
        """F6: D(discharge) - D(ready) in days, by the last ready notice; None: never ready, or not home."""
        if self.home is None or self.known.klar is None:
            return None
        ready = almanac.parse(self.known.klar.data["klar_at"])
        return max((almanac.date_of(self.home) - almanac.date_of(ready)).days, 0)


def share(rows):
    rows = list(rows)
    return f"{sum(rows)} of {len(rows)}" + (f" ({100 * sum(rows) / len(rows):.0f} %)" if rows else "")


def spread(values, unit):
    values = sorted(values)
    if not values:
        return "none"
    return f"median {statistics.median(values):.1f} {unit}, p90 {values[math.ceil(0.9 * len(values)) - 1]:.1f} {unit}"


def notices(stays):
    return share(stay.known.first_notice.recorded_at <= stay.known.a1_due() for stay in stays)


def kvittens(stays):
    return spread([(min(row.acknowledged.values()) - row.received_at) / HOUR for stay in stays
                   for row in stay.known.mottagare() if row.acknowledged], "h")


def _contacts(stays):
    return [(stay, row) for stay in stays if stay.home is not None for row in stay.known.mottagare()
            if stay.history.units[row.unit].slag in OPPENVARD]


def contact_before(stays):
    return share(stay.known.at_discharge(row.unit) for stay, row in _contacts(stays))


def contact_lead(stays):
    return spread([(stay.home - stay.known.contacts[row.unit].covered_from) / HOUR for stay, row in _contacts(stays)
                   if stay.known.at_discharge(row.unit)], "h")


def contact_changes(stays):
    changed = 0
    for stay in stays:
        named = collections.defaultdict(list)
        for fact in stay.episode.facts:
            if fact.type == "fast_vardkontakt" and fact.data["atgard"] in ("utse", "byt", "bekrafta"):
                named[fact.data.get("unit") or fact.source].append(fact.data["staff"])
        changed += sum(one != other for staff in named.values() for one, other in zip(staff, staff[1:]))
    return f"{changed}"


def kallelser(stays):
    due = [stay for stay in stays if stay.known.klar is not None and stay.known.sip_is_due()]
    return share(stay.known.kallelse is not None and stay.known.kallelse[2] < almanac.d1_due(stay.known.klar_recorded)
                 for stay in due)


def _waits(stays):
    return [stay.waited for stay in stays
            if stay.waited is not None and stay.known.notice.data["verksamhet"] != "psykiatrisk"]


def mean_with_zeros(stays):
    waits = _waits(stays)
    return f"{statistics.mean(waits):.2f} days" if waits else "none"


def mean_without_zeros(stays):
    waits = [days for days in _waits(stays) if days > 0]
    return f"{statistics.mean(waits):.2f} days" if waits else "none"


def waits_spread(stays):
    return spread(_waits(stays), "days")


def count_of(*types):
    return lambda stays: f"{sum(fact.type in types for stay in stays for fact in stay.episode.facts)}"


def breaches(stays):
    counted = collections.Counter(f"{breach.rule} {breach.cause}" for stay in stays for breach in stay.episode.breaches
                                  if breach.withdrawn_at is None)
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items())) or "none"


def odd_hours(stays):
    homes = [almanac.local(stay.home) for stay in stays if stay.home is not None]
    return share(home.hour >= EVENING or home.weekday() >= 5 for home in homes)


def contacts_each(stays):
    patients = {stay.episode.patient for stay in stays}
    rows = [row for row in stays[0].history.kontakter if row.patient in patients and row.to_at is None] if stays else []
    each = collections.Counter(row.staff for row in rows if row.slag == 1)
    return f"{len({row.patient for row in rows})} of {len(patients)} patients; " \
           f"{spread(each.values(), 'patients')} each" if rows else "none"


def sips(stays):
    held = [fact for stay in stays for fact in stay.episode.facts if fact.type == "sip"
            and fact.data["utfall"] == "genomford"]
    followed = [fact for stay in stays for fact in stay.episode.facts if fact.type == "sip_uppfoljning"]
    return f"{len(held)} held, {len(followed)} followed up"


def readmissions(stays):
    homes = collections.defaultdict(list)
    for stay in stays:
        if stay.home is not None:
            homes[stay.episode.patient].append(stay.home)
    again = [any(home <= almanac.parse(stay.known.notice.data["inskriven_at"]) <= almanac.add_days(home, READMITTED_DAYS)
                 for home in homes[stay.episode.patient]) for stay in stays]
    return share(again)


MEASURES = (
    ("inskrivningsmeddelanden within 24 h", notices),
    ("time to kvittens", kvittens),
    ("fast vardkontakt before discharge", contact_before),
    ("its lead time", contact_lead),
    ("changes of fast vardkontakt", contact_changes),
    ("kallelse within three days", kallelser),
    ("utskrivningsklar to discharge, mean with zeros (F6)", mean_with_zeros),
    ("the same, without zeros (public statistic)", mean_without_zeros),
    ("the same, spread", waits_spread),
    ("withdrawals", count_of("ej_langre_utskrivningsklar")),
    ("changes of date", count_of("ny_beraknad_utskrivning")),
    ("breaches by cause", breaches),
    ("discharges on evenings and weekends", odd_hours),
    ("patients with a fast kontakt", contacts_each),
    ("SIPs", sips),
    ("readmissions within 30 days", readmissions),
)


def print_report(history, out):
    stays = [Stay(history, episode) for episode in history.episodes.values() if episode.org != 0]
    stays = [stay for stay in stays if stay.known.notice is not None]
    groups = [("region", stays)] + [(f"kommun {kommun}", [stay for stay in stays if stay.kommun == kommun])
                                    for kommun in sorted({stay.kommun for stay in stays})]
    for name, members in groups:
        print(f"{name}: {len(members)} stays, {sum(stay.home is not None for stay in members)} ended", file=out)
        for measure, reckon in MEASURES:
            print(f"  {measure:52} {reckon(members)}", file=out)
