"""Stories 1, 4, 5, 6, 8, 10 and 11 of the domain, through the real daemon (test_stories has the others)."""

import datetime
import json

import harness
import region
from harness import local, wire
from region import ANNA, BO, CECILIA, H, KB, KH, VC
from test_stories import Story

DORIS = "SE2321000016-DORIS"
ELSA = "SE2120000142-ELSA"
PSYK = "SE2321000016-PSYK"
YLVA = "SE2321000016-YLVA"
KH2 = "SE2120000159-KH2"
KB2 = "SE2120000159-KB2"
OTHER_KOMMUN = "0184"


def kommun_units():
    """The units of the other kommun."""
    return [{"hsa_id": unit, "namn": "Den andra kommunen", "slag": slag, "region": region.REGION,
             "kommun": OTHER_KOMMUN, "hours": region.OFFICE_HOURS}
            for unit, slag in ((KH2, "kommunal_hsl"), (KB2, "socialtjanst"))]


def with_units(units, **more):
    whole = region.region(**more)
    whole["units"] += units
    return whole


class Story1Readmitted(Story):
    region = region.region(sip_mode="propose")
    start_at = "2026-05-01T08:00"

    def test_story(self):
        self.at("2026-05-01T09:00")
        first = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-05-01T02:00"), wire("2026-05-06T12:00")), "V1")
        self.at("2026-05-04T09:00")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-05-04T09:00")}, "V1")
        clocks = self.view(first)["clocks"]
        self.same(clocks["sip_kallelse_due_before"], "2026-05-08T00:00", "D1")
        self.same(clocks["betalningsansvar_from"], "2026-05-07T00:00", "F1")
        self.at("2026-05-05T10:00")
        self.say(self.vc, "sip_kallelse", {
            "atgard": "skicka", "skickad_av": ANNA, "at": wire("2026-05-05T10:00"),
            "mote": {"start_at": wire("2026-05-12T13:00"), "end_at": wire("2026-05-12T14:00"), "form": "telefon"},
            "kallade": [KH, KB]}, first)
        self.at("2026-05-06T14:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-05-06T14:00"), "destination": "ordinart"}, "V1")
        self.same(next(task["due_at"] for task in self.tasks(first, H, "utskrivningsinformation")),
                  "2026-05-07T00:00", "E1")
        self.at("2026-05-08T09:00")
        heads = self.heads()
        second = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-05-08T02:10"), wire("2026-05-14T12:00")), "V2")
        self.assertNotEqual(first, second)
        self.same(self.view(second)["clocks"]["inskrivningsmeddelande_due"], "2026-05-09T02:10", "A1")
        self.assertEqual(self.fvk(second), (ANNA, ANNA), "B2: Anna goes on")
        words = [self.view(episode)["fast_vardkontakt"][0]["atgard"] for episode in (first, second)]
        self.assertEqual(words, ["utse", "bekrafta"], "and it says that it is she who was")
        self.assertEqual(self.view(second)["tidigare_vardtillfalle"]["episode"], first, "G2: linked")
        for unit in (KH, KB, H):
            self.assertEqual(self.told(unit, heads[unit], "sip."), ["sip.on_hold"], f"one notice to {unit}")
        self.assertEqual(len(self.tasks(second, VC, "boka_om_sip")), 1, "one task")
        self.assertEqual(self.tasks(first, VC, "boka_om_sip"), [])

        self.at("2026-05-08T11:00")
        self.say(self.vc, "sip_kallelse", {
            "atgard": "omboka", "skickad_av": ANNA, "at": wire("2026-05-08T11:00"),
            "mote": {"start_at": wire("2026-05-18T13:00"), "end_at": wire("2026-05-18T14:00"), "form": "telefon"},
            "kallade": [KH, KB]}, second)
        self.assertEqual(self.tasks(second, VC, "boka_om_sip"), [])
        self.at("2026-05-13T10:00")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-05-13T10:00")}, "V2")
        self.assertEqual(self.tasks(second, VC, "kalla_till_sip", None), [], "D1 is fulfilled already")
        self.at("2026-05-20T00:00")
        self.assertEqual(self.breaches(second, "D1"), [])


