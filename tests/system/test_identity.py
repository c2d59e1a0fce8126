"""G4: a reserve number may become a personnummer, one patient's number may turn out to be another's; merged by message,
and undone by a makulering.
"""

import datetime

import harness
import region
from harness import wire
from region import H, KB, VC

DAY = datetime.timedelta(days=1)
PERSONNUMMER = {"system": "personnummer", "varde": region.PERSONS[0]}


def reserve(number):
    return {"system": "https://example.org/reserv", "varde": f"R{number}"}


class Identity(harness.Case):
    region = region.region()
    start_at = "2026-05-04T08:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.h = cls.client("sjukhuset", ["hospital"], [H])

    def admit(self, identitet, encounter, **more):
        now = self.clock.now()
        data = region.inskrivningsmeddelande(wire(now - DAY / 4), wire(now + 3 * DAY), mottagare=(VC, KB))
        data["patient"]["identitet"] = identitet
        return self.h.post_message("inskrivningsmeddelande", data, encounter=encounter, expect="applied",
                                   **more).json["episode"]["id"]

    def merge(self, identitet, ersatter, encounter, id):
        return self.h.post_message("patient_uppdaterad", {"patient": {"identitet": identitet}, "ersatter": ersatter},
                                   encounter=encounter, id=id, expect="applied").json

    def annul(self, message_id, encounter, id):
        self.h.post_message("makulering", {"message_id": message_id, "orsak": "fel patient"}, encounter=encounter,
                            id=id, expect="applied")

    def found(self, identitet):
        answer = self.h.request("POST", "/v1/episodes/search", {"patient": {"identitet": identitet}})
        return {row["id"] for row in answer.json["episodes"]}

    def version(self, identitet, encounter, id):
        now = self.clock.now()
        data = region.inskrivningsmeddelande(wire(now - DAY / 4), wire(now + 3 * DAY), mottagare=(VC, KB))
        data["patient"]["identitet"] = identitet
        self.h.post_message("inskrivningsmeddelande", data, encounter=encounter, id=id, expect="applied")


