"""The register over HTTP: a unit's documents read and put, who may, what is refused and why; policies that begin and
end by the legal clock, through the daemon that runs; and `samordnad rederive`.
"""

import copy
import json

import harness
import region
from harness import local, wire
from region import ANNA, BO, CECILIA, H, KB, KH, VC

TAILS = ("", "/staff", "/slots", "/hours", "/policy", "/standing-decisions")
NEW = "SE2321000016-VC9"
DAY = harness.datetime.timedelta(days=1)


class Units(harness.Case):
    start_at = "2026-05-04T08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])
        cls.vc = cls.client("vardcentralen", ["unit"], [VC])
        cls.kb = cls.client("socialtjansten", ["unit"], [KB])
        cls.ops = cls.client("drift", ["ops"])
        cls.admin = cls.client("forvaltaren", ["admin"])

    def read(self, tail="", unit=VC, client=None):
        answer = (client or self.admin).get(f"/v1/units/{unit}{tail}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def put(self, tail, document, unit=VC):
        """What was changed: {"staff": (added, changed, ended, unchanged)}."""
        answer = self.admin.request("PUT", f"/v1/units/{unit}{tail}", document)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["unit"], unit)
        return {row["what"]: (row["added"], row["changed"], row["ended"], row["unchanged"])
                for row in answer.json["changes"]}

    def refused(self, tail, document, pointer, words, unit=VC):
        before = self.database.value("select register_version from samordnad.instance")
        answer = self.admin.request("PUT", f"/v1/units/{unit}{tail}", document)
        self.assertEqual(answer.status, 422, answer)
        self.assertEqual([row["pointer"] for row in answer.json["errors"]], [pointer], answer)
        self.assertIn(words, answer.json["errors"][0]["detail"])
        put = [line for line in self.daemon.log().splitlines() if "event=register_put" in line]
        self.assertRegex(put[-1], f"unit={unit} .*status=422")
        self.assertEqual(self.database.value("select register_version from samordnad.instance"), before)

    def slots(self):
        """As they were given: without their numbers."""
        return [{name: slot[name] for name in slot if name != "id"} for slot in self.read("/slots")["slots"]]

    def effective(self, policy, unit=VC):
        row, = (row for row in self.read("/policy", unit)["effective"] if row["policy"] == policy)
        return row


