"""Stories of our own, through the real daemon: situations that scenarios.md does not tell, as those who are at work
tell them. Each class says who does what and when before it asserts. Times are local.
"""

import json

import harness
import region
from harness import local, wire
from region import ANNA, BO, CECILIA, H, KB, KH, VC
from test_stories import Story

H2 = "SE2321000016-H02"
KN = "SE2120000142-KN1"
PSYK = "SE2321000016-PSYK"
YLVA = "SE2321000016-YLVA"
DAVID = "SE2321000016-DAVID"
OTHER_REGION_UNIT = "SE2321000131-V01"
NUMBER = region.patient()["identitet"]


def with_units(*units, **more):
    whole = region.region(**more)
    whole["units"] += units
    return whole


def at_vc(staff=(), decision_to=None, **more):
    """The region with more staff at VC, and with a standing decision that ends then."""
    whole = region.region(**more)
    vc = whole["units"][1]
    vc["staff"] += staff
    if decision_to:
        vc["standing_decisions"][0]["to_at"] = decision_to
    return whole


class OwnStory(Story):
    """What these stories ask for beside what the others do."""

    def outcome(self, client, message, data, episode, result="recorded", **more):
        return self.say(client, message, data, episode, result, **more).json["outcome"]["code"]

    def admit(self, inskriven_at, beraknad_at, encounter="V1", result="applied", **more):
        return self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire(inskriven_at), wire(beraknad_at), **more), encounter, result)

    def ready(self, at, encounter="V1", **more):
        self.at(at)
        return self.send(self.h, "utskrivningsklar", {"klar_at": wire(at), **more}, encounter)

    def home(self, at, encounter="V1"):
        self.at(at)
        return self.send(self.h, "utskrivning", {"utskriven_at": wire(at), "destination": "ordinart"}, encounter)

    def summon(self, episode, at, start_at, end_at, kallade=(KH, KB), atgard="skicka", by=ANNA, **more):
        self.at(at)
        return self.say(self.vc, "sip_kallelse", {
            "atgard": atgard, "skickad_av": by, "at": wire(at),
            "mote": {"start_at": wire(start_at), "end_at": wire(end_at), "form": "telefon"},
            "kallade": list(kallade), **more}, episode)

    def mottagare(self, episode, unit):
        return next(m for m in self.view(episode)["mottagare"] if m["unit"] == unit)


class TwoAtOnce(OwnStory):
    """D6, told by a fast vardkontakt. I call to two meetings at one time; the second one's answer tells me so. I move
    it, later try to move it back, and am told again.
    """

    region = region.region()
    start_at = "2026-05-01T08:00"

    def test_story(self):
        first, second = (self.admit("2026-05-01T02:00", "2026-05-06T12:00", encounter, number=number)
                         for number, encounter in enumerate(("V1", "V2")))
        chosen = ("2026-05-12T13:00", "2026-05-12T14:00")
        self.summon(first, "2026-05-04T10:00", *chosen)
        said = [self.summon(second, f"2026-05-04T1{hour}:00", *times, atgard=atgard).json.get("outcome", {}).get("code")
                for hour, (atgard, times) in enumerate((
                    ("skicka", chosen), ("omboka", ("2026-05-12T15:00", "2026-05-12T16:00")), ("omboka", chosen)), 1)]
        self.assertEqual(said, ["tiden_upptagen", None, "tiden_upptagen"])
        self.same(self.view(second)["sip"]["mote"]["start_at"], chosen[0], "she decides")


class FridayNight(OwnStory):
    """A0, A1, A2, told by a ward nurse. On Friday 22:00 two patients come to the ward, the ADT feed says so, and
    nobody writes the behovsbedomning. I am reminded Saturday 10:00 and 18:00. On Monday morning the physician says
    "no need" of the one and "later" of the other; at 14:00 it is yes. Then I have until Tuesday 14:00, and what I
    send Tuesday at nine is in time, though the patient came three days ago. Nobody outside has heard of the other
    one.
    """

    region = region.region()
    start_at = "2026-02-06T21:00"

    def need(self, word, at, encounter):
        return self.send(self.h, "behovsbedomning", {"behov_finns": word, "bedomt_at": wire(at)}, encounter)

    def test_story(self):
        self.at("2026-02-06T22:00")
        stays = [self.send(self.h, "inskrivning", {
            "patient": {"identitet": region.patient(number)["identitet"]}, "inskriven_at": wire("2026-02-06T22:00"),
            "avdelning": "Avdelning 21"}, f"V{number}") for number in range(2)]
        heads = self.heads()
        self.at("2026-02-07T09:59")
        self.assertEqual(self.told(H, heads[H]), [])
        self.at("2026-02-07T10:00")
        self.assertEqual(self.told(H, heads[H]), ["task.due_soon"] * 2, "12 h")
        self.at("2026-02-07T18:00")
        self.assertEqual(len(self.told(H, heads[H])), 4, "20 h")
        self.at("2026-02-09T08:00")
        for unit, client in ((VC, self.vc), (KH, self.kh), (KB, self.kb)):
            self.assertEqual(self.told(unit), [], "nothing leaves the hospital")
            self.assertEqual(client.get(f"/v1/episodes/{stays[0]}").status, 404)

        self.need("nej", "2026-02-09T08:00", "V0")
        self.assertEqual((self.view(stays[0])["phase"], self.tasks(stays[0], H)), ("avslutad", []), "no trace")
        self.need("senare", "2026-02-09T08:00", "V1")
        self.assertEqual([task["kind"] for task in self.tasks(stays[1], H)], ["behovsbedomning"], "still open")
        self.at("2026-02-09T14:00")
        self.need("ja", "2026-02-09T14:00", "V1")
        duty, = self.tasks(stays[1], H)
        self.assertEqual(duty["kind"], "inskrivningsmeddelande")
        self.same(duty["due_at"], "2026-02-10T14:00", "A2: 24 h after the judgement")
        self.at("2026-02-10T09:00")
        self.assertEqual(self.admit("2026-02-06T22:00", "2026-02-13T12:00", number=1), stays[1], "the same stay")
        self.assertEqual(self.tasks(stays[1], H, "inskrivningsmeddelande"), [])
        self.assertEqual(self.breaches(stays[1], "A5"), [], "in time")
        self.assertEqual(self.told(KB, what="episode."), ["episode.inskrivningsmeddelande"], "of the one alone")


class PieceByPiece(OwnStory):
    """A3, told by a ward nurse. A man is brought in on a Monday evening; at 23:00 I send the inskrivningsmeddelande
    with his number, without name, address or when he may go home. It is taken and goes out, and I am asked for the
    rest within a day. At seven his daughter tells his name, at eight the round says Friday, at nine we have the
    address: only then am I done, and the units read what has come.
    """

    region = region.region()
    start_at = "2026-02-09T21:00"

    def test_story(self):
        self.at("2026-02-09T23:00")
        data = region.inskrivningsmeddelande(wire("2026-02-09T20:00"), None)
        del data["beraknad_utskrivning_at"], data["patient"]["namn"], data["patient"]["folkbokforingsadress"]
        answer = self.h.post_message("inskrivningsmeddelande", data, encounter="V1", expect="applied")
        self.assertEqual(answer.json["outcome"]["code"], "uppgifter_saknas")
        self.assertEqual(answer.json["outcome"]["saknas"], ["namn", "folkbokforingsadress", "beraknad_utskrivning_at"])
        episode = answer.json["episode"]["id"]
        self.assertIn("episode.inskrivningsmeddelande", self.told(KB), "never dropped")
        duty, = self.tasks(episode, H, "komplettera_uppgifter")
        self.assertLess((local(duty["due_at"]) - local("2026-02-10T23:00")).total_seconds(), 60)

        self.at("2026-02-10T07:00")
        self.send(self.h, "patient_uppdaterad", {"patient": {"namn": "Test Testsson"}}, "V1")
        self.assertEqual(len(self.tasks(episode, H, "komplettera_uppgifter")), 1, "the address is missing")
        self.at("2026-02-10T08:00")
        self.send(self.h, "ny_beraknad_utskrivning", {"beraknad_utskrivning_at": wire("2026-02-13T12:00")}, "V1")
        self.assertEqual(len(self.tasks(episode, H, "komplettera_uppgifter")), 1, "still")
        self.at("2026-02-10T09:00")
        self.send(self.h, "patient_uppdaterad", {"patient": {"folkbokforingsadress": "Provgatan 1, 100 00 Provstad"}},
                  "V1")
        self.assertEqual(self.tasks(episode, H, "komplettera_uppgifter"), [])
        self.assertEqual(len(self.tasks(episode, H, "komplettera_uppgifter", "done")), 1)
        seen = self.kb.episode(episode)
        self.assertEqual((seen["patient"]["namn"], seen["patient"]["folkbokforingsadress"]),
                         ("Test Testsson", "Provgatan 1, 100 00 Provstad"), "the units read it")
        self.same(seen["beraknad_utskrivning_at"], "2026-02-13T12:00")
        self.assertEqual(self.told(KB, what="episode.patient_uppdaterad"), ["episode.patient_uppdaterad"] * 2)


