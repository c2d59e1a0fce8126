"""What is hidden from whom, told by those from whom it is: skyddade personuppgifter beyond the stay itself (G6), a spärr
(G8), a client of a whole organisation (B11), a notice that is withheld (C1a), and what others said without samtycke (G5).
"""

import json

import harness
import region
from harness import wire
from region import ANNA, CECILIA, H, KB, KH, VC
from test_stories_own import OwnStory, with_units

VC2 = "SE2321000016-VC2"
GUSTAV = "SE2321000016-GUSTAV"
STRANGER = "SE2321000131-VC9"
STINA = "SE2321000131-STINA"
PLAN = {"insatser": ["hemtjanst"], "region": [], "kommun": ["hemtjanst"], "andra": [], "overgripande_ansvar": "kommun"}


def who(number):
    return {"system": "reservnummer", "varde": f"X{number}"}


def two_units():
    return with_units({"hsa_id": VC2, "namn": "Andra", "slag": "primarvard", "region": "01", "kommun": "0180",
                       "staff": [region.person(GUSTAV, "Gustav", "sjukskoterska")], "verksamhetschef": GUSTAV})


def strangers():
    return with_units({"hsa_id": STRANGER, "namn": "Annan region", "slag": "primarvard", "region": "14", "kommun": "1480",
                       "staff": [region.person(STINA, "Stina", "sjukskoterska")], "verksamhetschef": STINA})


class Hidden(OwnStory):
    start_at = "2026-05-04T08:00"

    def admit_as(self, identitet, encounter, skydd="sekretessmarkering", mottagare=(VC, KH, KB), **more):
        data = region.inskrivningsmeddelande(
            wire("2026-05-03T20:00"), wire("2026-05-08T12:00"), mottagare=mottagare, **more)
        data["patient"] = {**data["patient"], "identitet": identitet, "skyddade_personuppgifter": skydd}
        return self.send(self.h, "inskrivningsmeddelande", data, encounter)

    def ask(self, client, target, body=None, person=None):
        return client.request("POST" if body else "GET", target, body, {"samordnad-person": person} if person else None)

    def opens(self, own, person=None):
        return self.ask(self.vc, f"/v1/episodes/{own}", person=person).status == 200

    def patients(self, client, identitet, person=None):
        return self.ask(client, "/v1/patients/search", {"identitet": identitet}, person).json["patients"]

    def contacts(self, client, patient, person=None):
        """Of the patient that a search gave, as (slag, unit)."""
        answer = self.ask(client, f"/v1/patients/{patient['id']}/contacts", person=person)
        self.assertEqual(answer.status, 200, answer)
        return [(row["slag"], row["unit"]["hsa_id"]) for row in answer.json["contacts"]]

    def known_client(self, name, *units):
        """Once the register has its token."""
        client = self.client(name, ["unit"], list(units))
        harness.wait_until(lambda: client.get(f"/v1/tasks?unit={units[0]}").status == 200, what="token")
        return client


class ProtectedHead(Hidden):
    """G6: the head of a unit opens what that unit takes part in."""
    region = two_units()

    def test_head_of_another(self):
        """One client for two units: only the one that takes part has a head to name."""
        whole = self.known_client("regionens-primarvard", VC, VC2)
        episode = self.admit_as(who(1), "V1")
        self.assertEqual(self.ask(whole, f"/v1/episodes/{episode}", person=CECILIA).status, 200)
        self.assertEqual(self.ask(whole, f"/v1/episodes/{episode}", person=GUSTAV).status, 404)

    def test_part_in_one_of_two_stays(self):
        """The head of a unit with part in the later stay finds the patient, and nothing of the earlier one."""
        vc2 = self.known_client("andra", VC2)
        whom = who(2)
        earlier = self.admit_as(whom, "V2")
        self.say(self.vc, "fast_vardkontakt", {"atgard": "utse", "staff": ANNA, "from_at": wire(self.clock.now()),
                                               "utsedd_av": CECILIA}, earlier)
        self.assertEqual(self.patients(vc2, whom, GUSTAV), [], "no part in any")
        later = self.admit_as(whom, "V3", mottagare=(VC2, KH, KB))
        self.say(vc2, "fast_vardkontakt", {"atgard": "utse", "staff": GUSTAV, "from_at": wire(self.clock.now()),
                                           "utsedd_av": GUSTAV}, later)
        self.assertEqual(self.patients(vc2, whom), [], "no person")
        patient, = self.patients(vc2, whom, GUSTAV)
        self.assertEqual(self.contacts(vc2, patient, GUSTAV), [(1, VC2)])
        self.assertEqual(self.contacts(self.vc, patient, CECILIA), [(1, VC)])


