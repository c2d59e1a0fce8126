"""Reports (domain.md §4, F5) through the door: known stays give known numbers, by month, unit, kommun and hospital; JSON
and CSV say the same; who may see what; what a discharge that is undone takes back.
"""

import csv
import datetime
import io

import harness
import region
from harness import local, wire
from region import ANNA, BO, CECILIA, H, KB, KH, KOMMUN, VC

OTHER_KOMMUN = "0184"
OTHER_KH = "SE2120000159-KH1"
OTHER_H = "SE2321000016-H02"
MAY = "from=2026-05&to=2026-05"


def two_kommuner():
    units = region.region()
    units["units"] += [
        {"hsa_id": OTHER_H, "namn": "Andra sjukhuset", "slag": "slutenvard", "region": "01"},
        {"hsa_id": OTHER_KH, "namn": "Andra kommunen", "slag": "kommunal_hsl", "region": "01", "kommun": OTHER_KOMMUN},
    ]
    return units


class Reports(harness.Case):
    region = two_kommuner()
    start_at = "2026-05-04T08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])
        cls.vc = cls.client("vardcentralen", ["unit"], [VC])
        cls.kh = cls.client("kommunens-hsl", ["unit"], [KH])
        cls.kb = cls.client("socialtjansten", ["unit"], [KB])
        cls.other = cls.client("andra", ["unit"], [OTHER_KH])
        cls.ops = cls.client("drift", ["ops"])
        cls.admin = cls.client("admin", ["admin"])

    # ---- What happens ----

    def admit(self, encounter, inskriven_at, number, **more):
        data = region.inskrivningsmeddelande(wire(local(inskriven_at)), wire(local("2026-05-08T12:00")), number=number,
                                             **more)
        return self.h.post_message("inskrivningsmeddelande", data, encounter=encounter,
                                   expect="applied").json["episode"]["id"]

    def say(self, encounter, message, **data):
        return self.h.post_message(message, data, encounter=encounter, expect="applied").json["id"]

    def at(self, text):
        self.clock.advance(text)
        return wire(local(text))

    def home(self, encounter, text):
        when = self.at(text)
        id = self.say(encounter, "utskrivning", utskriven_at=when, destination="ordinart")
        self.say(encounter, "utskrivningsinformation", overford_at=when)
        return id

    def ready(self, encounter):
        self.say(encounter, "utskrivningsklar", klar_at=wire(self.clock.now()))

    def summon(self, episode):
        self.vc.post_message("sip_kallelse", {
            "atgard": "skicka", "skickad_av": ANNA, "at": wire(self.clock.now()), "kallade": [KH, KB]},
            episode=episode, expect="applied")

    def acknowledge(self, client, unit, kind):
        for task in client.tasks(unit):
            if task["kind"] == kind:
                client.post_message("kvittens", {"task": task["id"]}, episode=task["episode"], expect="applied")

    def settle(self):
        self.wait_until(lambda: self.database.value("select planned_version = region_version and rederive_version is null "
                                                    "from samordnad.instance") == "t", what="all to be planned anew")

    # ---- What is asked ----

    def report(self, query, client=None, what="follow-up"):
        """The report as JSON, after it was compared with its CSV."""
        client = client or self.ops
        answer = client.get(f"/v1/reports/{what}?{query}")
        self.assertEqual(answer.status, 200, answer)
        self.compare_csv(client, f"/v1/reports/{what}?{query}", answer.json)
        return answer.json

    def compare_csv(self, client, target, report):
        answer = client.get(target, headers={"Accept": "text/csv"})
        self.assertEqual((answer.status, answer.headers["Content-Type"]),
                         (200, "text/csv; charset=utf-8; header=present"))
        lines = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
        key, *_ = lines[0]
        self.assertEqual(lines[-1][key], "total")
        said = [*report["rows"], {key: "total", **report["total"]}]
        self.assertEqual(len(lines), len(said))
        for line, row in zip(lines, said):
            for name, cell in line.items():
                value = row.get(name)
                if isinstance(value, bool):
                    self.assertEqual(cell, str(value).lower(), name)
                elif isinstance(value, (int, float)):
                    self.assertEqual(float(cell), value, name)
                else:
                    self.assertEqual(cell, value or "", name)
            self.assertEqual(set(row) - set(line), set(), "a number that CSV has not")


