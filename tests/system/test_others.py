"""G1, G2, G4, B8: what is said in one of a patient's stays, or of the patient, and what it comes to in the others: when
the death, the discharge, the admission or the identity turns out to be wrong, the others are as if it had not been
said. Each case is a region and a patient of its own: V1 is admitted on 1 May, ready on the 4th and summoned for the 12th.
"""

import harness
import region
from harness import wire
from region import ANNA, H, KB, KH, VC
from test_identity import reserve
from test_stories_own import NUMBER, OwnStory, PSYK, YLVA, with_units

OPEN_KONTAKTER = "select count(*) from samordnad.kontakt where to_at is null"

PSYCHIATRY = {
    "hsa_id": PSYK, "namn": "Psykiatrisk oppenvard", "slag": "specialistoppenvard", "region": region.REGION,
    "kommun": region.KOMMUN, "hours": region.OFFICE_HOURS, "verksamhetschef": YLVA,
    "staff": [region.person(YLVA, "Ylva Berg", "lakare")],
    "standing_decisions": [{"beslutad_av": YLVA, "kriterier": "B5", **region.DECIDED}],
    "policies": [{"policy": "fvk_mode", "value": "auto", "from_at": region.FROM_THE_BEGINNING}]}


class Others(OwnStory):
    start_at = "2026-05-01T08:00"
    region = with_units(PSYCHIATRY)

    def notice(self, encounter, number=0, id=None, inskriven_at="2026-05-08T02:00", result="applied"):
        return self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire(inskriven_at), wire("2026-05-16T12:00"), number=number), encounter, result, **({"id": id} if id else {}))

    def begin(self, id="v1"):
        first = self.notice("V1", id=id, inskriven_at="2026-05-01T02:00")
        self.ready("2026-05-04T09:00")
        self.summon(first, "2026-05-05T10:00", "2026-05-12T13:00", "2026-05-12T14:00")
        return first

    def went_home(self, id="hem"):
        self.at("2026-05-06T14:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-05-06T14:00"), "destination": "ordinart"}, "V1", id=id)
        self.at("2026-05-08T09:00")

    def died(self, encounter, at="2026-05-08T08:30", id="dod", **more):
        return self.h.post_message("avliden", {"at": wire(at)}, encounter=encounter, id=id, **more)

    def annul(self, id, encounter):
        self.send(self.h, "makulering", {"message_id": id, "orsak": "fel"}, encounter)

    def meets(self, episode):
        mote = self.view(episode)["sip"]["mote"]
        return mote and mote["start_at"]

    def phases(self, *episodes):
        return [self.view(episode)["phase"] for episode in episodes]


