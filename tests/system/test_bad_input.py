"""Bad input, field by field, through the daemon: each gets the contract's problem with a pointer to the field, in plain
English, echoes no identity, changes nothing, crashes nothing, and is counted. What the bytes of HTTP may do is in
test_http.py.
"""

import copy
import json
import random

import harness
import region
from harness import wire
from region import ANNA, BO, CECILIA, EXAMPLES_KOMMUN, EXAMPLES_REGION, H, KB, KH, VC

EXAMPLES = harness.ROOT / "proto" / "examples"
STRUCTURED = {"Content-Type": "application/cloudevents+json"}
SECRET = ("18900101980", "Testsson", "Provgatan")
ABSENT = object()
HELGA = "SE2120000142-HELGA"


class BadInput(harness.Case):
    region = region.region()
    start_at = "2026-05-04T08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])
        cls.vc = cls.client("vardcentralen", ["unit"], [VC])
        cls.kh = cls.client("kommunens-hsl", ["unit"], [KH])
        harness.wait_until(lambda: cls.kh.get(f"/v1/tasks?unit={KH}").status == 200, what="the tokens to be known")
        cls.episode = cls.h.post_message(
            "inskrivningsmeddelande", cls.inskrivningsmeddelande(), encounter="B1", id="the-wards",
            expect="applied").json["episode"]["id"]

    @classmethod
    def inskrivningsmeddelande(cls):
        now = cls.clock.now()
        return region.inskrivningsmeddelande(
            wire(now - harness.datetime.timedelta(hours=2)), wire(now + harness.datetime.timedelta(days=3)))

    def setUp(self):
        self.before = self.stored()

    def tearDown(self):
        """Whatever was sent: nothing is stored, no identity is echoed or logged, the daemon goes on."""
        self.assertEqual(self.stored(), self.before)
        log = self.daemon.log()
        for word in SECRET:
            self.assertNotIn(word, log)
        self.assertTrue(self.daemon.is_ready())

    def stored(self):
        return self.database.rows("select (select count(*) from samordnad.fact) facts, (select count(*) from "
                                  "samordnad.episode) episodes, (select count(*) from samordnad.identitet) persons, "
                                  "(select count(*) from samordnad.notice) notices")

    def rejected(self):
        text = harness.Client(self.daemon.address).get("/metrics").body.decode()
        return next(int(line.split()[-1]) for line in text.splitlines()
                    if line.startswith('samordnad_messages_total{result="rejected"}'))

    def refuse(self, client, event, status, pointer=None, what=None):
        """Posted alone, in a batch and (if it can be) in binary mode, the event is refused alike."""
        counted = self.rejected()
        answer = client.post_event(event)
        self.assertEqual(answer.status, status, (what, answer))
        self.assertEqual(self.rejected(), counted + 1, what)
        for word in SECRET:
            self.assertNotIn(word.encode(), answer.body)
        if pointer is not None:
            self.assertIn(pointer, [error["pointer"] for error in answer.json["errors"]], (what, answer))
        one, = client.post_event([event], "batch").json["results"]
        self.assertEqual((one["status"], one.get("errors")), (status, answer.json.get("errors")), what)