class FollowUp(Reports):
    def test_known_stays(self):
        # One in order: told after 120 minutes, KH acknowledges after 60, ready on Tuesday, home on Thursday.
        one = self.admit("R1", "2026-05-04T06:00", 0)
        self.clock.advance("2026-05-04T09:00")
        self.acknowledge(self.kh, KH, "kvittera_inskrivningsmeddelande")
        self.assertEqual(self.database.value("select count(*) from samordnad.follow_up"), "0")
        # One told 28 hours after the admission; later withdrawn, moved, and home ready the same evening.
        self.clock.advance("2026-05-05T10:00")
        self.admit("R2", "2026-05-04T06:00", 1)
        self.ready("R1")
        self.clock.advance("2026-05-05T11:00")
        self.summon(one)
        self.vc.post_message("fast_vardkontakt", {
            "atgard": "byt", "staff": BO, "from_at": wire(self.clock.now()), "utsedd_av": CECILIA}, episode=one,
            expect="applied")
        self.clock.advance("2026-05-06T09:00")
        self.ready("R2")
        self.clock.advance("2026-05-06T10:00")
        self.say("R2", "ej_langre_utskrivningsklar", at=wire(self.clock.now()))
        self.say("R2", "ny_beraknad_utskrivning", beraknad_utskrivning_at=wire(local("2026-05-09T12:00")))
        first = self.home("R1", "2026-05-07T12:00")
        self.clock.advance("2026-05-08T09:00")
        self.ready("R2")
        self.home("R2", "2026-05-08T18:00")

        month, = self.report(MAY)["rows"]
        self.expect(month, month="2026-05", stays=2, notices_owed=2, notices_within_24h=1,
                    notices_within_24h_share=0.5, notice_minutes_median=120, notice_minutes_p90=1680, mottagare=6,
                    kvittenser=1, fvk_owed=2, fvk_before_discharge=2,
                    fvk_before_discharge_share=1.0, fvk_changes=1,
                    kallelser_owed=1, kallelser_within_3_days=1, ready=2, ready_days_mean=1.0,
                    ready_days_mean_without_zeros=2.0, ready_days_median=0, ready_days_p90=2, ready_psykiatri=0,
                    ready_psykiatri_days_mean=None, withdrawals=1, date_changes=1, discharges_day=1,
                    discharges_evening=1, discharges_day_off=0, readmissions_30_days=0, sip_held=0)
        # The clock runs on between two steps.
        self.assertAlmostEqual(month["kvittens_minutes_median"], 60, delta=1)
        self.assertAlmostEqual(month["fvk_lead_minutes_median"], 76 * 60, delta=1)
        self.check_breaches(month)

        # D1 of the second runs out: then it is known that no kallelse came in time.
        self.clock.advance("2026-05-12T00:00")
        self.expect(self.report(MAY)["total"], kallelser_owed=2, kallelser_within_3_days=1,
                    kallelser_within_3_days_share=0.5)
        self.groups()
        self.kontakter()
        self.sip(one)

        self.say("R1", "makulering", message_id=first, orsak="fel patient")
        self.expect(self.report(MAY)["total"], stays=1, mottagare=3, fvk_changes=0, discharges_day=0)
        self.assertEqual(self.database.value("select count(*) from samordnad.follow_up"), "4")

    def sip(self, episode):
        """Held and followed up in the month after: of the stay, which is counted where it ended."""
        self.clock.advance("2026-06-02T10:00")
        plan = {"insatser": ["hemsjukvard"], "region": [], "kommun": ["hemsjukvard"], "andra": [],
                "overgripande_ansvar": "kommun"}
        for message, more, followed_up in (("sip", {"utfall": "genomford", "plan": plan}, 0), ("sip_uppfoljning", {}, 1)):
            self.vc.post_message(message, {"hallen_at": wire(self.clock.now()), **more}, episode=episode,
                                 expect="applied")
            self.expect(self.report(MAY)["total"], sip_held=1, sip_followed_up=followed_up, kallelser_within_3_days=1)
        self.assertEqual(self.report("from=2026-06&to=2026-06")["rows"], [])

    def expect(self, row, **numbers):
        self.assertEqual({name: row[name] for name in numbers}, numbers)

    def check_breaches(self, month):
        """As they stand in the table; the stays of the report are all there are."""
        for cause, name in enumerate(("hospital_late", "unit_late", "kommun_late", "system")):
            stand = self.database.value("select count(*) from samordnad.breach where withdrawn_at is null and "
                                        f"cause = {cause}")
            self.assertEqual(month[f"breaches_{name}"], int(stand), name)
        self.assertGreater(month["breaches_hospital_late"], 0, "A5")

    def groups(self):
        """By unit each mottagare is measured by itself; by kommun and hospital each stay counts once."""
        rows = {row["unit"]: row for row in self.report(f"{MAY}&by=unit")["rows"]}
        self.assertEqual(set(rows), {VC, KH, KB})
        self.expect(rows[VC], stays=2, mottagare=2, kvittenser=0, fvk_owed=2, fvk_changes=1, kallelser_owed=2,
                    kallelser_within_3_days=1, notices_within_24h=1, withdrawals=1)
        self.expect(rows[KH], stays=2, mottagare=2, kvittenser=1, fvk_owed=0, fvk_before_discharge_share=None,
                    fvk_changes=0, ready=2)
        for query, key in ((f"{MAY}&by=kommun", {"kommun": KOMMUN}), (f"{MAY}&by=hospital", {"hospital": H})):
            row, = self.report(query)["rows"]
            self.expect(row, **key, stays=2, mottagare=6, ready=2)
        for query, stays, mottagare in (
                (f"{MAY}&unit={VC}", 2, 2), (f"{MAY}&unit={VC}&hospital={H}&by=hospital", 2, 2),
                (f"{MAY}&unit={OTHER_KH}", 0, 0), (f"{MAY}&hospital={H}", 2, 6), (f"{MAY}&hospital={OTHER_H}", 0, 0),
                (f"{MAY}&kommun={KOMMUN}", 2, 6), (f"{MAY}&kommun={OTHER_KOMMUN}", 0, 0),
                (f"{MAY}&kommun={KOMMUN}&hospital={H}&by=unit", 2, 6), ("from=2026-04&to=2026-04", 0, 0),
                ("from=2026-06&to=2027-05", 0, 0), ("from=2025-12&to=2026-05", 2, 6)):
            with self.subTest(query):
                self.expect(self.report(query)["total"], stays=stays, mottagare=mottagare)

    def kontakter(self):
        """B11: as they are now, of the units asked about."""
        self.expect(self.report(MAY)["total"], patients_with_fasta_kontakter=2, fvk_patients=2, fvk_persons=2,
                    patients_per_fvk=1.0, lakarkontakt_patients=0, patients_per_lakarkontakt=None)
        self.expect(self.report(f"{MAY}&unit={KH}")["total"], patients_with_fasta_kontakter=0, fvk_patients=0,
                    patients_per_fvk=None)
        self.expect(self.report(f"{MAY}&kommun={KOMMUN}")["total"], fvk_patients=2)
        self.expect(self.report(f"{MAY}&hospital={H}")["total"], fvk_patients=None, patients_per_fvk=None)