class DeadWasAnother(Others):
    """The stay in which the death was told was not hers: its notice is annulled; told anew of the patient whose it was."""

    def test_annulled(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2", id="fel")
        self.died("V2")
        self.assertEqual(self.phases(first, second), ["avliden", "avliden"])
        self.annul("fel", "V2")
        self.assertEqual(self.phases(first), ["utskriven"])
        self.same(self.meets(first), "2026-05-12T13:00", "and the meeting is hers again")


class DeadWasAnotherByAVersion(Others):
    def test_corrected(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2")
        self.died("V2", id="fel")
        self.annul("fel", "V2")
        self.notice("V3", number=1, inskriven_at="2026-05-07T02:00")
        self.died("V3", id="dod-3")
        self.assertEqual(self.phases(first, second), ["utskriven", "inskriven"])
        self.notice("V2", number=1, result="recorded")
        self.assertEqual(self.phases(first), ["utskriven"])
        self.same(self.meets(first), "2026-05-12T13:00")


class ReadmissionWasAnothers(Others):
    def test_version(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2")
        self.assertIsNone(self.meets(first))
        self.notice("V2", number=1)
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"], "another patient's stay is not shown")
        self.assertIsNone(self.meets(second))
        self.same(self.meets(first), "2026-05-12T13:00", "the meeting goes back")


class NeverWentHome(Others):
    def test_annulled(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2")
        self.annul("hem", "V1")
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"])
        self.assertIsNone(self.meets(second))
        self.same(self.meets(first), "2026-05-12T13:00")


class NothingBefore(Others):
    def test_annulled(self):
        self.begin()
        self.went_home()
        second = self.notice("V2")
        self.annul("v1", "V1")
        self.assertIsNone(self.view(second)["tidigare_vardtillfalle"])
        self.assertIsNone(self.meets(second))


class DeadTwice(Others):
    """Told of both stays, taken back of the one: she is dead."""

    def test_annulled(self):
        first = self.begin()
        self.went_home()
        second = self.notice("V2")
        self.died("V2")
        self.died("V1", id="dod-1")
        self.annul("dod", "V2")
        self.assertEqual(self.phases(first, second), ["avliden", "avliden"])


class AfterDeath(Others):
    """What opens afterwards, of a stay that had begun and of the patient, is over too."""

    def test_opened(self):
        self.begin()
        self.at("2026-05-05T12:00")
        self.died("V1", "2026-05-05T11:30")
        watch = self.send(self.h, "inskrivning", {
            "patient": region.patient(), "inskriven_at": wire("2026-05-05T10:00"), "avdelning": "Avdelning 21"}, "V2", "recorded")
        self.assertEqual(self.phases(watch), ["avliden"])
        late = self.notice("V3", inskriven_at="2026-05-05T10:00", result="recorded")
        self.assertEqual(self.view(late)["history"][0]["outcome"], "avliden", "the hospital is told that the patient is dead")
        self.vc.post_message("fast_kontakt", {"slag": 1, "patient": {"identitet": NUMBER}, "staff": ANNA, "atgard": "utse",
                                              "from_at": wire("2026-05-05T12:00")})
        self.assertEqual(self.database.value(OPEN_KONTAKTER), "0")
        self.assertEqual(self.vc.tasks(VC, status="open"), [])


class ContactsComeBack(Others):
    """B11: also those of a stay that was over long before."""

    def test_annulled(self):
        self.admit("2026-05-01T02:00", "2026-05-06T12:00", "V0", mottagare=(VC, PSYK, KH, KB))
        self.home("2026-05-02T12:00", "V0")
        self.at("2026-07-01T12:00")
        self.admit("2026-07-01T02:00", "2026-07-06T12:00")
        before = self.database.value(OPEN_KONTAKTER)
        self.assertEqual(before, "2")
        self.died("V1", "2026-07-01T11:30")
        self.assertEqual(self.database.value(OPEN_KONTAKTER), "0")
        self.annul("dod", "V1")
        self.assertEqual(self.database.value(OPEN_KONTAKTER), before)


def without_decision():
    """Cecilia decides each appointment at the vardcentral herself."""
    whole = with_units()
    whole["units"][1]["standing_decisions"] = []
    return whole


class NotDeadWhenAdmitted(Others):
    """B3: she has a fast vardkontakt again as soon as she is not dead, so nobody is asked to name one."""

    region = without_decision()

    def test_annulled(self):
        first = self.admit("2026-05-01T02:00", "2026-05-06T12:00", "V0", mottagare=(VC, KH, KB))
        self.say(self.vc, "fast_vardkontakt", {"atgard": "utse", "staff": ANNA, "utsedd_av": region.CECILIA,
                                               "from_at": wire("2026-05-01T08:00")}, first)
        self.home("2026-05-02T12:00", "V0")
        self.at("2026-05-08T11:45")
        self.h.post_message("avliden", {"at": wire("2026-05-08T11:30")}, encounter="V1", id="dod")
        second = self.admit("2026-05-08T02:00", "2026-05-16T12:00")
        self.assertEqual(self.phases(first, second), ["avliden", "avliden"])
        self.annul("dod", "V1")
        self.assertEqual(self.phases(first, second), ["utskriven", "inskriven"])
        self.assertEqual(self.fvk(second), (ANNA, ANNA))
        self.assertEqual(self.tasks(second, VC, "utse_fast_vardkontakt", status=None), [])


class ManyWatches(Others):
    """Three visits that came to nothing do not hide the stay that is open."""

    def test_death(self):
        first = self.begin()
        self.went_home()
        for number in range(3):
            self.send(self.h, "inskrivning", {"patient": region.patient(), "inskriven_at": wire("2026-05-08T07:00"),
                                              "avdelning": "Avdelning 21"}, f"V{number + 2}")
            self.send(self.h, "behovsbedomning", {"behov_finns": "nej", "bedomt_at": wire("2026-05-08T08:00")},
                      f"V{number + 2}")
        self.send(self.h, "inskrivning", {"patient": region.patient(), "inskriven_at": wire("2026-05-08T08:00"),
                                          "avdelning": "Avdelning 21"}, "V9")
        self.died("V9")
        self.assertEqual(self.phases(first), ["avliden"])


class NotShe(Others):
    """B8, D9: who was to coordinate was named in error: the duty goes back at once."""

    region = with_units(PSYCHIATRY, sip_mode="manual")

    def test_annulled(self):
        psyk = self.client("psykiatrin", ["unit"], [PSYK])
        episode = self.admit("2026-05-01T02:00", "2026-05-06T12:00", mottagare=(VC, PSYK, KH, KB))
        self.ready("2026-05-04T09:00")
        answer = psyk.post_message("fast_kontakt", {
            "slag": 4, "patient": {"identitet": NUMBER}, "staff": YLVA, "atgard": "utse",
            "from_at": wire("2026-05-04T09:00")}, id="fel", expect="applied")
        self.assertEqual(len(self.tasks(episode, PSYK, "kalla_till_sip")), 1)
        psyk.post_message("makulering", {"message_id": "fel", "orsak": "fel"}, episode=answer.json["episode"]["id"],
                          expect="applied")
        self.assertEqual(len(self.tasks(episode, VC, "kalla_till_sip")), 1)


class ManyAnnulments(Others):
    """G4: an identity that was annulled stays so, however much is annulled after it; and one that came in one batch with
    what replaces it is its patient's again."""

    def found(self, identitet):
        answer = self.h.request("POST", "/v1/episodes/search", {"patient": {"identitet": identitet}})
        return [row["id"] for row in answer.json["episodes"]]

    def test_identity(self):
        whom, wrong = reserve(7), region.patient(1)["identitet"]
        data = region.inskrivningsmeddelande(wire("2026-05-01T02:00"), wire("2026-05-06T12:00"))
        data["patient"]["identitet"] = whom
        episode = self.send(self.h, "inskrivningsmeddelande", data, "V1")
        self.send(self.h, "patient_uppdaterad", {"patient": {"identitet": wrong, "namn": "Fel Person"}, "ersatter": whom},
                  "V1", id="fel")
        self.annul("fel", "V1")
        for number in range(10):
            self.send(self.h, "ny_beraknad_utskrivning", {"beraknad_utskrivning_at": wire(f"2026-05-{number + 8:02}T12:00")},
                      "V1", id=f"datum-{number}")
            self.annul(f"datum-{number}", "V1")
        self.assertEqual((self.found(wrong), self.found(whom)), ([], [episode]))
        self.assertEqual(self.view(episode)["patient"]["namn"], "Test Testsson 0")

    def test_one_batch(self):
        theirs = self.notice("W1", inskriven_at="2026-05-01T02:00")
        whom = reserve(8)
        data = region.inskrivningsmeddelande(wire("2026-05-01T02:00"), wire("2026-05-06T12:00"))
        data["patient"]["identitet"] = whom
        events = [self.h.event("inskrivningsmeddelande", data, encounter="W2"),
                  self.h.event("patient_uppdaterad", {"patient": {"identitet": NUMBER}, "ersatter": whom}, encounter="W2",
                               id="fel-2")]
        one, other = self.h.post_event(events, "batch").json["results"]
        self.assertEqual((one["result"], other["result"]), ("applied", "applied"))
        self.assertEqual(sorted(self.found(whom)), sorted([theirs, one["episode"]["id"]]))
        self.annul("fel-2", "W2")
        self.assertEqual((self.found(whom), self.found(NUMBER)), ([one["episode"]["id"]], [theirs]))


if __name__ == "__main__":
    harness.main()