class Story4Protected(Story):
    """Skyddad folkbokföring: named persons only, and nothing in any notice."""

    start_at = "2026-10-05T08:00"

    @classmethod
    def setUpClass(cls):
        cls.region = region.region(sip_mode="auto")
        hospital, _, kh, _ = cls.region["units"]
        hospital["staff"] = [region.person(DORIS, "Doris Berg", "sjukskoterska")]
        kh["staff"] = [region.person(ELSA, "Elsa Fors", "sjukskoterska")]
        super().setUpClass()

    def seen(self, client, episode, person=None):
        return client.get(f"/v1/episodes/{episode}", headers={"samordnad-person": person} if person else None).status

    def test_story(self):
        self.at("2026-10-05T09:00")
        data = region.inskrivningsmeddelande(wire("2026-10-04T20:00"), wire("2026-10-12T12:00"), mottagare=(VC, KH))
        del data["patient"]["folkbokforingsadress"]
        data["patient"]["skyddade_personuppgifter"] = "skyddad_folkbokforing"
        episode = self.send(self.h, "inskrivningsmeddelande", data, "V1")
        feeds = {unit: self.readers[unit].feed(unit) for unit in (H, VC, KH)}
        self.assertEqual([n["data"]["task"] for n in feeds[H] if n["type"] == "samordnad.task.created.v1"], [],
                         "no A3 task")
        self.assertEqual(self.told(KB), [], "nothing is routed by itself")
        for notices in feeds.values():
            text = json.dumps(notices)
            for word in ("Testsson", region.KOMMUN, "Provgatan", "Avdelning 21", "due_at"):
                self.assertNotIn(f'"{word}' if word == region.KOMMUN else word, text)
        for client, named, strangers in ((self.h, DORIS, (None, ANNA)), (self.vc, CECILIA, (None, ANNA, DORIS)),
                                         (self.kh, ELSA, (None, CECILIA)), (self.kb, None, (None, ELSA))):
            for stranger in strangers:
                self.assertEqual(self.seen(client, episode, stranger), 404, stranger)
                found = client.request("POST", "/v1/episodes/search", {"state": ["inskriven"]},
                                       {"samordnad-person": stranger} if stranger else None)
                self.assertEqual(found.json["episodes"], [])
            if named:
                self.assertEqual(self.seen(client, episode, named), 200, named)
        heads = self.heads()
        self.at("2026-10-12T10:00")
        self.send(self.h, "patient_uppdaterad", {"patient": {"skyddade_personuppgifter": "nej"}}, "V1")
        self.assertEqual(self.seen(self.kh, episode), 200, "protection has ended")
        later = self.kh.feed(KH, after=heads[KH])
        self.assertEqual(self.kh.feed(KH)[:len(feeds[KH])], feeds[KH], "what was masked stays masked")
        self.assertIn("samordnad.episode.patient_uppdaterad.v1", [notice["type"] for notice in later])


class Story5OpenCompulsoryCare(Story):
    region = with_units([{
        "hsa_id": PSYK, "namn": "Psykiatrisk oppenvard", "slag": "specialistoppenvard", "region": region.REGION,
        "kommun": region.KOMMUN, "hours": region.OFFICE_HOURS, "verksamhetschef": YLVA,
        "staff": [region.person(YLVA, "Ylva Berg", "lakare")],
        "standing_decisions": [{"beslutad_av": YLVA, "kriterier": "B5", **region.DECIDED}]}])
    start_at = "2026-03-02T08:00"

    def test_story(self):
        psyk = self.client("psykiatrin", ["unit"], [PSYK])
        self.at("2026-03-02T12:00")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-03-02T09:00"), wire("2026-03-23T12:00"), mottagare=(PSYK, KB, VC), vardform="LPT",
            verksamhet="psykiatrisk"), "V1")
        self.at("2026-03-20T10:00")
        self.send(self.h, "utskrivningsklar", {
            "klar_at": wire("2026-03-20T10:00"), "underrattelse_lpt_7a": True, "oppen_tvangsvard": "OPT",
            "undanhallen": [{"mottagare": VC, "orsak": "sekretess", "beslutad_av": "Chefsoverlakaren"}]}, "V1")
        clocks = self.view(episode)["clocks"]
        self.assertIsNone(clocks.get("sip_kallelse_due_before"), "C6: no D1")
        self.same(clocks["betalningsansvar_from"], "2026-03-23T00:00", "F1")
        self.assertEqual(self.told(VC, what="episode.utskrivningsklar"), [], "C1a: withheld from VC")
        self.assertEqual(self.told(KB, what="episode.utskrivningsklar"), ["episode.utskrivningsklar"])
        self.assertEqual([len(self.tasks(episode, unit, "justera_vardplan")) for unit in (PSYK, KB, VC)], [1, 1, 0])
        self.at("2026-03-23T09:00")
        self.say(psyk, "vardplan_justerad", {"at": wire("2026-03-23T09:00")}, episode)
        self.assertEqual(self.told(KB, what="episode.vardplan"), [], "not drawn up yet")
        self.at("2026-03-24T15:00")
        self.say(self.kb, "vardplan_justerad", {"at": wire("2026-03-24T15:00")}, episode)
        self.assertEqual(self.told(KB, what="episode.vardplan"), ["episode.vardplan"], "drawn up")
        self.at("2026-03-27T15:00")
        self.send(self.h, "vardform_andrad", {"vardform": "HSL", "from_at": wire("2026-03-27T15:00")}, "V1")
        self.same(self.view(episode)["clocks"]["sip_kallelse_due_before"], "2026-03-31T00:00", "D1 opens now")
        self.assertEqual(self.breaches(episode, "D1"), [], "no breach backwards")