class Readmissions(Reports):
    """G2: by the discharges that are stored, whatever links the stays; a stay is counted in the month of its own discharge."""

    region = {**two_kommuner(), "policies": [{"policy": "readmission_days", "value": 3, "scope": "all",
                                              "from_at": region.FROM_THE_BEGINNING}]}

    start_at = "2026-07-10T08:00"

    def stay(self, encounter, number, admitted, home):
        """All is told in July, in the order in which it is said here."""
        data = region.inskrivningsmeddelande(wire(local(admitted)), wire(local("2026-07-12T12:00")), number=number)
        episode = self.h.post_message("inskrivningsmeddelande", data, encounter=encounter,
                                      expect="applied").json["episode"]["id"]
        if home:
            self.discharge(encounter, home)
        return episode

    def discharge(self, encounter, home):
        return self.say(encounter, "utskrivning", utskriven_at=wire(local(home)), destination="ordinart")

    def expect(self, month, count, **more):
        answer = self.report(f"from={month}&to={month}" + "".join(f"&{name}={value}" for name, value in more.items()))
        self.assertEqual(answer["total"]["readmissions_30_days"], count)

    def test_by_what_is_stored(self):
        self.stay("A1", 0, "2026-05-04T08:00", "2026-05-05T12:00")
        self.stay("B1", 1, "2026-05-05T13:00", None)
        # On the thirtieth day, to its last hour; longer than the policy links the two.
        again = self.stay("A2", 0, "2026-06-04T23:00", "2026-06-05T12:00")
        self.assertIsNone(self.h.episode(again)["tidigare_vardtillfalle"])
        self.expect("2026-06", 1)
        self.expect("2026-06", 1, unit=VC, by="unit")
        self.expect("2026-06", 1, kommun=KOMMUN)
        self.expect("2026-05", 0)
        # On the thirty-first.
        self.stay("A3", 0, "2026-07-06T00:30", "2026-07-07T12:00")
        self.expect("2026-07", 0)
        # The discharge before is told when the next stay is over, then said to have been later, then not to have been.
        self.stay("B2", 1, "2026-07-07T13:00", "2026-07-08T12:00")
        self.expect("2026-07", 0)
        self.discharge("B1", "2026-06-01T12:00")
        self.expect("2026-07", 0)
        moved = self.discharge("B1", "2026-07-01T12:00")
        self.expect("2026-07", 1)
        self.say("B1", "makulering", message_id=moved, orsak="fel")
        self.expect("2026-07", 0)
        # Another than both, of whom it comes to be known that it is the same as the first.
        self.stay("C1", 2, "2026-07-08T13:00", "2026-07-09T12:00")
        self.expect("2026-07", 0)
        self.say("C1", "patient_uppdaterad", patient=region.patient(1), ersatter=region.patient(2)["identitet"])
        self.expect("2026-07", 1)


