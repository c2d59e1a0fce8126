"""Stories 2, 3, 7, 9 and 12 of the domain, through the real daemon: messages in, what must hold out. Times are local;
the legal clock steps from each due instant to the next, so that whatever falls due on the way has happened.
"""

import threading
import time

import harness
import region
from harness import local, wire
from region import ANNA, BO, CECILIA, H, KB, KH, VC


class Story(harness.Case):
    """A region and its callers; `at` goes to an instant by way of everything that falls due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])
        cls.vc = cls.client("vardcentralen", ["unit"], [VC])
        cls.kh = cls.client("kommunens-hsl", ["unit"], [KH])
        cls.kb = cls.client("socialtjansten", ["unit"], [KB])
        cls.ops = cls.client("drift", ["ops"])
        cls.readers = {H: cls.h, VC: cls.vc, KH: cls.kh, KB: cls.kb}

    def at(self, instant):
        self.clock.advance(instant)

    def send(self, client, message, data, encounter, result="applied", **more):
        """Posts a message sent now, unless `time` says when; returns the episode's id."""
        answer = client.post_message(message, data, encounter=encounter, expect=result, **more)
        return answer.json["episode"]["id"]

    def say(self, client, message, data, episode, result="applied", **more):
        """The same for those who name the episode by its id."""
        return client.post_message(message, data, episode=episode, expect=result, **more)

    def view(self, episode):
        return self.h.episode(episode)

    def same(self, got, expected, what=""):
        self.assertIsNotNone(got, what)
        self.assertEqual(local(got), local(expected), what)

    def fvk(self, episode, unit=VC):
        """Who is the unit's fast vårdkontakt, and who acts now."""
        fvk = next(fvk for fvk in self.view(episode)["fast_vardkontakt"] if fvk["unit"] == unit)
        staff = fvk["staff"]["hsa_id"]
        if not fvk["away"]:
            return staff, staff
        return staff, fvk["acting"] and fvk["acting"]["hsa_id"]

    def breaches(self, episode, rule):
        return [breach for breach in self.view(episode)["breaches"] if breach["rule"] == rule]

    def tasks(self, episode, unit, kind=None, status="open"):
        return [task for task in self.view(episode)["tasks"] if task["unit"] == unit
                and kind in (None, task["kind"]) and status in (None, task["status"])]

    def heads(self):
        """Where each unit's feed ends now."""
        return {unit: max((notice["data"]["seq"] for notice in client.feed(unit)), default=0)
                for unit, client in self.readers.items()}

    def told(self, unit, after=0, what=None):
        """The types of the unit's notices after a seq, without what all have in common; what: only those."""
        notices = self.readers[unit].feed(unit, after=after)
        self.assertEqual([notice["data"]["seq"] for notice in notices],
                         list(range(after + 1, after + 1 + len(notices))), "seq must be gapless")
        words = [notice["type"].removeprefix("samordnad.").removesuffix(".v1") for notice in notices]
        return [word for word in words if what is None or word.startswith(what)]