class Reading(Units):
    region = region.region(absences=[{"from_at": "2026-06-22T00:00:00+02:00", "to_at": "2026-07-20T00:00:00+02:00",
                                      "ersattare": CECILIA}])

    def test_as_it_was_loaded(self):
        loaded = self.region["units"][1]
        unit = self.read()
        for name in ("hsa_id", "namn", "slag", "kommun", "region", "verksamhetschef"):
            self.assertEqual(unit[name], loaded[name])
        self.assertEqual(unit["hours"]["week"], loaded["hours"]["week"])
        self.assertEqual(self.read("/hours")["hours"], unit["hours"])
        self.assertIsNone(self.read("/hours", H)["hours"], "open day and night")
        staff = {person["hsa_id"]: person for person in self.read("/staff")["staff"]}
        self.assertEqual(set(staff), {ANNA, BO, CECILIA})
        self.assertEqual((staff[ANNA]["namn"], staff[ANNA]["ersattare"], staff[ANNA]["fvk"], staff[BO]["fvk"]),
                         ("Anna Ek", BO, True, False))
        away, = staff[ANNA]["absences"]
        self.assertEqual((local(away["from_at"]), local(away["to_at"]), away["ersattare"]),
                         (local("2026-06-22T00:00"), local("2026-07-20T00:00"), CECILIA))
        self.assertEqual(self.slots(), loaded["slots"])
        decision, = self.read("/standing-decisions")["standing_decisions"]
        self.assertEqual((decision["beslutad_av"], decision["kriterier"]), (CECILIA, "Rangordningen B5"))
        self.assertEqual(local(decision["to_at"]), local("2026-12-31T00:00"))

    def test_who_may(self):
        for tail in TAILS:
            with self.subTest(tail):
                self.assertEqual(self.read(tail, VC, self.vc).keys(), self.read(tail, VC, self.admin).keys())
                self.assertEqual(self.h.get(f"/v1/units/{H}{tail}").status, 200)
                answers = [self.vc.get(f"/v1/units/{KB}{tail}"), self.kb.get(f"/v1/units/{VC}{tail}"),
                           self.vc.get(f"/v1/units/{NEW}{tail}"), self.vc.get(f"/v1/units/x{tail}"),
                           self.vc.get(f"/v1/units/{H}{tail}")]
                self.assertEqual([answer.status for answer in answers], [404] * 5)
                self.assertEqual(len({answer.body for answer in answers}), 1, "no difference to see")
                self.assertEqual(self.ops.get(f"/v1/units/{VC}{tail}").status, 403)
                self.assertEqual(harness.Client(self.daemon.address).get(f"/v1/units/{VC}{tail}").status, 401)
                self.assertEqual(self.vc.request("PUT", f"/v1/units/{VC}{tail}", {}).status, 403)
                wrong = self.admin.request("POST", f"/v1/units/{VC}{tail}", {})
                self.assertEqual((wrong.status, wrong.headers["Allow"]), (405, "GET, HEAD, PUT"))

    def test_what_was_read_can_be_put(self):
        for tail in TAILS:
            with self.subTest(tail):
                document = self.read(tail)
                for changed in self.put(tail, document).values():
                    self.assertEqual(changed[:3], (0, 0, 0))
                self.assertEqual(self.database.value("select count(*) from samordnad.policy where to_at is not null"),
                                 "0")

    def test_policies_and_where_they_come_from(self):
        mode = self.effective("fvk_mode")
        self.assertEqual((mode["value"], mode["default"], mode["what"], mode["next"]),
                         ("auto", "propose", "propose|auto|manual", None))
        self.assertEqual({**mode["source"], "from_at": local(mode["source"]["from_at"])},
                         {"scope": "unit", "id": self.read("/policy")["policies"][0]["id"], "unit": VC,
                          "from_at": local("2020-01-01T00:00"), "to_at": None})
        days = self.effective("pay_days")
        self.assertEqual((days["value"], days["source"], days["next"]), (3, {"scope": "default"}, None))
        self.assertEqual(self.effective("fvk_mode", KH)["source"], {"scope": "default"})
        amount = self.effective("pay_amount")
        self.assertEqual((amount["value"], amount["default"]), (None, None), "F5: none is no amount of 0 kronor")
        at = local(self.read("/policy")["at"])
        self.assertLess(abs((at - self.clock.now()).total_seconds()), 60)


class Numbers(Units):
    """B4, D6: what the history of a stay cites by number is found by it, also when another has taken its place, and
    whatever scope a policy has.
    """

    region = {**region.region(), "policies": [
        {"policy": "sip_window", "value": 10, "scope": "kommun", "kommun": "0180", "from_at": "2026-01-01T00:00:00+01:00",
         "to_at": "2026-02-01T00:00:00+01:00"}]}

    def row(self, tail, member, row, unit=VC):
        return self.read(f"{tail}?id={row['id']}", unit)[member]

    def test_ended(self):
        slot, *_ = self.read("/slots")["slots"]
        decision, = self.read("/standing-decisions")["standing_decisions"]
        policy = next(row for row in self.read("/policy")["policies"] if row["policy"] == "sip_mode")
        for tail, member, row, ended in (("/slots", "slots", slot, "ended_at"),
                                         ("/standing-decisions", "standing_decisions", decision, "revoked_at"),
                                         ("/policy", "policies", policy, "to_at")):
            with self.subTest(tail):
                self.assertEqual(self.row(tail, member, row), [row])
                self.assertEqual(self.row(tail, member, row, KB), [], "another unit's")
                self.put(tail, {member: []})
                self.assertNotIn(row["id"], [other["id"] for other in self.read(tail)[member]])
                found, = self.row(tail, member, row)
                self.assertEqual({**row, ended: found[ended]}, found)
                self.assertLess(abs((local(found[ended]) - self.clock.now()).total_seconds()), 60)

    def test_of_a_wider_scope(self):
        number = self.database.value("select policy_row from samordnad.policy where scope = 'kommun'")
        row, = self.row("/policy", "policies", {"id": number})
        self.assertEqual((row["policy"], row["value"], row["scope"], row["kommun"], local(row["to_at"])),
                         ("sip_window", 10, "kommun", "0180", local("2026-02-01T00:00")))
        self.assertEqual(self.admin.get(f"/v1/units/{VC}/policy?id=0").status, 400)
        self.assertEqual(self.admin.get(f"/v1/units/{VC}/staff?id=1").status, 400)

    def test_as_an_appointment_cites_them(self):
        answer = self.h.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            "2026-05-04T06:00:00+02:00", "2026-05-08T12:00:00+02:00"), encounter="V1", expect="applied")
        seen = self.vc.get(f"/v1/episodes/{answer.json['episode']['id']}").json
        said = next(row["data"] for row in seen["history"] if row["type"] == "fast_vardkontakt")
        decision, = self.row("/standing-decisions", "standing_decisions", {"id": said["standing_decision"]})
        self.assertEqual(decision["beslutad_av"], CECILIA)
        cited = [self.row("/policy", "policies", {"id": number})[0]["policy"] for number in said["policies"]]
        self.assertEqual(cited, ["fvk_mode"])
        self.assertEqual([self.effective("fvk_mode")["source"]["id"]], said["policies"])


