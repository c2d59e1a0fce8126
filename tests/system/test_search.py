"""Searches and lists (contract.md §3): whose stays turn up for whom, by patient, state and unit (G5, G6); patients and
their fasta kontakter behind samtycke, spärr and skydd (B11, G8); and that pages lose no row and give none twice while
rows are added.

    who                                   stays of                                    contacts
    hospital, all of it                   its organisation                            its organisation's; others' by the gate
    hospital, one ward                    those that the ward spoke of                the same
    unit                                  those in which it is an active mottagare    its organisation's branch; others' by the gate
    unit that left (ej_berord)            not that one                                -
    unit with nothing to do with it       none: an empty list                         404
    skydd: without a person of the unit   none                                        404
    ops                                   403                                         403
"""

import datetime
import urllib.parse

import harness
import region
from harness import wire
from region import ANNA, BO, CECILIA, H, KB, KH, VC

H2 = "SE2321000016-H02"
OTHER = "SE2321000131-VC9"  # of another vårdgivare
DORIS = "SE2321000016-DORIS"  # of the hospital
ELSA = "SE2120000142-ELSA"  # of the socialtjänst
FRIDA = "SE2321000131-FRIDA"
DAY = datetime.timedelta(days=1)


def larger_region():
    whole = region.region()
    units = {unit["hsa_id"]: unit for unit in whole["units"]}
    units[H]["staff"] = [region.person(DORIS, "Doris Berg", "sjukskoterska")]
    units[KB]["staff"] = [region.person(ELSA, "Elsa Fors", "underskoterska")]
    whole["units"] += [
        {"hsa_id": H2, "namn": "Sjukhuset, avdelning 2", "slag": "slutenvard", "region": region.REGION},
        {"hsa_id": OTHER, "namn": "Annan vardgivares mottagning", "slag": "primarvard", "region": region.REGION,
         "kommun": region.KOMMUN, "staff": [region.person(FRIDA, "Frida Gren", "lakare")]},
    ]
    return whole


class Search(harness.Case):
    region = larger_region()
    start_at = "2026-05-04T08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H, H2])
        cls.ward = cls.client("avdelning-2", ["hospital"], [H2])
        cls.vc = cls.client("vardcentralen", ["unit"], [VC])
        cls.kh = cls.client("kommunens-hsl", ["unit"], [KH])
        cls.kb = cls.client("socialtjansten", ["unit"], [KB])
        cls.other = cls.client("annan", ["unit"], [OTHER])
        cls.numbers = iter(range(1, 10**6))

    def someone(self):
        """A patient of whom nothing is known yet."""
        return {"system": "reservnummer", "varde": f"R{next(self.numbers)}"}

    def admit(self, identitet, source=H, hours=2, patient=(), **more):
        """An inskrivningsmeddelande sent now; the episode's id and the encounter."""
        encounter = f"E{next(self.numbers)}"
        now = self.clock.now()
        data = region.inskrivningsmeddelande(
            wire(now - datetime.timedelta(hours=hours)), wire(now + 3 * DAY), **more)
        data["patient"] = {**data["patient"], "identitet": identitet, **dict(patient)}
        answer = self.h.post_message("inskrivningsmeddelande", data, encounter=encounter, source=source, expect="applied")
        return answer.json["episode"]["id"], encounter

    def page(self, client, person=None, **question):
        answer = client.request("POST", "/v1/episodes/search", question,
                                {"samordnad-person": person} if person else None)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def found(self, client, person=None, **question):
        """The ids of all pages."""
        ids, after = [], {}
        while True:
            page = self.page(client, person, **question, **after)
            ids += [row["id"] for row in page["episodes"]]
            if "next" not in page:
                return ids
            after = {"after": page["next"]}

    def patient(self, client, identitet, person=None):
        """The id of a patient, or None."""
        answer = client.request("POST", "/v1/patients/search", {"identitet": identitet},
                                {"samordnad-person": person} if person else None)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["patients"][0]["id"] if answer.json["patients"] else None

    def later(self):
        self.clock.set(self.clock.now() + datetime.timedelta(minutes=1))

    def consent(self, encounter, status):
        self.later()
        self.h.post_message("samtycke", {"omfattning": "informationsdelning", "status": status,
                                         "at": wire(self.clock.now())}, encounter=encounter, expect="applied")