class Forwarded(OwnStory):
    """A4, A10, told by a bistandshandlaggare. The hospital names us by kommun and kind and forgets the vardcentral
    though the patient needs home nursing: samordnad adds where the patient is listed. The needs lie in the north,
    so we hand over to our colleagues there the next day; we cannot bring in a vardcentral of our own accord. North
    has had the message since that day, and is not late for what was sent to us.
    """

    region = with_units({"hsa_id": KN, "namn": "Socialtjansten norr", "slag": "socialtjanst", "distrikt": "norr",
                         "region": region.REGION, "kommun": region.KOMMUN, "hours": region.OFFICE_HOURS},
                        {"hsa_id": OTHER_REGION_UNIT, "namn": "En annan vardcentral", "slag": "primarvard",
                         "region": "14", "kommun": "1480"})
    start_at = "2026-02-10T08:00"

    def test_story(self):
        kn = self.client("norr", ["unit"], [KN])
        self.at("2026-02-10T09:00")
        data = region.inskrivningsmeddelande(wire("2026-02-09T20:00"), wire("2026-02-13T12:00"))
        data["mottagare"] = [{"kommun": region.KOMMUN, "slag": "kommunal_hsl"}, {"hsa_id": KB}]
        episode = self.send(self.h, "inskrivningsmeddelande", data, "V1")
        self.assertEqual({m["unit"] for m in self.view(episode)["mottagare"] if m["active"]}, {KH, KB, VC}, "A4")
        self.assertEqual(self.fvk(episode), (ANNA, ANNA), "and there B1 holds")
        added = [row for row in self.view(episode)["history"] if row["type"] == "mottagare_andrad"]
        self.assertEqual([(row["by"], row["data"]["lagg_till"]) for row in added],
                         [("samordnad", [KH]), ("samordnad", [VC])], "named by kind; where the patient is listed")

        self.at("2026-02-11T10:00")
        heads = self.heads()
        self.assertEqual(self.outcome(self.kb, "mottagare_andrad", {"lagg_till": [{"hsa_id": OTHER_REGION_UNIT}]},
                                      episode), "utanfor_egen_huvudman")
        self.say(self.kb, "mottagare_andrad", {"vidarebefordra": KN}, episode)
        self.assertEqual(self.told(H, heads[H], "episode."), ["episode.mottagare_andrad"])
        self.assertEqual(self.kb.get(f"/v1/episodes/{episode}").status, 404, "it is with north now")
        self.assertEqual(self.tasks(episode, KB), [])
        self.assertEqual([task["kind"] for task in self.tasks(episode, KN)], ["kvittera_inskrivningsmeddelande"])
        received = local(self.mottagare(episode, KN)["received_at"])
        self.assertLess(abs((received - local("2026-02-11T10:00")).total_seconds()), 60)
        self.assertEqual(self.breaches(episode, "A5"), [], "forwarded to is not late")
        task, = kn.tasks(KN)
        self.say(kn, "kvittens", {"task": task["id"]}, episode)
        self.assertEqual(kn.tasks(KN), [])

    def test_what_is_missing_is_said(self):
        """A4: of which kind it is, in the answer; none once it is there."""
        def answered(message, data):
            return self.h.post_message(message, data, encounter="V2", expect="applied").json
        data = region.inskrivningsmeddelande(wire(self.clock.now()), wire("2026-02-13T12:00"), number=1)
        data["mottagare"] = [{"hsa_id": KH}, {"kommun": region.KOMMUN, "slag": "socialtjanst"}]
        data["patient"].pop("listad_pa")
        first = answered("inskrivningsmeddelande", data)
        said = first["outcome"]
        self.assertEqual((said["code"], said["saknas"]), ("mottagare_saknas", ["socialtjanst", "oppenvard"]))
        missing = lambda: self.h.episode(first["episode"]["id"])["mottagare_saknas"]
        self.assertEqual(missing(), [{"kommun": region.KOMMUN, "slag": "socialtjanst", "distrikt": None}])
        said = answered("mottagare_andrad", {"lagg_till": [{"hsa_id": VC}]})["outcome"]
        self.assertEqual((said["code"], said["saknas"]), ("mottagare_saknas", ["socialtjanst"]))
        last = self.h.post_message("mottagare_andrad", {"lagg_till": [{"hsa_id": KN}]}, encounter="V2", expect="applied")
        self.assertNotIn("outcome", last.json)
        self.assertEqual(missing(), [])

    def test_whom_a_kallelse_did_not_reach_is_said(self):
        """D11: by name; nobody once it takes part."""
        episode = self.admit("2026-02-09T20:00", "2026-02-12T12:00", mottagare=(VC, KH), number=2, encounter="V3",
                             behov=["oppenvard", "kommunal_hsl"])
        self.assertEqual(self.fvk(episode), (ANNA, ANNA))
        summon = lambda: self.vc.post_message("sip_kallelse", {
            "atgard": "skicka", "skickad_av": ANNA, "at": wire(self.clock.now()), "kallade": [KH, KB]},
            episode=episode, expect="applied").json
        outcome = summon()["outcome"]
        self.assertEqual((outcome["code"], outcome["ej_mottagare"]), ("kallade_ej_mottagare", [KB]))
        self.say(self.h, "mottagare_andrad", {"lagg_till": [{"hsa_id": KB}]}, episode)
        self.assertNotIn("outcome", summon())


class NoneOfOurs(OwnStory):
    """A11 and B1, told by a vardcentral's coordinator. The patient needs only bistand; we were named by habit. I
    answer ej_berord, and are rid of our tasks; the hospital is told at once and sees who has left and why. When she
    goes home nobody misses a fast vardkontakt of ours.
    """

    region = region.region(fvk_mode="manual")
    start_at = "2026-02-10T08:00"

    def test_story(self):
        self.at("2026-02-10T09:00")
        episode = self.admit("2026-02-09T20:00", "2026-02-12T12:00", mottagare=(VC, KB), behov=["socialtjanst"])
        self.assertEqual({task["kind"] for task in self.tasks(episode, VC)},
                         {"kvittera_inskrivningsmeddelande", "utse_fast_vardkontakt"})
        self.at("2026-02-10T10:00")
        heads = self.heads()
        self.say(self.vc, "ej_berord", {"orsak": "bara bistand"}, episode)
        self.assertEqual(self.told(H, heads[H], "episode."), ["episode.ej_berord"])
        left = self.mottagare(episode, VC)
        self.assertEqual((left["active"], left["uttrade"]), (False, "ej_berord"))
        self.assertEqual(self.tasks(episode, VC), [])
        self.assertEqual(len(self.tasks(episode, VC, status="cancelled")), 2)
        self.assertEqual(self.vc.get(f"/v1/episodes/{episode}").status, 404)
        heads = self.heads()
        self.home("2026-02-12T13:00")
        self.assertEqual(self.breaches(episode, "B1"), [])
        self.assertEqual(self.told(VC, heads[VC]), [], "no more notices")
        self.assertEqual(self.tasks(episode, H, "omdirigera", None), [], "nothing to re-route")