class Policies(Units):
    """Every scope, from the widest to the narrowest, and the next change."""

    region = {**region.region(), "policies": [
        {"policy": "sip_window", "value": 10, "scope": "all", "from_at": "2026-01-01T00:00:00+01:00"},
        {"policy": "sip_window", "value": 11, "scope": "region", "region": "01",
         "from_at": "2026-05-05T00:00:00+02:00"},
        {"policy": "sip_window", "value": 12, "scope": "kommun", "kommun": "0180",
         "from_at": "2026-05-06T00:00:00+02:00", "to_at": "2026-05-09T00:00:00+02:00"},
        {"policy": "sip_window", "value": 13, "scope": "region_kommun", "region": "01", "kommun": "0180",
         "from_at": "2026-05-07T00:00:00+02:00", "to_at": "2026-05-09T00:00:00+02:00"}]}

    def test_scopes(self):
        """Without a restart and without a change of the register: the clock alone."""
        steps = (("2026-05-04T08:00", 10, {"scope": "all"}, 11, "2026-05-05T00:00"),
                 ("2026-05-05T00:00", 11, {"scope": "region", "region": "01"}, 12, "2026-05-06T00:00"),
                 ("2026-05-06T00:00", 12, {"scope": "kommun", "kommun": "0180"}, 13, "2026-05-07T00:00"),
                 ("2026-05-07T00:00", 13, {"scope": "region_kommun", "region": "01", "kommun": "0180"}, 11,
                  "2026-05-09T00:00"),
                 ("2026-05-09T00:00", 11, {"scope": "region", "region": "01"}, None, None))
        for at, value, names, following, change_at in steps:
            with self.subTest(at):
                if local(at) > self.clock.now():
                    self.clock.set(at)
                self.wait_until(lambda: self.effective("sip_window")["value"] == value, what=f"{value} at {at}")
                row = self.effective("sip_window")
                self.assertLessEqual(names.items(), row["source"].items())
                if following is None:
                    self.assertIsNone(row["next"])
                else:
                    self.assertEqual((row["next"]["value"], local(row["next"]["at"])), (following, local(change_at)))
        self.assertEqual(self.read("/policy")["policies"][0]["policy"], "fvk_mode", "only the unit's own rows")
        self.assertNotIn("sip_window", [row["policy"] for row in self.read("/policy")["policies"]])


