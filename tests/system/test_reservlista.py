"""The list on paper for when samordnad is down: it says what the unit's own reads say, is put in place whole or not at all, and
stays as it is while samordnad does not answer."""

import datetime
import http.server
import json
import os
import threading

import harness
import region
from region import CECILIA, H, KH, VC


class Reservlista(harness.Case):
    region = region.region(sip_mode="auto")
    listen = "tcp"
    start_at = "2026-05-04T09:00:00+02:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        harness.wait_until(lambda: cls.daemon.is_ready("?door"))
        cls.hospital = cls.client("sjukhuset", ["hospital"], [H])
        cls.vc = cls.client("vc", ["unit"], [VC])
        cls.kh = cls.client("kh", ["unit"], [KH])

    def setUp(self):
        self.out = harness.temporary_dir("reservlista")

    def token(self, client):
        path = self.out / "token"
        path.write_text(client.token + "\n")
        return path

    def make(self, unit=VC, client=None, *more, check=True, base_url=None):
        """As at the unit: there is no database."""
        return harness.command("reservlista", "--unit", unit, "--token-file", self.token(client or self.vc), "--out", self.out,
                               "--set", f"base_url={base_url or self.daemon.settings['base_url']}",
                               "--set", "database=host=/nowhere", *more, check=check)

    def read(self, unit=VC):
        return (self.out / f"reservlista-{unit}.txt").read_text()

    def blocks(self, text):
        """The entries by the episode's id, in their order."""
        found = {}
        for block in text.split("\n\n")[1:]:
            for row in block.splitlines():
                if row.startswith("    Vårdtillfälle"):
                    found[row.split()[-1]] = block
        return found

    def admit(self, encounter, number=0, days=3, id=None, **more):
        now = self.clock.now()
        return self.hospital.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            harness.wire(now), harness.wire(now + datetime.timedelta(days=days)), number, **more),
            encounter=encounter, id=id).json["episode"]["id"]

    def local(self, text):
        return harness.local(text).astimezone(harness.STOCKHOLM).strftime("%Y-%m-%d %H:%M")


class Contents(Reservlista):
    def test_what_is_open_by_deadline(self):
        later = self.admit("V-1", 0)
        self.hospital.post_message("utskrivningsklar", {"klar_at": harness.wire(self.clock.now())}, encounter="V-1",
                                   expect="applied")
        self.clock.advance(self.clock.now() + datetime.timedelta(hours=1))
        hidden = self.admit("V-2", 1, mottagare=(VC, KH))
        protected = dict(region.inskrivningsmeddelande(
            harness.wire(self.clock.now()), harness.wire(self.clock.now() + datetime.timedelta(days=3)), 2))
        protected["patient"]["skyddade_personuppgifter"] = "sekretessmarkering"
        secret = self.hospital.post_message("inskrivningsmeddelande", protected, encounter="V-3").json["episode"]["id"]
        home = self.admit("V-4", 1, id="v-4")
        self.hospital.post_message("makulering", {"message_id": "v-4", "orsak": "fel patient"}, encounter="V-4", expect="applied")
        done = self.make()
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        text = self.read()
        blocks = self.blocks(text)
        self.assertNotIn(home, blocks, "it is over")
        self.assertEqual(set(blocks), {later, hidden, secret})
        self.assertTrue(text.startswith(f"RESERVLISTA {VC}  Vardcentralen\nGjord mån 2026-05-04 10:0"), "the legal clock's time")
        self.assertNotIn("FÖRSENAD", text)
        tasks = self.vc.tasks(VC, status="open")
        self.assertIn(f"Öppna vårdtillfällen och akter: 3. Öppna uppgifter: {len(tasks)}.\n", text)
        self.shows(blocks[later], self.vc.episode(later), tasks)
        # By deadline; whose is not told comes first.
        due = {episode: min((task["due_at"] for task in tasks if task["episode"] == episode and task["due_at"]), default="")
               for episode in blocks}
        self.assertEqual(list(blocks), sorted(blocks, key=lambda episode: due[episode]))
        self.assertEqual(list(blocks)[0], secret)
        self.hides(blocks[secret], protected["patient"])

    def shows(self, block, episode, tasks):
        patient = region.patient(0)
        self.assertIn(f"    Patient       {patient['identitet']['varde']}, {patient['namn']}\n", block)
        self.assertIn(f"    Adress        {patient['folkbokforingsadress']}\n", block)
        self.assertIn(f"    Sjukhus       Avdelning 21, {H}\n", block)
        self.assertIn("    Fast kontakt  Anna Ek, distriktsskoterska, tel 08-000 00 00, " + VC, block)
        self.assertIn("    Mottagare     Vardcentralen, Kommunens halso- och sjukvard, Kommunens socialtjanst\n", block)
        self.assertIn(self.local(episode["beraknad_utskrivning_at"]), block)
        self.assertIn(self.local(episode["klar_at"]), block)
        mote = episode["sip"]["mote"]
        self.assertIn(f"{self.local(mote['start_at'])}, {mote['form']}, {mote['plats']}\n", block)
        own = [task for task in tasks if task["episode"] == episode["id"]]
        self.assertTrue(own)
        for task in own:
            self.assertIn(f"{self.local(task['due_at'])}  {task['text']}\n", block)

    def hides(self, block, patient):
        for said in (patient["identitet"]["varde"], patient["namn"], patient["folkbokforingsadress"]):
            self.assertNotIn(said, block)
        self.assertIn("ring avdelningen", block)
        self.assertIn("(visas inte)  kvittera", block)
        # Nor when it is made for a person who opens it.
        self.make(VC, None, "--person", CECILIA)
        again = next(block for block in self.read().split("\n\n") if patient["identitet"]["varde"] in block or "ring avdel" in block)
        self.assertNotIn(patient["identitet"]["varde"], again)

    def test_of_another_unit(self):
        self.make(KH, self.kh)
        self.assertEqual(list(self.blocks(self.read(KH)).keys()), [row["id"] for row in self.kh.request(
            "POST", "/v1/episodes/search", {"unit": KH, "state": ["inskriven"]}).json["episodes"]])
        done = self.make(KH, self.vc, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"samordnad: samordnad knows no unit {KH} of this token's\n")
        done = self.make(VC, harness.Client(self.daemon.address, "x"), check=False)
        self.assertEqual((done.returncode, done.stderr), (1, "samordnad: samordnad answered 401 (A valid bearer token is needed.): the list before stays\n"))

    def test_without_samtycke(self):
        """G5: as in the unit's own read, the ward is masked to the hospital."""
        episode = self.admit("V-9", 0, samtycke={"informationsdelning": "nekat", "sip": "nekat"})
        self.make(KH, self.kh)
        block = self.blocks(self.read(KH))[episode]
        self.assertIn("    Sjukhus       Sjukhuset\n", block)
        self.assertNotIn("Avdelning 21", block)
        self.assertNotIn("Anna Ek", block)


