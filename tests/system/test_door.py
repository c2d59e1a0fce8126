"""The door: one bad fact fails alone, any order of arrival gives the same episode, what is annulled is taken back."""

import itertools
import threading
import unittest

import harness
import region
from harness import wire
from region import ANNA, BO, CECILIA, H, KB, KH, VC
from test_stories import Story

POISON = """
create function poison() returns trigger language plpgsql as $$
begin
	if new.message_id like 'poison%' then raise exception 'poisoned'; end if;
	return new;
end $$;
create trigger poison before insert on samordnad.fact for each row execute function poison();
"""
TROUBLE = """
create function trouble() returns trigger language plpgsql as $$
begin raise exception 'trouble'; end $$;
create trigger trouble before update on samordnad.task for each row execute function trouble();
"""


class OneBadFact(Story):
    """What the database will not take fails alone, whatever came with it."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_batch(self):
        self.database.run(POISON)
        events = [self.h.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00"), number=number % 3), encounter=f"B{number}",
            id=f"poison-{number}" if number in (4, 9) else f"good-{number}") for number in range(16)]
        answer = self.h.post_event(events, mode="batch")
        self.assertEqual(answer.status, 200)
        results = answer.json["results"]
        self.assertEqual([result["id"] for result in results], [event["id"] for event in events])
        for number, result in enumerate(results):
            if number in (4, 9):
                self.assertEqual(result["status"], 500)
            else:
                self.assertEqual(result["result"], "applied", result)
        self.assertEqual(self.database.value("select count(*) from samordnad.episode where org <> 0"), "14")
        # Nothing of what failed is left behind: feeds have no gap, and every person's load is true.
        self.told(VC), self.told(KH), self.told(KB)
        again = self.h.post_event(events[3], mode="structured")
        self.assertEqual(again.json["result"], "duplicate")
        self.database.run("drop trigger poison on samordnad.fact")
        self.assertEqual(self.h.post_event(events[4], mode="structured").json["result"], "applied")


class InstantInTrouble(Story):
    """An instant that cannot be handled is put off, and stands in nobody's way."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_postponed(self):
        self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), "P1")
        due = self.clock.next_due()
        self.database.run(TROUBLE)
        self.clock.set(due)
        self.wait_until(lambda: self.clock.next_due() > due)
        self.assertIn("fact_failed", self.daemon.log())
        self.database.run("drop trigger trouble on samordnad.task")
        self.clock.step()
        self.assertIn("task.due_soon", self.told(KH))


SLOW = """
create function slow() returns trigger language plpgsql as $$
begin perform pg_sleep(0.05); return null; end $$;
create trigger slow after insert on samordnad.fact for each statement execute function slow();
"""
FULL = """
create function full_() returns trigger language plpgsql as $$
begin raise exception 'no space' using errcode = '53100'; end $$;
create trigger full_ before insert on samordnad.fact for each row execute function full_();
"""


class InstantInTroubleUnderLoad(Story):
    """An instant that cannot be handled is found also while messages never stop, and they go on as before."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_isolated(self):
        self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), "T0")
        due = self.clock.next_due()
        self.database.run(TROUBLE + SLOW)
        self.clock.set(due)
        ended, posted = threading.Event(), []

        def pour(worker):
            client = self.client(f"load-{worker}", ["hospital"], [H])
            for number in itertools.count():
                if ended.is_set():
                    return
                answer = client.post_message("samtycke", {
                    "omfattning": "sip", "status": "lamnat", "at": wire(due)}, encounter=f"T{worker}-{number}",
                    time=wire(due))
                posted.append(answer.status)
        workers = [threading.Thread(target=pour, args=(worker,)) for worker in range(8)]
        for worker in workers:
            worker.start()
        try:
            self.wait_until(lambda: "fact_failed" in self.daemon.log(), what="the instant to stand alone")
            before = len(posted)
            self.wait_until(lambda: len(posted) > before + 50, what="messages to go on")
        finally:
            ended.set()
            for worker in workers:
                worker.join()
        self.assertEqual(set(posted), {200})


class DiskFull(Story):
    """What the database may take later waits for it, with pauses, and says so once."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_full_and_free_again(self):
        self.database.run(FULL)
        answer = self.h.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), encounter="F1", id="f1")
        self.assertEqual(answer.status, 503)
        self.assertIn("Retry-After", answer.headers)
        self.assertEqual(self.daemon.log().count("database_cannot_write"), 1)
        self.assertLess(self.daemon.log().count("register_read"), 20, "it waits between its tries")
        self.database.run("drop trigger full_ on samordnad.fact")
        self.wait_until(lambda: self.h.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), encounter="F1", id="f1").status == 200)


