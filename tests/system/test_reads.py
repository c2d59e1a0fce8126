"""What may be read: an episode's view with *why this person*, what samtycke and skydd hide (G5, G6), to whom it does not
exist, the worklist by deadline, the contract's own files.
"""

import json
import re

import harness
import region
from harness import local, wire
from region import ANNA, BO, CECILIA, H, KB, KH, VC

NAMES = ("Test Testsson", "Provgatan", "Provstad")


class Reads(harness.Case):
    region = region.region()
    start_at = "2026-05-04T08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])
        cls.vc = cls.client("vardcentralen", ["unit"], [VC])
        cls.kh = cls.client("kommunens-hsl", ["unit"], [KH])
        cls.kb = cls.client("socialtjansten", ["unit"], [KB])
        harness.wait_until(lambda: cls.kb.get(f"/v1/tasks?unit={KB}").status == 200, what="the tokens to be known")

    def admit(self, encounter, hours=2, number=0, **more):
        """An inskrivningsmeddelande sent now; returns the episode's id."""
        now = self.clock.now()
        data = region.inskrivningsmeddelande(
            wire(now - harness.datetime.timedelta(hours=hours)), wire(now + harness.datetime.timedelta(days=3)),
            number=number)
        patient = {**data["patient"], **more.pop("patient", {})}
        answer = self.h.post_message("inskrivningsmeddelande", {**data, **more, "patient": patient},
                                     encounter=encounter, expect="applied")
        return answer.json["episode"]["id"]