class Story2DeputySends(Story):
    region = region.region(absences=[{"from_at": "2026-06-22T00:00:00+02:00", "to_at": "2026-07-20T00:00:00+02:00"}])
    start_at = "2026-06-08T08:00"

    def test_story(self):
        # Anna becomes the patient's fast vårdkontakt by an earlier stay, so that she can stay so.
        self.at("2026-06-09T08:00")
        earlier = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T20:00"), wire("2026-06-11T12:00")), "V1")
        self.assertEqual(self.fvk(earlier), (ANNA, ANNA))
        self.at("2026-06-11T12:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-06-11T12:00"), "destination": "ordinart"}, "V1")

        self.at("2026-06-25T08:00")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-24T20:00"), wire("2026-06-30T12:00")), "V2")
        self.assertEqual(self.fvk(episode), (ANNA, BO), "B2: Anna stays, Bo acts")
        self.assertEqual(self.tasks(episode, VC, "utse_fast_vardkontakt"), [], "B1 is met")

        self.at("2026-06-29T13:30")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-06-29T13:30")}, "V2")
        clocks = self.view(episode)["clocks"]
        self.same(clocks["sip_kallelse_due_before"], "2026-07-03T00:00", "D1")
        self.same(clocks["betalningsansvar_from"], "2026-07-03T00:00", "F1, after noon")
        duty, = self.tasks(episode, VC, "kalla_till_sip")
        self.assertEqual(duty["staff"], BO)

        self.at("2026-07-01T10:00")
        self.say(self.vc, "sip_kallelse", {
            "atgard": "skicka", "skickad_av": BO, "for": ANNA, "at": wire("2026-07-01T10:00"),
            "mote": {"start_at": wire("2026-07-08T13:00"), "end_at": wire("2026-07-08T14:00"), "form": "video",
                     "plats": "Videomote 1"},
            "kallade": [VC, KH, KB]}, episode)
        self.assertEqual(self.tasks(episode, VC, "kalla_till_sip"), [], "D1 is fulfilled")
        self.assertIn("sip.kallelse", self.told(KB))
        self.at("2026-07-08T00:00")
        self.assertEqual(self.breaches(episode, "D1"), [])

        open_tasks = [task for task in self.tasks(episode, VC) if task.get("staff") in (ANNA, BO)]
        self.assertTrue(open_tasks, "VC has not acknowledged, so it has tasks")
        self.assertEqual({task["staff"] for task in open_tasks}, {BO})
        self.at("2026-07-19T23:59:59")
        heads = self.heads()
        self.at("2026-07-20T00:00")
        self.assertEqual(self.fvk(episode), (ANNA, ANNA))
        self.assertEqual({task.get("staff") for task in self.tasks(episode, VC)} & {ANNA, BO}, {ANNA})
        for unit in (VC, KH, KB, H):
            self.assertEqual(self.told(unit, heads[unit], "fast_vardkontakt"), ["fast_vardkontakt.changed"],
                             f"{unit} is told once")


class Story2NoDeputy(Story):
    region = region.region(deputy=None, absences=[
        {"from_at": "2026-06-22T00:00:00+02:00", "to_at": "2026-07-20T00:00:00+02:00"}])
    start_at = "2026-06-08T08:00"

    def test_story(self):
        self.at("2026-06-09T08:00")
        self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T20:00"), wire("2026-06-11T12:00")), "V1")
        self.at("2026-06-11T12:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-06-11T12:00"), "destination": "ordinart"}, "V1")
        self.at("2026-06-25T08:00")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-24T20:00"), wire("2026-06-30T12:00")), "V2")
        urgent = (self.tasks(episode, VC, "ersatt_fast_vardkontakt")
                  + self.tasks(episode, VC, "utse_fast_vardkontakt"))
        self.assertEqual([task["staff"] for task in urgent], [CECILIA], "B6: to the verksamhetschef, at once")


class Story3LateNotice(Story):
    # Nobody is appointed automatically: the patient goes home without a fast vårdkontakt.
    region = region.region(fvk_mode="propose", decision=False)
    start_at = "2026-02-04T09:00"

    def test_story(self):
        self.at("2026-02-04T10:00")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-02-04T10:00")}, "V1", result="parked")
        self.at("2026-02-04T10:59")
        self.assertEqual(self.parked_alarms(), 0)
        self.at("2026-02-04T11:00:01")
        self.wait_until(lambda: self.parked_alarms() == 1, what="ops to be told of what is parked")

        self.at("2026-02-04T15:40")
        before = self.clock.now()
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-02-02T06:00"), wire("2026-02-04T17:00")), "V1")
        late, = [breach for breach in self.breaches(episode, "A5") if breach["unit"] == VC]
        self.same(late["due_at"], "2026-02-03T06:00", "A1")
        self.assertGreaterEqual(local(late["done_at"]), before.replace(microsecond=0), "A5: 33 h 40 min late")
        self.assertLess(local(late["done_at"]), local("2026-02-04T15:41"))
        self.assertEqual(late["cause"], "hospital_late")
        for unit in (KB, VC):
            both = [word for word in self.told(unit, what="episode.")
                    if word in ("episode.inskrivningsmeddelande", "episode.utskrivningsklar")]
            self.assertEqual(both, ["episode.inskrivningsmeddelande", "episode.utskrivningsklar"], unit)
        clocks = self.view(episode)["clocks"]
        self.same(clocks["sip_kallelse_due_before"], "2026-02-08T00:00", "D1")
        self.same(clocks["sip_breach_from"], "2026-02-10T00:00", "the last day is a Saturday")
        self.same(clocks["betalningsansvar_from"], "2026-02-08T00:00", "F1, from the notice (F9)")
        self.assertEqual(self.view(episode)["betalningsansvar"]["standing"], "contested")

        self.at("2026-02-04T17:00")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-02-04T17:00"), "destination": "ordinart"}, "V1")
        missing, = self.breaches(episode, "B1")
        self.assertEqual((missing["unit"], missing["cause"]), (VC, "hospital_late"), "B1a: VC is not charged")

    def parked_alarms(self):
        return self.ops.get("/status").json["parked"]["overdue"]