class Story6MovedKommun(Story):
    region = with_units(kommun_units())
    start_at = "2026-11-16T08:00"

    def test_story(self):
        kb2 = self.client("andra", ["unit"], [KH2, KB2])
        self.at("2026-11-16T12:00")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-11-16T09:00"), wire("2026-11-25T12:00")), "V1")
        self.at("2026-11-23T09:00")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-11-23T09:00")}, "V1")
        self.same(self.view(episode)["clocks"]["betalningsansvar_from"], "2026-11-26T00:00", "F1 of 0180")
        self.at("2026-11-24T10:00")
        self.say(self.vc, "sip_kallelse", {
            "atgard": "skicka", "skickad_av": ANNA, "at": wire("2026-11-24T10:00"),
            "mote": {"start_at": wire("2026-12-07T13:00"), "end_at": wire("2026-12-07T14:00"), "form": "telefon"},
            "kallade": [KH, KB]}, episode)
        self.at("2026-11-30T08:00")
        patient = {**region.patient(), "folkbokforingskommun": OTHER_KOMMUN}
        self.send(self.h, "patient_uppdaterad", {"patient": patient, "from_at": wire("2026-11-27T00:00")}, "V1")
        told = [notice["type"] for notice in kb2.feed(KB2)]
        self.assertIn("samordnad.episode.inskrivningsmeddelande.v1", told, "0184 is notified")
        self.assertIn("samordnad.episode.utskrivningsklar.v1", told)
        duties = self.tasks(episode, VC, "kalla_till_sip")
        self.assertTrue(duties)
        for duty in duties:
            self.same(duty["due_at"], "2026-12-04T00:00", "the kallelse must reach 0184 before then")
        self.at("2026-12-02T13:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-12-02T13:00"), "destination": "ordinart"}, "V1")
        first, then = self.view(episode)["betalningsansvar"]["payers"]
        self.assertEqual((first["kommun"], first["days"]), (region.KOMMUN, 1), "0180 pays the 26th")
        self.assertEqual((then["kommun"], then["days"]), (OTHER_KOMMUN, 0), "0184 pays nothing, nobody the rest")
        self.assertIn("no_amount_for_2026", first["grounds"], "F5: refused by name")


class Story8Avliden(Story):
    region = region.region(sip_mode="auto")
    start_at = "2026-09-07T08:00"

    def test_story(self):
        self.at("2026-09-07T09:00")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-09-06T20:00"), wire("2026-09-10T12:00")), "V1")
        self.at("2026-09-08T09:00")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-09-08T09:00")}, "V1")
        self.assertIsNotNone(self.view(episode)["sip"]["mote"])
        self.at("2026-09-08T10:00")
        heads = self.heads()
        message = self.h.post_message("avliden", {"at": wire("2026-09-08T09:40")}, encounter="V1", expect="applied",
                                      id="avliden-1")
        for unit in (VC, KH, KB):
            self.assertEqual(self.told(unit, heads[unit]), ["episode.avliden"], f"once to {unit}, and nothing else")
        self.assertEqual(self.told(H, heads[H]), [])
        view = self.view(episode)
        self.assertEqual(view["phase"], "avliden")
        self.assertEqual([task for task in view["tasks"] if task["status"] == "open"], [])
        self.assertEqual(self.database.value("select count(*) from samordnad.booking"), "0", "the slot is free")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-09-08T09:50")}, "V1", result="recorded")
        self.at("2026-09-20T00:00")
        for unit in (VC, KH, KB):
            self.assertEqual(self.told(unit, heads[unit]), ["episode.avliden"], "nothing after it")
        self.assertEqual(message.json["result"], "applied")
        # Said in error: taken back, and what is owed is owed again.
        self.send(self.h, "makulering", {"message_id": "avliden-1", "orsak": "fel patient"}, "V1")
        self.assertIn("episode.avliden_aterkallad", self.told(KB, heads[KB]))
        self.assertEqual(self.view(episode)["phase"], "utskrivningsklar")