class Said(Identity):
    def test_a_number_that_nobody_had(self):
        whom, pnr = reserve(1), {"system": "personnummer", "varde": region.PERSONS[1]}
        episode = self.admit(whom, "A1")
        self.merge(pnr, whom, "A1", "m-1")
        self.assertEqual((self.found(pnr), self.found(whom)), ({episode}, {episode}))
        self.annul("m-1", "A1", "m-2")
        self.assertEqual((self.found(pnr), self.found(whom)), (set(), {episode}), "undone")
        self.annul("m-2", "A1", "m-3")
        self.assertEqual((self.found(pnr), self.found(whom)), ({episode}, {episode}), "and valid again")
        self.annul("m-3", "A1", "m-4")
        other = self.admit(pnr, "A2")
        self.assertEqual((self.found(pnr), self.found(whom)), ({other}, {episode}), "the number is free for its owner")

    def test_a_number_that_is_anothers(self):
        whom = reserve(2)
        first, second = self.admit(PERSONNUMMER, "B1"), self.admit(whom, "B2")
        self.assertEqual(self.fvk_count(), 2)
        self.assertNotIn("outcome", self.merge(PERSONNUMMER, whom, "B2", "m-9"))
        self.assertEqual((self.found(PERSONNUMMER), self.found(whom)), ({first, second}, {first, second}))
        self.assertEqual(self.fvk_count(), 1, "one patient, one fast vårdkontakt at the unit")
        self.annul("m-9", "B2", "m-10")
        self.assertEqual((self.found(PERSONNUMMER), self.found(whom)), ({first}, {second}), "undone")
        self.assertEqual(self.fvk_count(), 2)

    def test_stays_before(self):
        """Whom the number meant in other stays it means now too; undone, and done again."""
        whom, other = reserve(20), reserve(21)
        theirs, before, now = self.admit(other, "E1"), self.admit(whom, "E2"), self.admit(whom, "E3")
        merged, apart = {theirs, before, now}, ({before, now}, {theirs})
        self.merge(other, whom, "E3", "e-1")
        self.assertEqual((self.found(whom), self.found(other)), (merged, merged))
        self.annul("e-1", "E3", "e-2")
        self.assertEqual((self.found(whom), self.found(other)), apart, "undone")
        self.annul("e-2", "E3", "e-3")
        self.assertEqual((self.found(whom), self.found(other)), (merged, merged), "and valid again")
        anothers = self.admit(reserve(22), "E4")
        self.merge(reserve(22), reserve(23), "E2", "e-4")
        self.assertEqual((self.found(other), self.found(reserve(22))), ({theirs, now}, {before, anothers}),
                         "one stay was another's: of the number itself nothing was said")

    def test_one_after_the_other(self):
        """Two stays each say whose the number is; each is undone by itself, in either order."""
        for round, order in enumerate(("second first", "first first")):
            with self.subTest(order=order):
                whom, other, third = (reserve(10 + 3 * round + n) for n in range(3))
                name = f"D{round}"
                mine = self.admit(whom, f"{name}-1")
                theirs, last = self.admit(other, f"{name}-2"), self.admit(third, f"{name}-3")
                self.merge(other, whom, f"{name}-1", f"{name}-m1")
                again = self.admit(whom, f"{name}-4")
                self.merge(third, whom, f"{name}-4", f"{name}-m2")
                self.assertEqual(self.found(whom), {last, again})
                if order == "second first":
                    self.annul(f"{name}-m2", f"{name}-4", f"{name}-u2")
                    self.assertEqual(self.found(whom), {mine, theirs, again}, "as the first said")
                    self.annul(f"{name}-m1", f"{name}-1", f"{name}-u1")
                else:
                    self.annul(f"{name}-m1", f"{name}-1", f"{name}-u1")
                    self.assertEqual(self.found(whom), {mine, last, again},
                                     "the first stay names the number again, which is as the second said")
                    self.annul(f"{name}-m2", f"{name}-4", f"{name}-u2")
                self.assertEqual(self.found(whom), {mine, again}, "of whom both were admitted by that number")

    def test_chain(self):
        """In one stay a number turns out to be another's, and that one yet another's: every stay goes with its number."""
        whom, one, other = reserve(30), reserve(31), reserve(32)
        w, x = self.admit(one, "F1"), self.admit(other, "F2")
        first, second = self.admit(whom, "F3"), self.admit(whom, "F4")
        self.merge(one, whom, "F3", "f-1")
        self.assertEqual(self.found(whom), {w, first, second})
        self.merge(other, one, "F3", "f-2")
        everyone = {w, x, first, second}
        self.assertEqual((self.found(whom), self.found(one), self.found(other)), (everyone, everyone, everyone))
        self.annul("f-1", "F3", "f-3")
        self.assertEqual((self.found(whom), self.found(one), self.found(other)), ({second}, {w}, {x, first}),
                         "that stay is the other's, but in it nobody had the number that was replaced then")
        self.annul("f-2", "F3", "f-4")
        self.assertEqual((self.found(whom), self.found(one), self.found(other)), ({first, second}, {w}, {x}))

    def test_free_again(self):
        """Admitted by a number that was somebody's only by what is annulled then."""
        whom, number = reserve(40), reserve(41)
        mine = self.admit(whom, "G1")
        self.merge(number, whom, "G1", "g-1")
        theirs = self.admit(number, "G2")
        self.assertEqual(self.found(number), {mine, theirs})
        self.annul("g-1", "G1", "g-2")
        self.assertEqual((self.found(number), self.found(whom)), ({theirs}, {mine}), "two patients")

    def test_said_before_the_notice(self):
        """Of a stay that is named later: nobody knows whose identity was spoken of until then."""
        whom, number = reserve(50), reserve(51)
        theirs, other = self.admit(number, "H1"), self.admit(whom, "H2")
        parked = self.h.post_message("patient_uppdaterad", {"patient": {"identitet": number}, "ersatter": whom},
                                     encounter="H3", expect="parked", id="h-1").json["episode"]["id"]
        self.assertEqual((self.found(number), self.found(whom)), ({theirs, parked}, {other}))
        mine = self.admit(whom, "H3")
        self.assertEqual(mine, parked)
        everyone = {theirs, other, mine}
        self.assertEqual((self.found(number), self.found(whom)), (everyone, everyone))
        self.annul("h-1", "H3", "h-2")
        self.assertEqual((self.found(number), self.found(whom)), ({theirs}, {other, mine}))

    def test_nobody_moves_anothers_identity(self):
        mine, others = reserve(3), reserve(4)
        stay, other = self.admit(mine, "C1"), self.admit(others, "C2")
        self.assertEqual(self.merge(mine, others, "C1", "m-20")["outcome"]["code"], "ersatter_annans")
        self.assertEqual((self.found(mine), self.found(others)), ({stay}, {other}), "it led to another patient")

    def fvk_count(self):
        """Patients with a fast vårdkontakt at VC now, of the two of this test."""
        return int(self.database.value(
            "select count(*) from samordnad.kontakt k join samordnad.episode e using (episode) "
            "where k.slag = 1 and k.to_at is null and e.encounter like 'B%'"))