class Episode(Reads):
    def test_hospital_sees_all(self):
        episode = self.admit("E1")
        view = self.h.episode(episode)
        self.assertEqual((view["id"], view["encounter"], view["phase"]), (episode, "E1", "inskriven"))
        self.assertEqual(view["patient"]["namn"], "Test Testsson 0")
        self.assertEqual(view["patient"]["identitet"]["varde"], region.PERSONS[0])
        self.assertEqual(view["hospital"], {"org": "2321000016", "unit": H, "namn": "Avdelning 21",
                                            "avdelning": "Avdelning 21"})
        self.assertEqual({row["unit"] for row in view["mottagare"]}, {VC, KH, KB})
        self.assertEqual(view["samtycke"]["sip"]["status"], "lamnat")
        self.assertEqual([(row["nr"], row["type"], row["source"]) for row in view["history"]][0],
                         (1, "inskrivningsmeddelande", H))
        self.assertEqual(view["history"][0]["data"]["avdelning"], "Avdelning 21")
        due = local(view["inskriven_at"]) + harness.datetime.timedelta(hours=24)
        self.assertEqual(local(view["clocks"]["inskrivningsmeddelande_due"]), due, "A1")
        self.assertEqual(view["betalningsansvar"]["standing"], "not_applicable")
        self.assertEqual(view["betalningsansvar"]["grounds"], ["no_klar"])

    def test_why_this_person(self):
        """B4, B5, B10: who, by which standing decision, and the ranking with its reasons."""
        view = self.vc.episode(self.admit("E2", number=1))
        fvk, = view["fast_vardkontakt"]
        self.assertEqual((fvk["unit"], fvk["staff"]["hsa_id"], fvk["staff"]["telefon"]), (VC, ANNA, "08-000 00 00"))
        self.assertEqual(fvk["standing_decision"]["beslutad_av"], CECILIA)
        self.assertFalse(fvk["away"])
        first = fvk["ranking"][0]
        self.assertEqual(first["staff"], ANNA)
        self.assertTrue(first["skal"])
        self.assertGreaterEqual(first["belastning"], 0)
        self.assertNotIn("encounter", view, "the hospital's own name of the stay is the hospital's")

    def test_what_was_said_of_the_fast_vardkontakt(self):
        """B10: on what ground, who is responsible, when it is looked at again, and why it ended."""
        episode = self.admit("E9")
        now = self.clock.now()
        review = wire(now + harness.datetime.timedelta(days=90))
        said = {"grund": "Patientens önskan", "omprovas_at": review, "medicinskt_ansvarig": CECILIA, "ersattare": CECILIA}
        self.say_fvk(episode, "byt", BO, **said)
        fvk, = self.vc.episode(episode)["fast_vardkontakt"]
        self.assertEqual({name: fvk[name] for name in said}, said)
        self.assertEqual((fvk["staff"]["hsa_id"], fvk["utsedd_av"]), (BO, CECILIA))
        self.assertEqual((fvk["ended_at"], fvk["orsak"], fvk["avslutad"]), (None, None, None))
        self.assertIsNone(fvk["over_kapacitet"], "a person chose without a ranking")

        self.say_fvk(episode, "avsluta", BO, orsak="Flyttar")
        fvk, = self.h.episode(episode)["fast_vardkontakt"]
        self.assertEqual((fvk["staff"]["hsa_id"], fvk["grund"], fvk["orsak"]), (ANNA, None, None), "Anna follows")
        self.say_fvk(episode, "avsluta", ANNA, orsak="Slutar")
        fvk, = self.h.episode(episode)["fast_vardkontakt"]
        self.assertEqual((fvk["staff"], fvk["avslutad"]["hsa_id"], fvk["orsak"]), (None, ANNA, "Slutar"))
        self.assertIsNotNone(fvk["ended_at"])
        self.assertEqual(fvk["ranking"][0]["staff"], ANNA, "why it was her")

    def say_fvk(self, episode, atgard, staff, **more):
        self.vc.post_message("fast_vardkontakt", {
            "atgard": atgard, "staff": staff, "from_at": wire(self.clock.now()), "utsedd_av": CECILIA, **more},
            episode=episode, expect="applied")

    def test_patientinformation(self):
        """E3: the text is ready from utskrivningsklar on, for who hands it over and for the fast vårdkontakt."""
        episode = self.admit("E10")
        self.assertIsNone(self.h.episode(episode)["patientinformation"])
        self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="E10",
                            expect="applied")
        ready = self.h.episode(episode)["patientinformation"]
        self.assertIn("Anna Ek, distriktssköterska, Vardcentralen, telefon 08-000 00 00.", ready["text"])
        self.assertIn("Samordnad individuell plan (SIP)", ready["text"])
        self.assertIsNone(ready["overlamnad_at"])
        self.assertEqual(self.vc.episode(episode)["patientinformation"], ready)
        self.assertIsNone(self.kh.episode(episode)["patientinformation"])
        given = wire(self.clock.now())
        self.h.post_message("utskrivning", {"utskriven_at": given, "destination": "ordinart"}, encounter="E10",
                            expect="applied")
        self.h.post_message("patientinformation", {"overlamnad_at": given}, encounter="E10", expect="applied")
        handed = self.h.episode(episode)["patientinformation"]["overlamnad_at"]
        self.assertEqual(local(handed), local(given))
        self.h.post_message("samtycke", {"omfattning": "informationsdelning", "status": "nekat", "at": given},
                            encounter="E10", expect="applied")
        self.assertIsNone(self.vc.episode(episode)["patientinformation"])
        self.assertIsNotNone(self.h.episode(episode)["patientinformation"])

    def test_patientinformation_knows_the_plan_outside_of_stays(self):
        """E3, D10: held outside of every stay, by whom the hospital may hear of it (G8)."""
        whose = {"patient": {"identitet": region.patient(2)["identitet"]}}
        plan = {"insatser": ["hemsjukvard"], "region": [], "kommun": ["hemsjukvard"], "andra": [],
                "overgripande_ansvar": "kommun"}
        held = {"hallen_at": wire(self.clock.now()), "utfall": "genomford", "plan": plan}
        self.kh.post_message("sip", {**whose, **held}, expect="applied")
        episode = self.admit("E11", number=2)
        self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="E11", expect="applied")
        text = lambda: self.h.episode(episode)["patientinformation"]["text"]
        has = "Du har redan en SIP. Den gäller fortfarande.\nDu kommer att få en kallelse"
        self.assertIn(has, text())
        self.kh.post_message("sparr", {**whose, "atgard": "satt", "at": wire(self.clock.now())}, expect="applied")
        self.assertNotIn("Du har", text())
        self.kh.post_message("sparr", {**whose, "atgard": "havd", "at": wire(self.clock.now())}, expect="applied")
        self.assertIn(has, text())
        self.h.post_message("samtycke", {"omfattning": "informationsdelning", "status": "nekat",
                                         "at": wire(self.clock.now())}, encounter="E11", expect="applied")
        self.assertNotIn("Du har", text())

    def test_answers_of_the_mottagare(self):
        episode = self.admit("E3")
        self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="E3", expect="applied")
        ids = {row["type"]: row["id"] for row in self.h.episode(episode)["history"] if row["source"] == H}
        self.kh.post_message("kvittens", {"message_id": ids["utskrivningsklar"]}, episode=episode, expect="applied")
        rows = {row["unit"]: row for row in self.h.episode(episode)["mottagare"]}
        self.assertIsNotNone(rows[KH]["kvitterat"]["utskrivningsklar"])
        self.assertIsNone(rows[KH]["kvitterat"]["inskrivningsmeddelande"])
        self.assertIsNone(rows[KB]["kvitterat"]["utskrivningsklar"])
        for row in rows.values():
            self.assertIsNotNone(row["lamnad_at"], "C5")
        view = self.h.episode(episode)
        self.assertEqual(view["phase"], "utskrivningsklar")
        self.assertTrue(view["sip"]["owed"], "D0")
        self.assertEqual(view["sip"]["due_before"], view["clocks"]["sip_kallelse_due_before"])
        self.assertEqual((view["betalningsansvar"]["standing"], view["betalningsansvar"]["kommun"]),
                         ("not_yet", region.KOMMUN))

    def test_to_others_it_does_not_exist(self):
        """No difference between what is not there and what is not yours."""
        episode = self.admit("E4", mottagare=[{"hsa_id": VC}, {"hsa_id": KH}])
        answers = [self.kb.get(f"/v1/episodes/{episode}")]
        other = f"{episode[:-1]}{'0' if episode[-1] != '0' else '1'}"  # the random part is wrong
        answers += [self.h.get(f"/v1/episodes/{id}") for id in (
            other, "00000000-0000-7000-8000-000000000000", "no-uuid", "0198c0de-0000-4000-8000-000000000000")]
        self.assertEqual({answer.status for answer in answers}, {404})
        self.assertEqual(len({answer.body for answer in answers}), 1)
        ops = self.client("drift", ["ops"])
        harness.wait_until(lambda: ops.get(f"/v1/episodes/{episode}").status == 403, what="ops to be refused")

    def test_parked(self):
        """An episode that is not named yet has a view for its hospital."""
        answer = self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="E5",
                                     expect="parked")
        view = self.h.episode(answer.json["episode"]["id"])
        self.assertEqual((view["phase"], view["patient"], view["mottagare"]), ("okand", None, []))
        self.assertEqual(view["history"][0]["result"], "parked")

    def test_state_of_another_layout_is_folded_anew(self):
        """The stored state is a cache of the facts (law 2)."""
        episode = self.admit("E6")
        before = self.h.episode(episode)
        self.database.run(f"update samordnad.episode set state = null where uuid = '{episode}'")
        self.assertEqual(self.h.episode(episode), before)
        self.database.run(f"update samordnad.episode set state = '\\x0102030405060708' where uuid = '{episode}'")
        self.assertEqual(self.h.episode(episode), before)

    def test_kvittens_by_task_survives_a_fold(self):
        """G3: a kvittens may name its task instead of the message; the fold finds what the task is about."""
        episode = self.admit("E8")
        task = next(task for task in self.kh.episode(episode)["tasks"]
                    if (task["kind"], task["unit"]) == ("kvittera_inskrivningsmeddelande", KH))
        self.kh.post_message("kvittens", {"task": task["id"]}, episode=episode, expect="applied")
        before = self.h.episode(episode)
        row = next(row for row in before["mottagare"] if row["unit"] == KH)
        self.assertIsNotNone(row["kvitterat"]["inskrivningsmeddelande"])
        self.database.run(f"update samordnad.episode set state = null where uuid = '{episode}'")
        self.assertEqual(self.h.episode(episode), before)

    def test_large_body_is_found(self):
        """A body too large for the history is still looked into."""
        episode = self.admit("E7", ovrigt="x" * 20000)
        view = self.h.episode(episode)
        self.assertEqual(view["patient"]["namn"], "Test Testsson 0")
        self.assertNotIn("data", view["history"][0])

    def test_large_body_says_of_the_patient(self):
        episode = self.admit("E11")
        for number, says in enumerate(({"folkbokforingsadress": "Provgatan 2"}, {"namn": "Test Nytt"})):
            self.h.post_message("patient_uppdaterad", {"patient": says, "ovrigt": "x" * (20000 - 19999 * number)},
                                encounter="E11", expect="applied")
        patient = self.h.episode(episode)["patient"]
        self.assertEqual((patient["folkbokforingsadress"], patient["namn"]), ("Provgatan 2", "Test Nytt"))