class Story10WrongKommun(Story):
    region = with_units(kommun_units())
    start_at = "2026-10-11T21:00"

    def test_story(self):
        other = self.client("andra", ["unit"], [KH2, KB2])
        self.at("2026-10-12T09:00")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-10-11T20:00"), wire("2026-10-16T12:00"), mottagare=(VC, KB)), "V1")
        self.assertEqual(self.fvk(episode), (ANNA, ANNA))
        self.at("2026-10-13T08:30")
        heads = self.heads()
        self.say(self.kb, "avvisning", {"orsak": "ej_folkbokford", "ratt_kommun": OTHER_KOMMUN}, episode,
                 id="avvisning-1")
        self.assertEqual(self.tasks(episode, KB), [], "its tasks end")
        self.assertEqual(self.kb.get(f"/v1/episodes/{episode}").status, 404, "so does its access")
        self.assertEqual(self.told(H, heads[H], "episode."), ["episode.avvisning"])
        self.assertEqual(len(self.tasks(episode, H, "omdirigera")), 1, "an incident of the hospital's")
        rejected = next(row for row in self.view(episode)["mottagare"] if row["unit"] == KB)
        self.assertEqual((rejected["avvisning_orsak"], rejected["ratt_kommun"], rejected["ratt_enhet"]),
                         ("ej_folkbokford", OTHER_KOMMUN, None), "where to turn")
        self.assertEqual(self.kb.post_message("kvittens", {"message_id": "x"}, episode=episode).status, 404)
        # Said in error, it may be taken back, though the unit takes part no longer; and said again.
        self.say(self.kb, "makulering", {"message_id": "avvisning-1", "orsak": "fel"}, episode)
        self.assertEqual(self.kb.get(f"/v1/episodes/{episode}").status, 200)
        self.say(self.kb, "avvisning", {"orsak": "ej_folkbokford", "ratt_enhet": "SE2120009999-BORTA"}, episode)
        rejected = next(row for row in self.view(episode)["mottagare"] if row["unit"] == KB)
        self.assertEqual((rejected["ratt_kommun"], rejected["ratt_enhet"]), (None, "SE2120009999-BORTA"),
                         "also a unit that is not in the register")
        self.at("2026-10-13T10:00")
        self.send(self.h, "mottagare_andrad", {"lagg_till": [{"hsa_id": KB2}]}, "V1")
        self.assertEqual(self.tasks(episode, H, "omdirigera"), [])
        self.assertIn("samordnad.episode.inskrivningsmeddelande.v1", [notice["type"] for notice in other.feed(KB2)])
        late, = [breach for breach in self.breaches(episode, "A5") if breach["unit"] == KB2]
        self.same(late["due_at"], "2026-10-12T20:00")
        self.assertLess(local(late["done_at"]) - local("2026-10-13T10:00"), datetime.timedelta(minutes=1),
                        "14 h late, to that kommun alone")
        self.assertEqual(self.fvk(episode), (ANNA, ANNA), "untouched")
        self.at("2026-10-14T12:00")
        self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-10-11T20:00"), wire("2026-10-17T12:00"), mottagare=(VC, KB)), "V1")
        self.assertEqual(self.kb.get(f"/v1/episodes/{episode}").status, 404, "a new version does not bring it back")
        self.assertEqual(other.get(f"/v1/episodes/{episode}").status, 200, "nor does it end who was added")