class ProtectedFromStrangers(Hidden):
    """G6: a unit that has nothing to do with her does not find out where she goes, whatever it says itself."""
    region = strangers()

    def test_stranger(self):
        stranger = self.known_client("annan", STRANGER)
        whom = who(77)
        episode = self.admit_as(whom, "V1", "skyddad_folkbokforing")
        self.say(self.vc, "fast_vardkontakt", {"atgard": "utse", "staff": ANNA, "from_at": wire(self.clock.now()),
                                               "utsedd_av": CECILIA}, episode)
        self.assertEqual(self.patients(stranger, whom, STINA), [])
        stranger.post_message("begaran_fast_vardkontakt", {"patient": {"identitet": whom}, "at": wire(self.clock.now())},
                              expect="applied")
        self.assertEqual(self.patients(stranger, whom), [])
        self.assertEqual(self.patients(stranger, whom, STINA), [])


class ProtectedFile(Hidden):
    """G6 in the patient's own file, which says nothing of it: the stays do."""
    region = region.region()

    def asked(self, whom):
        """Asked for a fast vardkontakt outside of every stay; the own file's id."""
        return self.vc.post_message("begaran_fast_vardkontakt", {
            "patient": {"identitet": whom}, "at": wire(self.clock.now())}, expect="applied").json["episode"]["id"]

    def test_begun_after_the_stay(self):
        whom = who(1)
        self.admit_as(whom, "V1")
        heads = self.heads()
        own = self.asked(whom)
        self.assertFalse(self.opens(own))
        self.assertFalse(self.opens(own, ANNA), "nobody is appointed by itself")
        self.assertTrue(self.opens(own, CECILIA))
        self.say(self.vc, "sip_behov", {"behov": "ny"}, own, None)
        self.say(self.vc, "sip_kallelse", {
            "atgard": "skicka", "skickad_av": ANNA, "at": wire(self.clock.now()), "kallade": [KH, KB],
            "mote": {"start_at": wire("2026-05-12T13:00"), "end_at": wire("2026-05-12T14:00"), "form": "fysiskt",
                     "plats": "Rum 2"}}, own, None)
        for unit, client in self.readers.items():
            for notice in client.feed(unit, after=heads[unit]):
                self.assertNotIn("due_at", notice["data"], notice)
        self.assertFalse(self.opens(own))

    def test_begun_before_the_stay(self):
        """What is protected later closes, and opens once the last word is nej; also after a makulering."""
        whom = who(2)
        own = self.asked(whom)
        self.assertTrue(self.opens(own))
        self.admit_as(whom, "V2", "nej")
        self.assertTrue(self.opens(own))
        for skydd, opens in (("skyddad_folkbokforing", False), ("nej", True)):
            self.clock.set(self.clock.now() + harness.datetime.timedelta(minutes=1))
            said = self.h.post_message("patient_uppdaterad", {"patient": {"skyddade_personuppgifter": skydd}},
                                       encounter="V2", expect="applied").json["id"]
            self.assertEqual(self.opens(own), opens, skydd)
        self.h.post_message("makulering", {"message_id": said, "orsak": "fel"}, encounter="V2", expect="applied")
        self.assertFalse(self.opens(own))

    def test_the_stay_that_said_it_is_annulled(self):
        """It opens with the last stay that said it, though no other says nej."""
        whom = who(3)
        for encounter in ("V3", "V4"):
            self.admit_as(whom, encounter)
        own = self.asked(whom)
        for encounter, opens in (("V3", False), ("V4", True)):
            said = self.database.value("select f.message_id from samordnad.fact f join samordnad.episode e "
                                       f"using (episode) where e.encounter = '{encounter}' and f.nr = 1")
            self.h.post_message("makulering", {"message_id": said, "orsak": "fel"}, encounter=encounter,
                                expect="applied")
            self.assertEqual(self.opens(own), opens, encounter)