class Capacity(Reads):
    region = region.region()
    region["units"][1]["staff"][0]["kapacitet"] = 1

    def test_over_the_soft_capacity(self):
        """B6: over it warn, never block."""
        for number, over in enumerate((False, True)):
            fvk, = self.vc.episode(self.admit(f"C{number}", number=number))["fast_vardkontakt"]
            self.assertEqual((fvk["staff"]["hsa_id"], fvk["over_kapacitet"]), (ANNA, over))


class Masked(Reads):
    def test_without_samtycke(self):
        """G5: the four statutory fields and the clocks leave the hospital; ward and source are masked."""
        episode = self.admit("M1", samtycke={"informationsdelning": "okant", "sip": "lamnat"})
        view = self.kh.episode(episode)
        self.assertEqual(set(view["patient"]) - {"skyddade_personuppgifter"},
                         {"identitet", "namn", "folkbokforingsadress"})
        self.assertIsNotNone(view["beraknad_utskrivning_at"])
        self.assertIsNotNone(view["clocks"]["inskrivningsmeddelande_due"])
        self.assertEqual(view["hospital"], {"org": "2321000016", "namn": "Sjukhuset"})
        self.assertNotIn("inskriven_at", view)
        self.assertEqual([row["unit"] for row in view["mottagare"]], [KH], "who else was told says what is needed")
        self.assertEqual({task["unit"] for task in view["tasks"]}, {KH})
        text = json.dumps(view)
        for hidden in ("Avdelning 21", "Provad anteckning", H, "somatisk", "behov\"", '"data"'):
            self.assertNotIn(hidden, text)
        for row in view["history"]:
            self.assertIsNone(row["source"])
            self.assertIn(row["by"], ("Sjukhuset", "samordnad"))
        self.assertEqual(view["fast_vardkontakt"], [], "another unit's")
        self.assertIn("ranking", self.vc.episode(episode)["fast_vardkontakt"][0], "but the unit must know why")

    def test_without_samtycke_no_trace_of_others(self):
        """G5: who else was told, by name, by HSA-id or by what they did, says what the patient needs."""
        now = self.clock.now()
        episode = self.admit("M4", samtycke={"informationsdelning": "nekat", "sip": "lamnat"})
        self.h.post_message("utskrivningsklar", {"klar_at": wire(now)}, encounter="M4", expect="applied")
        ids = {row["type"]: row["id"] for row in self.h.episode(episode)["history"] if row["source"] == H}
        for client in (self.kb, self.kh, self.vc):
            client.post_message("kvittens", {"message_id": ids["inskrivningsmeddelande"]}, episode=episode,
                                expect="applied")
        self.assertFalse(self.others_in(self.kh, episode, VC, KB))
        self.assertFalse(self.others_in(self.vc, episode, KH, KB))
        start = now + harness.datetime.timedelta(days=5)
        self.vc.post_message("sip_kallelse", {
            "atgard": "skicka", "skickad_av": ANNA, "at": wire(now), "kallade": [KB],
            "mote": {"start_at": wire(start), "end_at": wire(start + harness.datetime.timedelta(hours=1)),
                     "form": "fysiskt", "plats": "Vardcentralen, rum 2"}}, episode=episode, expect="applied")
        self.assertFalse(self.others_in(self.kh, episode, VC, KB))
        kh, kb, vc = (client.episode(episode) for client in (self.kh, self.kb, self.vc))
        self.assertEqual([row["type"] for row in kh["history"]],
                         ["inskrivningsmeddelande", "utskrivningsklar", "kvittens"])
        self.assertIsNone(kh["sip"]["unit"])
        self.assertIsNone(kh["sip"]["kallelse"])
        self.assertIsNone(kh["sip"]["mote"])
        self.assertEqual(kb["sip"]["mote"]["plats"], "Vardcentralen, rum 2", "who is summoned must know where")
        self.assertEqual((vc["sip"]["unit"], vc["sip"]["kallelse"]["skickad_av"]), (VC, ANNA))
        self.assertIn("fast_vardkontakt", [row["type"] for row in vc["history"] if row["by"] == "samordnad"])
        self.assertTrue(self.others_in(self.h, episode, VC, KB))

    def others_in(self, client, episode, *units):
        """What a view says of these units and their people."""
        text = client.get(f"/v1/episodes/{episode}").body.decode()
        known = {unit["hsa_id"]: unit for unit in self.region["units"]}
        words = [word for unit in units for row in (known[unit], *known[unit].get("staff", ()))
                 for word in (row["hsa_id"], row["namn"])]
        return [word for word in words if word in text]

    def test_samtycke_given_opens_and_withdrawn_closes(self):
        episode = self.admit("M2", samtycke={"informationsdelning": "okant", "sip": "lamnat"})
        for status, opens in (("lamnat", True), ("aterkallat", False), ("kravs_ej", True), ("nekat", False)):
            with self.subTest(status):
                self.h.post_message("samtycke", {"omfattning": "informationsdelning", "status": status,
                                                 "at": wire(self.clock.now())}, encounter="M2", expect="applied")
                view = self.kb.episode(episode)
                self.assertEqual("folkbokforingskommun" in view["patient"], opens)
                self.assertEqual("avdelning" in view["hospital"], opens)

    def test_skydd(self):
        """G6: no name, address or kommun, and no place, to others than the hospital."""
        for number, skydd in enumerate(("sekretessmarkering", "skyddad_folkbokforing")):
            with self.subTest(skydd):
                episode = self.admit(f"M3{number}", patient={"skyddade_personuppgifter": skydd})
                for client, person in ((self.vc, None), (self.vc, ANNA), (self.kh, CECILIA), (self.h, None)):
                    answer = client.get(f"/v1/episodes/{episode}",
                                        headers={"samordnad-person": person} if person else None)
                    self.assertEqual(answer.status, 404, "named persons only")
                answer = self.vc.get(f"/v1/episodes/{episode}", headers={"samordnad-person": CECILIA})
                self.assertEqual(answer.status, 200)
                for word in NAMES + (f'"{region.KOMMUN}"', "Avdelning 21", '"plats"'):
                    self.assertNotIn(word.encode(), answer.body)