class Putting(Units):
    region = region.region()

    def test_a_new_unit(self):
        document = {"hsa_id": NEW, "namn": "Vårdcentralen Nya", "slag": "primarvard", "kommun": "0180", "region": "01",
                    "distrikt": "norr", "hours": region.OFFICE_HOURS, "fvk_mode": "manual",
                    "staff": [region.person("SE2321000016-DAVID", "David Eng", "lakare")],
                    "verksamhetschef": "SE2321000016-DAVID"}
        self.refused("", document, "/hsa_id", "the unit that the path names")
        self.assertEqual(self.admin.request("PUT", f"/v1/units/{NEW}/staff", {"staff": []}).status, 404)
        self.assertEqual(self.admin.request("PUT", "/v1/units/nowhere", document).status, 404)
        changed = self.put("", document, NEW)
        self.assertEqual((changed["units"], changed["staff"], changed["policies"]),
                         ((1, 0, 0, 0), (1, 0, 0, 0), (1, 0, 0, 0)))
        unit = self.read("", NEW)
        self.assertEqual((unit["namn"], unit["verksamhetschef"], unit["distrikt"]),
                         ("Vårdcentralen Nya", "SE2321000016-DAVID", "norr"))
        self.assertEqual(self.effective("fvk_mode", NEW)["value"], "manual")
        self.assertEqual(self.put("", document, NEW)["units"], (0, 0, 0, 1), "the same again changes nothing")

    def test_staff(self):
        staff = self.read("/staff")["staff"]
        changed = copy.deepcopy(staff)
        anna, = (person for person in changed if person["hsa_id"] == ANNA)
        anna["absences"] = [{"from_at": "2026-08-01T00:00:00+02:00", "ersattare": BO}]
        anna["kapacitet"] = 25
        changed.append(region.person("SE2321000016-EVA", "Eva Fors", "lakare"))
        left = [person for person in changed if person["hsa_id"] != CECILIA]
        self.refused("/staff", {"staff": left}, "/staff", f"leaves {VC} without its verksamhetschef")
        self.assertEqual(self.put("/staff", {"staff": changed}),
                         {"staff": (1, 1, 0, 2), "absences": (1, 0, 0, 0)})
        self.put("", {**self.read(), "verksamhetschef": "SE2321000016-EVA"})
        self.assertEqual(self.put("/staff", {"staff": left}), {"staff": (0, 0, 1, 3), "absences": (0, 0, 0, 1)})
        now = {person["hsa_id"]: person for person in self.read("/staff")["staff"]}
        self.assertEqual(set(now), {ANNA, BO, "SE2321000016-EVA"}, "Cecilia has left")
        self.assertEqual((now[ANNA]["kapacitet"], now[ANNA]["absences"][0]["ersattare"]), (25, BO))
        self.assertNotIn("to_at", now[ANNA]["absences"][0])
        self.refused("/staff", {"staff": left + [left[0]]}, "/staff/3/hsa_id", "stands twice")
        self.refused("/staff", {"staff": [{**left[0], "ersattare": "SE2321000016-INGEN"}]}, "/staff/0/ersattare",
                     "neither listed here nor in the register")
        self.put("/staff", {"staff": left + [person for person in staff if person["hsa_id"] == CECILIA]})
        self.put("", {**self.read(), "verksamhetschef": CECILIA})
        self.put("/staff", {"staff": staff})
        self.assertEqual({person["hsa_id"] for person in self.read("/staff")["staff"]}, {ANNA, BO, CECILIA})

    def test_an_absence_that_is_over_stays(self):
        """No list shows it any more, so none ends it."""
        self.database.run(f"""insert into samordnad.absence (staff, from_at, to_at)
            select staff, '2020-01-01Z', '2020-02-01Z' from samordnad.staff where hsa_id = '{ANNA}'""")
        self.assertNotIn("2020", str(self.read("/staff")))
        self.assertEqual(self.put("/staff", self.read("/staff")).get("absences", (0, 0, 0))[2], 0)
        self.assertEqual(self.database.value("select count(*) from samordnad.absence where from_at < '2021-01-01Z'"), "1")

    def test_staff_of_another_unit(self):
        """Nobody is taken from another unit's list unseen; who has left it may be taken."""
        of_kh = self.read("/staff", KH)["staff"]
        ours = self.read("/staff")["staff"]
        self.refused("/staff", {"staff": of_kh + ours[:1]}, f"/staff/{len(of_kh)}/hsa_id", f"is a person of {VC}", KH)
        eva = region.person("SE2321000016-EVA", "Eva Fors", "lakare")
        self.put("/staff", {"staff": [*ours, eva]})
        self.put("/staff", {"staff": ours})
        self.put("/staff", {"staff": [*of_kh, eva]}, KH)
        self.assertIn(eva["hsa_id"], [person["hsa_id"] for person in self.read("/staff", KH)["staff"]])
        self.put("/staff", {"staff": of_kh}, KH)

    def test_slots_and_hours(self):
        slots = [region.slot("monday", "10:00", "12:00", staff=ANNA)]
        self.assertEqual(self.put("/slots", {"slots": slots}), {"slots": (1, 0, 2, 0)})
        self.assertEqual(self.slots(), slots)
        self.refused("/slots", {"slots": [region.slot("monday", "10:00", "10:30")]}, "/slots/0/to", "leave room")
        hours = {"week": {"monday": [["08:00", "12:00"]]}, "closed_on_holidays": False, "exceptions": []}
        self.assertEqual(self.put("/hours", {"hours": hours}), {"hours": (0, 1, 0, 0)})
        self.assertEqual(self.read("/hours")["hours"], hours)
        self.assertEqual(self.read()["namn"], "Vardcentralen", "nothing else of the unit was touched")
        self.assertEqual(self.put("/hours", {"hours": None}), {"hours": (0, 1, 0, 0)})
        self.assertIsNone(self.read("/hours")["hours"])
        self.refused("/hours", {}, "/hours", "missing")
        self.put("/hours", {"hours": region.OFFICE_HOURS})

    def test_the_head_stays_until_another_is_named(self):
        """B4, G6: who may appoint, and who of the unit may open a protected stay, hang on the verksamhetschef."""
        unit = self.read()
        for document in ({name: unit[name] for name in unit if name != "verksamhetschef"},
                         {**unit, "verksamhetschef": None}):
            self.assertEqual(self.put("", document), {"units": (0, 0, 0, 1)})
            self.assertEqual(self.read()["verksamhetschef"], unit["verksamhetschef"])

    def test_standing_decisions(self):
        decided = {"beslutad_av": BO, "kriterier": "Lägst belastning", "from_at": "2026-05-01T00:00:00+02:00",
                   "to_at": "2027-05-01T00:00:00+02:00"}
        self.assertEqual(self.put("/standing-decisions", {"standing_decisions": [decided]}),
                         {"standing decisions": (1, 0, 1, 0)})
        held, = self.read("/standing-decisions")["standing_decisions"]
        self.assertEqual((held["beslutad_av"], held["kriterier"]), (BO, "Lägst belastning"))
        self.refused("/standing-decisions",
                     {"standing_decisions": [{**decided, "to_at": "2027-05-02T00:00:00+02:00"}]},
                     "/standing_decisions/0/to_at", "more than a year")
        self.refused("/standing-decisions", {"standing_decisions": [decided]}, "/standing_decisions/0/beslutad_av",
                     "nor its verksamhetschef", unit=KH)
        self.assertEqual(self.put("/standing-decisions", {"standing_decisions": []}),
                         {"standing decisions": (0, 0, 1, 0)})
        self.assertEqual(self.read("/standing-decisions")["standing_decisions"], [])

    def test_policies_that_are_refused(self):
        row = {"policy": "sip_window", "value": 20, "from_at": "2026-06-01T00:00:00+02:00"}
        for rows, pointer, words in (
                ([{**row, "policy": "sip_windows"}], "/policies/0/policy", "no policy"),
                ([{**row, "value": 366}], "/policies/0/value", "1 to 365"),
                ([{**row, "value": "auto"}], "/policies/0/value", "whole number"),
                ([{**row, "policy": "fvk_mode"}], "/policies/0/value", "propose|auto|manual"),
                ([{**row, "policy": "avslut_days"}], "/policies/0/policy", "hospital's ward"),
                ([{**row, "policy": "pay_days", "value": 3}], "/policies/0/policy", "region and a payer"),
                ([row, {**row, "value": 21, "from_at": "2026-07-01T00:00:00+02:00"}], "/policies/1/from_at",
                 "overlaps"),
                ([{**row, "to_at": "2026-05-31T00:00:00+02:00"}], "/policies/0/to_at", "later than from_at"),
                ([{**row, "scope": "all"}], "/policies/0/scope", "no member"),
                ([{"policy": "fvk_mode", "value": "manual", "from_at": region.FROM_THE_BEGINNING}],
                 "/policies/0", f"(fvk_mode = auto of unit {VC} from 2019-12-31T23:00:00Z), which has begun: begin this one "
                 "after it; to change the value from now on leave from_at out")):
            with self.subTest(words):
                self.refused("/policy", {"policies": rows}, pointer, words)

    def test_a_policy_before_another(self):
        """Of two rows in order the second one is at fault, and it is said which row it meets."""
        row = {"policy": "sip_window", "value": 20, "from_at": "2026-01-01T00:00:00+01:00",
               "to_at": "2026-03-01T00:00:00+01:00"}
        own = self.read("/policy")["policies"]
        self.put("/policy", {"policies": own + [row]})
        met = self.database.value("select policy_row from samordnad.policy where policy = 'sip_window'")
        self.refused("/policy", {"policies": own + [{**row, "value": 21}]}, f"/policies/{len(own)}",
                     f"overlaps row {met} (sip_window = 20 of unit {VC} from 2025-12-31T23:00:00Z to "
                     "2026-02-28T23:00:00Z), which has begun")

    def test_what_is_no_document(self):
        target = f"/v1/units/{VC}/slots"
        for body, status in ((b"", 400), (b"{", 400), (b'{"slots": [], "slots": []}', 400), (b"\xff", 400),
                             (b"[]", 422), (b'{"slots": {}}', 422), (b"[" * 5000, 400)):
            with self.subTest(body[:30]):
                answer = self.admin.request("PUT", target, body, {"Content-Type": "application/json"})
                self.assertEqual(answer.status, status, answer)
        answer = self.admin.request("PUT", target, b'{"slots": []}', {"Content-Type": "application/cloudevents+json"})
        self.assertEqual((answer.status, answer.headers["Accept"]), (415, "application/json"))
        answer = self.admin.request("PUT", target, b" " * 4194305, {"Content-Type": "application/json"})
        self.assertEqual(answer.status, 413)
        self.assertEqual(self.admin.get(f"{target}?x=1").status, 400)

    def test_many_at_once(self):
        """They are taken one after another; what is too much is told so, and nothing is lost."""
        connections = []
        for number in range(40):
            body = json.dumps({"hours": {"week": {"monday": [["08:00", f"1{number % 10}:00"]]}}})
            connection = self.daemon.address.connect()
            self.addCleanup(connection.close)
            connection.sendall(f"PUT /v1/units/{KH}/hours HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                               f"Authorization: Bearer {self.admin.token}\r\nContent-Length: {len(body)}\r\n\r\n"
                               f"{body}".encode())
            connections.append(connection)
        answers = [int(connection.recv(12).split()[1]) for connection in connections]
        self.assertLessEqual(set(answers), {200, 503})
        self.assertGreaterEqual(answers.count(200), 32)