class Story7DayOf23Hours(Story):
    region = region.region(fvk_mode="manual")
    start_at = "2026-03-24T08:00"

    def test_story(self):
        self.at("2026-03-25T08:00")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-03-24T20:00"), wire("2026-03-28T12:00")), "V1")
        self.at("2026-03-27T12:00:01")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-03-27T12:00:01")}, "V1",
                  time="2026-03-27T12:00:01")
        self.same(self.view(episode)["clocks"]["betalningsansvar_from"], "2026-03-31T00:00:00+02:00", "F1")

        self.at("2026-03-28T23:10:00Z")
        self.say(self.vc, "fast_vardkontakt", {
            "atgard": "utse", "staff": ANNA, "utsedd_av": CECILIA, "from_at": "2026-03-28T23:10:00Z"}, episode)
        self.send(self.h, "utskrivning", {
            "utskriven_at": "2026-03-29T00:10:00+01:00", "destination": "ordinart"}, "V1")
        view = self.view(episode)
        self.same(view["clocks"]["utskrivningsinformation_due"], "2026-03-30T00:00:00+02:00", "E1")
        self.assertEqual(view["betalningsansvar"]["days"], 0, "nothing to pay")
        self.assertEqual(view["betalningsansvar"]["average_days"], 2, "F6")
        breach, = self.breaches(episode, "B1")
        self.assertEqual((breach["unit"], breach["cause"]), (VC, "unit_late"), "equal instants are not before")

    def test_time_without_offset(self):
        """02:30 of a doubled or missing hour can only be meant with its offset."""
        answer = self.h.post_message("utskrivning", {"utskriven_at": "2026-03-29T02:30:00", "destination": "ordinart"},
                                     encounter="V9")
        self.assertEqual(answer.status, 422, answer)
        self.assertEqual([error["pointer"] for error in answer.json["errors"]], ["/data/utskriven_at"])


class Story7DayOf25Hours(Story):
    region = region.region()
    start_at = "2026-10-22T08:00"

    def test_story(self):
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-10-21T20:00"), wire("2026-10-24T12:00")), "V1")
        self.at("2026-10-25T00:10:00+02:00")
        self.send(self.h, "utskrivning", {
            "utskriven_at": "2026-10-25T00:10:00+02:00", "destination": "ordinart"}, "V1")
        self.same(self.view(episode)["clocks"]["utskrivningsinformation_due"], "2026-10-26T00:00:00+01:00", "E1")