class Proposal(OwnStory):
    """B4 and B5, told by a verksamhetschef. samordnad may only propose; I have a standing decision for when we are
    slow. Of the first patient I confirm Anna on Tuesday. Nobody looks at the second one: 24 hours before she is to
    go home samordnad appoints by my decision and cites it. Then I revoke nothing, but the decision has ended when
    the third comes: he goes home without, and that is our breach.
    """

    region = at_vc(fvk_mode="propose", decision_to="2026-02-16T00:00:00+01:00")
    start_at = "2026-02-10T07:00"

    def chosen(self, episode):
        return next(fvk for fvk in self.view(episode)["fast_vardkontakt"] if fvk["unit"] == VC)

    def test_story(self):
        self.at("2026-02-10T08:00")
        first = self.admit("2026-02-09T20:00", "2026-02-13T12:00")
        second = self.admit("2026-02-09T20:00", "2026-02-13T12:00", "V2", number=1)
        self.assertEqual(self.told(VC, what="fast_vardkontakt"), ["fast_vardkontakt.proposed"] * 2)
        for episode in (first, second):
            proposed = self.chosen(episode)
            self.assertEqual((proposed["staff"], proposed["foreslagen"]["hsa_id"]), (None, ANNA))
            self.assertTrue(proposed["ranking"][0]["skal"], "why this person")
        self.at("2026-02-10T10:00")
        self.say(self.vc, "fast_vardkontakt", {"atgard": "bekrafta", "staff": ANNA, "utsedd_av": CECILIA,
                                               "from_at": wire("2026-02-10T10:00")}, first)
        self.assertEqual(self.fvk(first), (ANNA, ANNA))
        self.assertEqual(self.chosen(first)["utsedd_av"], CECILIA)
        self.at("2026-02-12T11:59")
        self.assertIsNone(self.chosen(second)["staff"])
        self.at("2026-02-12T12:00")
        self.assertEqual(self.fvk(second), (ANNA, ANNA), "24 h before")
        self.assertEqual(self.chosen(second)["standing_decision"]["beslutad_av"], CECILIA, "cited")
        self.assertEqual(self.tasks(second, VC, "utse_fast_vardkontakt"), [])

        self.at("2026-02-16T08:00")
        third = self.admit("2026-02-15T20:00", "2026-02-18T12:00", "V3", number=2)
        self.at("2026-02-17T13:00")
        self.assertIsNone(self.chosen(third)["staff"], "no decision in force")
        self.home("2026-02-18T12:00", "V3")
        missed, = self.breaches(third, "B1")
        self.assertEqual((missed["unit"], missed["cause"]), (VC, "unit_late"))
        self.assertEqual(self.told(KB, what="fast_vardkontakt.missing"), ["fast_vardkontakt.missing"])


class LifeThreatening(OwnStory):
    """B3, B6, B13 and B14, told by a verksamhetschef. A dying woman is to come home Friday. Our physician David is
    away until Wednesday without a deputy and only Anna, distriktsskoterska, is at work: samordnad finds nobody and
    asks me, urgently. I try Anna and am told that it must be a physician. On Wednesday David is back and I appoint
    him, with Anna beside.
    """

    region = at_vc([region.person(DAVID, "David Sten", "lakare", absences=[
        {"from_at": "2026-02-01T00:00:00+01:00", "to_at": "2026-03-01T00:00:00+01:00"}])])
    start_at = "2026-02-10T07:00"

    def appoint(self, staff, episode, at, result="applied", **more):
        return self.say(self.vc, "fast_vardkontakt", {
            "atgard": "utse", "staff": staff, "utsedd_av": CECILIA, "from_at": wire(at), **more}, episode, result)

    def test_story(self):
        self.at("2026-02-10T08:00")
        episode = self.admit("2026-02-09T20:00", "2026-02-13T12:00", livshotande=True)
        urgent, = self.tasks(episode, VC, "utse_fast_vardkontakt")
        self.assertEqual(urgent["staff"], CECILIA, "B6: nobody is left to rank")
        self.assertEqual(self.view(episode)["fast_vardkontakt"], [])
        self.at("2026-02-10T09:00")
        answer = self.appoint(ANNA, episode, "2026-02-10T09:00", "recorded")
        self.assertEqual(answer.json["outcome"]["code"], "fvk_maste_vara_lakare", "B3")
        self.assertEqual(len(self.tasks(episode, VC, "utse_fast_vardkontakt")), 1, "it stands")

        self.at("2026-02-11T08:00")
        self.vc.post_message("personal", {"staff": DAVID, "atgard": "ater", "from_at": wire("2026-02-11T08:00")},
                             source=VC, expect="applied")
        self.at("2026-02-11T09:00")
        self.appoint(DAVID, episode, "2026-02-11T09:00")
        self.assertEqual(self.fvk(episode), (DAVID, DAVID))
        self.assertEqual(self.tasks(episode, VC, "utse_fast_vardkontakt"), [])
        self.appoint(ANNA, episode, "2026-02-11T09:00", jamte=True)
        fvk, = self.view(episode)["fast_vardkontakt"]
        self.assertEqual((fvk["staff"]["hsa_id"], fvk["jamte"]["hsa_id"]), (DAVID, ANNA), "B14")
        self.home("2026-02-13T12:00")
        self.assertEqual(self.breaches(episode, "B1"), [])


class AnotherTime(OwnStory):
    """D8, D11 and D6, told by a municipal nurse. The vardcentral calls us, the social services and the patient's
    daughter to Tuesday one o'clock. I cannot then, and offer Thursday; the social services come. The vardcentral
    has to find another time, though it has done its duty of three days. It moves the meeting to Thursday; the
    patient does not want the social services there, and they are told that it is off for them. I say yes, and
    nobody has anything left to do before it.
    """

    region = region.region()
    start_at = "2026-02-09T21:00"

    def test_story(self):
        self.at("2026-02-10T09:00")
        episode = self.admit("2026-02-09T20:00", "2026-02-13T12:00")
        self.ready("2026-02-11T09:00")
        daughter = {"namn": "Test Narstaende", "roll": "narstaende"}
        self.summon(episode, "2026-02-11T10:00", "2026-02-17T13:00", "2026-02-17T14:00", [KH, KB, daughter])
        self.assertEqual(self.tasks(episode, VC, "kalla_till_sip"), [], "D1 is met")
        self.at("2026-02-11T11:00")
        heads = self.heads()
        self.say(self.kb, "kallelse_svar", {"svar": "ja"}, episode)
        self.assertEqual(self.tasks(episode, VC, "boka_om_sip"), [])
        self.say(self.kh, "kallelse_svar", {"svar": "annan_tid", "forslag_at": wire("2026-02-19T09:00")}, episode)
        self.assertEqual(self.told(VC, heads[VC], "sip."), ["sip.svar"] * 2)
        self.assertEqual(len(self.tasks(episode, VC, "boka_om_sip")), 1)
        self.assertEqual(self.tasks(episode, KH, "kvittera_kallelse"), [], "answered is acknowledged")
        answer = self.mottagare(episode, KH)
        self.assertEqual(answer["svar"], "annan_tid")
        self.same(answer["forslag_at"], "2026-02-19T09:00")
        self.assertEqual(self.tasks(episode, VC, "kalla_till_sip"), [], "not D1 anew")

        heads = self.heads()
        self.summon(episode, "2026-02-12T10:00", "2026-02-19T09:00", "2026-02-19T10:00", [KH, daughter], "omboka",
                    strukna=[KB])
        self.assertEqual(self.told(KB, heads[KB], "sip."), ["sip.cancelled"], "struck by the patient")
        self.assertEqual(self.told(KH, heads[KH], "sip."), ["sip.rebooked"])
        self.assertTrue(self.mottagare(episode, KB)["struken"])
        self.same(self.view(episode)["sip"]["mote"]["start_at"], "2026-02-19T09:00")
        self.assertEqual(self.tasks(episode, VC, "boka_om_sip"), [])
        self.say(self.kh, "kallelse_svar", {"svar": "ja"}, episode)
        self.at("2026-02-19T09:00")
        self.assertEqual(self.breaches(episode, "D1"), [])
        for unit in (VC, KH, KB):
            self.assertEqual([task["kind"] for task in self.tasks(episode, unit) if "sip" in task["kind"]
                              or "kallelse" in task["kind"]], [], unit)