class Worklist(Reads):
    def test_by_deadline_page_by_page(self):
        episodes = {self.admit(f"T{number}", hours=number + 1) for number in range(5)}
        whole = self.kh.tasks(KH)
        self.assertEqual({task["episode"] for task in whole}, episodes)
        self.assertEqual([task["due_at"] for task in whole], sorted(task["due_at"] for task in whole))
        for task in whole:
            self.assertRegex(task["id"], rf"^{re.escape(task['episode'])}\.[0-9]+$")
            self.assertEqual((task["unit"], task["status"]), (KH, "open"))
        for limit in (1, 2, len(whole)):
            self.assertEqual(self.kh.tasks(KH, limit=limit), whole, f"pages of {limit}")
        self.assertEqual(self.kh.tasks(KH, due_before=whole[0]["due_at"]), [], "exclusive")
        last = whole[-1]["due_at"]
        self.assertEqual(self.kh.tasks(KH, due_before=last), [task for task in whole if task["due_at"] < last])

        done = next(task for task in whole if task["kind"] == "kvittera_inskrivningsmeddelande")
        self.kh.post_message("kvittens", {"task": done["id"]}, episode=done["episode"], expect="applied")
        self.assertNotIn(done["id"], [task["id"] for task in self.kh.tasks(KH)])
        closed, = self.kh.tasks(KH, status="done")
        self.assertEqual((closed["id"], closed["status"]), (done["id"], "done"))
        self.assertIsNotNone(closed["closed_at"])
        self.assertEqual(self.kh.tasks(KH, status="cancelled"), [])

    def test_no_patient_in_a_worklist(self):
        self.admit("T9")
        body = self.vc.get(f"/v1/tasks?unit={VC}").body.decode()
        for word in NAMES + (region.PERSONS[0],):
            self.assertNotIn(word, body)

    def test_what_is_not_ones_own(self):
        self.assertEqual(self.vc.get(f"/v1/tasks?unit={KH}").status, 404)
        self.assertEqual(self.vc.get("/v1/tasks?unit=SE2321000016-NO").status, 404)
        self.assertEqual(self.vc.get(f"/v1/tasks?unit={H}").status, 404, "the ward is not this client's")
        self.assertEqual(self.h.get(f"/v1/tasks?unit={H}").status, 200)

    def test_bad_queries(self):
        good = f"unit={VC}"
        for query in ("", "unit=", "unit=VC", f"{good}&{good}", f"{good}&unknown=1", f"{good}&status=late",
                      f"{good}&due_before=2026-05-04", f"{good}&due_before=2026-05-04T25:00:00Z",
                      f"{good}&after=x", f"{good}&after={'0' * 52}", f"{good}&after={'f' * 52}",
                      f"{good}&limit=0", f"{good}&limit=1001", f"{good}&limit=-1", f"{good}&limit=1e3",
                      f"{good}&limit={'9' * 40}", f"{good}&status=%00", f"unit={'A' * 500}"):
            with self.subTest(query):
                answer = self.vc.get(f"/v1/tasks?{query}")
                self.assertEqual(answer.status, 400, answer)
        feed = f"unit={VC}"
        for query in ("", f"{feed}&after=-1", f"{feed}&after=x", f"{feed}&limit=0", f"{feed}&limit=100000",
                      f"{feed}&wait=61", f"{feed}&wait=0.5", f"{feed}&since=1"):
            with self.subTest(query):
                self.assertEqual(self.vc.get(f"/v1/feed?{query}").status, 400)
        self.assertEqual(self.vc.get("/v1/episodes/x?format=xml").status, 400)

    def test_bad_queries_say_which_and_what(self):
        for target, parameter, words in (
                (f"/v1/tasks?unit={VC}&limit=1001", "limit", "limit must be a whole number, 1 to 1000."),
                (f"/v1/tasks?unit={VC}&limit=x", "limit", "limit must be a whole number, 1 to 1000."),
                (f"/v1/feed?unit={VC}&wait=61", "wait", "wait must be a whole number, 0 to 60."),
                (f"/v1/feed?unit={VC}&after=-1", "after", "after must be a whole number of 0 or more."),
                (f"/v1/tasks?unit={VC}&status=late", "status", "status must be one of: open, done, cancelled."),
                ("/v1/tasks", "unit", "unit must be a unit's HSA-id."),
                (f"/v1/feed?unit={VC}&unit={VC}", "unit",
                 "unit must stand once, percent-encoded UTF-8 of at most 127 bytes.")):
            with self.subTest(target):
                answer = self.vc.get(target)
                self.assertEqual((answer.status, answer.json["parameter"], answer.json["detail"]),
                                 (400, parameter, words))
        self.assertEqual(self.vc.get(f"/v1/feed?unit={VC}&since=1").json["detail"],
                         "This path knows only these parameters: unit, after, limit, wait.")
        self.assertEqual(self.vc.get("/livez?x=1").json["detail"], "This path knows no parameters.")

    def test_after_beyond_the_end(self):
        """Who has read further than the feed goes reads another epoch: told at once, not spun, not skipped."""
        head = max((notice["data"]["seq"] for notice in self.vc.feed(VC)), default=0)
        answer = self.vc.get(f"/v1/feed?unit={VC}&after={head}")
        self.assertEqual((answer.status, answer.json["next_after"]), (200, head))
        for after in (head + 1, 10**18 - 1):
            for wait in (0, 30):
                answer = self.vc.get(f"/v1/feed?unit={VC}&after={after}&wait={wait}")
                self.assertEqual(answer.status, 409, answer)
                self.assertEqual((answer.json["parameter"], answer.json["last_seq"]), ("after", head))
                self.assertIn("begin again", answer.json["detail"])
                self.assertRegex(answer.json["epoch"], r"^[0-9a-f-]{36}$")

    def test_person_header(self):
        answer = self.vc.get(f"/v1/tasks?unit={VC}", headers={"samordnad-person": ANNA})
        self.assertEqual(answer.status, 200)
        answer = self.vc.get(f"/v1/tasks?unit={VC}", headers={"samordnad-person": "Anna Ek"})
        self.assertEqual(answer.status, 400)


