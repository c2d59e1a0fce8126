"""Gallring: what has been over for as long as the policies say is written to a file and then removed, and nothing else; who ordered
it, and how much it was, is recorded. The legal clock is set years ahead."""

import datetime
import hashlib
import json
import os
import re
import signal
import subprocess

import harness
import region
import sealed
from region import ANNA, H, KB, KH, VC

START = "2026-03-02T09:00:00+01:00"
CHEF = "SE2321000016-CECILIA"


class Gallring(harness.Case):
    region = region.region(fvk_mode="manual")
    start_at = START

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        harness.wait_until(lambda: cls.daemon.is_ready("?door"))
        cls.hospital = cls.client("sjukhuset", ["hospital"], [H])
        cls.vc = cls.client("vc", ["unit"], [VC])
        cls.kh = cls.client("kh", ["unit"], [KH])
        cls.export = harness.temporary_dir("gallring")

    # ---- What happens ----

    def watch(self, encounter, number=0):
        """A stay that is over at once: nobody but the hospital hears of it."""
        now = self.clock.now()
        answer = self.hospital.post_message("inskrivning", {
            "patient": region.patient(number), "inskriven_at": harness.wire(now), "avdelning": "Avdelning 21"},
            encounter=encounter, expect="applied")
        self.hospital.post_message("behovsbedomning", {"behov_finns": "nej", "bedomt_at": harness.wire(now)},
                                   encounter=encounter, expect="applied")
        return answer.json["episode"]["id"]

    def admit(self, encounter, number=0, **more):
        now = self.clock.now()
        return self.hospital.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            harness.wire(now), harness.wire(now + datetime.timedelta(days=2)), number, sip="nekat", **more),
            encounter=encounter, expect="applied").json["episode"]["id"]

    def go_home(self, encounter):
        now = harness.wire(self.clock.now())
        self.hospital.post_message("utskrivningsklar", {"klar_at": now}, encounter=encounter, expect="applied")
        self.hospital.post_message("utskrivning", {"utskriven_at": now, "destination": "ordinart"}, encounter=encounter,
                                   expect="applied")

    def pass_days(self, days):
        self.clock.advance(self.clock.now() + datetime.timedelta(days=days), grain_s=86400)

    def pass_years(self, years, months=0):
        """And something is told to every unit then, so that no feed ends with what is old."""
        now = self.clock.now().astimezone(harness.STOCKHOLM)
        month = now.month - 1 + months
        self.clock.set(now.replace(year=now.year + years + month // 12, month=month % 12 + 1, day=1))
        self.admit(f"ny-{years}-{months}", 2)
        self.watch(f"sist-{years}-{months}", 2)

    # ---- Gallring ----

    def policy(self, name, value, scope="all", **more):
        columns = "".join(f", {column}" for column in more)
        values = "".join(f", {value}" for value in more.values())
        self.database.run(f"insert into samordnad.policy (policy, scope, value, from_at{columns}) "
                          f"values ('{name}', '{scope}', '{value}', '2020-01-01Z'{values})")

    def arguments(self, *more):
        """By then the access log of what is old has been forgotten (`maintain`); here it was all written today."""
        self.database.run("delete from samordnad.access_entry where person <> 'later'")
        return ["gallra", *more, "--set", f"database={self.database.dsn}"]

    def gallra(self, *more, check=True):
        return harness.command(*self.arguments(*(more or ("--export", str(self.export), "--by", CHEF))), check=check)

    def counts(self, text):
        """What it says was removed, or would be, by kind: episodes and facts, or notices."""
        found = {}
        for kind, what in re.findall(r"(?:would be removed|removed): (\w+) of organisation \d{10} before \S+: (.*)", text):
            numbers = [int(number) for number in re.findall(r"\d+", what)]
            found[kind] = [a + b for a, b in zip(found.get(kind, [0] * len(numbers)), numbers)]
        return found

    def exported(self):
        lines = []
        for path in sorted(self.export.glob("gallring-*.jsonl")):
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            text = path.read_text()
            self.assertTrue(text.endswith("\n"))
            lines += [json.loads(line) for line in text.splitlines()]
        return [line for line in lines if "episode" in line and "facts" in line], [line for line in lines if "notis" in line]

    def rows(self, table, episode):
        return int(self.database.value(f"select count(*) from samordnad.{table} where episode = "
                                       f"(select episode from samordnad.episode where uuid = '{episode}')"))

    def number(self, episode):
        return int(self.database.value(f"select episode from samordnad.episode where uuid = '{episode}'"))

    def everything(self):
        """All rows of all tables that gallring touches."""
        return {table: self.database.value(f"select md5(string_agg(t::text, ',' order by t::text)) from samordnad.{table} t")
                for table in ("episode", "fact", "notice", "participant", "task", "kontakt", "identitet", "gallring", "instance",
                              "follow_up", "identitet_ersatter")}

    def left(self, number):
        """Rows that still name an episode by its number."""
        tables = ("episode", "fact", "participant", "task", "breach", "booking", "follow_up", "betalningsansvar", "kontakt",
                  "identitet_ersatter", "notice", "undelivered")
        return {table: count for table in tables if (count := int(self.database.value(
            f"select count(*) from samordnad.{table} where episode = {number}")))}


class Whole(Gallring):
    """A region's ten years in short."""

    def test_what_is_past_its_time_and_nothing_else(self):
        gone = self.watch("V-1", 0)
        home = self.admit("V-2", 1)
        self.vc.post_message("fast_vardkontakt", {
            "atgard": "utse", "staff": ANNA, "from_at": harness.wire(self.clock.now()), "utsedd_av": CHEF}, episode=home,
            expect="applied")
        self.go_home("V-2")
        self.pass_days(40)
        self.assertEqual(self.hospital.episode(home)["phase"], "avslutad")
        keeps = self.number(home), self.number(gone)
        self.pass_years(9, 11)
        younger = self.watch("V-3", 0)
        self.assertNotIn("vardtillfalle", self.counts(self.gallra("--dry-run").stdout), "not yet ten years")
        self.pass_years(0, 4)
        before = self.everything()

        dry = self.gallra("--dry-run").stdout
        self.assertEqual(self.everything(), before, "a dry run changes nothing")
        self.assertNotIn("removed: identities", dry)
        counted = self.counts(dry)
        self.assertEqual(counted["vardtillfalle"], [1, 2], "home's fast vardkontakt goes on: it is kept")
        self.assertEqual(list(self.export.iterdir()), [])

        said = self.gallra().stdout
        self.assertEqual(self.counts(said), counted, "as the dry run said")
        episodes, notices = self.exported()
        episodes = [line for line in episodes if line["org"] != 0]  # not the unit's own file
        self.assertEqual([line["episode"] for line in episodes], [gone])
        self.assertEqual(len(notices), counted["notiser"][0])
        self.assertEqual([fact["type"] for fact in episodes[0]["facts"]], ["inskrivning", "behovsbedomning"])
        self.assertEqual(episodes[0]["facts"][0]["data"]["patient"], region.patient(0))
        self.assertEqual(episodes[0]["facts"][0]["source"], H)
        self.assertEqual(episodes[0]["phase"], "avslutad")
        self.assertEqual(self.left(keeps[1]), {})
        self.assertGreater(self.rows("fact", home), 3)
        self.recorded(said, counted)
        self.seen_by_all(gone, home, younger)

        # Its fast vårdkontakt ends: ten years from then it goes as well.
        self.vc.post_message("fast_vardkontakt", {
            "atgard": "avsluta", "staff": ANNA, "from_at": harness.wire(self.clock.now()), "utsedd_av": CHEF, "orsak": "klar"},
            episode=home)
        self.assertNotIn("vardtillfalle", self.counts(self.gallra("--dry-run").stdout))
        self.pass_years(10, 5)
        self.gallra()
        self.assertEqual(self.left(keeps[0]), {})
        self.assertEqual(self.kh.get(f"/v1/episodes/{home}").status, 404)
        self.assertEqual(self.gallra("--dry-run").stdout, "nothing is past its time\n")

    def recorded(self, said, counted):
        file, length, sha256 = re.search(r"written before: (\S+), bytes (\d+), SHA-256 ([0-9a-f]{64})\n", said).groups()
        content = (self.export / file).read_bytes()
        self.assertEqual((len(content), hashlib.sha256(content).hexdigest()), (int(length), sha256))
        rows = self.database.rows("select * from samordnad.gallring order by gallring")
        for row in rows:
            prefix = content[:int(row["bytes"])]
            self.assertEqual((row["ordered_by"], row["role"], row["file"], row["sha256"]),
                             (CHEF, "postgres", file, hashlib.sha256(prefix).hexdigest()))
        stays = [row for row in rows if row["kind"] == "vardtillfalle"]
        self.assertEqual([(row["org"], row["episodes"], row["facts"], row["notices"]) for row in stays],
                         [("2321000016", "1", "2", "0")])
        self.assertEqual(sum(int(row["notices"]) for row in rows), counted["notiser"][0])
        harness.check_no_person(json.dumps(rows), "the record of gallring")
        harness.check_no_person(said, "what gallra prints")

    def seen_by_all(self, gone, home, younger):
        """Reads go on, and say what is there."""
        self.assertEqual(self.hospital.get(f"/v1/episodes/{gone}").status, 404)
        found = self.hospital.request("POST", "/v1/episodes/search", {"patient": {"identitet": region.patient(0)["identitet"]}})
        self.assertEqual([row["id"] for row in found.json["episodes"]], [younger])
        answer = self.kh.get(f"/v1/feed?unit={KH}&after=0")
        self.assertEqual(answer.status, 410)
        first = answer.json["first_seq"]
        self.assertGreater(first, 1)
        self.assertEqual(self.kh.feed(KH, after=first - 1)[0]["data"]["seq"], first)
        self.assertEqual(self.hospital.episode(home)["phase"], "avslutad")
        patient = self.vc.request("POST", "/v1/patients/search", {"identitet": region.patient(1)["identitet"]}).json
        contacts = self.vc.get(f"/v1/patients/{patient['patients'][0]['id']}/contacts").json["contacts"]
        self.assertEqual([contact["staff"]["hsa_id"] for contact in contacts], [ANNA])
        ops = self.client("drift", ["ops"])
        self.assertEqual(ops.get("/v1/reports/follow-up?from=2026-01&to=2026-12").json["total"]["stays"], 1)
        self.assertEqual(ops.get("/v1/reports/betalningsansvar?from=2026-01&to=2026-12").status, 200)


class Held(Gallring):
    """What holds an episode, one thing at a time. An episode that only that holds goes once it is taken away."""

    # What keeps it, and what would not, put into the tables: each is one condition of the choice.
    HOLDS = {
        "an open task": ("update samordnad.task set closed_at = null, status = 0 where episode = {n}",
                         "update samordnad.task set closed_at = '2026-03-02Z', status = 1 where episode = {n}"),
        "a task closed later": ("update samordnad.task set closed_at = '2030-01-01Z' where episode = {n}",
                                "update samordnad.task set closed_at = '2026-03-02Z' where episode = {n}"),
        "an instant ahead": ("update samordnad.episode set next_due = '2190-01-01Z' where episode = {n}",
                             "update samordnad.episode set next_due = null where episode = {n}"),
        "a phase in which it is open": ("update samordnad.episode set phase = 2 where episode = {n}",
                                        "update samordnad.episode set phase = 5 where episode = {n}"),
        "a parked one": ("update samordnad.episode set phase = 0 where episode = {n}",
                         "update samordnad.episode set phase = 5 where episode = {n}"),
        "a fact that is younger": ("update samordnad.fact set recorded_at = '2030-01-01Z' where episode = {n} and nr = 2",
                                   "update samordnad.fact set recorded_at = '2026-03-02Z' where episode = {n}"),
        "a breach": ("insert into samordnad.breach (episode, due_at, stamped_at, unit, ref, rule, cause) "
                     "values ({n}, '2026-03-02Z', '2030-03-02Z', 1, 1, 1, 1)",
                     "update samordnad.breach set stamped_at = '2026-03-02Z' where episode = {n}"),
        "a meeting": ("insert into samordnad.booking values ({n}, 1, 0, '2030-01-01Z', '2030-01-02Z')",
                      "delete from samordnad.booking where episode = {n}"),
        "an amount that is lacking": ("insert into samordnad.betalningsansvar values ({n}, 202603, 1, null, 180, 3, 0)",
                                      "delete from samordnad.betalningsansvar where episode = {n}"),
        "a fast kontakt": ("insert into samordnad.kontakt select patient, '2026-03-02Z', null, episode, 1, 1, 1, 1 "
                           "from samordnad.episode where episode = {n}",
                           "update samordnad.kontakt set to_at = '2026-03-03Z' where episode = {n}"),
        "a notice": ("insert into samordnad.notice (unit, seq, at, episode, fact_nr, type, task_nr) "
                     "select 3, coalesce(max(seq), 0) + 1, '2035-01-01Z', {n}, 1, 1, 0 from samordnad.notice where unit = 3",
                     "delete from samordnad.notice where episode = {n}"),
        "the access log": ("insert into samordnad.access_entry (client, episode, action, person) values (1, {n}, 1, 'later')",
                           "delete from samordnad.access_entry where episode = {n}"),
    }

    def stays(self):
        return self.counts(self.gallra("--dry-run").stdout).get("vardtillfalle")

    def test_each(self):
        n = self.number(self.watch("V-1"))
        self.pass_days(1)
        self.assertIsNone(self.stays(), "it is young")
        self.daemon.stop()
        self.clock.set("2036-03-20T09:00:00+01:00")
        self.database.run("delete from samordnad.notice; delete from samordnad.task where status = 2")
        self.assertIsNone(self.stays(), "it is the newest: the counter")
        self.database.run("insert into samordnad.episode (episode, org, opened_at, uuid, last_nr, phase, encounter) "
                          "values (1000, 1, now(), gen_random_uuid(), 0, 0, 'x')")
        self.assertEqual(self.stays(), [1, 2])
        self.assertEqual(int(self.database.value(f"select count(*) from samordnad.task where episode = {n}")), 1)
        for what, (hold, release) in self.HOLDS.items():
            with self.subTest(what):
                self.database.run(hold.format(n=n))
                self.assertIsNone(self.stays(), what)
                self.database.run(release.format(n=n))
                self.assertEqual(self.stays(), [1, 2], what)

    def test_the_wrong_words(self):
        for words in ([], ["--export", str(self.export)], ["--by", CHEF], ["--dry-run", "--by", CHEF], ["--export"], ["now"],
                      ["--export", str(self.export), "--by", "Cecilia"]):
            with self.subTest(words):
                done = self.gallra(*words, check=False) if words else harness.command(*self.arguments(), check=False)
                self.assertEqual((done.returncode, done.stdout), (64, ""))


class Feeds(Gallring):
    """Of a feed only the beginning goes, and nothing that an endpoint still needs."""

    def seqs(self, unit):
        return [int(row["seq"]) for row in self.database.rows(
            "select n.seq from samordnad.notice n join samordnad.unit u on u.unit = n.unit "
            f"where u.hsa_id = '{unit}' order by n.seq")]

    def notices(self):
        return {unit: self.seqs(unit) for unit in (H, VC, KH, KB)}

    def test_only_the_beginning_and_nothing_that_is_needed(self):
        self.policy("gallring_notiser", 6)
        episode = self.admit("V-1")
        for days in (4, 5):
            self.hospital.post_message("ny_beraknad_utskrivning", {"beraknad_utskrivning_at": harness.wire(
                self.clock.now() + datetime.timedelta(days=days))}, episode=episode, expect="applied")
        self.pass_days(3)
        self.daemon.stop()
        old = self.notices()
        self.assertGreater(len(old[KH]), 3)
        endpoint, = sealed.put_endpoints(self.database, [(KH, "https://a.example/", "whsec_" + "A" * 44)])
        for what, hold, release, first in (
                ("an endpoint's cursor", "update samordnad.endpoint_cursor set next_seq = 2",
                 f"update samordnad.endpoint_cursor set next_seq = {old[KH][-1] + 1}", 2),
                ("one that waits", "insert into samordnad.undelivered (endpoint, seq, episode, attempts, state, first_at) "
                 f"values ({endpoint}, 2, 0, 1, 0, now())", "delete from samordnad.undelivered", 2),
                ("the log of deliveries", "insert into samordnad.attempt (endpoint, seq, at, nr, duration_ms) "
                 f"values ({endpoint}, 2, now(), 1, 1)", "delete from samordnad.attempt", 2),
                ("the head", "", "", old[KH][-1])):
            with self.subTest(what):
                self.clock.set("2026-10-01T09:00:00+02:00")
                self.database.run(hold)
                counted = self.counts(self.gallra("--dry-run").stdout)
                self.assertEqual(self.counts(self.gallra().stdout), counted)
                self.assertEqual(self.seqs(KH)[0], first)
                self.assertEqual(self.seqs(KH), old[KH][first - old[KH][0]:], "no gap")
                self.database.run(release)
        self.assertEqual([line["notis"].rsplit(":", 1)[1] for line in self.exported()[1] if line["notis"].startswith(KH)],
                         [str(seq) for seq in old[KH][:-1]])
        self.assertEqual(self.exported()[0], [], "the stay is open")


class Policies(Gallring):
    """Of each organisation's and unit's own; and own files."""

    def test_by_organisation(self):
        other = "SE2321000024-H01"
        harness.load_region(self.database, {"units": [
            {"hsa_id": other, "namn": "Avdelning 3", "slag": "slutenvard", "region": "03"}]})
        self.watch("V-1")
        there = self.client("annat", ["hospital"], [other])
        now = harness.wire(self.clock.now())
        theirs = there.post_message("inskrivning", {"patient": region.patient(1), "inskriven_at": now, "avdelning": "3"},
                                    encounter="V-1", expect="applied").json["episode"]["id"]
        there.post_message("behovsbedomning", {"behov_finns": "nej", "bedomt_at": now}, encounter="V-1", expect="applied")
        own = self.vc.post_message("begaran_fast_vardkontakt", {"patient": region.patient(0), "at": now})
        self.assertEqual(own.status, 200)
        n = self.number(theirs)
        self.policy("gallring_vardtillfalle", 240, "region", region=3)
        self.pass_years(10, 2)
        said = self.gallra().stdout
        self.assertEqual(self.counts(said)["vardtillfalle"], [1, 2])
        self.assertIn("vardtillfalle of organisation 2321000016 ", said)
        self.assertNotIn("2321000024", said)
        self.assertIn("fact", self.left(n))
        self.assertEqual(there.get(f"/v1/episodes/{theirs}").status, 200)
        self.pass_years(10, 2)
        there.post_message("inskrivning", {"patient": region.patient(1), "inskriven_at": harness.wire(self.clock.now()),
                                           "avdelning": "3"}, encounter="V-2", expect="applied")
        self.assertIn("vardtillfalle of organisation 2321000024 ", self.gallra().stdout)
        self.assertNotIn("fact", self.left(n))


class OwnFiles(Gallring):
    def file(self, encounter):
        return self.database.value(f"select uuid from samordnad.episode where org = 0 and encounter like '{encounter}'")

    def test_a_patients_file_is_the_last_of_the_patient(self):
        """Not while a stay of the patient is left, nor while a spärr is in force; then the identity goes too."""
        stay = self.watch("V-1", 1)
        self.vc.post_message("sparr", {"patient": region.patient(1), "atgard": "satt", "at": harness.wire(self.clock.now())},
                             expect="applied")
        file = self.file("patient/%")
        for atgard in ("satt", "havd"):
            self.vc.post_message("sparr", {"patient": region.patient(2), "atgard": atgard, "at": harness.wire(self.clock.now())},
                                 expect="applied")
        lifted = self.database.value(f"select uuid from samordnad.episode where org = 0 and uuid <> '{file}' "
                                     "and encounter like 'patient/%'")
        identities = "select count(*) from samordnad.identitet"
        self.pass_years(10, 2)
        self.assertEqual(int(self.database.value(identities)), 2)
        self.gallra()
        self.assertEqual(self.rows("fact", stay), 0)
        self.gallra()
        self.assertEqual(self.rows("fact", file), 1, "the sparr is in force")
        self.assertEqual(self.rows("fact", lifted), 2, "a stay of the patient is left")
        self.vc.post_message("sparr", {"patient": region.patient(1), "atgard": "havd", "at": harness.wire(self.clock.now())},
                             expect="applied")
        self.pass_years(10, 2)
        said = self.gallra().stdout
        self.assertEqual(self.counts(said)["patientakt"], [1, 2])
        self.assertEqual(self.rows("fact", file), 0)
        self.assertIn("identities that nothing names any more: 1\n", said)
        self.assertEqual(int(self.database.value(identities)), 1)
        # Who comes again is a new patient.
        highest = "select max(patient) from samordnad.identitet"
        known = int(self.database.value(highest))
        self.watch("V-1", 1)
        self.assertEqual(int(self.database.value(highest)), known + 1)


class Identities(Gallring):
    def test_what_was_said_of_identities_stays_with_them(self):
        """G4: an identity that gave way leads to the same patient as long as any stay is of that one."""
        self.watch("V-8", 0)
        reserve = {"system": "urn:oid:1.2.752.74.9.2", "varde": "R-1"}
        now = harness.wire(self.clock.now())
        self.hospital.post_message("inskrivning", {"patient": {**region.patient(0), "identitet": reserve}, "inskriven_at": now,
                                                   "avdelning": "Avdelning 21"}, encounter="V-9", expect="applied")
        self.hospital.post_message("behovsbedomning", {"behov_finns": "nej", "bedomt_at": now}, encounter="V-9", expect="applied")
        self.hospital.post_message("patient_uppdaterad", {"patient": region.patient(0), "ersatter": reserve}, encounter="V-9",
                                   expect="applied")
        self.pass_years(5)
        last = self.watch("V-10", 0)
        self.pass_years(5, 4)
        self.assertEqual(self.counts(self.gallra().stdout)["vardtillfalle"], [2, 5])
        leads = ("select count(*) from samordnad.identitet i join samordnad.episode e on e.patient = i.patient "
                 f"where e.uuid = '{last}'")
        self.assertEqual(int(self.database.value(leads)), 2)
        again = self.watch("V-11", 0)
        patient = "select patient from samordnad.episode where uuid = '{}'"
        self.assertEqual(self.database.value(patient.format(again)), self.database.value(patient.format(last)))
        # Said again, and taken back: what the stay that is gone said still stands.
        self.hospital.post_message("patient_uppdaterad", {"patient": region.patient(0), "ersatter": reserve}, encounter="V-11",
                                   id="again", expect="applied")
        self.hospital.post_message("makulering", {"message_id": "again", "orsak": "x"}, encounter="V-11", expect="applied")
        self.assertEqual(int(self.database.value(leads)), 2)
        self.pass_years(10, 4)
        self.gallra()
        self.assertEqual(self.identities(), [region.PERSONS[2]])
        self.assertEqual(int(self.database.value("select count(*) from samordnad.identitet_ersatter")), 0)

    def identities(self):
        return [row["varde"] for row in self.database.rows("select varde from samordnad.identitet order by varde")]


class Anothers(Identities):
    def test_what_was_said_of_identities_stays_with_them(self):
        """One of whom a word in a stay that is kept says something stays, though no stay of that one is left."""
        self.watch("V-1", 1)
        self.pass_years(5)
        self.watch("V-2", 0)
        said = self.hospital.post_message("patient_uppdaterad", {
            "patient": region.patient(0), "ersatter": region.patient(1)["identitet"]}, encounter="V-2", expect="applied")
        self.assertEqual(said.json["outcome"]["code"], "ersatter_annans")
        self.pass_years(5, 4)
        self.assertEqual(self.counts(self.gallra().stdout)["vardtillfalle"], [1, 2])
        self.assertEqual(self.identities(), sorted(region.PERSONS))


class Apart(Gallring):
    """The door goes on meanwhile: what it has read and is gone it reads anew."""

    def hold(self, session, sql):
        """A removal that stands still: in a transaction of psql's."""
        session.write(f"begin; select samordnad.gallring_begin(); set local idle_in_transaction_session_timeout = 0; {sql};\n")
        harness.wait_until(lambda: int(self.database.value(
            "select count(*) from pg_locks where locktype = 'advisory' and objid = 3322064722 and granted")) == 1)

    def door_waits(self):
        return int(self.database.value(
            "select count(*) from pg_locks where locktype = 'advisory' and objid = 3322064722 and not granted")) == 1

    def post_meanwhile(self, event, sql):
        """Posts while a removal is under way, which commits once the door has read and waits to write; the answer."""
        code = ("import sys, json; sys.path.insert(0, sys.argv[1]); import harness; "
                "c = harness.Client(sys.argv[2], sys.argv[3]); a = c.post_event(json.loads(sys.argv[4])); "
                "print(json.dumps([a.status, a.json]))")
        with self.database.session() as session:
            self.hold(session, sql)
            poster = subprocess.Popen(
                harness.bound(["/usr/bin/python3", "-W", "ignore", "-c", code, os.path.dirname(__file__), self.daemon.address.text,
                               self.hospital.token, json.dumps(event)]), stdout=subprocess.PIPE, text=True)
            try:
                harness.wait_until(self.door_waits, what="the door to wait")
                session.write("commit;\n")
                return json.loads(poster.communicate(timeout=harness.DEADLINE_S)[0])
            finally:
                poster.kill()
                poster.wait()

    def removal(self, n):
        return "; ".join(f"delete from samordnad.{table} where episode = {n}"
                         for table in ("episode", "fact", "participant", "task", "follow_up"))

    def test_a_message_for_a_stay_that_is_being_removed(self):
        n = self.number(self.watch("V-1"))
        self.pass_years(10, 2)
        event = self.hospital.event("utskrivningsinformation", {"overford_at": harness.wire(self.clock.now())}, encounter="V-1")
        status, answer = self.post_meanwhile(event, self.removal(n))
        self.assertEqual((status, answer["result"]), (200, "parked"))
        self.assertLessEqual(set(self.left(n)), {"notice"}, "nothing hangs on what is gone")
        self.assertEqual(self.rows("fact", answer["episode"]["id"]), 1)
        self.assertEqual(self.hospital.post_event(event).json["result"], "duplicate")

    def test_by_its_id(self):
        episode = self.watch("V-2")
        n = self.number(episode)
        self.watch("V-3", 1)
        event = self.hospital.event("utskrivningsinformation", {"overford_at": harness.wire(self.clock.now())}, episode=episode)
        status, _ = self.post_meanwhile(event, self.removal(n))
        self.assertEqual(status, 404)
        self.assertLessEqual(set(self.left(n)), {"notice"})

    def test_an_identity(self):
        """A stay of a patient whose identity is being removed is of a new patient, whom the identity leads to."""
        n = self.number(self.watch("V-4", 2))
        now = harness.wire(self.clock.now())
        event = self.hospital.event("inskrivning", {"patient": region.patient(2), "inskriven_at": now, "avdelning": "21"},
                                    encounter="V-5")
        self.watch("V-6", 1)
        of_two = f"varde = '{region.PERSONS[2]}'"
        status, answer = self.post_meanwhile(event, f"{self.removal(n)}; delete from samordnad.identitet where {of_two}")
        self.assertEqual((status, answer["result"]), (200, "applied"))
        self.assertEqual(self.database.value(f"select patient from samordnad.identitet where {of_two}"),
                         self.database.value(f"select patient from samordnad.episode where uuid = '{answer['episode']['id']}'"))

    def test_others_do_not_notice(self):
        """What is removed is none of the batch's: it is written as if nothing had been."""
        n = self.number(self.watch("V-7"))
        self.watch("V-8", 1)
        event = self.hospital.event("behovsbedomning", {"behov_finns": "nej", "bedomt_at": harness.wire(self.clock.now())},
                                    encounter="V-8")
        failed = harness.gauge(self.daemon, 'door_batches_total{outcome="failed"}')
        status, answer = self.post_meanwhile(event, self.removal(n))
        self.assertEqual((status, answer["result"]), (200, "applied"))
        self.assertEqual(harness.gauge(self.daemon, 'door_batches_total{outcome="failed"}'), failed)

    def changed_since(self, encounter, years, before="select", meanwhile=lambda episode: None):
        """A removal waits, behind its choice, while before is done in the transaction that it waits for, and meanwhile beside it; what
        is left of the episode."""
        episode = self.watch(encounter)
        n = self.number(episode)
        self.pass_years(years, 2)
        with self.database.session() as session:
            session.write(f"begin; select pg_advisory_xact_lock_shared(7617032018); {before.format(n=n)};\n")
            harness.wait_until(lambda: int(self.database.value(
                "select count(*) from pg_locks where locktype = 'advisory' and objid = 3322064722 and granted")) == 1)
            gallring = subprocess.Popen(
                harness.bound([harness.SAMORDNAD, *self.arguments("--export", str(self.export), "--by", CHEF)]),
                stdout=subprocess.PIPE, text=True)
            harness.wait_until(self.door_waits, what="the removal to wait")
            meanwhile(episode)
            session.write("commit;\n")
            gallring.communicate(timeout=harness.DEADLINE_S)
        self.assertEqual(gallring.returncode, 0)
        return self.left(n)

    def test_changed_since_it_was_chosen(self):
        """A fact that comes between the choice and the removal keeps the episode."""
        self.assertIn("fact", self.changed_since(
            "V-20", 11, "update samordnad.episode set opened_at = opened_at where episode = {n}"))

    def test_read_since_it_was_chosen(self):
        """What the access log tells of stays, though it was read between the choice and the removal: the log says whose it is."""
        self.assertIn("fact", self.changed_since("V-30", 14, meanwhile=lambda episode: self.assertEqual(
            self.hospital.get(f"/v1/episodes/{episode}").status, 200)))

    def test_killed_between_the_file_and_the_removal(self):
        """Nothing is lost: it stands in the file and in the database, and is removed the next time."""
        episode = self.watch("V-21")
        n = self.number(episode)
        self.pass_years(12, 2)
        for path in self.export.iterdir():
            path.unlink()
        before = self.left(n)
        with self.database.session() as session:
            self.hold(session, "select 1")
            gallring = subprocess.Popen(
                harness.bound([harness.SAMORDNAD, *self.arguments("--export", str(self.export), "--by", CHEF)]),
                stdout=subprocess.DEVNULL)
            harness.wait_until(self.door_waits, what="the removal to wait")
            gallring.send_signal(signal.SIGKILL)
            gallring.wait()
            self.database.rows("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' "
                               "and objid = 3322064722 and not granted")
            harness.wait_until(lambda: not self.door_waits())
            session.write("rollback;\n")
        harness.wait_until(lambda: int(self.database.value(
            "select count(*) from pg_locks where locktype = 'advisory' and objid in (3322064722, 3322064723)")) == 0)
        self.assertEqual(self.left(n), {table: count for table, count in before.items() if table != "notice"})
        self.assertIn(episode, [line["episode"] for line in self.exported()[0]])
        self.gallra()
        self.assertEqual(self.left(n), {})
        self.assertEqual([line["episode"] for line in self.exported()[0]].count(episode), 2)

    def test_one_at_a_time(self):
        with self.database.session() as session:
            session.write("select pg_advisory_lock(7617032019);\n")
            harness.wait_until(lambda: int(self.database.value(
                "select count(*) from pg_locks where locktype = 'advisory' and objid = 3322064723")) == 1)
            done = self.gallra("--dry-run", check=False)
        self.assertEqual((done.returncode, done.stderr), (1, "samordnad: another gallring is under way\n"))

    def test_no_place_for_the_file(self):
        self.watch("V-22")
        self.pass_years(13, 2)
        before = self.everything()
        done = self.gallra("--export", str(self.export / "nowhere"), "--by", CHEF, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No such file or directory", done.stderr)
        self.assertEqual(self.everything(), before)


if __name__ == "__main__":
    harness.main()