class NoShow(OwnStory):
    """D7, told by a vardcentral's coordinator. The patient never comes to the meeting. I tell it, and we have to
    look into why; a new meeting is called for the week after. There the plan is made, though nobody writes down
    what the patient is to do herself: I am asked for that, and tell it the day after. Then only the follow-up is
    left, and in March we close the plan.
    """

    region = region.region(deputy=None)
    start_at = "2026-02-09T21:00"
    PLAN = {"insatser": ["hemsjukvard", "rehabilitering"], "region": ["rehabilitering"], "kommun": ["hemsjukvard"],
            "andra": [], "overgripande_ansvar": "kommun", "mal": ["kunna ga till affaren"],
            "deltagare": ["Test Testsson"], "samordningsansvarig": ANNA, "uppfoljning_at": wire("2026-03-18T13:00")}

    def held(self, episode, at, utfall, hallen_at, plan=None):
        self.at(at)
        return self.say(self.vc, "sip", {"hallen_at": wire(hallen_at), "utfall": utfall,
                                         **({"plan": plan} if plan else {})}, episode)

    def test_story(self):
        self.at("2026-02-10T09:00")
        episode = self.admit("2026-02-09T20:00", "2026-02-11T12:00")
        self.ready("2026-02-10T10:00")
        self.summon(episode, "2026-02-10T11:00", "2026-02-12T13:00", "2026-02-12T14:00")
        self.home("2026-02-11T12:00")
        heads = self.heads()
        self.held(episode, "2026-02-12T15:00", "uteblev", "2026-02-12T13:00")
        self.assertEqual(len(self.tasks(episode, VC, "utred_utebliven_sip")), 1)
        self.assertEqual(self.told(KB, heads[KB], "sip."), ["sip.held"])
        self.assertEqual(self.view(episode)["sip"]["utfall"], "uteblev")

        self.summon(episode, "2026-02-13T09:00", "2026-02-18T13:00", "2026-02-18T14:00")
        answer = self.held(episode, "2026-02-18T15:00", "genomford", "2026-02-18T13:00", self.PLAN)
        self.assertEqual(answer.json["outcome"]["code"], "plan_ofullstandig")
        self.assertEqual(self.tasks(episode, VC, "utred_utebliven_sip"), [])
        self.assertEqual(len(self.tasks(episode, VC, "komplettera_sip")), 1)
        self.held(episode, "2026-02-19T09:00", "genomford", "2026-02-18T13:00",
                  {**self.PLAN, "patientens_del": "trana varje dag"})
        self.assertEqual(self.tasks(episode, VC, "komplettera_sip"), [])
        duty, = self.tasks(episode, VC, "folj_upp_sip")
        self.same(duty["due_at"], "2026-03-18T13:00")
        sip = self.view(episode)["sip"]
        self.assertEqual((sip["utfall"], sip["overgripande_ansvar"]), ("genomford", "kommun"))

        self.at("2026-03-11T13:00")
        heads = self.heads()
        self.at("2026-03-17T10:00")
        self.say(self.vc, "sip_uppfoljning", {"hallen_at": wire("2026-03-17T09:00"), "avslutad": True}, episode)
        self.assertEqual(self.tasks(episode, VC, "folj_upp_sip"), [])
        self.assertEqual(self.told(KH, heads[KH], "sip."), ["sip.follow_up"])
        self.assertTrue(self.view(episode)["sip"]["avslutad"])


class WeekendAtHome(OwnStory):
    """G2, G3 and permission, told by a ward nurse. On Friday we move the patient to Geriatrik; their tasks are
    theirs from then on. From noon she is at home on permission until Monday; no unit is reminded of the
    inskrivningsmeddelande it has not acknowledged. She comes back, and the reminder follows. But the physician
    called her ready on Thursday: the three days of the kallelse went on all the time.
    """

    region = with_units({"hsa_id": H2, "namn": "Geriatrik 2", "slag": "slutenvard", "region": region.REGION})
    start_at = "2026-02-11T21:00"

    def test_story(self):
        h2 = self.client("geriatriken", ["hospital"], [H2])
        self.at("2026-02-12T14:00")
        episode = self.admit("2026-02-11T20:00", "2026-02-18T12:00", mottagare=(VC, KH))
        self.ready("2026-02-12T15:00")
        before = self.view(episode)["clocks"]
        self.at("2026-02-13T08:30")
        heads = self.heads()
        self.send(self.h, "overflyttning", {"avdelning": "Geriatrik 2", "enhet": H2, "at": wire("2026-02-13T08:30")},
                  "V1")
        self.assertEqual(self.told(KH, heads[KH], "episode."), ["episode.overflyttning"])
        self.assertEqual(self.view(episode)["hospital"]["unit"], H2)
        self.send(self.h, "permission", {"from_at": wire("2026-02-13T08:30"), "to_at": wire("2026-02-16T08:00")}, "V1")
        self.assertIn("episode.permission", self.told(KH, heads[KH]))
        unanswered = [task["id"] for task in self.tasks(episode, KH) if task["kind"].startswith("kvittera")]
        self.assertEqual(len(unanswered), 2)

        heads = self.heads()
        self.at("2026-02-16T07:59")
        reminded = [notice for notice in self.kh.feed(KH, after=heads[KH]) if notice["data"].get("task") in unanswered]
        self.assertEqual(reminded, [], "kvittens waits")
        alarm, = [breach for breach in self.view(episode)["breaches"] if breach["rule"] == "D1"] or [None]
        self.assertIsNone(alarm, "the last day is a Sunday: no breach yet")
        self.assertIn("task.overdue", self.told(VC, heads[VC]), "but the alarm of D1 has gone")
        self.assertEqual(self.view(episode)["clocks"], before, "nothing has moved")
        self.at("2026-02-16T12:00")
        self.assertTrue([notice for notice in self.kh.feed(KH, after=heads[KH])
                         if notice["data"].get("task") in unanswered], "she is back: now it comes")
        self.at("2026-02-17T00:00")
        self.assertEqual([breach["cause"] for breach in self.breaches(episode, "D1")], ["unit_late"])
        self.at("2026-02-17T10:00")
        self.say(h2, "utskrivning", {"utskriven_at": wire("2026-02-17T10:00"), "destination": "ordinart"}, episode)
        self.assertTrue(self.tasks(episode, H2, "utskrivningsinformation"), "the new ward's")
        self.assertEqual(self.tasks(episode, H), [])


class Withheld(OwnStory):
    """C1a and F2, told by a ward nurse. The patient forbids us to tell the social services that she is ready; the
    chief physician decides so. They hear nothing, and their kommun owes nothing, though the kommun's nurses were
    told. On Friday she has changed her mind; I send it anew without the reservation: the social services have it
    from then, and the kommun's days run from that notice.
    """

    region = region.region()
    start_at = "2026-02-09T21:00"

    def test_story(self):
        self.at("2026-02-10T09:00")
        episode = self.admit("2026-02-09T20:00", "2026-02-13T12:00")
        heads = self.heads()
        self.ready("2026-02-10T10:00", undanhallen=[
            {"mottagare": KB, "orsak": "patienten motsatter sig", "beslutad_av": "Chefsoverlakaren"}])
        self.assertEqual(self.told(KB, heads[KB], "episode."), [], "nothing that speaks of it")
        self.assertEqual(self.tasks(episode, KB, "kvittera_utskrivningsklar"), [])
        self.assertEqual(self.told(KH, heads[KH], "episode."), ["episode.utskrivningsklar"])
        self.assertTrue(self.mottagare(episode, KB)["undanhallen"])
        self.summon(episode, "2026-02-10T11:00", "2026-02-17T13:00", "2026-02-17T14:00")
        owed = self.view(episode)["betalningsansvar"]
        self.assertEqual((owed["standing"], owed["days"]), ("not_yet", 0))
        self.assertIn("undanhallen", owed["grounds"])

        self.at("2026-02-13T09:00")
        self.assertEqual(self.view(episode)["betalningsansvar"]["standing"], "not_yet")
        heads = self.heads()
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-02-13T09:00")}, "V1", "recorded")
        self.assertEqual(self.told(KB, heads[KB], "episode."), ["episode.utskrivningsklar"])
        self.assertEqual(len(self.tasks(episode, KB, "kvittera_utskrivningsklar")), 1)
        self.assertFalse(self.mottagare(episode, KB)["undanhallen"])
        owed = self.view(episode)["betalningsansvar"]
        self.same(owed["from"], "2026-02-16T00:00", "F2: the last unit's notice counts")
        self.at("2026-02-18T12:00")
        self.assertEqual(self.view(episode)["betalningsansvar"]["days"], 2)


class PlanAtHand(OwnStory):
    """E3, told by a patient. They held the meeting about my plan without a kallelse; what I am given says that I have
    one, not that none is planned.
    """

    region = region.region()
    start_at = "2026-05-03T21:00"

    def test_story(self):
        self.at("2026-05-04T08:00")
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00")
        self.ready("2026-05-04T09:00")
        self.at("2026-05-05T15:00")
        self.say(self.vc, "sip", {"hallen_at": wire("2026-05-05T13:00"), "utfall": "genomford", "plan": {
            "insatser": ["hemtjanst"], "region": [], "kommun": ["hemtjanst"], "andra": [],
            "overgripande_ansvar": "kommun"}}, episode, None)
        self.home("2026-05-06T12:00")
        text = self.view(episode)["patientinformation"]["text"]
        self.assertIn("Du har en SIP. Den gäller.", text)
        self.assertNotIn("Ingen SIP är planerad", text)


