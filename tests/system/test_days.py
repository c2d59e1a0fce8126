"""The days that a municipality pays for (F), and the plan (D7), where what is said comes late, again, or is of no use."""

import harness
import region
from harness import wire
from region import KB, KH, VC
from test_stories_own import OwnStory, with_units

PLAN = {"insatser": ["hemtjanst"], "region": [], "kommun": ["hemtjanst"], "andra": [], "overgripande_ansvar": "kommun"}


class Dead(OwnStory):
    """F5, G1: nobody pays for a dead patient's bed."""
    region = region.region()
    start_at = "2026-05-03T21:00"

    def test_days_end_with_death(self):
        self.at("2026-05-04T08:00")
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00")
        self.ready("2026-05-04T09:00")
        self.summon(episode, "2026-05-04T11:00", "2026-05-12T13:00", "2026-05-12T14:00")
        self.at("2026-05-09T23:30")
        self.send(self.h, "avliden", {"at": wire("2026-05-09T23:30")}, "V1")
        self.assertEqual(self.view(episode)["betalningsansvar"]["days"], 2)
        self.at("2026-05-11T08:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-05-11T02:00"), "destination": "annan"}, "V1")
        self.assertEqual(self.view(episode)["betalningsansvar"]["days"], 2)


class Moved(OwnStory):
    """F4: another date of the same move, said by a new message."""
    region = region.region()
    start_at = "2026-11-20T21:00"

    def test_new_date_of_move(self):
        self.at("2026-11-21T08:00")
        episode = self.admit("2026-11-20T20:00", "2026-11-24T12:00")
        self.ready("2026-11-23T09:00")
        self.summon(episode, "2026-11-23T11:00", "2026-12-08T13:00", "2026-12-08T14:00")
        self.at("2026-11-27T08:00")
        for day in ("2026-11-27", "2026-11-30"):
            self.send(self.h, "patient_uppdaterad", {"patient": {"folkbokforingskommun": "0184"},
                      "from_at": wire(f"{day}T00:00")}, "V1")
        self.at("2026-12-02T13:00")
        self.home("2026-12-02T13:00")
        first = self.view(episode)["betalningsansvar"]["payers"][0]
        self.assertEqual((first["kommun"], first["days"]), ("0180", 4), "26 to 29 November")


class MovedTwice(OwnStory):
    """F4: two moves, the first to a kommun that the register does not have."""
    region = with_units({"hsa_id": "SE2120000159-KH1", "namn": "Andra kommunen", "slag": "kommunal_hsl", "region": "01",
                         "kommun": "0186"})
    start_at = "2026-05-04T08:00"

    def test_both(self):
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00", mottagare=(VC, KH))
        for kommun in ("0184", "0186"):
            self.send(self.h, "patient_uppdaterad", {"patient": {"folkbokforingskommun": kommun},
                      "from_at": wire(self.clock.now())}, "V1", None)
        self.assertIn("SE2120000159-KH1", [m["unit"] for m in self.view(episode)["mottagare"]])


class LeftBlock(OwnStory):
    """F3: a unit that has left blocks nothing."""
    SP = "SE2321000016-SP1"
    region = with_units({"hsa_id": SP, "namn": "Specialist", "slag": "specialistoppenvard", "region": "01", "kommun": "0180"})
    start_at = "2026-05-03T21:00"

    def test_left(self):
        sp = self.client("specialist", ["unit"], [self.SP])
        self.at("2026-05-04T08:00")
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00", mottagare=(VC, KH, KB, self.SP))
        self.ready("2026-05-04T09:00")
        self.summon(episode, "2026-05-04T11:00", "2026-05-12T13:00", "2026-05-12T14:00", kallade=(KH, KB, self.SP))
        self.say(sp, "insatser_status", {"status": "ej_tillganglig", "from_at": wire("2026-05-09T00:00")}, episode)
        self.say(sp, "ej_berord", {"orsak": "fel"}, episode)
        self.home("2026-05-11T12:00")
        owed = self.view(episode)["betalningsansvar"]
        self.assertEqual((owed["standing"], owed["days"]), ("starts", 4))


class SipAfterStart(OwnStory):
    """F2: a SIP that comes to be due after the start undoes nothing."""
    region = region.region()
    start_at = "2026-05-03T21:00"

    def test_sip_behov_after_start(self):
        self.at("2026-05-04T08:00")
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00", mottagare=(VC, KB), behov=["socialtjanst"])
        self.ready("2026-05-04T09:00")
        self.at("2026-05-11T08:00")
        owed = self.view(episode)["betalningsansvar"]
        self.assertEqual((owed["standing"], owed["days"]), ("starts", 4))
        heads = self.heads()
        self.say(self.kb, "sip_behov", {"behov": "ny"}, episode)
        owed = self.view(episode)["betalningsansvar"]
        self.home("2026-05-12T12:00")
        owed = self.view(episode)["betalningsansvar"]
        self.assertEqual(owed["days"], 5)


class ManyStatuses(OwnStory):
    """F3: the block stands however often others say how it is with theirs."""
    region = region.region()
    start_at = "2026-05-03T21:00"

    def test_block_stands(self):
        self.at("2026-05-04T08:00")
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00")
        self.ready("2026-05-04T09:00")
        self.summon(episode, "2026-05-04T11:00", "2026-05-12T13:00", "2026-05-12T14:00")
        self.say(self.vc, "insatser_status", {"status": "ej_tillganglig"}, episode)
        for n in range(16):
            self.say(self.kh if n % 2 else self.kb, "insatser_status", {"status": "tillganglig"}, episode)
        self.at("2026-05-11T08:00")
        owed = self.view(episode)["betalningsansvar"]
        self.assertEqual((owed["standing"], owed["days"]), ("blocked", 0))


class Completed(OwnStory):
    """Section 4, D7: a plan completed after its follow-up."""
    region = region.region()
    start_at = "2026-05-03T21:00"

    def test_followed_up(self):
        self.at("2026-05-04T08:00")
        episode = self.admit("2026-05-03T20:00", "2026-05-08T12:00")
        self.home("2026-05-06T12:00")
        held = wire("2026-05-07T13:00")
        self.at("2026-05-07T15:00")
        self.say(self.vc, "sip", {"hallen_at": held, "utfall": "genomford", "plan": PLAN}, episode, None)
        self.at("2026-05-08T15:00")
        self.say(self.vc, "sip_uppfoljning", {"hallen_at": wire("2026-05-08T14:00"), "avslutad": True}, episode, None)
        self.at("2026-05-08T16:00")
        self.say(self.vc, "sip", {"hallen_at": held, "utfall": "genomford", "plan": {**PLAN, "mal": ["ga sjalv"]}}, episode, None)
        sip = self.view(episode)["sip"]
        total = self.ops.get("/v1/reports/follow-up?from=2026-05&to=2026-05").json["total"]
        self.assertEqual((sip["avslutad"], total["sip_held"], total["sip_followed_up"]), (True, 1, 1))


if __name__ == "__main__":
    harness.main()