class Episodes(Search):
    def test_by_patient(self):
        whom, other = self.someone(), self.someone()
        first, _ = self.admit(whom)
        self.later()
        second, _ = self.admit(whom, mottagare=[VC])
        self.admit(other)
        self.assertEqual(self.found(self.h, patient={"identitet": whom}), [second, first], "the newest first")
        self.assertEqual(self.found(self.vc, patient={"identitet": whom}), [second, first])
        self.assertEqual(self.found(self.kh, patient={"identitet": whom}), [first])
        self.assertEqual(self.found(self.other, patient={"identitet": whom}), [])
        self.assertEqual(self.found(self.h, patient={"identitet": self.someone()}), [])
        self.assertEqual(self.found(self.vc, patient={"identitet": whom}, unit=VC, limit=1), [second, first])

    def test_an_identity_in_another_form(self):
        """G4: the same person, however the number is written."""
        episode, _ = self.admit({"system": "personnummer", "varde": region.PERSONS[0]})
        for varde in (region.PERSONS[0], f"{region.PERSONS[0][:8]}-{region.PERSONS[0][8:]}"):
            for system in ("personnummer", "1.2.752.129.2.1.3.1"):
                self.assertEqual(self.found(self.kb, patient={"identitet": {"system": system, "varde": varde}}), [episode])

    def test_row(self):
        whom = self.someone()
        episode, encounter = self.admit(whom)
        self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter=encounter,
                            expect="applied")
        row, = self.page(self.kh, patient={"identitet": whom})["episodes"]
        view = self.kh.episode(episode)
        for name in ("id", "phase", "opened_at", "inskriven_at", "beraknad_utskrivning_at", "klar_at", "utskriven_at"):
            self.assertEqual(row[name], view[name], name)
        self.assertEqual(row["phase"], "utskrivningsklar")
        self.assertEqual(row["hospital"], {"org": "2321000016", "unit": H, "namn": "Avdelning 21"})
        self.assertEqual(row["due_at"], min(task["due_at"] for task in view["tasks"]
                                            if task["unit"] == KH and task["status"] == "open"))

    def test_without_samtycke(self):
        """G5: a row holds no more than the view does."""
        whom = self.someone()
        self.admit(whom, samtycke={"informationsdelning": "okant", "sip": "lamnat"})
        row, = self.page(self.kh, patient={"identitet": whom})["episodes"]
        self.assertEqual(row["hospital"], {"org": "2321000016", "namn": "Sjukhuset"})
        self.assertNotIn("inskriven_at", row)
        self.assertIsNotNone(row["beraknad_utskrivning_at"])
        self.assertIn("inskriven_at", self.page(self.h, patient={"identitet": whom})["episodes"][0])

    def test_by_state_and_unit(self):
        whom = self.someone()
        episode, encounter = self.admit(whom)
        still, _ = self.admit(whom)
        self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter=encounter,
                            expect="applied")
        for client, unit in ((self.h, H), (self.kh, KH), (self.kb, KB), (self.vc, VC)):
            ready = self.found(client, state=["utskrivningsklar"])
            self.assertIn(episode, ready)
            self.assertNotIn(still, ready)
            self.assertIn(still, self.found(client, state=["inskriven"], unit=unit))
            self.assertEqual(self.found(client, state=["inskriven", "utskrivningsklar"], patient={"identitet": whom}),
                             [still, episode])
            self.assertEqual(self.found(client, state=["avliden"]), [])

    def test_one_ward(self):
        """A client that is kept to a ward finds what GET shows it: the stays of which that ward spoke."""
        mine, _ = self.admit(self.someone(), source=H2)
        others, _ = self.admit(self.someone())
        for found in (self.found(self.ward, unit=H2), self.found(self.ward, state=["inskriven"])):
            self.assertIn(mine, found)
            self.assertNotIn(others, found)
        self.assertEqual(self.ward.get(f"/v1/episodes/{others}").status, 404)
        self.assertNotIn(mine, self.found(self.h, unit=H))
        self.assertIn(mine, self.found(self.h, unit=H2))

    def test_who_left(self):
        """A11: who has nothing to do with it any more does not find it either."""
        whom = self.someone()
        episode, _ = self.admit(whom)
        self.assertEqual(self.found(self.kb, patient={"identitet": whom}), [episode])
        self.kb.post_message("ej_berord", {}, episode=episode, expect="applied")
        self.assertEqual(self.found(self.kb, patient={"identitet": whom}), [])
        self.assertNotIn(episode, self.found(self.kb, unit=KB))
        self.assertIsNone(self.patient(self.kb, whom))
        kommun = self.client("kommunen", ["unit"], [KH, KB])
        self.assertEqual(self.found(kommun, patient={"identitet": whom}), [episode])
        self.assertIn(episode, self.found(kommun, unit=KH))
        self.assertNotIn(episode, self.found(kommun, unit=KB))
        self.assertEqual(self.found(kommun, unit=KB, patient={"identitet": whom}), [])

    def test_a_ward_is_the_hospitals(self):
        """Who has a ward, but speaks for units only, sees no more of a stay than GET shows: nothing."""
        whom = self.someone()
        episode, _ = self.admit(whom, mottagare=[KB], behov=["socialtjanst"])
        units = self.client("avdelningen", ["unit"], [H])
        self.assertEqual(units.get(f"/v1/episodes/{episode}").status, 404)
        self.assertEqual(self.found(units, patient={"identitet": whom}), [])
        self.assertNotIn(episode, self.found(units, state=["inskriven"]))
        self.assertIsNone(self.patient(units, whom))

    def test_search_and_view_agree(self):
        """G2: a ward that a stay moved to finds it as soon as it may open it."""
        whom = self.someone()
        episode, encounter = self.admit(whom, mottagare=[KB], behov=["socialtjanst"])
        self.h.post_message("overflyttning", {"avdelning": "Avdelning 2", "enhet": H2, "at": wire(self.clock.now())},
                            encounter=encounter, expect="applied")
        for _ in range(2):
            opens = self.ward.get(f"/v1/episodes/{episode}").status == 200
            self.assertEqual(episode in self.found(self.ward, unit=H2), opens)
            self.assertEqual(episode in self.found(self.ward, patient={"identitet": whom}), opens)
            self.assertEqual(self.patient(self.ward, whom) is not None, opens)
            self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, source=H2,
                                encounter=encounter)
        self.assertTrue(opens)

    def test_watched_stays_are_the_hospitals(self):
        """A0: nothing leaves it, and a parked stay is its hospital's too."""
        whom = self.someone()
        answer = self.h.post_message("inskrivning", {
            "patient": {"identitet": whom}, "inskriven_at": wire(self.clock.now()), "avdelning": "Avdelning 21"},
            encounter="A0", expect="applied")
        episode = answer.json["episode"]["id"]
        self.assertEqual(self.found(self.h, patient={"identitet": whom}), [episode])
        self.assertEqual(self.found(self.vc, patient={"identitet": whom}), [])
        self.assertIsNone(self.patient(self.vc, whom))
        parked = self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now())}, encounter="P0",
                                     expect="parked").json["episode"]["id"]
        self.assertIn(parked, self.found(self.h, state=["okand"]))

    def test_skydd(self):
        """G6: only for named persons of the caller's units; to others it does not exist."""
        whom = self.someone()
        episode, _ = self.admit(whom, patient={"skyddade_personuppgifter": "sekretessmarkering"})
        for client, person, strangers in ((self.h, DORIS, (None, ANNA)), (self.vc, CECILIA, (None, DORIS, ANNA)),
                                          (self.kb, ELSA, (None, FRIDA, "SE2120000142-NOBODY"))):
            for question in ({"patient": {"identitet": whom}}, {"state": ["inskriven"]}):
                for stranger in strangers:
                    self.assertNotIn(episode, self.found(client, stranger, **question))
                self.assertIn(episode, self.found(client, person, **question))
            for stranger in strangers:
                self.assertIsNone(self.patient(client, whom, stranger))
            self.assertIsNotNone(self.patient(client, whom, person))
        row, = self.page(self.kb, ELSA, patient={"identitet": whom})["episodes"]
        self.assertNotIn("unit", row["hospital"])

    def test_state_of_another_layout_is_folded_anew(self):
        """The stored state is a cache of the facts (law 2); no gate opens because it is not at hand."""
        whom, hidden = self.someone(), self.someone()
        self.admit(whom)
        self.admit(hidden, patient={"skyddade_personuppgifter": "skyddad_folkbokforing"})
        before = self.page(self.kh, patient={"identitet": whom})
        self.database.run("update samordnad.episode set state = null")
        self.assertEqual(self.page(self.kh, patient={"identitet": whom}), before)
        self.assertEqual(self.page(self.kh, patient={"identitet": hidden})["episodes"], [])
        self.assertIsNone(self.patient(self.kh, hidden))

    def test_bad_questions(self):
        whom = self.someone()
        good = {"patient": {"identitet": whom}}
        for question, pointer in (
                ({}, ""), ([], ""), ({"limit": 3}, ""), ({**good, "phase": ["okand"]}, "/phase"),
                ({"patient": {}}, "/patient/identitet"), ({"patient": {"identitet": {"system": "personnummer"}}},
                                                          "/patient/identitet"),
                ({"patient": {"identitet": {"system": "personnummer", "varde": "189001019803"}}}, "/patient/identitet"),
                ({"unit": "VC"}, "/unit"), ({"unit": 1}, "/unit"), ({"state": []}, "/state"),
                ({"state": ["okand", "hemma"]}, "/state/1"), ({"state": "okand"}, "/state"), ({**good, "limit": 0}, "/limit"),
                ({**good, "limit": 201}, "/limit"), ({**good, "after": "x"}, "/after"),
                ({**good, "after": "f" * 16}, "/after")):
            with self.subTest(question):
                answer = self.kb.request("POST", "/v1/episodes/search", question)
                self.assertEqual((answer.status, answer.json["errors"][0]["pointer"]), (422, pointer), answer)
                self.assertNotIn(b"189001019803", answer.body)
        for question in ({}, {"identitet": {}}, {"identitet": whom, "unit": VC}):
            self.assertEqual(self.kb.request("POST", "/v1/patients/search", question).status, 422)
        for unit in (VC, "SE2321000016-NO"):
            self.assertEqual(self.kb.request("POST", "/v1/episodes/search", {"unit": unit}).status, 404)
        post = lambda body, kind: self.kb.request("POST", "/v1/episodes/search", body, {"Content-Type": kind}).status
        self.assertEqual(post("{", "application/json"), 400)
        self.assertEqual(post("", "application/json"), 400)
        self.assertEqual(post("{}", "application/cloudevents+json"), 415)
        self.assertEqual(post("{}", "text/plain"), 415)
        self.assertEqual(post(f'{{"unit": "{"x" * 20000}"}}', "application/json"), 413)
        answer = self.kb.get("/v1/patients/search")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "POST"))
        ops = self.client("drift", ["ops"])
        for target in ("/v1/episodes/search", "/v1/patients/search"):
            self.assertEqual(ops.request("POST", target, good).status, 403)
            self.assertEqual(harness.Client(self.daemon.address).request("POST", target, good).status, 401)

    def test_no_identity_in_the_log(self):
        whom = self.someone()
        self.admit(whom)
        self.found(self.kh, patient={"identitet": whom})
        self.patient(self.kh, whom)
        self.assertNotIn(whom["varde"], self.daemon.log())