class Undone(Identity):
    """As if it had not been said: whatever was said of the same identities before and after."""

    def test_said_twice(self):
        whom, number = reserve(100), reserve(101)
        everyone = {self.admit(whom, f"A{n}") for n in range(5)}
        patients = self.patients("A")
        self.merge(number, whom, "A4", "a-1")
        self.merge(number, whom, "A3", "a-2")
        self.annul("a-1", "A4", "a-3")
        self.assertEqual((self.found(whom), self.found(number)), (everyone, everyone))
        self.assertEqual(self.patients("A"), patients, "nothing of the patient is out of reach")

    def test_many_stays(self):
        whom, other = reserve(110), reserve(111)
        mine = {self.admit(whom, f"B{n}") for n in range(6)}
        theirs = {self.admit(other, f"B{n}") for n in range(6, 12)}
        self.merge(other, whom, "B2", "b-1")
        self.assertEqual(self.found(whom), mine | theirs)
        self.annul("b-1", "B2", "b-2")
        self.assertEqual((self.found(whom), self.found(other)), (mine, theirs))

    def test_named_again(self):
        """A version named another number; when it is annulled the stay is of whoever has the first one by then."""
        whom, mistaken, other = reserve(120), reserve(121), reserve(122)
        stay, theirs, same = self.admit(whom, "C0"), self.admit(other, "C1"), self.admit(whom, "C2")
        self.version(mistaken, "C0", "c-v2")
        self.merge(other, whom, "C2", "c-1")
        self.assertEqual(self.found(whom), {theirs, same})
        self.annul("c-v2", "C0", "c-2")
        self.assertEqual(self.found(whom), {stay, theirs, same})
        self.version(mistaken, "C0", "c-v3")
        self.annul("c-1", "C2", "c-3")
        self.annul("c-v3", "C0", "c-4")
        self.assertEqual((self.found(whom), self.found(other)), ({stay, same}, {theirs}), "no stranger's")

    def test_to_and_fro(self):
        one, other = reserve(130), reserve(131)
        mine, theirs = self.admit(one, "D0"), self.admit(other, "D1")
        self.merge(other, one, "D0", "d-1")
        self.merge(one, other, "D0", "d-2")
        self.annul("d-1", "D0", "d-3")
        self.assertEqual((self.found(one), self.found(other)), ({mine}, {theirs}), "never this stay's patient's")

    def test_unrelated(self):
        """Of another's number nothing is said, also not later, when something else is annulled in that stay."""
        whom, other = reserve(140), reserve(141)
        mine, theirs = self.admit(whom, "E0"), self.admit(other, "E1")
        self.merge(whom, other, "E0", "e-1")
        self.merge(whom, other, "E1", "e-2")
        self.assertEqual(self.found(other), {mine, theirs})
        self.h.post_message("ny_beraknad_utskrivning", {"beraknad_utskrivning_at": wire(self.clock.now() + 5 * DAY)},
                            encounter="E0", id="e-3", expect="applied")
        self.annul("e-3", "E0", "e-4")
        self.annul("e-2", "E1", "e-5")
        self.assertEqual((self.found(whom), self.found(other)), ({mine}, {theirs}))

    def test_contacts(self):
        """A stay goes to a patient who has a fast vårdkontakt at the unit already: that one stays."""
        whom, mistaken, other = reserve(150), reserve(151), reserve(152)
        self.admit(whom, "F0"), self.admit(other, "F1"), self.admit(whom, "F2")
        self.version(mistaken, "F2", "f-v2")
        self.merge(other, whom, "F0", "f-1")
        open_at_other = ("select string_agg(e.encounter, ' ') from samordnad.kontakt k join samordnad.episode e using (episode) "
                         "where k.to_at is null and k.slag = 1 and k.patient = (select patient from samordnad.episode "
                         "where encounter = 'F1')")
        self.assertEqual(self.database.value(open_at_other), "F1")
        self.annul("f-v2", "F2", "f-2")
        self.assertEqual(self.database.value(open_at_other), "F1")

    def test_chain_after_a_version(self):
        """An annulment of something else changes nothing."""
        whom, one, other = reserve(160), reserve(161), reserve(162)
        stay, theirs, others = self.admit(whom, "G0"), self.admit(one, "G1"), self.admit(other, "G2")
        self.merge(one, whom, "G0", "g-1")
        self.merge(other, one, "G0", "g-2")
        self.version(other, "G0", "g-3")
        everyone = {stay, theirs, others}
        self.assertEqual(self.found(whom), everyone)
        self.h.post_message("ny_beraknad_utskrivning", {"beraknad_utskrivning_at": wire(self.clock.now() + 5 * DAY)},
                            encounter="G0", id="g-4", expect="applied")
        self.annul("g-4", "G0", "g-5")
        self.assertEqual((self.found(whom), self.found(one)), (everyone, everyone))

    def test_late(self):
        """What was said first counts first, whichever comes first."""
        for round, order in enumerate((1, -1)):
            whom, one, other = (reserve(170 + 3 * round + n) for n in range(3))
            name = f"H{round}"
            theirs, others = self.admit(one, f"{name}-1"), self.admit(other, f"{name}-2")
            now = self.clock.now()
            stay, same = (self.admit(whom, f"{name}-{n}", time=wire(now - DAY / 240)) for n in (3, 4))
            said = [(one, f"{name}-3", now - DAY / 480), (other, f"{name}-4", now - DAY / 960)][::order]
            for identitet, encounter, at in said:
                self.h.post_message("patient_uppdaterad", {"patient": {"identitet": identitet}, "ersatter": whom},
                                    encounter=encounter, time=wire(at), expect="applied")
            self.assertEqual((self.found(whom), self.found(one)), ({others, same}, {theirs, stay}))

    def patients(self, encounters):
        """As the database numbers them, of those stays."""
        return self.database.value("select string_agg(patient::text, ' ' order by episode) from samordnad.episode "
                                   f"where encounter like '{encounters}_'")


