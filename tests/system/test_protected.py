"""G6 from the outside: to one who is not entitled, a patient with skyddade personuppgifter and one who is not there are the
same. The answers are, byte for byte, headers included; so is what is counted meanwhile, and what the database is asked: the
statements, in their order and round trips. No clock is read: where the same is done, no time tells which of the two it was.
"""

import json
import re

import harness
import region
from harness import command, wire
from region import BO, CECILIA, H, KB, VC
from test_hidden import GUSTAV, STINA, STRANGER, VC2, Hidden, strangers, two_units, who

H2 = "SE2321000016-H02"
UNKNOWN_EPISODE, UNKNOWN_PATIENT = "0198c0de-0000-7000-8000-0000deadbeef", "00000000-0000-7000-bfff-fff000000000"
COUNTED = ("http_requests_total", "messages_total", "parked", "feed_waiting", "instants_overdue", "endpoints_waiting")
# What requests have the database do; the rest is the daemon's own round.
ASKED = re.compile(r"^(\S+) LOG:  execute queries/((?:search|patient|episode_view|tasks|feed|report|door)_\w+): ", re.M)


class Protected(Hidden):
    region = {"units": [*strangers()["units"], *two_units()["units"][4:],
                        {"hsa_id": H2, "namn": "Avdelning 22", "slag": "slutenvard", "region": "01"}]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database.run("alter system set log_statement = 'all'; alter system set log_line_prefix = '%v '; "
                         "select pg_reload_conf();")
        cls.log = harness.cluster().path / "log"
        cls.nobody = harness.Client(cls.daemon.address)
        cls.addClassCleanup(cls.nobody.close)
        cls.admin = cls.client("forvaltaren", ["admin"])
        cls.stranger = cls.client("annan", ["unit"], [STRANGER])
        cls.neighbour = cls.client("andra", ["unit"], [VC2])
        cls.ward = cls.client("avdelning-22", ["hospital"], [H2])
        cls.whole = harness.Client(cls.daemon.address, command(
            "client", "create", "hela", "--set", f"database={cls.database.dsn}", "--roles", "hospital,unit",
            "--org", "2321000131").stdout.split()[-1], STRANGER, cls.clock.now)
        cls.addClassCleanup(cls.whole.close)
        cls.whole.wait_until_known()
        # Who asks, and in whose name: nobody of them is one of the named persons.
        cls.outside = [(cls.stranger, None), (cls.stranger, STINA), (cls.stranger, CECILIA), (cls.whole, None),
                       (cls.whole, STINA), (cls.neighbour, None), (cls.neighbour, GUSTAV), (cls.neighbour, CECILIA),
                       (cls.ward, None), (cls.ops, None), (cls.ops, CECILIA), (cls.admin, None), (cls.admin, CECILIA)]
        # They take part, and know of the stay by its notices; whose it is opens to the named alone.
        cls.inside = [(cls.h, None), (cls.h, GUSTAV), (cls.vc, None), (cls.vc, BO), (cls.kb, None), (cls.kb, CECILIA)]
        cls.wait_until_logged()

    @classmethod
    def wait_until_logged(cls):
        def logged():
            before = cls.log.stat().st_size
            cls.vc.request("POST", "/v1/patients/search", {"identitet": who("warm")})
            return b"queries/search_identity" in cls.since(before)
        harness.wait_until(logged, what="PostgreSQL to log statements")

    @classmethod
    def since(cls, place):
        with open(cls.log, "rb") as log:
            log.seek(place)
            return log.read()

    def counts(self):
        """What anyone who sees /metrics and /status could count by."""
        text, status = self.nobody.get("/metrics").body.decode(), self.nobody.get("/status").json
        counted = {name: int(value) for name, value in re.findall(r"^samordnad_(\S+) (\d+)$", text, re.M)
                   if name.startswith(COUNTED)}
        return counted, {name: status[name] for name in ("parked", "due", "queue", "hospitals")}

    def done(self, client, person, method, target, body=None, content_type="application/json"):
        """One exchange: what it answered, what it changed of the counts, and what the database was asked."""
        counted, status = self.counts()
        place = self.log.stat().st_size
        headers = {"Content-Type": content_type} if body is not None else {}
        if person:
            headers["samordnad-person"] = person
        if body is not None:
            body = json.dumps(body)
        answer = client.request(method, target, body, headers)
        trips, asked = [], []
        for trip, statement in ASKED.findall(self.since(place).decode(errors="replace")):
            trips += [trip] if trip not in trips else []
            asked.append((trips.index(trip), statement))
        after, still = self.counts()
        said = [(name, value) for name, value in answer.headers.items() if name != "Date"]
        return {"answer": (answer.status, said, answer.body), "status": (status, still),
                "counts": {name: after[name] - counted[name] for name in after}, "asked": asked}

    # ---- Asking ----

    def questions(self, client, whom, episode, patient):
        identitet = {"identitet": whom}
        yield "POST", "/v1/patients/search", identitet
        for more in ({}, {"state": ["inskriven", "utskrivningsklar"]}, {"limit": 1}, {"unit": client.source or VC}):
            yield "POST", "/v1/episodes/search", {"patient": identitet, **more}
        for method in ("GET", "HEAD"):
            yield method, f"/v1/episodes/{episode}", None
            for query in ("", "?limit=1", f"?after=1.{VC}"):
                yield method, f"/v1/patients/{patient}/contacts{query}", None
            yield method, f"/v1/patients/{patient}/access-log", None
        # What is wrong with a question says nothing either.
        yield "POST", "/v1/patients/search", {"identitet": {**whom, "system": ""}}
        yield "POST", "/v1/patients/search", {**identitet, "unit": VC}
        yield "POST", "/v1/episodes/search", {"patient": identitet, "limit": 0}
        yield "POST", "/v1/episodes/search", {"patient": identitet, "unit": H}
        yield "PUT", f"/v1/episodes/{episode}", {}

    def as_of_none(self, callers, whom, episode, patient, nobody):
        for client, person in callers:
            mine = self.questions(client, whom, episode, patient)
            none = self.questions(client, nobody, UNKNOWN_EPISODE, UNKNOWN_PATIENT)
            for one, other in zip(mine, none, strict=True):
                with self.subTest(who=client.source, person=person, method=one[0], target=other[1], body=other[2]):
                    there, not_there = self.done(client, person, *one), self.done(client, person, *other)
                    self.assertEqual(there, not_there)

    def test_asking(self):
        """By those who have no part in the stay."""
        for skydd in ("sekretessmarkering", "skyddad_folkbokforing"):
            with self.subTest(skydd):
                whom = who(f"asked-{skydd}")
                episode = self.admit_as(whom, skydd, skydd)
                patient, = self.patients(self.vc, whom, CECILIA)
                self.as_of_none(self.outside, whom, episode, patient["id"], who("nobody"))

    def test_asking_by_those_who_take_part(self):
        whom = who("inside")
        episode = self.admit_as(whom, "I1")
        patient, = self.patients(self.vc, whom, CECILIA)
        self.as_of_none(self.inside, whom, episode, patient["id"], who("nobody"))

    def test_the_named_do_see(self):
        """Else the sameness would show nothing."""
        whom = who("named")
        episode = self.admit_as(whom, "N1")
        patient, = self.patients(self.vc, whom, CECILIA)
        one = next(self.questions(self.vc, whom, episode, patient["id"]))
        other = next(self.questions(self.vc, who("nobody"), UNKNOWN_EPISODE, UNKNOWN_PATIENT))
        there, not_there = self.done(self.vc, CECILIA, *one), self.done(self.vc, CECILIA, *other)
        self.assertNotEqual(there["answer"], not_there["answer"])
        self.assertEqual((there["asked"], there["counts"]), (not_there["asked"], not_there["counts"]))
        self.assertEqual([statement for _, statement in there["asked"]],
                         ["search_identity", "patient_known", "patient_states", "patient_contacts"])
        self.assertEqual([trip for trip, _ in there["asked"]], [0, 1, 1, 1])

    # ---- Speaking ----

    def test_speaking_of_the_stay(self):
        """A kvittens, and all else. That there is a stay of that id costs the door a look at it, whosever it is: an id that
        one has was told to one. So what is asked is compared with another's stay without protection."""
        whom, open_one = who("spoken"), who("spoken-open")
        episode, another = self.admit_as(whom, "S1"), self.admit_as(open_one, "S2", "nej")
        now = wire(self.clock.now())
        for client in (self.stranger, self.neighbour):
            for message, data in (
                    ("kvittens", {"message_id": "x"}), ("kvittens", {"task": "{episode}.1"}),
                    ("avvisning", {"orsak": "felsand"}), ("ej_berord", {}), ("insatser_status", {"status": "oklart"}),
                    ("sip_behov", {"behov": "ny"}),
                    ("samtycke", {"omfattning": "sip", "status": "lamnat", "at": now}), ("kallelse_svar", {"svar": "ja"}),
                    ("makulering", {"message_id": "x", "orsak": "fel"}), ("vardplan_justerad", {"at": now})):
                there, other, not_there = (
                    self.done(client, None, "POST", "/v1/messages", client.event(
                        message, {name: value.replace("{episode}", stay) for name, value in data.items()}, episode=stay,
                        id="of-it", time=now), "application/cloudevents+json")
                    for stay in (episode, another, UNKNOWN_EPISODE))
                with self.subTest(who=client.source, message=message):
                    self.assertEqual(there["answer"][0], 404, there)
                    self.assertEqual((there["answer"], there["counts"]), (not_there["answer"], not_there["counts"]))
                    self.assertEqual(there["asked"], other["asked"])

    def test_speaking_of_a_stay_by_its_name(self):
        """A hospital's own name of a stay leads another organisation nowhere."""
        self.admit_as(who("name"), "NAMED")
        answers = []
        for encounter in ("NAMED", "NOT-NAMED"):
            event = self.stranger.event("kvittens", {"message_id": "x"}, encounter=encounter, id="by-name")
            answers.append(self.done(self.stranger, None, "POST", "/v1/messages", event, "application/cloudevents+json"))
        self.assertEqual(answers[0], answers[1])

    def test_speaking_of_the_patient(self):
        """What is said of an identity outside every stay is answered alike, but for the ids."""
        now = wire(self.clock.now())
        for message, data in (
                ("begaran_fast_vardkontakt", {"at": now}), ("sparr", {"atgard": "satt", "at": now}),
                ("samtycke", {"omfattning": "sip", "status": "lamnat", "at": now}), ("sip_behov", {"behov": "ny"}),
                ("fast_kontakt", {"slag": 1, "staff": STINA, "atgard": "utse", "from_at": now}),
                ("sip", {"hallen_at": now, "utfall": "avbruten"}),
                ("sip_uppfoljning", {"hallen_at": now, "avslutad": True})):
            answers = []
            for whom in (who(f"p-{message}"), who(f"n-{message}")):
                if whom["varde"].startswith("Xp"):
                    self.admit_as(whom, f"P-{message}")
                event = self.stranger.event(message, {"patient": {"identitet": whom}, **data},
                                            id=f"{message}-{whom['varde']}")
                answer = self.done(self.stranger, None, "POST", "/v1/messages", event, "application/cloudevents+json")
                body = json.loads(answer["answer"][2])
                body.pop("id"), body["episode"].pop("id")
                answers.append((answer["answer"][0], body, answer["counts"]))
            with self.subTest(message):
                self.assertEqual(answers[0], answers[1])
                self.assertEqual(answers[0][0], 200)

    # ---- Before and after ----

    def lists(self):
        """All that the units without part have to read of what goes on."""
        month = "from=2026-05&to=2026-05"
        for client, unit in ((self.stranger, STRANGER), (self.neighbour, VC2), (self.ward, H2)):
            yield from ((client, target) for target in (
                f"/v1/feed?unit={unit}", *(f"/v1/tasks?unit={unit}&status={word}" for word in ("open", "done", "cancelled")),
                f"/v1/reports/follow-up?{month}&{'hospital' if unit == H2 else 'unit'}={unit}"))
        yield self.ward, f"/v1/reports/betalningsansvar?{month}&hospital={H2}"

    def test_lists_and_counts(self):
        """That she came, was ready and went home moves nothing of what others read."""
        def read():
            found = {(client.source, target): client.get(target).body for client, target in self.lists()}
            for client in (self.stranger, self.neighbour, self.ward):
                for question in ({"unit": client.source}, {"state": ["inskriven", "utskrivningsklar", "utskriven"]}):
                    found[client.source, str(question)] = client.request("POST", "/v1/episodes/search", question).body
            return found

        before = read()
        self.assertTrue(all(before.values()))
        episode = self.admit_as(who("moved"), "M1")
        self.assertEqual(read(), before)
        self.say(self.vc, "fast_vardkontakt", {"atgard": "utse", "staff": region.ANNA, "from_at": wire(self.clock.now()),
                                               "utsedd_av": CECILIA}, episode)
        for message, name in (("utskrivningsklar", "klar_at"), ("utskrivning", "utskriven_at")):
            more = {"destination": "ordinart"} if message == "utskrivning" else {}
            self.h.post_message(message, {name: wire(self.clock.now()), **more}, encounter="M1", expect="applied")
            self.assertEqual(read(), before, message)


if __name__ == "__main__":
    harness.main()