class WaitingForCare(OwnStory):
    """F3, F7 and F5, told by a bistandshandlaggare. She is ready on Monday, but the vardcentral has nobody for her
    wound care: it says so, and what would have been our first day is blocked, which hospital and we are told. On
    Friday they have, and are told that the block has ended. From Saturday it is ours, until she goes home on Monday
    at ten: two days. samordnad sends no bill, and does not guess an amount.
    """

    region = region.region()
    start_at = "2026-02-08T21:00"

    def status(self, at, word):
        self.at(at)
        self.say(self.vc, "insatser_status", {"status": word, "from_at": wire(at)}, self.episode)

    def test_story(self):
        self.at("2026-02-09T08:00")
        self.episode = self.admit("2026-02-08T20:00", "2026-02-12T12:00")
        self.ready("2026-02-09T09:00")
        self.summon(self.episode, "2026-02-09T10:00", "2026-02-17T13:00", "2026-02-17T14:00")
        heads = self.heads()
        self.status("2026-02-10T10:00", "ej_tillganglig")
        self.assertEqual(self.told(KB, heads[KB], "episode."), ["episode.insatser"])
        self.at("2026-02-12T09:00")
        owed = self.view(self.episode)["betalningsansvar"]
        self.assertEqual((owed["standing"], owed["days"]), ("blocked", 0))
        self.assertIn("insatser_ej_tillgangliga", owed["grounds"])
        for unit in (H, KH, KB):
            self.assertEqual(self.told(unit, heads[unit], "betalningsansvar"), ["betalningsansvar.blocked"], unit)
        self.assertEqual(self.told(VC, heads[VC], "betalningsansvar"), [], "not the region's units")

        heads = self.heads()
        self.status("2026-02-13T14:00", "tillganglig")
        self.same(self.view(self.episode)["betalningsansvar"]["from"], "2026-02-14T00:00", "F3: the next local date")
        self.at("2026-02-13T23:59")
        self.assertEqual(self.told(KB, heads[KB], "betalningsansvar"), ["betalningsansvar.ended"], "the block")
        self.at("2026-02-14T09:00")
        for unit in (H, KH, KB):
            self.assertEqual(self.told(unit, heads[unit], "betalningsansvar"),
                             ["betalningsansvar.ended", "betalningsansvar.starts"], unit)
        heads = self.heads()
        self.home("2026-02-16T10:00")
        owed = self.view(self.episode)["betalningsansvar"]
        self.assertEqual((owed["days"], owed["kronor"]), (2, None), "F5: of 2026 no amount is known")
        self.assertEqual(self.told(KB, heads[KB], "betalningsansvar"), ["betalningsansvar.ended"])


class Downtime(OwnStory):
    """C5 and F9, told by a ward nurse. Our system is down from eight on Monday. At 08:30 the physician calls two
    patients ready; both notices are written at 08:45 and wait. Of the first I have phoned vardcentral and kommun at
    08:40, and the notice says so; of the other nobody phoned. At three the system is back and both go out. The
    first counts from the morning; the other came more than a quarter of an hour after it was sent, and is
    contested: both results are shown.
    """

    region = region.region()
    start_at = "2026-02-08T21:00"

    def late(self, encounter, **more):
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-02-09T08:30"), **more}, encounter,
                  time="2026-02-09T08:45")

    def test_story(self):
        self.at("2026-02-09T07:00")
        phoned = self.admit("2026-02-08T20:00", "2026-02-10T12:00")
        silent = self.admit("2026-02-08T20:00", "2026-02-10T12:00", "V2", number=1)
        self.at("2026-02-09T15:00")
        self.late("V1", reservrutin={"lamnad_at": wire("2026-02-09T08:40"), "av": CECILIA,
                                     "till": "Vardcentralen och kommunen, per telefon"})
        self.late("V2")
        self.same(self.mottagare(phoned, KB)["lamnad_at"], "2026-02-09T08:40", "C5")
        self.assertGreaterEqual(local(self.mottagare(silent, KB)["lamnad_at"]), local("2026-02-09T15:00"))
        self.summon(phoned, "2026-02-09T16:00", "2026-02-17T13:00", "2026-02-17T14:00")
        self.summon(silent, "2026-02-09T16:00", "2026-02-17T14:00", "2026-02-17T15:00")
        first, second = (self.view(episode)["betalningsansvar"] for episode in (phoned, silent))
        self.assertEqual((first["standing"], first["grounds"]), ("starts", []))
        self.same(first["from"], "2026-02-12T00:00", "F1, before noon")
        self.assertEqual(second["standing"], "contested")
        self.assertIn("sent_at_lag", second["grounds"], "F9")
        self.same(second["from_as_sent"], "2026-02-12T00:00")
        self.same(second["from_as_arrived"], "2026-02-13T00:00", "after noon")


class AskedForAtHome(OwnStory):
    """B12, D10 and D7, told by a bistandshandlaggare. A man who lives at home, in no hospital, asks his vardcentral
    for a fast vardkontakt. The vardcentral has three working days and names Anna the next day. In March we find
    that he needs a plan together with health care and say so: the file is his own. Anna calls us to a meeting, the
    plan is made and looked at again in April, and closed. No clock of the law runs, and no hospital hears of it.
    """

    region = region.region(fvk_mode="propose", decision=False)
    start_at = "2026-02-12T08:00"

    def of_patient(self, client, message, data, result="applied"):
        return client.post_message(message, {"patient": {"identitet": NUMBER}, **data}, expect=result)

    def test_story(self):
        self.at("2026-02-12T10:00")  # a Thursday
        self.of_patient(self.vc, "begaran_fast_vardkontakt", {"at": wire("2026-02-12T10:00")})
        duty, = self.vc.tasks(VC, status="open")
        self.assertEqual(duty["kind"], "utse_fast_vardkontakt")
        self.assertGreater(local(duty["due_at"]), local("2026-02-16T00:00"), "three working days")
        self.assertLessEqual(local(duty["due_at"]), local("2026-02-18T00:00"))
        self.assertEqual(self.told(VC, what="fast_vardkontakt"), ["fast_vardkontakt.proposed"], "the same ranking")
        self.at("2026-02-13T09:00")
        self.of_patient(self.vc, "fast_kontakt", {"slag": 1, "staff": ANNA, "atgard": "utse",
                                                  "from_at": wire("2026-02-13T09:00")})
        self.assertEqual(self.vc.tasks(VC, status="open"), [])

        self.at("2026-03-02T09:00")
        self.of_patient(self.kb, "samtycke", {"omfattning": "sip", "status": "lamnat", "at": wire("2026-03-02T09:00")})
        self.of_patient(self.kb, "sip_behov", {"behov": "ny", "orsak": "flera insatser"})
        self.at("2026-03-03T09:00")
        answer = self.of_patient(self.vc, "sip_kallelse", {
            "atgard": "skicka", "skickad_av": ANNA, "at": wire("2026-03-03T09:00"),
            "mote": {"start_at": wire("2026-03-10T13:00"), "end_at": wire("2026-03-10T14:00"), "form": "telefon"},
            "kallade": [KH, KB]})
        own = answer.json["episode"]["id"]
        self.assertEqual(duty["episode"], own, "one file of the patient's own")
        self.assertEqual(self.told(KB, what="sip.kallelse"), ["sip.kallelse"])
        self.assertEqual([task["kind"] for task in self.kb.tasks(KB, status="open")], ["kvittera_kallelse"])
        self.at("2026-03-10T15:00")
        self.of_patient(self.vc, "sip", {"hallen_at": wire("2026-03-10T13:00"), "utfall": "genomford",
                                         "plan": {**NoShow.PLAN, "patientens_del": "trana",
                                                  "uppfoljning_at": wire("2026-04-14T13:00")}})
        follow_up, = self.vc.tasks(VC, status="open")
        self.assertEqual(follow_up["kind"], "folj_upp_sip")
        self.same(follow_up["due_at"], "2026-04-14T13:00")
        clocks = self.kb.episode(own)["clocks"]
        self.assertEqual([name for name, at in clocks.items() if at is not None], [], "no clock of the law")
        self.at("2026-04-14T12:00")
        self.of_patient(self.vc, "sip_uppfoljning", {"hallen_at": wire("2026-04-14T11:00"), "avslutad": True})
        self.assertEqual(self.vc.tasks(VC, status="open"), [])
        self.assertEqual(self.told(H), [], "no hospital hears of it")