class Betalningsansvar(Reports):
    def test_days(self):
        """Ready on Wednesday morning, summoned: F1 from Saturday; home on Tuesday: three days, and all of May."""
        episode = self.admit("B1", "2026-05-04T06:00", 2)
        self.clock.advance("2026-05-06T09:00")
        self.ready("B1")
        self.clock.advance("2026-05-06T10:00")
        self.summon(episode)
        self.assertEqual(self.days(MAY)["rows"], [])
        self.clock.advance("2026-05-11T05:00")
        row, = self.days(MAY)["rows"]
        self.assertEqual(row["days"], 2, "while the patient stays: as of the last night")
        self.home("B1", "2026-05-12T12:00")
        report = self.days("from=2026-01&to=2026-12")
        row, = report["rows"]
        self.assertEqual((row["kommun"], row["region"], row["hospital"], row["month"]),
                         (KOMMUN, region.REGION, H, "2026-05"))
        self.assertEqual((row["model"], row["standing"]), ("days", "due"), "by default")
        self.assertEqual((row["stays"], row["days"], row["contested_days"]), (1, 3, 0))
        self.assertIsNone(row["amount_kr"], "no amount is known for 2026")
        self.assertEqual(report["total"]["days"], 3)
        for query, count in ((f"{MAY}&kommun={KOMMUN}", 1), (f"{MAY}&kommun={OTHER_KOMMUN}", 0),
                             (f"{MAY}&hospital={H}", 1), (f"{MAY}&hospital={OTHER_H}", 0),
                             ("from=2026-06&to=2026-06", 0)):
            with self.subTest(query):
                self.assertEqual(len(self.days(query)["rows"]), count)
        self.assertEqual(len(self.days(f"{MAY}&kommun={KOMMUN}", self.kb)["rows"]), 1)
        self.assertEqual(len(self.days(f"{MAY}&hospital={H}", self.h)["rows"]), 1)

    def days(self, query, client=None):
        return self.report(query, client, "betalningsansvar")