class Place(Reservlista):
    def test_the_old_one_stays_while_samordnad_is_away(self):
        self.admit("V-1")
        self.make()
        before = self.read()
        path = self.out / f"reservlista-{VC}.txt"
        self.assertEqual(path.stat().st_mode & 0o777, 0o640 & ~self.umask())
        self.daemon.process.kill()
        self.daemon.process.wait()
        try:
            done = self.make(check=False)
            self.assertEqual(done.returncode, 75)
            self.assertEqual(done.stderr, "samordnad: samordnad does not answer (Couldn't connect to server): the list before stays\n")
        finally:
            self.daemon.process = None
            self.daemon.start()
        self.assertEqual(self.read(), before)
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), [f"reservlista-{VC}.txt", "token"])
        self.make()
        self.assertIn("Öppna vårdtillfällen och akter: 1.", self.read())

    def umask(self):
        mask = os.umask(0)
        os.umask(mask)
        return mask

    def test_what_it_cannot(self):
        for words, code, said in (
                (["--unit", "x", "--token-file", "t", "--out", "."], 64, "say --unit HSA-ID"),
                (["--unit", VC, "--out", "."], 64, "say --unit HSA-ID"),
                (["--unit"], 64, "lacks its value"),
                (["--unit", VC, "--token-file", "/nowhere", "--out", "."], 1, "no token in /nowhere"),
                (["--unit", VC, "--token-file", str(self.token(self.vc)), "--out", "/nowhere"], 1, "cannot write in /nowhere")):
            with self.subTest(words):
                done = harness.command("reservlista", *words, "--set", f"base_url={self.daemon.settings['base_url']}", check=False)
                self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                self.assertIn(said, done.stderr)
        done = self.make(base_url="http://samordnad.example", check=False)
        self.assertEqual(done.returncode, 78)
        self.assertIn("https, or http on this machine", done.stderr)

    def answers(self, answers):
        """Where something answers so, one after the other, and then 503; what it was asked."""
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked.append((self.path, self.headers["Authorization"], self.headers["samordnad-person"]))
                status, body = answers.pop(0) if answers else (503, {})
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}", asked

    def test_whole_or_not_at_all(self):
        """Samordnad goes down in the midst of it: nothing is put in place of the list before, whichever question it is."""
        task = {"id": "a.1", "episode": "a", "text": "kvittera", "due_at": None}
        whole = [(200, {"tasks": [task], "next": "b"}), (200, {"tasks": []}), (200, {"episodes": [{"id": "c"}]}),
                 (200, {"id": "a", "phase": "inskriven"}), (404, {})]
        path = self.out / f"reservlista-{VC}.txt"
        for count in range(len(whole)):
            with self.subTest(count):
                path.write_text("the one before")
                url, asked = self.answers(whole[:count])
                self.assertEqual(self.make(check=False, base_url=url).returncode, 75)
                self.assertEqual((len(asked), path.read_text()), (count + 1, "the one before"))
        url, asked = self.answers([(429, {}), *whole])
        self.make(VC, None, "--person", CECILIA, base_url=url)
        self.assertEqual(set(self.blocks(self.read())), {"a", "c"})
        tasks = f"/v1/tasks?unit={VC}&status=open&limit=200"
        self.assertEqual([path for path, *_ in asked], [tasks, tasks, tasks + "&after=b", "/v1/episodes/search", "/v1/episodes/a",
                                                        "/v1/episodes/c"])
        self.assertEqual({(token, person) for _, token, person in asked}, {(f"Bearer {self.vc.token}", CECILIA)})

    def test_an_answer_that_is_no_list(self):
        """What asking again does not mend is 1; a proxy may answer in words of its own."""
        for status, body, code, words in ((400, "<html>", 1, "400 (without a word of its own: a proxy, perhaps)"),
                                          (403, {"detail": "Not this."}, 1, "403 (Not this.)"),
                                          (502, {}, 75, "502 (without a word of its own: a proxy, perhaps)")):
            with self.subTest(status):
                url, _ = self.answers([(status, body)])
                done = self.make(check=False, base_url=url)
                self.assertEqual((done.returncode, done.stderr), (code, f"samordnad: samordnad answered {words}: the list before stays\n"))

    def test_what_it_says_tells_of_no_patient(self):
        self.admit("V-2", 1)
        done = self.make()
        harness.check_no_person(done.stdout + done.stderr, "what reservlista says")


if __name__ == "__main__":
    harness.main()