class ProtectedFileOfOneWhoLeaves(Hidden):
    """B13, G6: begun when the stay is over and her fast vardkontakt leaves."""
    region = {**region.region(), "policies": [{"policy": "avslut_days", "value": 1, "scope": "all",
                                               "from_at": region.FROM_THE_BEGINNING}]}

    def test_begun_by_one_who_leaves(self):
        whom = who(4)
        now = lambda: wire(self.clock.now())
        episode = self.admit_as(whom, "V5")
        self.say(self.vc, "fast_vardkontakt", {"atgard": "utse", "staff": ANNA, "from_at": now(), "utsedd_av": CECILIA},
                 episode)
        self.h.post_message("utskrivning", {"utskriven_at": now(), "destination": "ordinart"}, encounter="V5",
                            expect="applied")
        self.clock.advance("2026-05-06T08:00")
        self.vc.post_message("personal", {"staff": ANNA, "atgard": "slutar", "from_at": now()}, expect="applied")
        own, = [task["episode"] for task in self.vc.tasks(VC) if task["kind"] == "utse_fast_vardkontakt"]
        self.assertFalse(self.opens(own))
        self.assertTrue(self.opens(own, CECILIA))


class ProtectedWorklist(Hidden):
    """G6: the worklist, to which no person need be named, has no time that the notices hide."""
    region = region.region(fvk_mode="manual")

    def tasks(self, person=None, **more):
        query = "&".join(f"{name}={value}" for name, value in {"unit": VC, **more}.items())
        answer = self.ask(self.vc, f"/v1/tasks?{query}", person=person)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_no_time(self):
        hidden = self.admit_as(who(1), "V1")
        self.assertEqual(self.tasks(due_before="2027-01-01T00:00:00Z"), {"tasks": []}, "nothing tells that there is one")
        open_one = self.admit_as(who(2), "V2", "nej")
        mine = [[task for task in self.tasks(person)["tasks"] if task["episode"] == hidden] for person in (None, ANNA, CECILIA)]
        self.assertEqual([[task["id"] for task in tasks] for tasks in mine], 3 * [[task["id"] for task in mine[0]]])
        self.assertTrue(mine[0])
        for tasks, shown in zip(mine, (False, False, True)):
            self.assertEqual([task["due_at"] is not None for task in tasks], len(tasks) * [shown])
        self.assertTrue(all(task["due_at"] for task in self.tasks()["tasks"] if task["episode"] == open_one))

        found = self.tasks(due_before="2027-01-01T00:00:00Z")["tasks"]
        self.assertEqual({task["episode"] for task in found}, {open_one}, "nor does a question find it out")

        # Nor does how the pages end: hidden ones, before and after these, make none.
        self.admit_as(who(3), "V3")
        pages, after = [], {}
        while "next" in after or not pages:
            after = self.tasks(limit=1, due_before="2027-01-01T00:00:00Z", **({"after": after["next"]} if after else {}))
            self.assertEqual(len(after["tasks"]), 1)
            pages += after["tasks"]
        self.assertEqual(pages, found)

        pages, after = [], {}
        while "next" in after or not pages:
            after = self.tasks(limit=1, **({"after": after["next"]} if after else {}))
            pages += after["tasks"]
        self.assertEqual(pages, self.tasks()["tasks"], "page by page")

        self.database.run("update samordnad.episode set state = null")
        self.assertEqual(self.tasks()["tasks"], pages, "states of another layout")


class WholeOrganisation(Hidden):
    """B11, G8: a client of a whole organisation that has nothing to do with the patient."""
    region = strangers()

    def test_finds_nobody(self):
        token = harness.command("client", "create", "hela", "--set", f"database={self.database.dsn}", "--roles", "unit",
                                "--org", "2321000131").stdout.split()[-1]
        everyone = harness.Client(self.daemon.address, token, STRANGER, self.clock.now)
        everyone.wait_until_known()
        whom, now = {"identitet": who(9)}, wire(self.clock.now())
        self.vc.post_message("fast_kontakt", {"slag": 1, "patient": whom, "staff": ANNA, "atgard": "utse", "from_at": now},
                             expect="applied")
        self.vc.post_message("samtycke", {"patient": whom, "omfattning": "informationsdelning", "status": "lamnat",
                                          "at": now}, expect="applied")
        self.assertEqual(self.patients(everyone, who(9)), [])