class NoInformation(OwnStory):
    """G5, told by a municipal nurse. A woman on the orthopaedic ward does not want us to be told about her. I get
    the notice all the same, since the law says so: number, name, address, and when she is expected home, from
    "Sjukhuset" and no ward; the clocks and my own tasks. Not why, since when, who else was told, who her fast
    vardkontakt is or what they do. The vardcentral sees its own part in the same way, the hospital all of it. On
    Wednesday she gives samtycke, and I see the whole.
    """

    region = with_units({"hsa_id": H2, "namn": "Ortopeden", "sjukhus": "Sjukhuset", "slag": "slutenvard", "region": region.REGION})
    start_at = "2026-02-09T21:00"
    FOUR = {"identitet", "skyddade_personuppgifter", "namn", "folkbokforingsadress"}

    def units_in(self, view):
        """Whose names stand anywhere in a view, the patient's listing and the history's words among them."""
        text = json.dumps(view)
        return {unit for unit in (H, H2, VC, KH, KB, ANNA, CECILIA) if f'"{unit}"' in text}

    def test_story(self):
        h2 = self.h = self.client("ortopeden", ["hospital"], [H2])
        self.at("2026-02-10T09:00")
        data = region.inskrivningsmeddelande(wire("2026-02-09T20:00"), wire("2026-02-13T12:00"))
        data["samtycke"]["informationsdelning"] = "nekat"
        episode = self.send(h2, "inskrivningsmeddelande", data, "V1")
        self.at("2026-02-10T10:00")
        self.say(self.kb, "kvittens", {"task": self.tasks(episode, KB)[0]["id"]}, episode)
        self.send(h2, "utskrivningsklar", {"klar_at": wire("2026-02-10T10:00")}, "V1")

        kh = self.kh.episode(episode)
        self.assertEqual(set(kh["patient"]), self.FOUR)
        self.assertEqual(kh["hospital"], {"org": "2321000016", "namn": "Sjukhuset"})
        self.same(kh["beraknad_utskrivning_at"], "2026-02-13T12:00")
        self.assertNotIn("inskriven_at", kh)
        self.same(kh["clocks"]["sip_kallelse_due_before"], "2026-02-14T00:00", "the clocks")
        self.assertEqual([m["unit"] for m in kh["mottagare"]], [KH])
        self.assertEqual(kh["fast_vardkontakt"], [])
        self.assertEqual({task["unit"] for task in kh["tasks"]}, {KH})
        self.assertEqual(self.units_in(kh), {KH})
        self.assertNotIn("Avdelning 21", json.dumps(kh))
        self.assertIsNone(kh["patientinformation"])
        self.assertEqual({row["by"] for row in kh["history"]}, {"Sjukhuset"})
        self.assertFalse([row for row in kh["history"] if "data" in row], "nor what was written")
        vc = self.vc.episode(episode)
        self.assertEqual([fvk["staff"]["hsa_id"] for fvk in vc["fast_vardkontakt"]], [ANNA], "its own")
        self.assertLessEqual(self.units_in(vc), {VC, ANNA, CECILIA})
        whole = self.view(episode)
        self.assertEqual(whole["hospital"]["unit"], H2)
        self.assertLessEqual({H2, VC, KH, KB, ANNA}, self.units_in(whole))

        self.at("2026-02-11T09:00")
        self.send(h2, "samtycke", {"omfattning": "informationsdelning", "status": "lamnat",
                                   "at": wire("2026-02-11T09:00")}, "V1")
        kh = self.kh.episode(episode)
        self.assertEqual(kh["hospital"]["unit"], H2)
        self.same(kh["inskriven_at"], "2026-02-09T20:00")
        self.assertEqual({m["unit"] for m in kh["mottagare"]}, {VC, KH, KB})
        self.assertEqual([fvk["staff"]["hsa_id"] for fvk in kh["fast_vardkontakt"]], [ANNA])


class ReserveNumber(OwnStory):
    """G4, told by a ward nurse. He has no papers and gets a reserve number; vardcentral and kommun are told of him
    by it. On Wednesday we know who he is. I write his personnummer in its place: it is the same stay with the same
    Anna, and whoever looks for him by either number finds it. On Thursday it turns out that I took the wrong man's:
    I annul it, and by that number nobody is found any more.
    """

    region = region.region()
    start_at = "2026-02-09T21:00"
    RESERVE = {"system": "1.2.752.74.9.1", "varde": "RES-4711"}

    def found(self, client, identitet):
        answer = client.request("POST", "/v1/episodes/search", {"patient": {"identitet": identitet}})
        return [row["id"] for row in answer.json["episodes"]]

    def test_story(self):
        self.at("2026-02-10T09:00")
        data = region.inskrivningsmeddelande(wire("2026-02-09T20:00"), wire("2026-02-13T12:00"))
        data["patient"]["identitet"] = self.RESERVE
        data["patient"]["namn"] = "Okand man"
        episode = self.send(self.h, "inskrivningsmeddelande", data, "V1")
        self.assertEqual((self.found(self.kb, self.RESERVE), self.found(self.kb, NUMBER)), ([episode], []))
        self.at("2026-02-11T09:00")
        heads = self.heads()
        self.send(self.h, "patient_uppdaterad", {"patient": {"identitet": NUMBER, "namn": "Test Testsson"},
                                                 "ersatter": self.RESERVE}, "V1", id="identiteten")
        for client in (self.h, self.kb):
            self.assertEqual(self.found(client, NUMBER), [episode])
            self.assertEqual(self.found(client, self.RESERVE), [episode], "beside the former")
        self.assertEqual(self.told(KB, heads[KB]), ["episode.patient_uppdaterad"])
        seen = self.kb.episode(episode)["patient"]
        self.assertEqual((seen["identitet"], seen["namn"]), (NUMBER, "Test Testsson"))
        self.assertEqual(self.fvk(episode), (ANNA, ANNA), "the same stay")

        self.at("2026-02-12T09:00")
        heads = self.heads()
        self.send(self.h, "makulering", {"message_id": "identiteten", "orsak": "fel person"}, "V1")
        self.assertEqual((self.found(self.kb, self.RESERVE), self.found(self.kb, NUMBER)), ([episode], []))
        self.assertEqual(self.told(KB, heads[KB]), ["episode.patient_uppdaterad"], "taken back")
        self.assertEqual(self.kb.episode(episode)["patient"]["identitet"], self.RESERVE)


class Barred(OwnStory):
    """B11 and G8, told by a municipal nurse. I open the register to see who looks after a patient of ours: Anna at
    the vardcentral, her own doctor there, and our own omsorgskontakt at the social services. The patient has the
    vardcentral's journal barred: Anna and the doctor are gone from my list, while the vardcentral sees its own as
    before; the stay's notices come all the same. The bar is lifted, and I see them again; samtycke withdrawn, and
    they are gone.
    """

    region = at_vc([region.person(DAVID, "David Sten", "lakare")])
    start_at = "2026-02-09T21:00"

    def contacts(self, client):
        patient, = client.request("POST", "/v1/patients/search", {"identitet": NUMBER}).json["patients"]
        answer = client.get(f"/v1/patients/{patient['id']}/contacts")
        self.assertEqual(answer.status, 200, answer)
        return [(contact["slag"], contact["staff"]["hsa_id"]) for contact in answer.json["contacts"]]

    def of_patient(self, client, message, **data):
        client.post_message(message, {"patient": {"identitet": NUMBER}, **data}, expect="applied")

    def test_story(self):
        self.at("2026-02-10T09:00")
        episode = self.admit("2026-02-09T20:00", "2026-02-13T12:00")
        self.of_patient(self.vc, "fast_kontakt", slag=2, staff=DAVID, atgard="utse", from_at=wire("2026-02-10T09:00"))
        both = [(1, ANNA), (2, DAVID)]
        self.assertEqual(self.contacts(self.vc), both)
        self.assertEqual(self.contacts(self.kh), both, "with samtycke, across vardgivare")
        self.at("2026-02-10T10:00")
        self.of_patient(self.vc, "sparr", atgard="satt", at=wire("2026-02-10T10:00"))
        self.assertEqual((self.contacts(self.kh), self.contacts(self.vc)), ([], both))
        heads = self.heads()
        self.ready("2026-02-11T09:00")
        self.assertEqual(self.told(KH, heads[KH], "episode."), ["episode.utskrivningsklar"], "bars no notice")
        self.at("2026-02-11T10:00")
        self.of_patient(self.vc, "sparr", atgard="havd", at=wire("2026-02-11T10:00"))
        self.assertEqual(self.contacts(self.kh), both)
        self.at("2026-02-11T11:00")
        self.send(self.h, "samtycke", {"omfattning": "informationsdelning", "status": "aterkallat",
                                       "at": wire("2026-02-11T11:00")}, "V1")
        self.assertEqual((self.contacts(self.kh), self.contacts(self.vc)), ([], both))
        self.assertEqual(self.fvk(episode), (ANNA, ANNA))