class Recorded(Units):
    """What an admin does leaves a row, in the same transaction; what was refused leaves none."""

    region = region.region()
    settings = {"push_allowed_networks": "127.0.0.0/8"}

    def recorded(self):
        return [(row["client"], row["person"], row["what"], row["how"], row["rows"], json.loads(row["about"])) for row in
                self.database.rows("select client, person, what, how, rows, about from samordnad.register_log "
                                   f"where nr > {self.after} order by nr")]

    def setUp(self):
        self.after = self.database.value("select max(nr) from samordnad.register_log")
        self.number = self.database.value("select client from samordnad.client where name like 'forvaltaren%'")
        self.unit = int(self.database.value(f"select unit from samordnad.unit where hsa_id = '{VC}'"))

    def test_a_document(self):
        slots = self.read("/slots", VC)
        self.after = self.database.value("select max(nr) from samordnad.register_log")
        answer = self.admin.request("PUT", f"/v1/units/{VC}/slots", {"slots": []}, {"samordnad-person": ANNA})
        self.assertEqual(answer.status, 200, answer)
        (client, person, what, how, rows, about), = self.recorded()
        self.assertEqual((client, person, what, how), (self.number, ANNA, "slot", "UPDATE"))
        self.assertEqual((len(about), {row["unit"] for row in about}), (int(rows), {self.unit}))
        self.put("/slots", slots, VC)

    def test_an_endpoint(self):
        made = self.admin.request("POST", "/v1/endpoints", {"unit": VC, "url": "https://127.0.0.1/recorded"})
        self.assertEqual(made.status, 201, made)
        answer = self.admin.request("POST", f"/v1/endpoints/{made.json['endpoint']}/rotate", {}, {"samordnad-person": ANNA})
        self.assertEqual(answer.status, 200, answer)
        about = [{"endpoint": made.json["endpoint"], "unit": self.unit, "status": "active"}]
        self.assertEqual(self.recorded(), [(self.number, "", "endpoint", "INSERT", "1", about),
                                           (self.number, ANNA, "endpoint", "UPDATE", "1", about)])

    def test_what_is_refused(self):
        self.assertEqual(self.admin.request("PUT", f"/v1/units/{VC}/slots", {"slots": [{}]}).status, 422)
        self.assertEqual(self.vc.request("PUT", f"/v1/units/{VC}/slots", {"slots": []}).status, 403)
        self.assertEqual(self.recorded(), [])

    def test_the_command_line(self):
        """By the role that ran it; the token's hash is not told."""
        harness.create_client(self.database, "recorded", ["ops"])
        self.assertEqual([row[:5] for row in self.recorded()], [(None, "", "client", "INSERT", "1", ),
                                                                (None, "", "client_token", "INSERT", "1")])
        self.assertEqual(self.database.value("select distinct role from samordnad.register_log where client is null and nr > "
                                             + self.after), harness.POSTGRES_USER)
        self.assertEqual([list(row[5][0]) for row in self.recorded()], [["roles", "client"], ["client"]])