class Barred(Hidden):
    """G8: what a spärr hides is hidden wherever it stands."""
    region = region.region()

    def seen(self, identitet):
        found = self.patients(self.kh, identitet)
        return found and self.contacts(self.kh, found[0])

    def test_of_a_number_that_gave_way(self):
        """G4: said of the number that gives way, it stands for the patient to whom that number leads then."""
        old, new = who(1), who(2)
        self.admit_as(new, "V0", "nej")
        self.admit_as(old, "V1", "nej")
        self.assertEqual(self.seen(old), [(1, VC)])
        self.vc.post_message("sparr", {"patient": {"identitet": old}, "atgard": "satt", "at": wire(self.clock.now())},
                             expect="applied")
        self.assertEqual(self.seen(old), [])
        self.assertEqual(self.seen(new), [(1, VC)], "another patient so far")
        self.clock.set(self.clock.now() + harness.datetime.timedelta(hours=1))
        self.send(self.h, "patient_uppdaterad", {"patient": {"identitet": new}, "ersatter": old}, "V1", None)
        self.assertEqual((self.seen(old), self.seen(new)), ([], []))

    def test_in_the_own_file(self):
        whom, now = {"identitet": who(5)}, wire(self.clock.now())
        own = self.vc.post_message("fast_kontakt", {
            "slag": 1, "patient": whom, "staff": ANNA, "atgard": "utse", "from_at": now},
            expect="applied").json["episode"]["id"]
        self.vc.post_message("samtycke", {"patient": whom, "omfattning": "informationsdelning", "status": "lamnat",
                                          "at": now}, expect="applied")
        self.vc.post_message("sip", {"patient": whom, "hallen_at": now, "utfall": "genomford", "plan": PLAN})
        self.kb.post_message("sip_behov", {"patient": whom, "behov": "ny"}, expect="applied")
        self.assertIn(ANNA, self.kb.get(f"/v1/episodes/{own}").body.decode())
        self.vc.post_message("sparr", {"patient": whom, "atgard": "satt", "at": now}, expect="applied")
        patient, = self.patients(self.kb, who(5))
        self.assertEqual(self.contacts(self.kb, patient), [])
        self.assertNotIn(ANNA, self.kb.get(f"/v1/episodes/{own}").body.decode())
        self.assertIn(ANNA, self.vc.get(f"/v1/episodes/{own}").body.decode(), "its own")

    def test_in_a_decision(self):
        """Whom samordnad appointed at the unit stands in the history as well."""
        whom, now = {"identitet": who(6)}, wire(self.clock.now())
        own = self.vc.post_message("begaran_fast_vardkontakt", {"patient": whom, "at": now},
                                   expect="applied").json["episode"]["id"]
        self.vc.post_message("samtycke", {"patient": whom, "omfattning": "informationsdelning", "status": "lamnat",
                                          "at": now}, expect="applied")
        self.kb.post_message("sip_behov", {"patient": whom, "behov": "ny"}, expect="applied")
        self.assertIn(ANNA, self.kb.get(f"/v1/episodes/{own}").body.decode())
        self.vc.post_message("sparr", {"patient": whom, "atgard": "satt", "at": now}, expect="applied")
        self.assertNotIn(ANNA, self.kb.get(f"/v1/episodes/{own}").body.decode())
        self.assertIn("ranking", self.vc.get(f"/v1/episodes/{own}").body.decode(), "its own")