class BeforeTheNotice(Identity):
    """What is said before the notice that names the stay counts from then, as if it had come after it."""

    def test_order(self):
        for name, order in (("A", "notice first"), ("B", "word first")):
            with self.subTest(order=order):
                whom, number = reserve(ord(name)), reserve(ord(name) + 100)
                before = self.admit(whom, f"{name}0")
                said = {"patient": {"identitet": number}, "ersatter": whom}
                if order == "word first":
                    self.h.post_message("patient_uppdaterad", said, encounter=f"{name}1", expect="parked")
                stay = self.admit(whom, f"{name}1")
                if order == "notice first":
                    self.h.post_message("patient_uppdaterad", said, encounter=f"{name}1", expect="applied")
                self.assertEqual((self.found(whom), self.found(number)), ({before, stay}, {before, stay}))
                self.assertEqual(self.database.value("select count(distinct patient) from samordnad.episode where "
                                                     f"encounter like '{name}_'"), "1")
                self.assertEqual(self.database.value(
                    "select count(*) from samordnad.identitet where own = patient and own in (select patient from "
                    f"samordnad.episode where encounter = '{name}0')"), "1", "the number that there was stands")

    def test_said_twice(self):
        number, other = reserve(300), reserve(301)
        theirs, others = self.admit(number, "C0"), self.admit(other, "C1")
        for data in ({"patient": {"identitet": number}}, {"patient": {"identitet": other}, "ersatter": number}):
            self.h.post_message("patient_uppdaterad", data, encounter="C2", expect="parked")
        self.assertIn(theirs, self.found(number))
        self.assertNotIn(theirs, self.found(other), "nobody knows of whom it is said")
        self.assertIn(others, self.found(other))


if __name__ == "__main__":
    harness.main()
