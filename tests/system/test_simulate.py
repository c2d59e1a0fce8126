"""A month of a region (tests/simulate) through the real daemon, and the checker finds nothing; what is broken on purpose
in the stored history, it finds; and its calendar gives the worked clocks. A whole year: `make simulate`.
"""

import copy
import io
import json
import sys
import unittest

import harness

sys.path.insert(0, str(harness.ROOT / "tests" / "simulate"))
import almanac  # noqa: E402
import checker  # noqa: E402
import history  # noqa: E402
import simulate  # noqa: E402

VECTORS = harness.ROOT / "tests" / "vectors"
GRAIN_S = 60
QUICK = (1, 28, 3.0)

# Seeds that once failed: (seed, days, first admissions a day).
SEEDS = (
    (2, 28, 3.0),   # G2: a stay that had handed its meeting over booked anew without end
    (10, 28, 3.0),  # B9: no reminder before a date that moved; E2 against whom the notice was withheld from
    (67, 365, 1.0),  # D1: receipt and samtycke at one moment, and the wrong one named as what opened the clock
    (82, 262, 1.0),  # B3: that life is threatened told late, and a nurse whom samordnad had named stayed
    (97, 305, 1.0),  # G1: a death taken back, and a task for a fast vårdkontakt that the patient had
)


def kind(word):
    return history.TASKS.index(word)


def message(word):
    return history.MESSAGES.index(word)


def told(word):
    return history.NOTICES.index(word)


def rule(word):
    return history.RULES.index(word)


# What is broken in the stored history, and what the checker must say of it: (rule, words, statement).
DAMAGES = (
    ("A8", "no task says so", f"""delete from task where (episode, nr) = (select episode, nr from task
        where kind = {kind("kvittera_inskrivningsmeddelande")} order by episode, nr limit 1)"""),
    ("D1", "its task", f"""update task set due_at = due_at + interval '1 hour' where (episode, nr) = (select episode, nr
        from task where kind = {kind("kalla_till_sip")} and status = 1 order by episode, nr offset 1 limit 1)"""),
    ("G3", "was to be reminded of", f"""update notice set type = {told("task.created")} where (unit, seq) = (select unit, seq
        from notice where type = {told("task.escalated")} and task_kind = {kind("kvittera_utskrivningsklar")}
        order by unit, seq offset 2 limit 1)"""),
    ("G3", "without a ground", f"""insert into task select episode, created_at, due_at, closed_at, unit, ref + 100, staff, 99,
        kind, status, step from task where kind = {kind("kvittera_utskrivningsklar")} order by episode, nr offset 5 limit 1"""),
    ("G3", "goes from", "delete from notice where seq = 7 and unit = (select unit from notice where seq = 9 limit 1)"),
    ("C1", "was not told", f"""update notice set type = {told("task.done")} where (unit, seq) = (select unit, seq from notice
        where type = {told("episode.utskrivningsklar")} order by unit, seq offset 8 limit 1)"""),
    ("E2", "no breach is stored", f"""delete from breach where (episode, rule, unit, ref) = (select episode, rule, unit, ref
        from breach where rule = {rule("E2")} and withdrawn_at is null order by episode offset 3 limit 1)"""),
    ("E1", "it says", f"""update breach set cause = cause + 1 where (episode, rule, unit, ref) = (select episode, rule, unit,
        ref from breach where rule = {rule("E1")} and withdrawn_at is null order by episode offset 1 limit 1)"""),
    ("B1", "there was none", f"""insert into breach select episode, due_at, done_at, stamped_at, withdrawn_at, unit, ref,
        {rule("B1")}, cause from breach where rule = {rule("E1")} order by episode offset 2 limit 1"""),
    ("B3", "is no licensed physician", "update staff set legitimerad = false"),
    ("B4", "without a standing decision", "delete from standing_decision"),
    ("B5", "against the veto", f"""update fact f set body = jsonb_set(f.body::jsonb, '{{onskemal}}',
        jsonb_build_object('ej', g.body::jsonb -> 'staff'))::text from fact g where g.source = 0
        and g.type = {message("fast_vardkontakt")} and g.body::jsonb ->> 'atgard' = 'utse' and f.episode = g.episode
        and f.type = {message("inskrivningsmeddelande")}"""),
    ("D6", "was promised", f"""with booked as (select episode, nr, recorded_at, body from fact
        where type = {message("sip_bokning")} and body::jsonb ->> 'atgard' = 'boka')
        update fact t set body = pair.body from (select g.episode, g.nr, f.body from booked f join booked g
        on f.recorded_at < g.recorded_at and f.episode <> g.episode
        and (f.body::jsonb -> 'mote' ->> 'start_at')::timestamptz > g.recorded_at + interval '1 day') pair
        where (t.episode, t.nr) = (pair.episode, pair.nr)"""),
    ("A6", "stored 0 times", f"""delete from fact where (episode, nr) = (select episode, nr from fact
        where type = {message("patientinformation")} order by episode offset 6 limit 1)"""),
    ("E2", "is open", f"""update task set status = 0 where (episode, nr) = (select t.episode, nr from task t
        join episode using (episode) where phase = {history.PHASES.index("avslutad")}
        and kind = {kind("kvittera_inskrivningsmeddelande")} order by t.episode offset 4 limit 1)"""),
)


class Simulation(unittest.TestCase):
    def days(self, seed, days, per_day):
        """Simulates; the checker finds nothing."""
        out = io.StringIO()
        database, region, ledger, views = simulate.simulate(seed, days, per_day, GRAIN_S, out)
        found = checker.check(database.dsn, region, ledger, views, GRAIN_S, out, stories=True)
        self.assertEqual(found, [], f"seed {seed}\n{out.getvalue()[-20000:]}")
        return database, region, ledger, views

    def test_seeds_that_once_failed(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                self.days(*seed)

    def test_quick_and_damaged(self):
        database, region, ledger, views = self.days(*QUICK)
        database.run("set search_path = samordnad, public;" + ";".join(statement for _, _, statement in DAMAGES))
        views = copy.deepcopy(views)
        for view in views.values():
            if view["clocks"]["betalningsansvar_from"]:
                view["clocks"]["betalningsansvar_from"] = "2026-01-01T00:00:00Z"
        ledger.append({**ledger[0], "id": "never-posted"})
        found = checker.check(database.dsn, region, ledger, views, GRAIN_S, io.StringIO())
        for rule_, words, _ in (*DAMAGES, ("F1", "is shown as", ""), ("A6", "never-posted", "")):
            with self.subTest(rule=rule_, words=words):
                self.assertTrue([line for line in found if line.startswith(rule_ + " ") and words in line],
                                "\n".join(found[:60]))


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
            self.assertEqual(almanac.e1_due(almanac.parse(row["utskriven_at"])), almanac.parse(row["due_before"]), row)
        for row in vectors["inskrivningsmeddelande_due"]:
            self.assertEqual(almanac.parse(row["skyldig_from"]) + 24 * almanac.HOUR, almanac.parse(row["due_before_or_at"]))


if __name__ == "__main__":
    harness.main()