class Lacking(Reports):
    """F5, G2: what the reports lack of a stay that is over comes into them by `samordnad rederive`."""

    AMOUNT = {"policy": "pay_amount", "value": 11000, "scope": "all", "from_at": wire(local("2026-01-01T00:00"))}

    def rederive(self, lacking):
        said = harness.command("rederive", "--set", f"database={self.database.dsn}").stdout
        self.assertRegex(said, rf"^0 open episodes, and {lacking} of which the reports lack something, are planned anew")
        self.settle()

    def test_rederive(self):
        episode = self.admit("B1", "2026-05-04T06:00", 0)
        self.clock.advance("2026-05-05T09:00")
        self.ready("B1")
        self.summon(episode)
        self.home("B1", "2026-05-11T12:00")
        self.kh.post_message("ej_berord", {}, episode=episode)
        self.kb.post_message("ej_berord", {}, episode=episode)
        self.vc.post_message("ej_berord", {}, episode=episode)
        self.clock.advance("2026-06-11T12:00")
        self.assertEqual(self.database.value("select count(*) from samordnad.episode "
                                             "where next_due is not null and org <> 0"), "0")
        self.expect_amount(None)
        self.rederive(1)
        self.expect_amount(None)

        # The year's amount comes to be known; and as if all had been kept by a daemon that did not know of readmissions.
        harness.load_region(self.database, {**self.region, "policies": [self.AMOUNT]})
        self.database.run("update samordnad.follow_up set patient = null, inskriven_at = null, utskriven_at = null, unprotected = null")
        self.settle()
        self.expect_amount(None)
        self.rederive(1)
        self.expect_amount(3 * 11000)
        self.assertEqual(self.database.value("select count(*) from samordnad.follow_up where utskriven_at is null "
                                             "or inskriven_at is null or patient is null or unprotected is null"), "0")
        self.rederive(0)

        # It was wrong; then it is another one for one kommun.
        amended = {**self.AMOUNT, "value": 12000}
        narrower = {**self.AMOUNT, "value": 12500, "scope": "kommun", "kommun": KOMMUN}
        for policies, kronor, said in (
                ([amended], 12000, "policies: 1 added, 0 changed, 1 ended, 0 unchanged\n"
                                   "  ended: pay_amount = 11000 of all from 2025-12-31T23:00:00Z\n"),
                ([amended, narrower], 12500, "policies: 1 added, 0 changed, 1 unchanged\n")):
            self.assertIn(said, harness.load_region(self.database, {"policies": policies}))
            self.settle()
            self.rederive(1)
            self.expect_amount(3 * kronor)
            self.rederive(0)
        self.assertEqual(self.database.rows("select value, scope, to_at from samordnad.policy "
                                            "where policy = 'pay_amount' order by value"),
                         [{"value": "12000", "scope": "all", "to_at": None},
                          {"value": "12500", "scope": "kommun", "to_at": None}])

    def expect_amount(self, kronor):
        row, = self.report(MAY, None, "betalningsansvar")["rows"]
        self.assertEqual((row["days"], row["amount_kr"]), (3, kronor))


class OverAndDead(Reports):
    def test_nobody_comes_back_to_the_dead(self):
        """G1, B11: what is over is planned anew for the reports, and the register stands."""
        episode = self.admit("D1", "2026-05-04T06:00", 0)
        self.vc.post_message("fast_vardkontakt", {"atgard": "utse", "staff": ANNA, "utsedd_av": ANNA,
                             "from_at": self.at("2026-05-04T09:00")}, episode=episode, expect="applied")
        self.home("D1", "2026-05-06T12:00")
        self.clock.advance("2026-06-15T12:00")
        again = region.inskrivningsmeddelande(wire(local("2026-06-15T06:00")), wire(local("2026-06-20T12:00")), mottagare=[KB])
        self.h.post_message("inskrivningsmeddelande", again, encounter="D2", expect="applied")
        self.say("D2", "avliden", at=self.at("2026-06-15T13:00"))
        holding = lambda: self.database.value("select count(*) from samordnad.kontakt where to_at is null and patient = "
                                              "(select patient from samordnad.episode where encounter = 'D1')")
        self.assertEqual(holding(), "0")
        self.database.run("update samordnad.follow_up set utskriven_at = null where episode = "
                          "(select episode from samordnad.episode where encounter = 'D1')")
        harness.command("rederive", "--set", f"database={self.database.dsn}")
        self.settle()
        self.assertEqual(holding(), "0")


def policy(name, value, from_at, **more):
    return {"policy": name, "value": value, "from_at": wire(local(from_at)), **more}