class Withheld(Hidden):
    """C1a: the unit from which the notice is withheld sees the stay as it was before."""
    region = region.region()
    start_at = "2026-02-09T21:00"
    WHY = "patienten motsatter sig"

    def found(self, client, **question):
        answer = client.request("POST", "/v1/episodes/search", {"unit": client.source, **question})
        return [(row["phase"], row["klar_at"]) for row in answer.json["episodes"]]

    def rows(self, view):
        return [row["type"] for row in view["history"] if row["type"].endswith("utskrivningsklar")]

    def test_view(self):
        self.at("2026-02-10T09:00")
        episode = self.admit("2026-02-09T20:00", "2026-02-13T12:00")
        before = self.kb.episode(episode)
        withheld = [{"mottagare": KB, "orsak": self.WHY, "beslutad_av": "Chefsoverlakaren"}]
        self.ready("2026-02-10T10:00", undanhallen=withheld)
        view = self.kb.episode(episode)
        for name in ("phase", "klar_at", "clocks", "betalningsansvar", "mottagare", "sip"):
            self.assertEqual(view[name], before[name], name)
        self.assertEqual(self.rows(view), [])
        self.assertEqual(self.found(self.kb), [("inskriven", None)])
        self.assertEqual(self.found(self.kb, state=["inskriven"]), [("inskriven", None)])
        self.assertEqual(self.found(self.kb, state=["utskrivningsklar"]), [])

        told = self.kh.episode(episode)
        self.assertEqual((told["phase"], self.rows(told)), ("utskrivningsklar", ["utskrivningsklar"]))
        row = next(row for row in told["history"] if row["type"] == "utskrivningsklar")
        self.assertIn("klar_at", row["data"])
        self.assertNotIn("undanhallen", row["data"], "why is the hospital's")
        self.assertIn(self.WHY, json.dumps(self.h.episode(episode)))

        self.at("2026-02-10T11:00")
        self.send(self.h, "ej_langre_utskrivningsklar", {"at": wire("2026-02-10T11:00")}, "V1")
        self.assertEqual(self.rows(self.kb.episode(episode)), [], "nor that it was taken back")
        self.ready("2026-02-10T12:00", undanhallen=withheld)
        self.at("2026-02-10T13:00")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-02-10T12:00")}, "V1", None)
        view = self.kb.episode(episode)
        self.assertEqual((view["phase"], self.rows(view)), ("utskrivningsklar", ["utskrivningsklar"]), "delivered")
        self.assertNotIn(self.WHY, json.dumps(view))


class Unshared(Hidden):
    """G5: without samtycke to informationsdelning what other units said and did stays with them and who is summoned."""
    region = region.region()
    start_at = "2026-05-03T21:00"

    def detail(self, client, unit, notice_type):
        return [notice["data"].get("detail") for notice in client.feed(unit)
                if notice["type"] == f"samordnad.{notice_type}.v1"]

    def test_others_words(self):
        self.at("2026-05-04T08:00")
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00",
                             samtycke={"informationsdelning": "nekat", "sip": "lamnat"})
        self.ready("2026-05-04T09:00")
        self.say(self.vc, "insatser_status", {"status": "avbojd", "from_at": wire("2026-05-04T09:30")}, episode)
        self.summon(episode, "2026-05-04T11:00", "2026-05-07T13:00", "2026-05-07T14:00", kallade=(KB,))
        for client, shown in ((self.h, True), (self.vc, True), (self.kb, True), (self.kh, False)):
            sip = client.episode(episode)["sip"]
            self.assertEqual([sip[name] is not None for name in ("kallelse", "mote", "bokning")], 3 * [shown])
        self.at("2026-05-07T15:00")
        self.say(self.vc, "sip", {"hallen_at": wire("2026-05-07T13:00"), "utfall": "genomford", "plan": PLAN}, episode, None)
        for client, shown in ((self.h, True), (self.vc, True), (self.kb, True), (self.kh, False)):
            sip = client.episode(episode)["sip"]
            self.assertEqual([sip[name] is not None for name in ("utfall", "hallen_at", "overgripande_ansvar")], 3 * [shown])
        for client, shown in ((self.h, True), (self.vc, True), (self.kh, False)):
            self.assertEqual("insatser_avbojda" in client.episode(episode)["betalningsansvar"]["grounds"], shown)
        self.assertEqual(self.detail(self.kb, KB, "sip.held"), ["genomford"], "summoned")
        self.assertEqual(self.detail(self.kh, KH, "sip.held"), [None])
        self.assertEqual(self.detail(self.kh, KH, "episode.insatser"), [None])
        self.assertEqual(self.detail(self.h, H, "episode.insatser"), ["avbojd"])


if __name__ == "__main__":
    harness.main()
