"""G1, G2, G4, B11: what one of a patient's stays tells on another when it comes in one batch, in another order, or is
corrected: as if it had come one by one, in the order in which it was said.
"""

import threading

import harness
import region
from harness import wire
from region import ANNA, H, KB, KH, VC
from test_door import FULL
from test_identity import reserve
from test_others import OPEN_KONTAKTER, PSYCHIATRY, Others
from test_stories_own import NUMBER, OwnStory, PSYK, YLVA, with_units

PSYK2 = "SE2321000016-PSYK2"
VERA = "SE2321000016-VERA"


class EmptiedOwnFile(Others):
    """B11: what the own file said is annulled; the patient's stay is told of the next thing that tells on others."""

    def test_annulled(self):
        self.begin()
        answer = self.vc.post_message("fast_kontakt", {
            "slag": 1, "patient": {"identitet": NUMBER}, "staff": ANNA, "atgard": "utse",
            "from_at": wire("2026-05-05T12:00")}, id="k", expect="applied")
        self.vc.post_message("makulering", {"message_id": "k", "orsak": "fel"}, episode=answer.json["episode"]["id"],
                             expect="applied")
        self.went_home()


class MovedInOneBatch(Others):
    """As ReadmissionWasAnothers, the notice and its version in one batch."""

    def test_version(self):
        first = self.begin()
        self.went_home()
        events = [self.h.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-05-08T02:00"), wire("2026-05-16T12:00"), number=number), encounter="V2") for number in (0, 1)]
        one, other = self.h.post_event(events, "batch").json["results"]
        self.assertEqual((one["result"], other["result"]), ("applied", "applied"))
        second = one["episode"]["id"]
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"], "another patient's stay is not shown")
        self.assertIsNone(self.meets(second))
        self.same(self.meets(first), "2026-05-12T13:00", "the meeting goes back")


class AdmissionCorrected(Others):
    """G2, A6: the admission's time was wrong; by the version it follows the stay before."""

    def test_follows_after_all(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2", inskriven_at="2026-05-06T12:00")
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"])
        self.notice("V2", inskriven_at="2026-05-08T02:00")
        self.assertIsNotNone(self.view(second)["tidigare_vardtillfalle"], "as if it had been said so at once")
        self.assertIsNone(self.meets(first))


class AdmissionCorrectedBack(Others):
    def test_does_not_follow(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2", inskriven_at="2026-05-08T02:00")
        self.notice("V2", inskriven_at="2026-05-06T12:00")
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"], "as if it had been said so at once")
        self.same(self.meets(first), "2026-05-12T13:00")


class DischargeCorrected(Others):
    """G2: the discharge is said again, later than the admission that followed it."""

    def test_later(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-05-08T08:00"), "destination": "ordinart"}, "V1")
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"], "as if it had been said so at once")
        self.same(self.meets(first), "2026-05-12T13:00")


class MergedBeforeNamed(Others):
    """G4: what replaces the number arrives before the notice that names it."""

    def found(self, identitet):
        answer = self.h.request("POST", "/v1/episodes/search", {"patient": {"identitet": identitet}})
        return [row["id"] for row in answer.json["episodes"]]

    def test_late_notice(self):
        whom, number = reserve(31), region.patient(1)["identitet"]
        self.h.post_message("patient_uppdaterad", {"patient": {"identitet": number}, "ersatter": whom}, encounter="V1")
        data = region.inskrivningsmeddelande(wire("2026-05-01T02:00"), wire("2026-05-06T12:00"))
        data["patient"]["identitet"] = whom
        episode = self.send(self.h, "inskrivningsmeddelande", data, "V1", time=wire("2026-05-01T07:30"))
        self.assertEqual(self.found(number), [episode])
        self.assertEqual(self.found(whom), [episode], "as when both came in the order said")


class AnnulledInOneBatch(Others):
    """G2: the readmission and its makulering in one batch: as NeverWentHome and readmission_annulled."""

    def test_annulled(self):
        first = self.begin()
        self.went_home()
        events = [self.h.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-05-08T02:00"), wire("2026-05-16T12:00")), encounter="V2", id="fel"),
            self.h.event("makulering", {"message_id": "fel", "orsak": "fel"}, encounter="V2")]
        one, other = self.h.post_event(events, "batch").json["results"]
        self.assertEqual((one["result"], other["result"]), ("applied", "applied"))
        self.same(self.meets(first), "2026-05-12T13:00", "the meeting goes back")


class Merges(Others):
    def found(self, identitet):
        answer = self.h.request("POST", "/v1/episodes/search", {"patient": {"identitet": identitet}})
        return {row["id"] for row in answer.json["episodes"]}

    def data(self, identitet):
        data = region.inskrivningsmeddelande(wire("2026-05-01T02:00"), wire("2026-05-06T12:00"))
        data["patient"]["identitet"] = identitet
        return data

    def admitted(self, identitet, encounter):
        return self.send(self.h, "inskrivningsmeddelande", self.data(identitet), encounter)

    def batch(self, *events):
        results = self.h.post_event(list(events), "batch").json["results"]
        self.assertEqual([r["result"] for r in results], ["applied"] * len(events))
        return [r["episode"]["id"] for r in results]

    def merge_event(self, identitet, ersatter, encounter, id):
        return self.h.event("patient_uppdaterad", {"patient": {"identitet": identitet}, "ersatter": ersatter},
                            encounter=encounter, id=id)


class FreedInOneBatch(Merges):
    """G4: as test_a_number_that_nobody_had, its last two messages in one batch: the number's owner is admitted in the
    batch in which it is taken back from who had it in error."""

    def test_owner(self):
        whom, number = reserve(41), region.patient(1)["identitet"]
        episode = self.admitted(whom, "V1")
        self.batch(self.merge_event(number, whom, "V1", "m"))
        _, other = self.batch(self.h.event("makulering", {"message_id": "m", "orsak": "fel"}, encounter="V1"),
                              self.h.event("inskrivningsmeddelande", self.data(number), encounter="V2"))
        self.assertEqual((self.found(number), self.found(whom)), ({other}, {episode}))


class ReturnedInOneBatch(Merges):
    """G4: a number that led to another's goes back, and in the same batch a stay names it."""

    def test_returned(self):
        whom, number = reserve(42), region.patient(1)["identitet"]
        theirs, mine = self.admitted(number, "V0"), self.admitted(whom, "V1")
        self.batch(self.merge_event(number, whom, "V1", "m"))
        _, other = self.batch(self.h.event("makulering", {"message_id": "m", "orsak": "fel"}, encounter="V1"),
                              self.h.event("inskrivningsmeddelande", self.data(whom), encounter="V2"))
        self.assertEqual((self.found(number), self.found(whom)), ({theirs}, {mine, other}))


class MergedTwiceInOneBatch(Merges):
    """G4: two stays each say whose the number is (test_one_after_the_other), in one batch; the second is undone."""

    def test_undone(self):
        whom, one, other = reserve(43), reserve(44), reserve(45)
        w, x = self.admitted(one, "W"), self.admitted(other, "X")
        v1, v2 = self.admitted(whom, "V1"), self.admitted(whom, "V2")
        self.batch(self.merge_event(one, whom, "V1", "m1"), self.merge_event(other, whom, "V2", "m2"))
        self.assertEqual(self.found(whom), {x, v2})
        self.annul("m2", "V2")
        self.assertEqual(self.found(whom), {w, v1, v2}, "as the first said")


class MergedTwice(MergedTwiceInOneBatch):
    """The same one by one."""

    def batch(self, *events):
        for event in events:
            self.h.post_event(event)


class OtherMovedOn(Merges):
    """G4: V1 and V2 name R; in V2 R is found to be one's. Then V2 itself is found to be yet another's stay, of whose number
    R nobody has said anything: V1 is not that other's.
    """

    def test_not_theirs(self):
        whom, one, other = reserve(46), reserve(47), reserve(48)
        w, x = self.admitted(one, "W"), self.admitted(other, "X")
        v1, v2 = self.admitted(whom, "V1"), self.admitted(whom, "V2")
        self.batch(self.merge_event(one, whom, "V2", "m"))
        self.assertEqual(self.found(whom), {w, v1, v2})
        self.admitted(other, "V2")
        self.assertEqual(self.found(other), {x, v2})
        self.assertEqual(self.found(whom), {w, v1})


class ReadmittedInTheWatch(Others):
    """G1: the death is told while the watch is open; then the notice says that she came in after it (admitted_after_death):
    as if both had come in the order in which it happened."""

    def test_order(self):
        self.begin()
        self.at("2026-05-05T12:00")
        watch = self.send(self.h, "inskrivning", {
            "patient": region.patient(), "inskriven_at": wire("2026-05-05T10:00"), "avdelning": "Avdelning 21"}, "V2")
        self.died("V1", "2026-05-05T11:30")
        self.assertEqual(self.phases(watch), ["avliden"])
        self.notice("V2", inskriven_at="2026-05-05T11:45")
        self.assertEqual(self.phases(watch), ["inskriven"])


class ThereAndBack(Merges):
    """G4: R and her number are hers. In V1 it is said in error that R is another's, in V2, afterwards, that it is hers.
    V3 names R too."""

    def test_ends(self):
        whom, hers, anothers = reserve(51), reserve(52), reserve(53)
        self.admitted(anothers, "W")
        first = self.admitted(whom, "V1")
        self.batch(self.merge_event(hers, whom, "V1", "m0"))
        second, third = self.admitted(whom, "V2"), self.admitted(whom, "V3")
        self.assertEqual(self.found(hers), {first, second, third})
        self.batch(self.merge_event(anothers, whom, "V1", "m1"))
        self.batch(self.merge_event(hers, whom, "V2", "m2"))
        self.assertEqual(self.found(hers), {second, third})


class FifthKontakt(Others):
    """Under SAN=address: measure_stay looks at the patient's kontakter by surroundings taken before give, which adds one
    and moves the array."""

    region = with_units(PSYCHIATRY, {**PSYCHIATRY, "hsa_id": PSYK2, "verksamhetschef": VERA,
                                     "staff": [region.person(VERA, "Vera Berg", "lakare")],
                                     "standing_decisions": [{"beslutad_av": VERA, "kriterier": "B5", **region.DECIDED}]})

    def test_measured(self):
        psyk = self.client("psykiatrin", ["unit"], [PSYK])
        self.admit("2026-05-01T02:00", "2026-05-06T12:00", mottagare=(VC, PSYK, KH, KB))
        for slag in (2, 4):
            psyk.post_message("fast_kontakt", {"slag": slag, "patient": {"identitet": NUMBER}, "staff": YLVA,
                                               "atgard": "utse", "from_at": wire("2026-05-01T08:00")}, expect="applied")
        self.ready("2026-05-04T09:00")
        self.assertEqual(self.database.value(OPEN_KONTAKTER), "4")
        self.home("2026-05-06T12:00")
        self.send(self.h, "mottagare_andrad", {"lagg_till": [{"hsa_id": PSYK2}]}, "V1")
        self.assertEqual(self.database.value(OPEN_KONTAKTER), "5")


class MergeAnnulledBefore(Merges):
    """G4: the makulering comes before the message that it annuls."""

    def test_number_that_nobody_had(self):
        whom, number = reserve(61), reserve(62)
        mine = self.admitted(whom, "V1")
        self.send(self.h, "makulering", {"message_id": "m", "orsak": "fel"}, "V1", "recorded")
        self.send(self.h, "patient_uppdaterad", {"patient": {"identitet": number}, "ersatter": whom}, "V1", "recorded",
                  id="m")
        self.assertEqual((self.found(number), self.found(whom)), (set(), {mine}), "nothing was said")
        theirs = self.admitted(number, "V2")
        self.assertEqual((self.found(number), self.found(whom)), ({theirs}, {mine}), "two patients")

    def test_anothers(self):
        whom, number = reserve(63), reserve(64)
        theirs, mine = self.admitted(number, "V3"), self.admitted(whom, "V4")
        self.send(self.h, "makulering", {"message_id": "m2", "orsak": "fel"}, "V4", "recorded")
        self.send(self.h, "patient_uppdaterad", {"patient": {"identitet": number}, "ersatter": whom}, "V4", "recorded",
                  id="m2")
        self.assertEqual((self.found(number), self.found(whom)), ({theirs}, {mine}), "nothing was said")


class AskedAndDeathInOneBatch(Others):
    """G1, B12: what the patient's own file, opened in this very batch, asks for ends with the death told in a stay."""

    region = with_units(fvk_mode="manual")

    def both_told(self, client, events):
        client.post_event(events, "batch")

    def test_ended(self):
        self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-05-01T02:00"), wire("2026-05-06T12:00"), mottagare=(KH, KB)), "V1")
        self.at("2026-05-05T10:00")
        both = self.client("alla", ["hospital", "unit"], [H, VC])
        self.both_told(both, [
            both.event("begaran_fast_vardkontakt", {"patient": {"identitet": NUMBER}, "at": wire("2026-05-05T08:00")},
                       source=VC),
            both.event("avliden", {"at": wire("2026-05-05T09:00")}, encounter="V1", source=H)])
        self.assertEqual(self.database.value(
            "select phase from samordnad.episode where org = 0 and encounter like 'patient/%'"), "7", "avliden")
        self.assertEqual(self.vc.tasks(VC, status="open"), [])


class AskedAndDeath(AskedAndDeathInOneBatch):
    """The same one by one."""

    def both_told(self, client, events):
        for event in events:
            client.post_event(event)


class DischargedTwice(Others):
    """G2: the second discharge is later than the admission that followed the first."""

    def tell(self, events):
        for event in events:
            self.h.post_event(event)

    def test_later(self):
        first = self.begin()
        self.at("2026-05-08T09:00")
        second = self.notice("V2")
        self.at("2026-05-08T09:30")
        self.tell([self.h.event("utskrivning", {"utskriven_at": wire(at), "destination": "ordinart"}, encounter="V1")
                   for at in ("2026-05-06T14:00", "2026-05-08T08:00")])
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"])
        self.same(self.meets(first), "2026-05-12T13:00")


class DischargedTwiceInOneBatch(DischargedTwice):
    def tell(self, events):
        self.h.post_event(events, "batch")


class WatchThenNotice(Others):
    """G1: the watch began before the death, the notice says that she came in after it."""

    def tell(self, events):
        for event in events:
            self.h.post_event(event)

    def test_lives(self):
        self.begin()
        self.at("2026-05-05T12:00")
        self.died("V1", "2026-05-05T11:30")
        self.tell([self.h.event("inskrivning", {"patient": region.patient(), "inskriven_at": wire("2026-05-05T10:00"),
                                                "avdelning": "Avdelning 21"}, encounter="V2"),
                   self.h.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
                       wire("2026-05-05T11:45"), wire("2026-05-16T12:00")), encounter="V2")])
        found = self.h.request("POST", "/v1/episodes/search", {"patient": {"identitet": NUMBER}}).json["episodes"]
        self.assertEqual(sorted(row["phase"] for row in found), ["avliden", "inskriven"])


class WatchThenNoticeInOneBatch(WatchThenNotice):
    def tell(self, events):
        self.h.post_event(events, "batch")


class WatchCorrected(Others):
    """G1: the watch is told again, with a time after the death."""

    def test_lives(self):
        self.begin()
        self.at("2026-05-05T12:00")
        self.died("V1", "2026-05-05T11:30")
        phases = []
        for inskriven_at, result in (("2026-05-05T10:00", "recorded"), ("2026-05-05T11:45", "applied")):
            watch = self.send(self.h, "inskrivning", {"patient": region.patient(), "inskriven_at": wire(inskriven_at),
                                                      "avdelning": "Avdelning 21"}, "V2", result)
            phases += self.phases(watch)
        self.assertEqual(phases, ["avliden", "bevakad"])


class DeathCorrectedLate(Others):
    """G1: of two words on the death the later said, which came first, lies after the admission; then it does not."""

    def test_lives(self):
        self.begin()
        self.at("2026-05-05T12:00")
        stay = self.notice("V2", inskriven_at="2026-05-05T10:00")
        self.died("V1", "2026-05-05T11:30", id="a", time=wire("2026-05-05T11:50"))
        self.died("V1", "2026-05-05T09:30", id="b", time=wire("2026-05-05T11:40"))
        self.assertEqual(self.phases(stay), ["inskriven"])


class NamedAlready(OwnStory):
    """A5, A10: whom the hospital named is not added by a unit that names it again by kommun and slag."""

    region = region.region()
    start_at = "2026-05-03T08:00"

    def test_breaches(self):
        episode = self.admit("2026-05-01T02:00", "2026-05-06T12:00")
        late = self.breaches(episode, "A5")
        self.at("2026-05-03T09:00")
        self.say(self.kh, "mottagare_andrad", {"lagg_till": [{"kommun": region.KOMMUN, "slag": "socialtjanst"}]}, episode)
        self.assertEqual(self.breaches(episode, "A5"), late)


class ConsentAgain(OwnStory):
    """D1, D3: samtycke that is given again does not lengthen the refusal before it."""

    region = region.region()
    start_at = "2026-05-01T08:00"

    def test_breach(self):
        episode = self.admit("2026-05-01T02:00", "2026-05-06T12:00")
        self.ready("2026-05-04T09:00")
        for status, at in (("nekat", "2026-05-04T10:00"), ("lamnat", "2026-05-05T10:00"), ("lamnat", "2026-05-11T10:00")):
            self.at(at)
            self.send(self.h, "samtycke", {"omfattning": "sip", "status": status, "at": wire(at)}, "V1")
        self.at("2026-05-12T10:00")
        self.send(self.h, "ej_langre_utskrivningsklar", {"at": wire("2026-05-12T10:00")}, "V1")
        self.assertEqual(len(self.breaches(episode, "D1")), 1)


class ManyApart(OwnStory):
    """After a database that could not write, what goes in batches of its own comes one after another, all of it."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_all_are_taken(self):
        self.database.run(FULL)
        events = [self.h.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), encounter="F1") for _ in range(40)]
        answers = []
        poster = threading.Thread(target=lambda: answers.append(self.h.post_event(events, "batch")))
        poster.start()
        self.wait_until(lambda: "database_cannot_write" in self.daemon.log())
        self.database.run("drop trigger full_ on samordnad.fact")
        poster.join(harness.DEADLINE_S)
        self.assertEqual([row["result"] for row in answers[0].json["results"]], ["applied"] * 40)


if __name__ == "__main__":
    harness.main()