class AnyOrder(Story):
    """Causes before effects aside, the order of arrival does not matter: the senders' times do."""

    region = region.region(fvk_mode="manual")
    start_at = "2026-06-08T08:00"

    SHOWN = ("phase", "klar_at", "utskriven_at", "beraknad_utskrivning_at", "inskriven_at")

    def messages(self, encounter):
        return [
            ("ny_beraknad_utskrivning", {"beraknad_utskrivning_at": wire("2026-06-10T15:00")}, "2026-06-08T08:02"),
            ("utskrivningsklar", {"klar_at": wire("2026-06-08T08:02:30")}, "2026-06-08T08:03"),
            ("ej_langre_utskrivningsklar", {"at": wire("2026-06-08T08:03:30")}, "2026-06-08T08:03:40"),
            ("utskrivningsklar", {"klar_at": wire("2026-06-08T08:04")}, "2026-06-08T08:04"),
            ("samtycke", {"omfattning": "sip", "status": "nekat", "at": wire("2026-06-08T08:04:10")},
             "2026-06-08T08:04:20"),
        ]

    def play(self, order, encounter):
        messages = self.messages(encounter)
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), encounter, time=wire("2026-06-08T08:01"))
        for number in order:
            message, data, time = messages[number]
            self.h.post_message(message, data, encounter=encounter, time=wire(time))
        view = self.view(episode)
        return {key: view[key] for key in self.SHOWN} | {
            "samtycke": view["samtycke"]["sip"], "owed": view["sip"]["owed"],
            "open": sorted((task["unit"], task["kind"]) for task in view["tasks"] if task["status"] == "open")}

    def test_order(self):
        self.at("2026-06-08T08:10")
        expected = self.play(range(5), "O")
        self.assertEqual(expected["phase"], "utskrivningsklar")
        self.assertEqual(expected["owed"], False)
        orders = list(itertools.permutations(range(5)))[7::11]
        for number, order in enumerate(orders):
            self.assertEqual(self.play(order, f"O{number}"), expected, f"in the order {order}")

    def test_a_clock_ahead(self):
        """D3: a hospital's clock four minutes ahead does not outdo a refusal that comes after its message."""
        self.at("2026-06-08T08:10")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), "A1", time=wire("2026-06-08T08:14"))
        self.at("2026-06-08T08:12")
        self.vc.post_message("samtycke", {"omfattning": "sip", "status": "nekat", "at": wire("2026-06-08T08:11")},
                             episode=episode, expect="applied", time=wire("2026-06-08T08:12"))
        self.assertEqual(self.view(episode)["samtycke"]["sip"]["status"], "nekat")

    def test_annulled_gives_back(self):
        """Section 2: the kontakt that came of an annulled message ends, though nothing names the patient any more."""
        self.at("2026-06-08T08:10")
        runs = ("select count(*) from samordnad.kontakt k join samordnad.episode e using (episode) "
                "where e.encounter = 'G1' and k.to_at is null")
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00"), number=2), "G1", id="g1")
        self.vc.post_message("fast_vardkontakt", {
            "atgard": "utse", "staff": ANNA, "from_at": wire("2026-06-08T08:10"), "utsedd_av": CECILIA},
            episode=episode, expect="applied")
        self.assertEqual(self.database.value(runs), "1")
        self.h.post_message("makulering", {"message_id": "g1", "orsak": "fel patient"}, encounter="G1", expect="applied")
        self.assertEqual(self.database.value(runs), "0")

    def test_kallelse_on_its_way_while_the_fvk_changes(self):
        """D4: who was the FVK when it was sent may have sent it, and her deputy, whatever came first."""
        self.at("2026-06-08T08:10")

        def kallelse(by, time):
            return (self.vc, "sip_kallelse", {
                "atgard": "skicka", "skickad_av": by, "at": wire(time), "kallade": [VC, KH, KB],
                "mote": {"start_at": wire("2026-06-12T13:00"), "end_at": wire("2026-06-12T14:00"),
                         "form": "video", "plats": "Videomote 1"}}, time)

        def fvk(atgard, staff, time):
            return (self.vc, "fast_vardkontakt", {
                "atgard": atgard, "staff": staff, "from_at": wire(time), "utsedd_av": CECILIA}, time)

        for sender in (ANNA, BO):
            messages = [(self.h, "utskrivningsklar", {"klar_at": wire("2026-06-08T08:02")}, "2026-06-08T08:02"),
                        kallelse(sender, "2026-06-08T08:04"), fvk("byt", CECILIA, "2026-06-08T08:05")]
            seen = []
            for number, order in enumerate(itertools.permutations(range(3))):
                episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
                    wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), f"F-{sender}-{number}",
                    time=wire("2026-06-08T08:01"))
                first = fvk("utse", ANNA, "2026-06-08T08:01:30")
                for client, message, data, time in [first] + [messages[place] for place in order]:
                    self.say(client, message, data, episode, time=wire(time))
                self.assertEqual(self.tasks(episode, VC, "kalla_till_sip"), [], f"{sender}, in the order {order}")
                view = self.view(episode)
                self.assertEqual(self.fvk(episode), (CECILIA, CECILIA))
                seen.append((view["phase"], view["sip"]["owed"], sorted(
                    (task["unit"], task["kind"]) for task in view["tasks"] if task["status"] == "open")))
            self.assertEqual(seen, seen[:1] * len(seen))

    def test_ahead_of_the_clock(self):
        answer = self.h.post_message("utskrivning", {
            "utskriven_at": wire("2026-06-08T09:00"), "destination": "ordinart"}, encounter="A1",
            time=wire("2027-06-08T09:00"))
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json["errors"][0]["pointer"], "/time")