class AverageModel(Reports):
    """F6: pooled over three months, by payer and caring region, judged by the policies at each month's end."""

    region = {**two_kommuner(), "policies": [
        policy("pay_model", "average", "2026-01-01T00:00", scope="kommun", kommun=KOMMUN),
        policy("pay_average_days", 4, "2026-06-30T23:59", to_at=wire(local("2026-08-01T00:00")),
               scope="region_kommun", region="01", kommun=KOMMUN),
        policy("pay_average_days", 2, "2026-08-01T00:00", scope="region_kommun", region="01", kommun=KOMMUN)]}
    NOTHING = {"average_stays": 0, "average_days": 0, "average_days_mean": None,
               "average_days_mean_without_zeros": None}

    def stay(self, encounter, number, ready, home, **more):
        """Admitted two days before ready; ready and home: dates. Without ready: never notified."""
        day = datetime.date.fromisoformat(ready or home)
        admitted = day - datetime.timedelta(days=2)
        self.at(f"{admitted}T08:00")
        data = region.inskrivningsmeddelande(wire(local(f"{admitted}T06:00")), wire(local(f"{day}T12:00")),
                                             number=number, **more)
        episode = self.h.post_message("inskrivningsmeddelande", data, encounter=encounter,
                                      expect="applied").json["episode"]["id"]
        if ready:
            self.at(f"{ready}T09:00")
            self.ready(encounter)
            self.at(f"{ready}T10:00")
            self.summon(episode)
        self.home(encounter, f"{home}T12:00")

    def rows(self, query, client=None):
        return {row["month"]: row for row in self.report(query, client, "betalningsansvar")["rows"]}

    def expect(self, row, **numbers):
        self.assertEqual({name: row[name] for name in numbers}, numbers)

    def test_average(self):
        self.stay("A1", 0, "2026-05-06", "2026-05-13")
        self.stay("A2", 1, "2026-05-18", "2026-05-18")
        self.stay("A3", 2, None, "2026-05-22")
        self.stay("A4", 0, "2026-05-25", "2026-06-03", verksamhet="psykiatrisk")
        months = self.rows("from=2026-04&to=2026-12")
        self.assertEqual(set(months), {"2026-05", "2026-06"}, "no month that has not begun")
        may, june = months["2026-05"], months["2026-06"]
        # 7 days and 0: 3.5 is over the default of 3. The never notified one is out.
        self.expect(may, hospital=H, region="01", days=4 + 4, average_stays=2, average_days=7, average_days_mean=3.5,
                    average_days_mean_without_zeros=7.0, average_psykiatri_stays=0, average_threshold_days=3,
                    average_exceeded=True, model="average", standing="due")
        # Pooled with May; psychiatry apart. The threshold of the month's last minute is not exceeded.
        self.expect(june, hospital=H, days=2, average_stays=2, average_days=7, average_psykiatri_stays=1,
                    average_psykiatri_days=9, average_psykiatri_days_mean=9.0,
                    average_psykiatri_days_mean_without_zeros=9.0, average_threshold_days=4, average_exceeded=False,
                    model="average", standing="not_due")

        self.stay("A5", 1, "2026-08-03", "2026-08-04")
        months = self.rows("from=2026-07&to=2026-12")
        self.assertEqual(set(months), {"2026-07", "2026-08"})
        # July: nothing to pay, but May and June to pool. A row that begins as the month ends is not of it.
        self.expect(months["2026-07"], hospital=None, stays=0, days=0, amount_kr=0, average_stays=2, average_days=7,
                    average_threshold_days=4, standing="not_due")
        self.expect(self.report("from=2026-07&to=2026-07", None, "betalningsansvar")["total"], days=0, amount_kr=0)
        # August: May has left the pool.
        self.expect(months["2026-08"], average_stays=1, average_days=1, average_psykiatri_stays=1,
                    average_threshold_days=2, average_exceeded=False, standing="not_due")
        self.at("2026-11-02T08:00")
        self.assertEqual(set(self.rows("from=2026-09&to=2026-12")), {"2026-09", "2026-10"}, "three months")
        self.scopes(may)

    def scopes(self, may):
        """The pool is the payer's, whatever hospital is asked for; another kommun has another."""
        self.assertEqual(self.rows(f"{MAY}&hospital={H}", self.h), {"2026-05": may})
        self.assertEqual(self.rows(f"{MAY}&kommun={KOMMUN}", self.kb), {"2026-05": may})
        self.assertEqual(self.rows(f"{MAY}&kommun={OTHER_KOMMUN}"), {})
        self.assertEqual(set(self.rows(f"from=2026-05&to=2026-09&hospital={H}")), {"2026-05", "2026-06"})
        # As if the stays of May had been the other kommun's: this one has days of May and nothing to pool.
        self.database.run("update samordnad.follow_up set kommun = 184 where month = 202605")
        rows = {row["kommun"]: row for row in self.report(MAY, None, "betalningsansvar")["rows"]}
        self.expect(rows[KOMMUN], days=may["days"], **self.NOTHING, average_exceeded=False, standing="not_due")
        self.expect(rows[OTHER_KOMMUN], hospital=None, days=0, average_stays=2, average_threshold_days=3,
                    average_exceeded=True, model="days", standing="due")