class Story9Samtycke(Story):
    region = region.region(sip_mode="auto")
    start_at = "2026-09-21T08:00"

    def samtycke(self, status, at, encounter="V1"):
        self.send(self.h, "samtycke", {"omfattning": "sip", "status": status, "at": wire(at)}, encounter)

    def bookings(self):
        return int(self.database.value("select count(*) from samordnad.booking"))

    def test_story(self):
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-09-20T20:00"), wire("2026-09-25T12:00"), sip="okant"), "V1")
        self.assertEqual(self.fvk(episode), (ANNA, ANNA))
        self.at("2026-09-23T09:30")
        self.send(self.h, "utskrivningsklar", {"klar_at": wire("2026-09-23T09:30")}, "V1")
        clocks = self.view(episode)["clocks"]
        self.same(clocks["sip_kallelse_due_before"], "2026-09-27T00:00", "D1a: the clock runs")
        self.same(clocks["sip_breach_from"], "2026-09-29T00:00")
        self.same(clocks["betalningsansvar_from"], "2026-09-26T00:00", "F1")
        self.assertEqual(len(self.tasks(episode, H, "fraga_samtycke")), 1)
        self.assertEqual([task["staff"] for task in self.tasks(episode, VC, "fraga_samtycke")], [ANNA])
        self.assertEqual((self.bookings(), self.told(KB, what="sip.kallelse")), (0, []), "nothing is sent")

        self.at("2026-09-24T15:00")
        self.samtycke("lamnat", "2026-09-24T15:00")
        self.assertEqual(self.bookings(), 1)
        self.assertEqual(self.told(KB, what="sip.kallelse"), ["sip.kallelse"])
        self.assertEqual(self.tasks(episode, H, "fraga_samtycke"), [])

        self.at("2026-09-25T10:00")
        heads = self.heads()
        self.samtycke("aterkallat", "2026-09-25T10:00")
        for unit in (VC, KH, KB):
            self.assertEqual(self.told(unit, heads[unit], "sip."), ["sip.cancelled"], f"{unit} is told")
        self.assertEqual(self.bookings(), 0, "the slot is free")
        clocks = self.view(episode)["clocks"]
        self.assertIsNone(clocks["sip_kallelse_due_before"], "D1 is closed")
        self.same(clocks["betalningsansvar_from"], "2026-09-26T00:00", "F1 stands")

        self.at("2026-09-28T09:00")
        self.samtycke("lamnat", "2026-09-28T09:00")
        self.same(self.view(episode)["clocks"]["sip_kallelse_due_before"], "2026-10-02T00:00", "D1 anew")
        self.assertEqual(self.bookings(), 1)
        self.assertEqual(self.breaches(episode, "D1"), [], "nothing was late")


class Story12OneSlot(Story):
    region = region.region(sip_mode="auto", slots=[region.slot("tuesday", "13:00", "14:00")])
    start_at = "2026-09-07T09:00"
    settings = {"door_wait_ms": 5000}

    def test_story(self):
        """Three SIPs in the same second through two daemons, of which the one that is the door is killed."""
        other = self.start_daemon()
        episodes = [self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-09-06T20:00"), wire("2026-09-08T15:00"), number), f"V{number}") for number in range(3)]
        self.at("2026-09-07T10:00")
        events = [self.h.event("utskrivningsklar", {"klar_at": wire("2026-09-07T10:00")}, encounter=f"V{number}")
                  for number in range(3)]
        answers = [None] * 3

        def post(number, address):
            client = harness.Client(address, self.h.token)
            deadline = time.monotonic() + harness.DEADLINE_S
            while time.monotonic() < deadline:
                try:
                    answer = client.post_event(events[number])
                except OSError:
                    client.close()
                    client.address = other.address  # as a load balancer would
                    continue
                if answer.status == 200:
                    answers[number] = answer
                    return
                self.assertEqual(answer.status, 503, answer)

        threads = [threading.Thread(target=post, args=(number, address))
                   for number, address in enumerate((self.daemon.address, other.address, other.address))]
        for thread in threads:
            thread.start()
        self.wait_until(lambda: answers[0] is not None, what="the door to answer")
        self.daemon.kill()
        for thread in threads:
            thread.join()
        self.assertNotIn(None, answers)
        self.assertTrue(other.is_ready("?door"))

        for client in self.readers.values():
            client.address = other.address
            client.close()
        # The others' instants lie in the future; what is owed at once is given with the answer.
        views = [self.view(episode) for episode in episodes]
        starts = sorted(local(view["sip"]["mote"]["start_at"]) for view in views if view["sip"]["mote"])
        self.assertEqual(starts, [local("2026-09-15T13:00"), local("2026-09-22T13:00")])
        without = [view for view in views if not view["sip"]["mote"]]
        self.assertEqual([task["status"] for view in without for task in view["tasks"] if task["kind"] == "no_slot"],
                         ["open"], "D6b: told at once")
        for view in views:
            self.same(view["clocks"]["sip_kallelse_due_before"], "2026-09-11T00:00", "the legal clock runs on")
        kallelser = [notice["data"]["episode"]["id"] for notice in self.kb.feed(KB)
                     if notice["type"] == "samordnad.sip.kallelse.v1"]
        self.assertEqual(sorted(kallelser), sorted(view["id"] for view in views if view["sip"]["mote"]),
                         "each kallelse once, and none that was taken back")


if __name__ == "__main__":
    harness.main()