class ProposedWhoLeaves(OwnStory):
    """B13, B4, told by a vårdcentral's coordinator. Anna is proposed as fast vårdkontakt. Before anybody has confirmed it
    she gives notice and leaves at once; from that moment it is David who is proposed. When he leaves too, nobody is, and
    the head is asked, urgently (B6). It was a mistake: David stays, and is proposed again.
    """

    region = at_vc([region.person(DAVID, "David Sten", "lakare")], fvk_mode="propose", decision=False)
    start_at = "2026-06-28T21:00"

    def test_story(self):
        self.at("2026-06-29T09:00")
        episode = self.admit("2026-06-28T20:00", "2026-07-03T12:00")
        proposed = self.view(episode)["fast_vardkontakt"][0]["foreslagen"]["hsa_id"]
        self.at("2026-06-29T10:00")
        heads = self.heads()
        self.vc.post_message("personal", {"staff": proposed, "atgard": "slutar", "from_at": wire("2026-06-29T10:00")},
                             source=VC, expect="applied")
        self.assertNotEqual(self.view(episode)["fast_vardkontakt"][0]["foreslagen"]["hsa_id"], proposed)
        self.assertEqual(self.told(VC, heads[VC]), ["fast_vardkontakt.proposed"])
        self.at("2026-06-29T11:00")
        self.vc.post_message("personal", {"staff": DAVID, "atgard": "slutar", "from_at": wire("2026-06-29T11:00")},
                             source=VC, expect="applied")
        self.assertEqual(self.view(episode)["fast_vardkontakt"], [])
        self.assertEqual([task["staff"] for task in self.tasks(episode, VC, "utse_fast_vardkontakt")], [CECILIA])
        self.at("2026-06-29T12:00")
        self.vc.post_message("personal", {"staff": DAVID, "atgard": "ater", "from_at": wire("2026-06-29T12:00")},
                             source=VC, expect="applied")
        self.assertEqual(self.view(episode)["fast_vardkontakt"][0]["foreslagen"]["hsa_id"], DAVID)
        self.assertEqual(self.database.value(f"select slutar_at is null from samordnad.staff where hsa_id = '{DAVID}'"), "t")


class Holidays(OwnStory):
    """B13 and B6, told by a verksamhetschef. I enter July's holidays. Anna is away from Tuesday for two weeks with
    Bo as her deputy: her patient keeps her, and Bo acts. On Wednesday Bo says that he cannot; I enter it, now
    without a deputy, and have an urgent task of her patient at once. I name David. When Anna is back nothing of
    that patient is hers any more, and nobody is told of it.
    """

    region = at_vc([region.person(DAVID, "David Sten", "lakare", fvk=False)], deputy=None)
    start_at = "2026-06-28T21:00"

    def away(self, staff, from_at, to_at, **more):
        self.vc.post_message("personal", {"staff": staff, "atgard": "franvaro", "from_at": wire(from_at),
                                          "to_at": wire(to_at), **more}, source=VC, expect="applied")

    def test_story(self):
        self.at("2026-06-29T09:00")
        episode = self.admit("2026-06-28T20:00", "2026-07-03T12:00")
        self.assertEqual(self.fvk(episode), (ANNA, ANNA))
        self.at("2026-06-29T10:00")
        self.away(ANNA, "2026-06-30T00:00", "2026-07-14T00:00", ersattare=BO)
        self.assertEqual(self.fvk(episode), (ANNA, ANNA), "not yet")
        heads = self.heads()
        self.at("2026-06-30T08:00")
        self.assertEqual(self.fvk(episode), (ANNA, BO))
        self.assertEqual(self.told(KB, heads[KB], "fast_vardkontakt"), ["fast_vardkontakt.changed"], "told once")
        self.assertEqual(self.tasks(episode, VC, "ersatt_fast_vardkontakt"), [])

        self.at("2026-07-01T09:00")
        self.away(ANNA, "2026-07-01T09:00", "2026-07-14T00:00")
        self.assertEqual(self.fvk(episode), (ANNA, None))
        urgent, = self.tasks(episode, VC, "ersatt_fast_vardkontakt")
        self.assertEqual(urgent["staff"], CECILIA, "nobody acts: to the head")
        self.at("2026-07-01T10:00")
        heads = self.heads()
        self.say(self.vc, "fast_vardkontakt", {"atgard": "byt", "staff": DAVID, "utsedd_av": CECILIA,
                                               "from_at": wire("2026-07-01T10:00")}, episode)
        self.assertEqual(self.fvk(episode), (DAVID, DAVID))
        self.assertEqual(self.tasks(episode, VC, "ersatt_fast_vardkontakt"), [])
        for unit in (H, KH, KB):
            self.assertEqual(self.told(unit, heads[unit], "fast_vardkontakt"), ["fast_vardkontakt.changed"], unit)
        self.home("2026-07-03T12:00")
        self.assertEqual(self.breaches(episode, "B1"), [])
        heads = self.heads()
        self.at("2026-07-14T08:00")
        self.assertEqual(self.fvk(episode), (DAVID, DAVID))
        self.assertEqual(self.told(KB, heads[KB], "fast_vardkontakt"), [], "her return is nobody's news")

class TwoContacts(OwnStory):
    """B8, B10 and D9, told by a vardcentral's coordinator. She has two fasta vardkontakter, our Anna and Ylva at the
    psychiatry. When she is ready it is we who are to call the meeting, as primary care. The patient and both agree
    that Ylva shall have the overall responsibility: from then on the duty is the psychiatry's, its three days
    unchanged. Next morning Ylva calls the meeting at a time of her own. I had already written ours, for the kommun's nurses too,
    and send it: it is joined to hers, and they get one meeting, hers.
    """

    region = with_units({
        "hsa_id": PSYK, "namn": "Psykiatrisk oppenvard", "slag": "specialistoppenvard", "region": region.REGION,
        "kommun": region.KOMMUN, "hours": region.OFFICE_HOURS, "verksamhetschef": YLVA,
        "staff": [region.person(YLVA, "Ylva Berg", "lakare")],
        "standing_decisions": [{"beslutad_av": YLVA, "kriterier": "B5", **region.DECIDED}],
        "policies": [{"policy": "fvk_mode", "value": "auto", "from_at": region.FROM_THE_BEGINNING}]})
    start_at = "2026-02-08T21:00"

    def test_story(self):
        psyk = self.client("psykiatrin", ["unit"], [PSYK])
        self.at("2026-02-09T08:00")
        episode = self.admit("2026-02-08T20:00", "2026-02-12T12:00", mottagare=(VC, PSYK, KH, KB))
        self.assertEqual((self.fvk(episode), self.fvk(episode, PSYK)), ((ANNA, ANNA), (YLVA, YLVA)))
        self.ready("2026-02-09T09:00")
        duty, = self.tasks(episode, VC, "kalla_till_sip")
        self.assertEqual(self.tasks(episode, PSYK, "kalla_till_sip"), [])
        self.at("2026-02-09T13:00")
        psyk.post_message("fast_kontakt", {
            "slag": 4, "patient": {"identitet": NUMBER}, "staff": YLVA, "atgard": "utse",
            "from_at": wire("2026-02-09T13:00")}, expect="applied")
        moved, = self.tasks(episode, PSYK, "kalla_till_sip")
        self.same(moved["due_at"], duty["due_at"], "D1 is not moved")
        self.assertEqual(self.tasks(episode, VC, "kalla_till_sip"), [])

        self.at("2026-02-10T09:00")
        self.say(psyk, "sip_kallelse", {
            "atgard": "skicka", "skickad_av": YLVA, "at": wire("2026-02-10T09:00"),
            "mote": {"start_at": wire("2026-02-17T09:00"), "end_at": wire("2026-02-17T10:00"), "form": "telefon"},
            "kallade": [VC, KB]}, episode)
        self.assertEqual(len(self.tasks(episode, PSYK, "kalla_till_sip")), 1, "the kommun's nurses are missing")
        heads = self.heads()
        self.summon(episode, "2026-02-10T10:00", "2026-02-18T13:00", "2026-02-18T14:00", [KH])
        self.same(self.view(episode)["sip"]["mote"]["start_at"], "2026-02-17T09:00", "D9: joined to hers")
        self.assertEqual(self.told(KH, heads[KH], "sip."), ["sip.kallelse"])
        self.assertEqual(self.told(KB, heads[KB], "sip."), [], "one meeting")
        self.assertEqual(self.tasks(episode, PSYK, "kalla_till_sip"), [])
        self.at("2026-02-14T00:00")
        self.assertEqual(self.breaches(episode, "D1"), [])