class Fields(BadInput):
    """One message of a kind, good but for one field."""

    MESSAGES = {
        "inskrivningsmeddelande": ("h", [
            ("/patient", ABSENT), ("/patient", None), ("/patient", []), ("/patient", "189001019802"),
            ("/patient/identitet", "189001019802"),
            ("/patient/identitet/varde", "189001019803"),  # the check digit
            ("/patient/identitet/varde", "189013019802"),  # a month that is not
            ("/patient/identitet/varde", "18900101980"),
            ("/patient/identitet/varde", 189001019802),
            ("/patient/identitet/system", ""),
            ("/patient/identitet/system", "å"),
            ("/patient/namn", ""), ("/patient/namn", 1), ("/patient/namn", "x" * 5000),
            ("/patient/folkbokforingskommun", "80"), ("/patient/folkbokforingskommun", 180),
            ("/patient/listad_pa", "VC"),
            ("/patient/skyddade_personuppgifter", "ja"),
            ("/inskriven_at", ABSENT), ("/inskriven_at", "2026-05-04"), ("/inskriven_at", "2026-05-04T08:00:00"),
            ("/inskriven_at", "2026-02-29T08:00:00+01:00"), ("/inskriven_at", "2026-05-04T24:00:00+02:00"),
            ("/inskriven_at", "2026-05-04T08:00:60+02:00"), ("/inskriven_at", "2026-05-04T08:00:00+25:00"),
            ("/inskriven_at", 1777874400), ("/inskriven_at", None), ("/inskriven_at", "9999-12-31T00:00:00Z"),
            ("/beraknad_utskrivning_at", "snart"),
            ("/mottagare", ABSENT), ("/mottagare", {}), ("/mottagare", [VC]),
            ("/mottagare/0", {"hsa_id": "SE2321000016-NO"}),
            ("/mottagare/0", {"kommun": "0180"}), ("/mottagare/0/slag", {"kommun": "0180", "slag": "tandvard"}),
            ("/mottagare", [{"hsa_id": VC}] * 17),
            ("/behov", "oppenvard"), ("/behov/0", "mat"), ("/behov", [["oppenvard"]]),
            ("/samtycke", "lamnat"), ("/samtycke/sip", "kanske"),
            ("/verksamhet", "tand"), ("/vardform", "XYZ"), ("/livshotande", "ja"),
            ("/episode", ABSENT), ("/episode", "B1"), ("/episode", {}),
            ("/episode", {"id": "x", "encounter": "y"}),
            ("/episode/encounter", ""), ("/episode/encounter", "x" * 65),
        ]),
        "utskrivningsklar": ("h", [
            ("/klar_at", ABSENT), ("/klar_at", "2026-05-04T08:00:00"), ("/klar_at", "2026-03-29T02:30:00"),
            ("/klar_at", ["2026-05-04T08:00:00Z"]),
        ]),
        "utskrivning": ("h", [("/utskriven_at", ABSENT), ("/destination", "hem"), ("/destination", ABSENT)]),
        "fast_vardkontakt": ("vc", [
            ("/atgard", "ta"), ("/atgard", ABSENT), ("/staff", "Anna Ek"), ("/staff", "SE2321000016-NOBODY"),
            ("/from_at", ABSENT), ("/from_at", "nu"), ("/utsedd_av", 7),
        ]),
        "sip_kallelse": ("vc", [
            ("/atgard", "ring"), ("/skickad_av", ABSENT), ("/at", ABSENT), ("/mote/form", "brev"),
            ("/mote/end_at", "2026-05-01T08:00:00+02:00"), ("/kallade", VC),
        ]),
        "samtycke": ("vc", [("/omfattning", "allt"), ("/status", "ja"), ("/at", ABSENT)]),
        "kvittens": ("kh", [("/task", "1"), ("/task", "00000000-0000-7000-8000-000000000000.0")]),
    }

    def good(self, message):
        now = wire(self.clock.now())
        return {
            "inskrivningsmeddelande": lambda: self.inskrivningsmeddelande(),
            "utskrivningsklar": lambda: {"klar_at": now},
            "utskrivning": lambda: {"utskriven_at": now, "destination": "ordinart"},
            "fast_vardkontakt": lambda: {"atgard": "utse", "staff": BO, "from_at": now, "utsedd_av": ANNA},
            "sip_kallelse": lambda: {
                "atgard": "skicka", "skickad_av": ANNA, "at": now, "kallade": [VC, KH],
                "mote": {"start_at": "2026-05-12T13:00:00+02:00", "end_at": "2026-05-12T14:00:00+02:00",
                         "form": "video", "plats": "Videomote 1"}},
            "samtycke": lambda: {"omfattning": "sip", "status": "lamnat", "at": now},
            "kvittens": lambda: {"task": f"{self.episode}.1"},
        }[message]()

    @staticmethod
    def put(data, pointer, value):
        *way, last = pointer.strip("/").split("/")
        for step in way:
            data = data[int(step) if isinstance(data, list) else step]
        if isinstance(data, list):
            data[int(last)] = value
        elif value is ABSENT:
            del data[last]
        else:
            data[last] = value

    def test_one_field(self):
        for message, (who, faults) in self.MESSAGES.items():
            client = {"h": self.h, "vc": self.vc, "kh": self.kh}[who]
            where = {"encounter": "B9"} if who == "h" else {"episode": self.episode}
            for number, (pointer, value) in enumerate(faults):
                what = f"{message} {number} {pointer}"
                with self.subTest(what):
                    event = client.event(message, self.good(message), **where)
                    place = pointer
                    if pointer == "/mottagare/0/slag":  # the fault lies in the whole
                        place = "/mottagare/0"
                    self.put(event["data"], place, value)
                    answer = client.post_event(event)
                    pointers = [error["pointer"] for error in answer.json.get("errors", [])]
                    self.assertTrue(any(f"/data{pointer}".startswith(found) or found.startswith(f"/data{pointer}")
                                        for found in pointers), (what, answer))
                    self.refuse(client, event, 422, pointers[0], what)