class Away(Units):
    region = region.region()

    def test_the_register_is_held_or_the_database_away(self):
        before = self.read("/slots")
        harness.cluster().stop("QUIT")
        try:
            answer = self.admin.request("PUT", f"/v1/units/{VC}/slots", {"slots": []})
            self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "5"))
            self.assertEqual(self.read("/slots"), before, "reads come from memory")
        finally:
            harness.cluster().start()
        self.wait_until(lambda: self.admin.request("PUT", f"/v1/units/{VC}/slots", {"slots": []}).status == 200,
                        what="the database to be back")
        self.assertEqual(self.read("/slots")["slots"], [])


class Legal(Units):
    """Policies that begin and end while patients are here, in a daemon that is never restarted."""

    def admit(self, encounter, number=0):
        now = self.clock.now()
        answer = self.h.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire(now - DAY / 12), wire(now + 14 * DAY), number=number), encounter=encounter, expect="applied")
        return answer.json["episode"]["id"]

    def fvk(self, episode):
        """Who is, and who is only proposed."""
        row, = self.h.episode(episode)["fast_vardkontakt"]
        return tuple(person and person["hsa_id"] for person in (row["staff"], row["foreslagen"]))


class BeginsAndEnds(Legal):
    """B4: proposed until the policy begins; appointed by the ranking while it holds; proposed again when it ended."""

    region = region.region(fvk_mode="propose", sip_mode="manual")

    def test_fvk_mode(self):
        before = self.admit("P1")
        self.assertEqual(self.fvk(before), (None, ANNA))
        mode = {"policy": "fvk_mode", "value": "auto", "from_at": "2026-05-05T10:17:00+02:00",
                "to_at": "2026-05-06T15:40:00+02:00"}
        own = [row for row in self.read("/policy")["policies"] if row["policy"] != "fvk_mode"]
        old, = (row for row in self.read("/policy")["policies"] if row["policy"] == "fvk_mode")
        self.put("/policy", {"policies": own + [{**old, "to_at": mode["from_at"]}, mode]})
        row = self.effective("fvk_mode")
        self.assertEqual((row["value"], row["next"]["value"], local(row["next"]["at"])),
                         ("propose", "auto", local("2026-05-05T10:17")))
        self.clock.advance("2026-05-05T10:16")
        self.assertEqual(self.fvk(before), (None, ANNA), "not before it begins")
        self.clock.advance("2026-05-05T10:17")
        self.assertEqual(self.fvk(before), (ANNA, None), "looked at when it begins")
        self.clock.advance("2026-05-06T15:39")
        self.assertEqual(self.fvk(self.admit("P2", 1))[0], ANNA)
        self.clock.advance("2026-05-06T15:40")
        self.assertEqual(self.effective("fvk_mode")["source"], {"scope": "default"})
        self.assertEqual(self.fvk(self.admit("P3", 2)), (None, ANNA), "it has ended")
        self.assertEqual(self.fvk(before), (ANNA, None), "what was decided under it stands")