class Story11TheFvkLeaves(Story):
    """Fewer than 37 patients, of each kind: in a stay, ready and waiting for the kallelse, home since long."""

    start_at = "2026-07-27T08:00"
    OPEN, READY, HOME = 4, 2, 3

    @classmethod
    def setUpClass(cls):
        cls.region = region.region(sip_mode="manual", deputy=None)
        vc = cls.region["units"][1]
        vc["staff"][1]["fvk"] = True  # Bo takes assignments
        super().setUpClass()

    def admit(self, number, inskriven_at):
        data = region.inskrivningsmeddelande(wire(inskriven_at), wire("2026-09-01T12:00"))
        data["patient"]["identitet"] = {"system": "https://example.org/reserv", "varde": f"R{number}"}
        data["onskemal"] = {"staff": ANNA}
        return self.send(self.h, "inskrivningsmeddelande", data, f"V{number}")

    def test_story(self):
        self.at("2026-07-28T08:00")
        home = [self.admit(number, "2026-07-27T20:00") for number in range(self.HOME)]
        self.at("2026-07-29T08:00")
        for number in range(self.HOME):
            self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-07-29T08:00"), "destination": "ordinart"},
                      f"V{number}")
        self.at("2026-08-30T08:00")
        stays = [self.admit(100 + number, "2026-08-29T20:00") for number in range(self.OPEN)]
        ready = stays[-self.READY:]
        for number in range(self.OPEN - self.READY, self.OPEN):
            self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-08-30T08:00")}, f"V{100 + number}")
        before = {episode: self.view(episode)["clocks"].get("sip_kallelse_due_before") for episode in stays}
        # Two words on one person in one batch: the first is taken, the second to be sent again.
        away = {"staff": BO, "atgard": "franvaro", "from_at": wire("2026-10-01T00:00"), "to_at": wire("2026-10-03T00:00")}
        answer = self.vc.post_event([self.vc.event("personal", away, source=VC),
                                     self.vc.event("personal", {**away, "to_at": wire("2026-10-05T00:00")}, source=VC)],
                                    "batch")
        first, second = answer.json["results"]
        self.assertEqual((first["result"], second["status"]), ("applied", 503))

        self.at("2026-08-31T17:00")
        heads = self.heads()
        self.vc.post_message("personal", {"staff": ANNA, "atgard": "slutar", "from_at": wire("2026-08-31T17:00")},
                             source=VC, expect="applied")
        for episode in stays:
            self.assertEqual(self.fvk(episode), (BO, BO), "a new person in the same transaction")
            self.assertEqual(self.told(KB, heads[KB], "fast_vardkontakt"),
                             ["fast_vardkontakt.changed"] * len(stays), "kommun and ward are told once of each")
        self.assertEqual({episode: self.view(episode)["clocks"].get("sip_kallelse_due_before") for episode in stays},
                         before, "D1 is unchanged")
        recorded = self.database.rows(
            "select distinct recorded_at from samordnad.fact f join samordnad.kontakt k using (episode, nr) "
            "where k.slag = 1")
        self.assertEqual(len(recorded), 1, "one instant")
        order = [notice["data"]["episode"]["id"] for notice in self.kb.feed(KB, after=heads[KB])
                 if notice["type"] == "samordnad.fast_vardkontakt.changed.v1"]
        self.assertEqual(set(order[:len(ready)]), set(ready), "those with an open D1 first")
        left = self.database.value(
            "select count(*) from samordnad.kontakt k join samordnad.staff s using (staff) "
            "where k.slag = 1 and k.to_at is null and s.hsa_id = :'anna'", anna=ANNA)
        self.assertEqual(left, "0", "nobody is left with who is gone")
        self.assertEqual(len(home), self.HOME)


class Story11TheDeputyIsAwayToo(Story):
    """B13: who stands in for the fast vårdkontakt falls ill: an urgent task at once, in the same transaction."""

    region = region.region(sip_mode="manual", deputy=None)
    start_at = "2026-06-01T08:00"

    def away(self, staff, until, **more):
        self.vc.post_message("personal", {"staff": staff, "atgard": "franvaro", "from_at": wire(self.clock.now()),
                                          "to_at": wire(until), **more}, source=VC, expect="applied")

    def test_story(self):
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-05-31T20:00"), wire("2026-06-20T12:00")), "V1")
        self.assertEqual(self.fvk(episode), (ANNA, ANNA))
        self.away(ANNA, "2026-06-10T00:00", ersattare=BO)
        self.assertEqual(self.fvk(episode), (ANNA, BO))
        self.assertEqual(self.tasks(episode, VC, "ersatt_fast_vardkontakt"), [])
        self.away(BO, "2026-06-03T00:00")
        self.assertEqual(len(self.tasks(episode, VC, "ersatt_fast_vardkontakt")), 1)


if __name__ == "__main__":
    harness.main()