class Envelope(BadInput):
    def test_attributes(self):
        for name, value, status in (
                ("specversion", ABSENT, 400), ("specversion", "0.3", 400), ("specversion", 1.0, 400),
                ("id", ABSENT, 400), ("id", "", (400, 422)), ("id", "x" * 129, (400, 422)), ("id", "a b", (400, 422)),
                ("id", 7, (400, 422)), ("id", "å", (400, 422)),
                ("source", ABSENT, 400), ("source", "Sjukhuset", (400, 422)), ("source", "SE2321000016-H02", 403),
                ("source", VC, 403), ("source", KB, 403),
                ("type", ABSENT, 400), ("type", "samordnad.okand.v1", (400, 422)), ("type", "utskrivning", (400, 422)),
                ("type", "samordnad.utskrivning.v2", (400, 422)), ("type", "samordnad.sip_bokning.v1", (400, 422)),
                ("type", "samordnad.kvittens.v1", (403, 422)),
                ("time", ABSENT, (400, 422)), ("time", "2026-05-04", (400, 422)),
                ("time", "2026-05-04T08:00:00", (400, 422)),
                ("time", wire(self.clock.now() + harness.datetime.timedelta(minutes=6)), 422),
                ("datacontenttype", "text/xml", (400, 415, 422)),
                ("data", ABSENT, (400, 422)), ("data", None, (400, 422)), ("data", [], (400, 422)),
                ("data", "{}", (400, 422))):
            with self.subTest(name=name, value="absent" if value is ABSENT else value):
                event = self.h.event("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="B9")
                if value is ABSENT:
                    del event[name]
                else:
                    event[name] = value
                answer = self.h.post_event(event)
                self.assertIn(answer.status, status if isinstance(status, tuple) else (status,), answer)
                self.refuse(self.h, event, answer.status)

    def test_foreign_sources(self):
        """Not yours to send: for another's unit, or of another's kind."""
        now = wire(self.clock.now())
        for client, source, message, data in (
                (self.vc, H, "utskrivningsklar", {"klar_at": now}),
                (self.vc, KH, "kvittens", {"message_id": "x"}),
                (self.vc, VC, "utskrivningsklar", {"klar_at": now}),
                (self.h, H, "fast_vardkontakt", {"atgard": "utse", "staff": BO, "from_at": now, "utsedd_av": ANNA}),
                (self.h, VC, "fast_vardkontakt", {"atgard": "utse", "staff": BO, "from_at": now, "utsedd_av": ANNA})):
            with self.subTest(source=source, message=message):
                self.refuse(client, client.event(message, data, episode=self.episode, source=source), 403)
        # Nor yours to annul: the ward's and the vårdcentral's organisation is one.
        event = self.vc.event("makulering", {"message_id": "the-wards", "orsak": "fel"}, episode=self.episode, source=VC)
        self.refuse(self.vc, event, 403, "/data/message_id")

    def test_foreign_episode(self):
        """Another unit's episode, and one that is not there, are the same 404."""
        other = self.client("socialtjansten", ["unit"], [KB])
        harness.wait_until(lambda: other.get(f"/v1/tasks?unit={KB}").status == 200, what="the token to be known")
        now = wire(self.clock.now())
        for episode in ("0198c0de-0000-7000-8000-000000000000", "0198c0de-0000-4000-8000-000000000000"):
            event = other.event("samtycke", {"omfattning": "sip", "status": "lamnat", "at": now}, episode=episode)
            self.refuse(other, event, 404)

    def test_encounter_of_no_hospital(self):
        """A kommun has no stays of its own: what it calls so is none, and opens none."""
        event = self.kh.event("kvittens", {"message_id": "x"}, encounter="V1")
        self.refuse(self.kh, event, 404, "/data/episode/encounter")


class Examples(BadInput):
    """The contract's own bad examples, in a region that knows their units and persons."""
    start_at = "2026-05-29T08:00"  # before the one that is to lie ahead
    region = region.of_the_examples()

    def test_bad_examples(self):
        regional = self.client("region", ["hospital", "unit"], [EXAMPLES_REGION + "H0001", EXAMPLES_REGION + "V0001"])
        kommunal = self.client("kommun", ["unit"], [EXAMPLES_KOMMUN + "K0001", EXAMPLES_KOMMUN + "S0001"])
        harness.wait_until(lambda: kommunal.get(f"/v1/tasks?unit={EXAMPLES_KOMMUN}K0001").status == 200,
                           what="the tokens to be known")
        paths = sorted((EXAMPLES / "bad").glob("*.json"))
        self.assertGreater(len(paths), 40)
        for path in paths:
            with self.subTest(path.stem):
                example = json.loads(path.read_text())
                event, expect = example["event"], example["expect"]
                source = event.get("source")
                client = kommunal if str(source).startswith(EXAMPLES_KOMMUN) else regional
                self.refuse(client, event, expect["status"], expect["pointer"], path.stem)


def with_helga():
    """The region, and a nurse of the kommun."""
    whole = region.region()
    whole["units"][2]["staff"] = [region.person(HELGA, "Helga Lo", "sjukskoterska")]
    return whole


class WhoMayBeAppointed(BadInput):
    """B4: a person of the unit, who is there, by a person of the unit or by its head."""

    region = with_helga()

    def test_persons(self):
        def appoints(staff, by, time):
            return self.vc.event("fast_vardkontakt", {"atgard": "byt", "staff": staff, "utsedd_av": by,
                                                      "from_at": wire(time)}, episode=self.episode, time=time)

        before = wire("2026-05-04T07:55")
        self.vc.post_message("personal", {"staff": BO, "atgard": "slutar", "from_at": wire("2026-05-04T08:00")}, source=VC)
        self.clock.advance("2026-05-04T09:00")
        now = wire("2026-05-04T09:00")
        self.before = self.stored()
        self.refuse(self.vc, appoints(BO, CECILIA, now), 422, "/data/staff")
        self.refuse(self.vc, appoints(ANNA, HELGA, now), 422, "/data/utsedd_av")
        self.assertEqual(self.stored(), self.before)
        self.assertEqual(self.vc.post_event(appoints(ANNA, CECILIA, now)).status, 200)
        self.assertEqual(self.vc.post_event(appoints(BO, CECILIA, before)).status, 200, "said while he was there")
        self.before = self.stored()


class Rubbish(BadInput):
    def test_spoiled_bytes(self):
        """A good message with bytes changed, cut out or doubled at random: any answer but a crash or a 5xx."""
        chance = random.Random(20260504)
        data = self.inskrivningsmeddelande()
        for number in range(300):
            event = self.h.event("inskrivningsmeddelande", data, encounter=f"R{number}", id="spoiled")
            # Of a source that is not known, so that what stays good by chance changes nothing.
            event["source"] = "SE2321000016-SPOILED"
            body = bytearray(json.dumps(event).encode())
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(body))
                kind = chance.randrange(3)
                if kind == 0:
                    body[at] = chance.randrange(256)
                elif kind == 1:
                    del body[at:at + chance.randint(1, 40)]
                else:
                    body[at:at] = body[at:at + chance.randint(1, 40)]
            answer = self.h.request("POST", "/v1/messages", bytes(body), STRUCTURED)
            self.assertIn(answer.status, (400, 403, 422), answer)
            for word in SECRET:
                self.assertNotIn(word.encode(), answer.body)

    def test_largest_bodies(self):
        """Up to the limit any bytes, and just beyond it 413."""
        limit = 256 * 1024
        event = self.h.event("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="B9",
                             source="SE2321000016-SPOILED")
        empty = len(json.dumps({**event, "ovrigt": ""}))
        self.assertEqual(self.h.request("POST", "/v1/messages", json.dumps(
            {**event, "ovrigt": "x" * (limit - empty)}), STRUCTURED).status, 403)
        self.assertEqual(self.h.request("POST", "/v1/messages", json.dumps(
            {**event, "ovrigt": "x" * (limit - empty + 1)}), STRUCTURED).status, 413)
        for body in (b"[" * limit, b"{\"a\":" * (limit // 5), b"\"" + b"\\" * (limit - 2) + b"\"", b"9" * limit,
                     b"\xff" * limit, b" " * limit, b"[" + b"0," * (limit // 2 - 2) + b"0]"):
            with self.subTest(body[:8]):
                answer = self.h.request("POST", "/v1/messages", body, STRUCTURED)
                self.assertEqual(answer.status, 400, answer)

    def test_batch_of_everything(self):
        """A batch has an answer per event, in its order, whatever its events are."""
        events = [None, 1, "x", [], {}, {"id": "only"}, {"id": 1}, {"id": "a b", "specversion": "1.0"}, [[]],
                  {"specversion": "1.0", "id": "y", "source": H, "type": "samordnad.utskrivning.v1"}]
        answer = self.h.post_event(copy.deepcopy(events), "batch")
        self.assertEqual(answer.status, 200)
        results = answer.json["results"]
        self.assertEqual(len(results), len(events))
        self.assertEqual({result["status"] for result in results} - {400, 422}, set())
        self.assertEqual(results[9]["id"], "y")
        self.assertIsNone(results[0]["id"])
        for body in (b"{}", b"null", b"[{}", b"[{},]"):
            answer = self.h.request("POST", "/v1/messages", body,
                                    {"Content-Type": "application/cloudevents-batch+json"})
            self.assertEqual(answer.status, 400)


if __name__ == "__main__":
    harness.main()