class LongPoll(Reads):
    def ask(self, wait_s):
        connection = self.daemon.address.connect()
        self.addCleanup(connection.close)
        connection.sendall(f"GET /v1/feed?unit={KB}&after=0&wait={wait_s} HTTP/1.1\r\nHost: h\r\n"
                           f"Authorization: Bearer {self.kb.token}\r\n\r\n".encode())
        return connection

    def test_clients_that_go_away_while_they_wait(self):
        """Their places are free again: more come and go than may wait at once (FEED_WAITERS_MAX)."""
        for _ in range(1100):
            self.ask(60).close()
        answer = self.kb.get(f"/v1/feed?unit={KB}&after=0&wait=1")
        self.assertEqual(answer.status, 200)
        half = self.ask(60)
        half.shutdown(harness.socket.SHUT_WR)
        self.assertEqual(half.recv(1000), b"", "who no longer sends has gone away")
        self.assertTrue(self.daemon.is_ready())


class Contract(harness.Case):
    def test_files_are_served_as_they_are(self):
        nobody = harness.Client(self.daemon.address)
        for path in [harness.ROOT / "proto" / "openapi.yaml", *sorted(harness.SCHEMAS.glob("*.json"))]:
            target = "/" + str(path.relative_to(harness.ROOT / "proto"))
            answer = nobody.get(target)
            self.assertEqual((answer.status, answer.body), (200, path.read_bytes()), target)
        for target in ("/schemas/none.json", "/schemas/", "/schemas/..%2fopenapi.yaml", "/schemas", "/"):
            self.assertIn(nobody.get(target).status, (400, 404), target)


if __name__ == "__main__":
    harness.main()