class Access(Reports):
    def test_who_may_see_what(self):
        for client, query, status in (
                (self.ops, "", 200), (self.admin, "", 200), (self.ops, f"&unit={VC}&by=unit", 200),
                (self.admin, f"&hospital={H}", 200), (self.ops, f"&kommun={KOMMUN}&by=unit", 200),
                (self.ops, "&unit=SE2321000016-NO", 404),
                (self.h, "", 403), (self.h, f"&hospital={H}", 200), (self.h, f"&hospital={H}&by=unit", 200),
                (self.h, f"&hospital={OTHER_H}", 404), (self.h, f"&unit={VC}", 404), (self.h, f"&kommun={KOMMUN}", 404),
                (self.vc, "", 403), (self.vc, f"&unit={VC}", 200), (self.vc, f"&unit={KH}", 404),
                (self.vc, f"&hospital={H}", 404), (self.vc, f"&unit={VC}&hospital={H}", 404),
                (self.vc, f"&unit={VC}&kommun={KOMMUN}&by=kommun", 200), (self.vc, f"&kommun={KOMMUN}", 404),
                (self.kb, f"&kommun={KOMMUN}", 200), (self.kb, f"&kommun={KOMMUN}&by=hospital", 200),
                (self.kb, f"&kommun={KOMMUN}&by=unit", 403), (self.kb, f"&kommun={OTHER_KOMMUN}", 404),
                (self.other, f"&kommun={OTHER_KOMMUN}", 200), (self.kb, f"&unit={KB}&by=unit", 200)):
            with self.subTest(client.source or "whole", query=query):
                self.assertEqual(client.get(f"/v1/reports/follow-up?{MAY}{query}").status, status)
        for client, query, status in (
                (self.ops, "", 200), (self.h, "", 403), (self.vc, f"&kommun={KOMMUN}", 404),
                (self.kb, f"&kommun={OTHER_KOMMUN}", 404), (self.kb, f"&hospital={H}", 404)):
            with self.subTest("betalningsansvar", query=query):
                self.assertEqual(client.get(f"/v1/reports/betalningsansvar?{MAY}{query}").status, status)
        for report, words in (("follow-up", "by unit or hospital"), ("betalningsansvar", "name its kommun")):
            self.assertIn(words, self.kb.get(f"/v1/reports/{report}?{MAY}").json["detail"])
        nobody = harness.Client(self.daemon.address)
        self.assertEqual(nobody.get(f"/v1/reports/follow-up?{MAY}").status, 401)
        self.assertEqual(self.ops.get(f"/v1/tasks?unit={VC}").status, 403, "ops still sees no patient")

    def test_bad_queries(self):
        for query, parameter in (
                ("", "from"), ("from=2026-05", "to"), ("from=2026-5&to=2026-05", "from"), ("from=2026-13&to=2026-12", "from"),
                ("from=2026-05-01&to=2026-05", "from"), ("from=2026-05&to=2026-04", "to"),
                ("from=2020-01&to=2025-01", "to"), (f"{MAY}&by=week", "by"), (f"{MAY}&unit=VC", "unit"),
                (f"{MAY}&unit={H}", "unit"), (f"{MAY}&hospital={VC}", "hospital"), (f"{MAY}&kommun=180", "kommun"),
                (f"{MAY}&kommun=018x", "kommun"), (f"{MAY}&{MAY}", "from")):
            with self.subTest(query):
                answer = self.ops.get(f"/v1/reports/follow-up?{query}")
                self.assertEqual((answer.status, answer.json["parameter"]), (400, parameter), answer)
        self.assertEqual(self.ops.get("/v1/reports/follow-up?from=2020-01&to=2024-12").status, 200, "60 months")
        self.assertEqual(self.ops.get(f"/v1/reports/follow-up?{MAY}&format=csv").status, 400)
        self.assertEqual(self.ops.get(f"/v1/reports/betalningsansvar?{MAY}&unit={VC}").status, 400)
        self.assertEqual(self.ops.get(f"/v1/reports/follow-up?{MAY}", headers={"Accept": "text/html"}).status, 406)
        self.assertEqual(self.ops.get("/v1/reports").status, 404)


if __name__ == "__main__":
    harness.main()