class Contacts(Search):
    def contacts(self, client, patient, person=None, **query):
        """All pages of a patient's contacts."""
        rows, after = [], {}
        while True:
            target = f"/v1/patients/{patient}/contacts?{urllib.parse.urlencode({**query, **after})}"
            answer = client.get(target, headers={"samordnad-person": person} if person else None)
            self.assertEqual(answer.status, 200, answer)
            rows += answer.json["contacts"]
            if "next" not in answer.json:
                return rows
            after = {"after": answer.json["next"]}

    def seen(self, client, patient, person=None, **query):
        return [(row["slag"], row["staff"]["hsa_id"]) for row in self.contacts(client, patient, person, **query)]

    def kontakt(self, client, slag, identitet, staff):
        """A fast kontakt outside of every stay."""
        client.post_message("fast_kontakt", {
            "slag": slag, "patient": {"identitet": identitet}, "staff": staff, "atgard": "utse",
            "from_at": wire(self.clock.now())}, expect="applied")

    def sparr(self, client, identitet, atgard):
        self.later()
        client.post_message("sparr", {"patient": {"identitet": identitet}, "atgard": atgard,
                                      "at": wire(self.clock.now())}, expect="applied")

    def known(self, **more):
        """Someone with a fast vårdkontakt at VC, an omsorgskontakt at KB and a fast läkarkontakt at OTHER."""
        whom = self.someone()
        episode, encounter = self.admit(whom, **more)
        self.kontakt(self.kb, 3, whom, ELSA)
        self.kontakt(self.other, 2, whom, FRIDA)
        return whom, episode, encounter, self.patient(self.h, whom)

    def test_register(self):
        """B11: who they are, where, how to reach them, and who acts now."""
        whom, episode, _, patient = self.known()
        self.assertEqual(self.seen(self.h, patient), [(1, ANNA), (2, FRIDA), (3, ELSA)])
        fvk = self.contacts(self.kh, patient)[0]
        self.assertEqual((fvk["benamning"], fvk["unit"]["hsa_id"], fvk["unit"]["slag"]),
                         ("fast_vardkontakt", VC, "primarvard"))
        self.assertEqual(fvk["unit"]["hours"]["week"]["monday"], [["08:00", "17:00"]])
        self.assertEqual(fvk["staff"], {"hsa_id": ANNA, "namn": "Anna Ek", "profession": "distriktsskoterska",
                                        "telefon": "08-000 00 00"})
        self.assertEqual((fvk["episode"], fvk["acting"], fvk["away"]), (episode, None, False))
        self.assertEqual(self.seen(self.kh, patient, limit=1), [(1, ANNA), (2, FRIDA), (3, ELSA)], "page by page")
        self.assertEqual(self.kh.get(f"/v1/patients/{patient}/contacts?limit=2").json["next"], f"2.{OTHER}")

    def test_gate(self):
        """B11, G8: others' rows only with samtycke; one's own always."""
        _, _, encounter, patient = self.known(samtycke={"informationsdelning": "okant", "sip": "lamnat"})
        for status, opens in ((None, False), ("lamnat", True), ("nekat", False), ("kravs_ej", True), ("kan_ej", False),
                              ("lamnat", True), ("aterkallat", False)):
            if status is not None:
                self.consent(encounter, status)
            with self.subTest(status):
                everyone = [(1, ANNA), (2, FRIDA), (3, ELSA)]
                for client, own in ((self.h, [(1, ANNA)]), (self.vc, [(1, ANNA)]), (self.kb, [(3, ELSA)]),
                                    (self.other, [(2, FRIDA)]), (self.kh, [])):
                    self.assertEqual(self.seen(client, patient), everyone if opens else own)

    def test_the_last_word_counts(self):
        """Of all the patient's stays, whichever it was said in."""
        whom, _, encounter, patient = self.known()
        self.later()
        _, later = self.admit(whom)
        self.consent(encounter, "nekat")
        self.assertEqual(self.seen(self.kh, patient), [])
        self.consent(later, "aterkallat")
        self.consent(later, "lamnat")
        self.assertEqual(len(self.seen(self.kh, patient)), 3)

    def test_sparr(self):
        """G8: the data of one organisation, to the others; lifted, they are seen again."""
        whom, _, _, patient = self.known()
        self.sparr(self.other, whom, "satt")
        self.assertEqual(self.seen(self.kh, patient), [(1, ANNA), (3, ELSA)])
        self.assertEqual(self.seen(self.other, patient), [(1, ANNA), (2, FRIDA), (3, ELSA)])
        self.database.run("update samordnad.episode set state = null")
        self.assertEqual(self.seen(self.kh, patient), [(1, ANNA), (3, ELSA)], "folded anew")
        self.sparr(self.other, whom, "havd")
        self.assertEqual(self.seen(self.kh, patient), [(1, ANNA), (2, FRIDA), (3, ELSA)])

    def test_without_a_stay(self):
        """Whoever has a kontakt knows the patient; nothing was said of samtycke, so others' stay hidden."""
        whom = self.someone()
        self.kontakt(self.other, 2, whom, FRIDA)
        self.kontakt(self.kb, 3, whom, ELSA)
        patient = self.patient(self.other, whom)
        self.assertEqual(self.patient(self.kb, whom), patient)
        self.assertEqual((self.seen(self.other, patient), self.seen(self.kb, patient)), ([(2, FRIDA)], [(3, ELSA)]))
        self.assertIsNone(self.patient(self.vc, whom))

    def test_to_others_there_is_no_patient(self):
        whom, _, _, patient = self.known(mottagare=[VC])
        stranger = self.someone()
        self.admit(stranger, mottagare=[VC])
        strangers = self.patient(self.h, stranger)
        self.assertIsNone(self.patient(self.other, stranger))
        self.assertIsNone(self.patient(self.h, self.someone()))
        answers = [self.other.get(f"/v1/patients/{id}/contacts") for id in (
            strangers, f"{strangers[:-1]}1", "00000000-0000-7000-8000-000000000000", "x",
            "00000000-0000-7000-bfff-fffc00000000")]
        self.assertEqual({answer.status for answer in answers}, {404})
        self.assertEqual(len({answer.body for answer in answers}), 1)
        self.assertEqual(self.client("drift", ["ops"]).get(f"/v1/patients/{patient}/contacts").status, 403)
        for query in ("limit=0", "after=x", "after=1.SE2321000016-NO", f"after=9.{VC}", "unit=1"):
            self.assertEqual(self.vc.get(f"/v1/patients/{patient}/contacts?{query}").status, 400, query)
        self.assertIsNotNone(self.patient(self.kb, whom), "has a kontakt, though no part in a stay")

    def test_skydd(self):
        """G6: named persons only."""
        whom = self.someone()
        self.admit(whom, patient={"skyddade_personuppgifter": "sekretessmarkering"})
        patient = self.patient(self.vc, whom, CECILIA)
        self.assertEqual(self.vc.get(f"/v1/patients/{patient}/contacts").status, 404)
        self.assertEqual(self.vc.get(f"/v1/patients/{patient}/contacts", headers={"samordnad-person": ELSA}).status, 404)
        self.kontakt(self.vc, 4, whom, CECILIA)
        self.assertEqual(self.seen(self.vc, patient, person=CECILIA), [(4, CECILIA)])

    def test_ended(self):
        """Who was one is none any more."""
        whom, episode, _, patient = self.known()
        self.assertIn((1, ANNA), self.seen(self.vc, patient))
        self.vc.post_message("fast_vardkontakt", {
            "atgard": "avsluta", "staff": ANNA, "from_at": wire(self.clock.now()), "utsedd_av": CECILIA,
            "orsak": "Slutar"}, episode=episode, expect="applied")
        self.later()
        self.assertNotIn((1, ANNA), self.seen(self.vc, patient))
        self.assertEqual(self.seen(self.kh, patient)[-2:], [(2, FRIDA), (3, ELSA)])