class Annulled(Story):
    region = region.region()
    start_at = "2026-06-08T08:00"

    def admit(self, encounter):
        return self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00")), encounter)

    def test_discharge_is_undone(self):
        self.at("2026-06-08T08:20")
        episode = self.admit("M1")
        self.send(self.h, "utskrivning", {"utskriven_at": wire("2026-06-08T08:20"), "destination": "ordinart"}, "M1",
                  id="home")
        self.assertEqual(len(self.tasks(episode, H, "utskrivningsinformation")), 1)
        before = self.heads()
        self.send(self.h, "makulering", {"message_id": "home", "orsak": "fel patient"}, "M1")
        self.assertEqual(self.view(episode)["phase"], "inskriven")
        self.assertEqual(self.tasks(episode, H, "utskrivningsinformation"), [])
        self.assertIn("episode.utskrivning_aterkallad", self.told(KH, before[KH]))

    def test_annulled_before_it_came(self):
        self.at("2026-06-08T08:30")
        episode = self.admit("M2")
        answer = self.h.post_message("makulering", {"message_id": "late", "orsak": "fel"}, encounter="M2")
        self.assertEqual((answer.json["result"], answer.json["outcome"]["code"]), ("recorded", "meddelande_okant"))
        answer = self.h.post_message("utskrivningsklar", {"klar_at": wire("2026-06-08T08:30")}, encounter="M2",
                                     id="late")
        self.assertEqual((answer.json["result"], answer.json["outcome"]["code"]), ("recorded", "makulerad"))
        self.assertEqual(self.view(episode)["phase"], "inskriven")

    def test_admission_sent_in_error(self):
        self.at("2026-06-08T08:40")
        load = "select count(*) from samordnad.kontakt where to_at is null"
        before = int(self.database.value(load))
        answer = self.h.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00"), number=2), encounter="M3", id="wrong",
            expect="applied")
        episode = answer.json["episode"]["id"]
        self.assertEqual(int(self.database.value(load)), before + 1)
        heads = self.heads()
        self.send(self.h, "makulering", {"message_id": "wrong", "orsak": "fel patient"}, "M3")
        view = self.h.episode(episode)
        self.assertEqual(view["phase"], "makulerad")
        self.assertEqual([task for task in view["tasks"] if task["status"] == "open"], [])
        self.assertIn("episode.makulerad", self.told(KB, heads[KB]))
        self.assertEqual(self.vc.get(f"/v1/episodes/{episode}").status, 404)

    def test_others_messages_are_theirs(self):
        self.at("2026-06-08T08:50")
        episode = self.admit("M4")
        view = self.view(episode)
        first = next(row["id"] for row in view["history"] if row["type"].endswith("inskrivningsmeddelande"))
        answer = self.kh.post_message("makulering", {"message_id": first, "orsak": "nej"}, episode=episode)
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.view(episode)["phase"], "inskriven")