class StandingDecisionEnds(Legal):
    """B4: a standing decision ends by itself, and `auto` falls back to `propose` then."""

    region = region.region(fvk_mode="auto", sip_mode="manual", decision=False)

    def test_it_ends(self):
        self.put("/standing-decisions", {"standing_decisions": [
            {"beslutad_av": CECILIA, "from_at": "2026-05-05T12:00:00+02:00", "to_at": "2026-05-07T09:30:00+02:00"}]})
        before = self.admit("S1")
        self.assertEqual(self.fvk(before), (None, ANNA))
        self.clock.advance("2026-05-05T11:59")
        self.assertEqual(self.fvk(before), (None, ANNA))
        self.clock.advance("2026-05-05T12:00")
        self.assertEqual(self.fvk(before), (ANNA, None))
        self.clock.advance("2026-05-07T09:30")
        self.assertEqual(self.fvk(self.admit("S2", 1)), (None, ANNA))
        self.assertEqual(self.read("/standing-decisions")["standing_decisions"], [])
        self.put("/slots", {"slots": []})  # the register is read anew
        row, = self.h.episode(before)["fast_vardkontakt"]
        self.assertEqual(row["standing_decision"]["beslutad_av"], CECILIA, "what has ended is still cited")


class Rederive(Legal):
    region = region.region(fvk_mode="manual", sip_mode="manual")

    def test_open_episodes_are_planned_anew(self):
        episode = self.admit("R1")
        kinds = lambda: sorted(task["kind"] for task in self.h.episode(episode)["tasks"])
        before = kinds()
        planned = "select planned_version from samordnad.instance"
        settled = "select planned_version = region_version from samordnad.instance"
        self.wait_until(lambda: self.database.value(settled) == "t", what="what was loaded to be planned by")
        version = int(self.database.value(planned))
        # Lost by a mistake that no change of the region made.
        self.database.run("delete from samordnad.task where nr = (select max(nr) from samordnad.task)")
        self.assertNotEqual(kinds(), before)
        said = harness.command("rederive", "--set", f"database={self.database.dsn}").stdout
        self.assertRegex(said, rf"^1 open episodes, and 0 .* by the running daemon, .* version {version + 1} ")
        self.wait_until(lambda: int(self.database.value(planned)) == version + 1, what="it to be planned anew")
        self.assertEqual(kinds(), before)
        self.daemon.stop()
        said = harness.command("rederive", "--set", f"database={self.database.dsn}").stdout
        self.assertRegex(said, rf"^1 open episodes, and 0 .* as soon as a daemon runs, .* version {version + 2} ")
        self.daemon.start()
        self.wait_until(lambda: int(self.database.value(planned)) == version + 2, what="it to be planned anew")
        self.assertIn("rederive", harness.command("help").stdout)
        self.assertEqual(harness.command("rederive", "x", "--set", f"database={self.database.dsn}",
                                         check=False).returncode, 64)


if __name__ == "__main__":
    harness.main()