class Away(Search):
    region = larger_region()
    region["units"][1]["staff"][0]["absences"] = [
        {"from_at": "2026-06-01T00:00:00+02:00", "to_at": "2026-06-20T00:00:00+02:00", "ersattare": BO}]

    def test_acting(self):
        whom = self.someone()
        self.admit(whom)
        patient = self.patient(self.vc, whom)
        for day, away, acting in (("2026-05-31T12:00", False, None), ("2026-06-02T12:00", True, BO)):
            self.clock.set(day)
            fvk = self.vc.get(f"/v1/patients/{patient}/contacts").json["contacts"][0]
            self.assertEqual((fvk["staff"]["hsa_id"], fvk["away"], (fvk["acting"] or {}).get("hsa_id")),
                             (ANNA, away, acting))


class Pages(Search):
    """Rows come while one pages: each that was there is given once, and none twice."""

    def while_paging(self, first_page, grow):
        """The keys of all pages; grow() is called between them."""
        page, keys = first_page, []
        while True:
            rows, following = page()
            keys += rows
            if following is None:
                self.assertEqual(len(keys), len(set(keys)), "none twice")
                return keys
            page = following
            grow()

    def setUp(self):
        self.there = [self.admit(self.someone())[0] for _ in range(7)]
        self.grown = 0

    def grow(self):
        if self.grown < 6:
            self.grown += 1
            self.admit(self.someone(), hours=self.grown)

    def test_episodes(self):
        def page(after=None):
            answer = self.page(self.kh, unit=KH, limit=2, **({"after": after} if after else {}))
            following = answer.get("next")
            return [row["id"] for row in answer["episodes"]], (lambda: page(following)) if following else None

        keys = self.while_paging(page, self.grow)
        self.assertEqual([key for key in keys if key in self.there], self.there[::-1])

    def test_tasks(self):
        before = [task["id"] for task in self.kh.tasks(KH)]

        def page(after=""):
            answer = self.kh.get(f"/v1/tasks?unit={KH}&limit=2{after}").json
            following = f"&after={answer['next']}" if "next" in answer else None
            return [task["id"] for task in answer["tasks"]], (lambda: page(following)) if following else None

        keys = self.while_paging(page, self.grow)
        self.assertEqual([key for key in keys if key in before], before)

    def test_feed(self):
        def page(after=0):
            answer = self.kh.get(f"/v1/feed?unit={KH}&limit=2&after={after}").json
            following = answer["next_after"]
            return ([event["data"]["seq"] for event in answer["events"]],
                    (lambda: page(following)) if answer["events"] else None)

        seqs = self.while_paging(page, self.grow)
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)), "all, in their order, also what came meanwhile")
        self.assertEqual(len(seqs), len(self.kh.feed(KH)))

    def test_a_page_looks_at_no_more_than_its_share(self):
        """Of many stays few are in the state: short pages that lead on, and nothing lost."""
        self.database.run("""
            insert into samordnad.episode (episode, org, opened_at, uuid, last_nr, phase, encounter)
            select g, 2321000016, samordnad.now(), gen_random_uuid(), 1, 5, 'many ' || g
            from generate_series(1000001, 1002500) g;
            insert into samordnad.participant (episode, unit, role, active)
            select g, (select unit from samordnad.unit where hsa_id = '%s'), 1, true
            from generate_series(1000001, 1002500) g;
            """ % KB)
        page = self.page(self.kb, state=["inskriven"])
        self.assertEqual(page["episodes"], [])
        self.assertIn("next", page)
        found = self.found(self.kb, state=["inskriven"])
        self.assertEqual([id for id in found if id in self.there], self.there[::-1])


if __name__ == "__main__":
    harness.main()