class HomeInTheEvening(OwnStory):
    """E1, E2 and E3, told by a municipal nurse. She comes home on a Thursday at 21:30; nobody of us had
    acknowledged that she was ready, and that is seen, but it hinders nothing. The paper that she got at the ward
    says who Anna is and when the meeting is. What the ward should have handed over to us has not come when Thursday
    ends, and we are told so; it comes Friday at ten, and says how late.
    """

    region = region.region()
    start_at = "2026-02-08T21:00"

    def test_story(self):
        self.at("2026-02-09T08:00")
        episode = self.admit("2026-02-08T20:00", "2026-02-12T18:00")
        self.ready("2026-02-12T09:00")
        self.summon(episode, "2026-02-12T10:00", "2026-02-17T13:00", "2026-02-17T14:00")
        text = self.view(episode)["patientinformation"]["text"]
        for word in ("Anna Ek", "08-000 00 00", "13.00"):
            self.assertIn(word, text)
        self.home("2026-02-12T21:30")
        self.assertEqual(self.view(episode)["phase"], "utskriven", "never refused")
        self.assertEqual({breach["unit"]: breach["cause"] for breach in self.breaches(episode, "E2")},
                         {VC: "unit_late", KH: "kommun_late", KB: "kommun_late"})
        self.send(self.h, "patientinformation", {"overlamnad_at": wire("2026-02-12T21:30")}, "V1")
        self.assertEqual([task["kind"] for task in self.tasks(episode, H)], ["utskrivningsinformation"])
        heads = self.heads()
        self.at("2026-02-12T23:59:59")
        self.assertEqual(self.told(KH, heads[KH], "episode.information"), [])
        self.at("2026-02-13T00:00")
        for unit in (VC, KH, KB):
            self.assertEqual(self.told(unit, heads[unit], "episode.information"), ["episode.information_forsenad"])
        self.at("2026-02-13T10:00")
        self.send(self.h, "utskrivningsinformation", {"overford_at": wire("2026-02-13T10:00")}, "V1")
        late, = self.breaches(episode, "E1")
        self.same(late["due_at"], "2026-02-13T00:00")
        self.assertEqual((late["cause"], late["late_s"]), ("hospital_late", 10 * 3600))
        self.assertEqual(self.tasks(episode, H), [])


class WhatTheOthersMustKnow(OwnStory):
    """G1 and G2, told by a vardcentral's coordinator. On 8 May our patient is in again, says the hospital, and the
    meeting of the 12th is on hold. An hour later: it was somebody else, the notice is annulled, and the meeting
    stands as it stood. Of another patient the hospital tells of a new stay, and only then that the stay before had
    ended: now we see that they belong together. Of ours the kommun says that she needs another plan for the time at home. On
    the 11th she is in again, and dies. Nothing of hers is asked of anybody any more, in either stay or at home, until the
    ward takes it back: it was the neighbour. Then all is as before.
    """

    region = region.region(fvk_mode="propose", decision=False)
    start_at = "2026-05-01T08:00"

    def open(self):
        return sorted((task["episode"], task["unit"], task["kind"]) for unit, client in self.readers.items()
                      for task in client.tasks(unit, status="open"))

    def test_story(self):
        first = self.admit("2026-05-01T02:00", "2026-05-06T12:00")
        self.say(self.vc, "fast_vardkontakt", {"atgard": "utse", "staff": ANNA, "from_at": wire("2026-05-01T08:00"),
                                               "utsedd_av": CECILIA}, first)
        self.ready("2026-05-04T09:00")
        self.summon(first, "2026-05-05T10:00", "2026-05-12T13:00", "2026-05-12T14:00")
        self.home("2026-05-06T14:00")

        self.at("2026-05-08T09:00")
        wrong = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-05-08T02:10"), wire("2026-05-14T12:00")), "V2", id="fel-patient")
        self.assertEqual(self.view(wrong)["sip"]["bokning"]["status"], "vantar")
        self.assertIsNone(self.view(first)["sip"]["mote"])
        self.at("2026-05-08T10:00")
        heads = self.heads()
        self.send(self.h, "makulering", {"message_id": "fel-patient", "orsak": "fel patient"}, "V2")
        self.same(self.view(first)["sip"]["mote"]["start_at"], "2026-05-12T13:00", "G2: it stands as it stood")
        self.assertIn("sip.kallelse", self.told(KB, heads[KB], "sip."))

        other = self.admit("2026-05-01T02:00", "2026-05-05T12:00", encounter="V8", number=1)
        later = self.admit("2026-05-08T08:00", "2026-05-12T12:00", encounter="V9", number=1)
        self.assertIsNone(self.view(later)["tidigare_vardtillfalle"], "not known to have gone home")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-05-05T14:00"), "destination": "ordinart"}, "V8")
        self.same(self.view(later)["tidigare_vardtillfalle"]["utskriven_at"], "2026-05-05T14:00", "G2: told late")

        self.at("2026-05-09T09:00")
        self.kb.post_message("sip_behov", {"patient": {"identitet": NUMBER}, "behov": "ny"}, expect="applied")
        self.at("2026-05-11T09:00")
        third = self.admit("2026-05-11T02:10", "2026-05-18T12:00", encounter="V3")
        self.at("2026-05-11T10:00")
        before, heads = self.open(), self.heads()
        self.send(self.h, "avliden", {"at": wire("2026-05-11T09:40")}, "V3", id="avliden")
        for episode in (first, third):
            self.assertEqual(self.view(episode)["phase"], "avliden")
        self.assertEqual(len({row[0] for row in before} - {other, later}), 3, "two stays, and the patient's own file")
        self.assertEqual({row[0] for row in self.open()}, {other, later}, "what is left is the other patient's")
        self.at("2026-05-11T11:00")
        self.send(self.h, "makulering", {"message_id": "avliden", "orsak": "fel patient"}, "V3")
        self.assertEqual(self.open(), before)
        for episode in (first, third):
            self.assertNotEqual(self.view(episode)["phase"], "avliden")
        for unit, parts in ((VC, 2), (KB, 3)):
            self.assertEqual(self.told(unit, heads[unit], "episode.avliden"), parts * ["episode.avliden"]
                             + parts * ["episode.avliden_aterkallad"], "of each that it takes part in")


class OtherHospital(OwnStory):
    """G7 and B2, told by a ward nurse at the private hospital. On Wednesday the region's hospital sends us a
    patient whom it had called ready the day before. With us it is a new stay with new clocks, which points to the
    other; Anna goes on as her fast vardkontakt. The vardcentral sees both; we see ours alone.
    """

    PRIVATE = "SE5560001111-H01"
    region = with_units({"hsa_id": "SE5560001111-H01", "namn": "Privata sjukhuset", "slag": "slutenvard",
                         "region": region.REGION})
    start_at = "2026-02-08T21:00"

    def test_story(self):
        private = self.client("privata", ["hospital"], [self.PRIVATE])
        self.at("2026-02-09T08:00")
        first = self.admit("2026-02-08T20:00", "2026-02-12T12:00")
        self.ready("2026-02-10T09:00")
        self.at("2026-02-11T10:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-02-11T10:00"), "destination": "annat_sjukhus"}, "V1")
        self.at("2026-02-11T14:00")
        second = self.send(private, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-02-11T11:00"), wire("2026-02-16T12:00")), "V1")
        self.assertNotEqual(first, second, "the same encounter, but another vardgivare's")
        ours = private.episode(second)
        self.assertEqual(ours["tidigare_vardtillfalle"]["samma_vardgivare"], False)
        self.assertEqual(ours["phase"], "inskriven")
        self.same(ours["clocks"]["inskrivningsmeddelande_due"], "2026-02-12T11:00", "new clocks")
        self.assertIsNone(ours["clocks"]["sip_kallelse_due_before"])
        self.assertEqual([fvk["staff"]["hsa_id"] for fvk in ours["fast_vardkontakt"]], [ANNA], "B2")
        self.assertEqual(private.get(f"/v1/episodes/{first}").status, 404)
        self.assertEqual(self.h.get(f"/v1/episodes/{second}").status, 404)
        for episode in (first, second):
            self.assertEqual(self.vc.get(f"/v1/episodes/{episode}").status, 200)


if __name__ == "__main__":
    harness.main()