class Watch(Story):
    """A0: the watch stays inside the hospital until a physician has judged."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_watch(self):
        data = {"patient": region.patient(), "inskriven_at": wire("2026-06-08T07:00"), "avdelning": "21"}
        episode = self.send(self.h, "inskrivning", data, "W1")
        self.assertEqual(self.view(episode)["phase"], "bevakad")
        self.at("2026-06-08T19:00")
        self.assertEqual(self.told(H, what="task"), ["task.created", "task.due_soon"], "A0: 12 h after admission")
        self.send(self.h, "behovsbedomning", {"behov_finns": "ja", "bedomt_at": wire("2026-06-08T19:00")}, "W1")
        self.assertEqual([task["kind"] for task in self.tasks(episode, H)], ["inskrivningsmeddelande"])
        self.at("2026-06-09T07:00:01")
        self.assertEqual([breach["cause"] for breach in self.breaches(episode, "A5")], ["hospital_late"])
        for unit in (VC, KH, KB):
            self.assertEqual(self.told(unit), [], "nothing leaves the hospital")
        self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T07:00"), wire("2026-06-11T12:00")), "W1")
        self.assertEqual(self.tasks(episode, H), [])
        self.assertTrue(all(breach["done_at"] for breach in self.breaches(episode, "A5")))


class RegionChanges(Story):
    """A change of staff or policy reaches the open episodes at once, not at their next instant."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_absence(self):
        episodes = [self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-21T12:00"), number=number), f"R{number}") for number in range(3)]
        small = region.region(absences=[
            {"from_at": "2026-06-08T00:00:00+02:00", "to_at": "2026-06-20T00:00:00+02:00"}])
        harness.load_region(self.database, small)
        for episode in episodes:
            self.wait_until(lambda: self.fvk(episode) == (ANNA, BO))
        self.wait_until(lambda: self.told(KB, what="fast_vardkontakt").count("fast_vardkontakt.changed") == 3)
        self.wait_until(lambda: self.database.value(
            "select region_version = planned_version from samordnad.instance") == "t")


class RegionChangesAndKill(Story):
    """A change of staff survives a kill in the middle of planning anew."""

    region = region.region()
    start_at = "2026-06-08T08:00"

    def test_killed(self):
        events = [self.h.event("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-21T12:00"), number=number % 3), encounter=f"K{number}")
            for number in range(150)]
        self.assertEqual(self.h.post_event(events, mode="batch").status, 200)
        appointed = len(self.told(KB, what="fast_vardkontakt"))
        self.database.run(SLOW.replace("insert on samordnad.fact", "update on samordnad.episode"))
        harness.load_region(self.database, region.region(absences=[
            {"from_at": "2026-06-08T00:00:00+02:00", "to_at": "2026-06-20T00:00:00+02:00"}]))
        self.wait_until(lambda: "fast_vardkontakt.changed" in self.told(KB, what="fast_vardkontakt"))
        self.daemon.kill()
        self.daemon.start()
        self.wait_until(lambda: self.database.value(
            "select region_version = planned_version from samordnad.instance") == "t")
        told = self.told(KB, what="fast_vardkontakt")[appointed:]
        self.assertEqual(told, ["fast_vardkontakt.changed"] * 150)


def with_doctors():
    small = region.region()
    small["units"][1]["staff"] += [region.person("SE2321000016-DOKA", "Doktor A", "lakare"),
                                   region.person("SE2321000016-DOKB", "Doktor B", "lakare")]
    return small


class Lakarkontakt(Story):
    """B5: at life-threatening the fast läkarkontakt, whom the register knows by fast_kontakt, kind 2."""

    region = with_doctors()
    start_at = "2026-06-08T08:00"

    def test_rank(self):
        answer = self.vc.post_message("fast_kontakt", {
            "slag": 2, "patient": region.patient(1), "staff": "SE2321000016-DOKB", "atgard": "utse",
            "from_at": wire("2026-06-08T08:00")}, expect="applied")
        self.assertEqual(answer.status, 200)
        episode = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00"), number=1, livshotande=True), "L1")
        self.assertEqual(self.fvk(episode), ("SE2321000016-DOKB", "SE2321000016-DOKB"))
        other = self.send(self.h, "inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire("2026-06-08T00:00"), wire("2026-06-11T12:00"), number=0, livshotande=True), "L2")
        self.assertEqual(self.fvk(other)[0], "SE2321000016-DOKA")
        answer = self.vc.post_message("fast_vardkontakt", {
            "atgard": "byt", "staff": ANNA, "utsedd_av": CECILIA, "from_at": wire("2026-06-08T08:00")}, episode=other)
        self.assertEqual((answer.json["result"], answer.json["outcome"]["code"]),
                         ("recorded", "fvk_maste_vara_lakare"), "B3")


del Story

if __name__ == "__main__":
    unittest.main()
