"""The access log (HSLF-FS 2016:40 4 kap. 9 §): what was done with which patient's data, at which unit, when, by which client and
person. What was answered was logged before; what is logged is sealed; what was changed is found.
"""

import subprocess

import harness
from harness import wire
from region import ANNA, H, KB, KH, VC
from test_search import DORIS, ELSA, H2, Search

FOREVER = ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z")


class AccessLog(Search):
    def log(self, client, patient, person=None, **query):
        """All entries of a patient that a client is shown, the oldest first."""
        rows, after = [], ""
        while True:
            target = f"/v1/patients/{patient}/access-log?limit={query.get('limit', 100)}{after}"
            answer = client.request("GET", target, headers={"samordnad-person": person} if person else None)
            self.assertEqual(answer.status, 200, answer)
            rows += answer.json["access_log"]
            if "next" not in answer.json:
                return rows[::-1]
            after = f"&after={answer.json['next']}"

    def short(self, rows):
        return [(row["action"], row["type"], row["unit"], (row["client"] or "").rpartition("-")[0], row["person"]) for row in rows]

    def entries(self, where="true"):
        return int(self.database.value(f"select count(*) from samordnad.access_entry where {where}"))

    def verb(self, *arguments):
        return harness.command(*arguments, "--set", f"database={self.database.dsn}", check=False)


class Entries(AccessLog):
    def test_what_is_done_is_logged(self):
        """Each action, at its unit, by its client and person; the hospital is told of others' units, not of their persons."""
        whom = self.someone()
        stay, encounter = self.admit(whom)
        self.consent(encounter, "lamnat")
        patient = self.patient(self.h, whom, DORIS)
        self.found(self.vc, patient={"identitet": whom})
        answer = self.vc.request("GET", f"/v1/episodes/{stay}", headers={"samordnad-person": ANNA})
        self.assertEqual(answer.status, 200, answer)
        answer = self.kb.request("GET", f"/v1/episodes/{stay}", headers={"samordnad-person": ELSA})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.kh.get(f"/v1/patients/{patient}/contacts").status, 200)
        self.assertEqual(self.short(self.log(self.h, patient)), [
            ("message", "inskrivningsmeddelande", H, "sjukhuset", None),
            ("message", "samtycke", H, "sjukhuset", None),
            ("patients_search", None, H, "sjukhuset", DORIS),
            ("episodes_search", None, VC, "vardcentralen", None),
            ("episode", None, VC, "vardcentralen", ANNA),
            ("episode", None, KB, "", None),
        ])
        self.assertEqual(self.short(self.log(self.kb, patient)), [
            ("episode", None, KB, "socialtjansten", ELSA)])
        self.assertEqual(self.short(self.log(self.kh, patient)), [("contacts", None, KH, "kommunens-hsl", None)])
        self.assertEqual(self.short(self.log(self.h, patient))[-1], ("access_log", None, None, "sjukhuset", None),
                         "the log's own reading")

    def test_pages_and_strangers(self):
        whom = self.someone()
        stay, _ = self.admit(whom)
        patient = self.patient(self.h, whom)
        for _ in range(4):
            self.assertEqual(self.h.get(f"/v1/episodes/{stay}").status, 200)
        whole = self.log(self.h, patient)
        self.assertEqual([row["action"] for row in whole], ["message", "patients_search"] + ["episode"] * 4)
        self.assertEqual(self.log(self.h, patient, limit=4)[:6], whole)
        for client, status in ((self.other, 404), (self.client("drift", ["ops"]), 403)):
            self.assertEqual(client.get(f"/v1/patients/{patient}/access-log").status, status)
        for query in ("after=0", "after=x", "limit=0", "limit=1001", "unit=x"):
            self.assertEqual(self.h.get(f"/v1/patients/{patient}/access-log?{query}").status, 400, query)

    def test_the_log_follows_the_patient(self):
        """G4: what was done with a stay is told of whose the stay is."""
        wrong, right = self.someone(), self.someone()
        self.admit(right)
        stay, encounter = self.admit(wrong)
        self.assertEqual(self.h.get(f"/v1/episodes/{stay}").status, 200)
        before, after = self.patient(self.h, wrong), self.patient(self.h, right)
        self.later()
        self.h.post_message("patient_uppdaterad", {"patient": {"identitet": right}, "ersatter": wrong},
                            encounter=encounter, expect="applied")
        of_stay = [row for row in self.log(self.h, after) if row["episode"] == stay]
        self.assertEqual([row["action"] for row in of_stay], ["message", "episode", "message"])
        self.assertNotEqual(before, after)

    def test_protected(self):
        """G6: who is not named does not find the log either, and asking for it logs nothing."""
        whom = self.someone()
        self.admit(whom, patient={"skyddade_personuppgifter": "sekretessmarkering"})
        patient = self.patient(self.h, whom, DORIS)
        before = self.entries()
        self.assertEqual(self.h.get(f"/v1/patients/{patient}/access-log").status, 404)
        self.assertIsNone(self.patient(self.h, whom))
        self.assertEqual(self.entries(), before)
        self.assertEqual([row["person"] for row in self.log(self.h, patient, DORIS)], [None, DORIS])

    def test_nothing_is_answered_that_is_not_logged(self):
        """A database that takes no entries: 503 or 500, and no patient's data; nor is a message taken."""
        whom = self.someone()
        stay, _ = self.admit(whom)
        patient = self.patient(self.h, whom)
        self.database.run("""create function samordnad.refuse() returns trigger language plpgsql as
            $$ begin raise exception using errcode = '23514'; end $$;
            create trigger refuse before insert on samordnad.access_entry execute function samordnad.refuse()""")
        self.addCleanup(self.database.run, "drop function samordnad.refuse cascade")
        before = self.entries()
        for method, target, body in (
                ("GET", f"/v1/episodes/{stay}", None), ("GET", f"/v1/patients/{patient}/contacts", None),
                ("GET", f"/v1/patients/{patient}/access-log", None),
                ("POST", "/v1/episodes/search", {"patient": {"identitet": whom}}),
                ("POST", "/v1/patients/search", {"identitet": whom})):
            answer = self.h.request(method, target, body)
            self.assertEqual(answer.status, 500, answer)
            self.assertNotIn(stay, answer.body.decode())
        facts = int(self.database.value("select count(*) from samordnad.fact"))
        answer = self.h.post_event(self.h.event("permission", {"from_at": harness.wire(self.clock.now())}, episode=stay))
        self.assertGreaterEqual(answer.status, 500, answer)
        self.assertEqual(int(self.database.value("select count(*) from samordnad.fact")), facts)
        self.assertEqual(self.entries(), before)

    def test_export(self):
        whom = self.someone()
        stay, _ = self.admit(whom)
        patient = self.patient(self.h, whom, DORIS)
        done = self.verb("access-log", *FOREVER)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.split("\n")
        self.assertEqual(lines[0], "nr,at,action,type,patient,episode,unit,organisation,client,person")
        name = self.database.value("select '\"' || name || '\"' from samordnad.client where name like 'sjukhuset-%'")
        mine = [line.split(",")[2:] for line in lines if patient in line]
        self.assertEqual(mine, [
            ["message", "inskrivningsmeddelande", patient, stay, H, "2321000016", name, ""],
            ["patients_search", "", patient, "", H, "2321000016", name, DORIS]])
        self.assertEqual(len(lines) - 2, self.entries())
        self.assertEqual(self.verb("access-log", FOREVER[1], FOREVER[1]).stdout.count("\n"), 1)
        self.assertEqual(self.verb("access-log", "2026-01-01", "2027-01-01").returncode, 64)


class Extract(AccessLog):
    """Who is shown what: as in the reads themselves (G5, C1a, A9), not by organisation."""

    def of(self, client, whom, stay):
        patient = self.patient(client, whom)
        return [row for row in self.log(client, patient) if row["episode"] == stay] if patient else []

    def test_unit_is_told_of_a_stay_it_has_no_part_in(self):
        whom = self.someone()
        self.admit(whom, mottagare=[KH])
        self.later()
        foreign, _ = self.admit(whom, mottagare=[KB], verksamhet="psykiatrisk", vardform="LPT")
        self.kb.request("GET", f"/v1/episodes/{foreign}", headers={"samordnad-person": ELSA})
        self.assertEqual(self.kh.get(f"/v1/episodes/{foreign}").status, 404)
        self.assertEqual(self.of(self.kh, whom, foreign), [])

    def test_after_avvisning(self):
        whom = self.someone()
        self.admit(whom, mottagare=[KH])
        self.later()
        gone, _ = self.admit(whom, mottagare=[KH, KB])
        self.later()
        self.kh.post_message("avvisning", {"orsak": "felsand"}, episode=gone, source=KH, expect="applied")
        self.assertEqual(self.kb.get(f"/v1/episodes/{gone}").status, 200)
        self.assertEqual([row for row in self.of(self.kh, whom, gone) if row["unit"] == KB], [])

    def test_ward_with_no_part_at_all(self):
        whom = self.someone()
        stay, _ = self.admit(whom, source=H, mottagare=[VC, KH])
        self.h.request("GET", f"/v1/episodes/{stay}", headers={"samordnad-person": DORIS})
        self.assertEqual(self.ward.get(f"/v1/episodes/{stay}").status, 404)
        self.assertEqual(self.of(self.ward, whom, stay), [])

    def test_c1a_withheld(self):
        """VC is of the hospital's own organisation, a region."""
        whom = self.someone()
        stay, encounter = self.admit(whom, mottagare=[VC, KH])
        self.later()
        self.h.post_message("utskrivningsklar", {"klar_at": wire(self.clock.now()), "undanhallen": [
            {"mottagare": VC, "orsak": "sekretess", "beslutad_av": "Chefsoverlakaren"}]}, encounter=encounter, expect="applied")
        self.assertEqual(self.vc.episode(stay)["phase"], "inskriven")
        self.assertNotIn("utskrivningsklar", [row["type"] for row in self.of(self.vc, whom, stay)])

    def test_what_was_asked_under_the_number_before(self):
        """G4: the reserve number leads to the patient, and so does what was done under it."""
        reserve, real = self.someone(), self.someone()
        self.admit(real)
        self.later()
        _, encounter = self.admit(reserve)
        before = self.patient(self.h, reserve, DORIS)
        self.assertEqual(self.h.get(f"/v1/patients/{before}/contacts").status, 200)
        self.later()
        self.h.post_message("patient_uppdaterad", {"patient": {"identitet": real}, "ersatter": reserve},
                            encounter=encounter, expect="applied")
        after = self.patient(self.h, reserve)
        self.assertEqual(after, self.patient(self.h, real))
        self.assertIn("contacts", [row["action"] for row in self.log(self.h, after)])

    def test_ward_reads_by_a_guessed_encounter(self):
        """A client kept to one ward may say something of another ward's stay, and reads it no more for that."""
        stay, encounter = self.admit(self.someone(), source=H, mottagare=[KB], verksamhet="psykiatrisk", vardform="LPT")
        self.assertEqual(self.ward.get(f"/v1/episodes/{stay}").status, 404)
        self.later()
        self.ward.post_message("permission", {"from_at": wire(self.clock.now())}, encounter=encounter, source=H2)
        self.assertEqual(self.ward.get(f"/v1/episodes/{stay}").status, 404)


class Sealer(AccessLog):
    settings = {"access_seal_ms": 200}

    def test_the_daemon_seals(self):
        """By itself, and says so in its log and /status."""
        self.admit(self.someone())
        ops = self.client("drift-2", ["ops"])
        self.wait_until(lambda: ops.get("/status").json["access_log"]["seal"] > 0)
        said = ops.get("/status").json["access_log"]
        self.assertEqual(self.database.value(f"select encode(hash, 'hex') from samordnad.access_seal where seal = {said['seal']}"),
                         said["hash"])
        self.assertIn(said["hash"], self.daemon.log())
        self.assertIsNotNone(said["sealed_until"])
        self.assertIn("samordnad_access_log_unsealed_seconds", ops.get("/metrics").body.decode())


class Chain(AccessLog):
    """No daemon runs: entries are put, and sealed, by SQL."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.daemon.stop()

    def put(self, at="clock_timestamp()", before="", after=""):
        """An entry, of a stay that is not there."""
        return f"""{before} insert into samordnad.access_entry (client, episode, action, person, unit, at)
            values (1, 1, 1, '', 1, {at}); {after}"""

    def done(self, count=1):
        for _ in range(count):
            self.database.run(self.put())

    def as_daemon(self, sql):
        """What the database says to it on stderr."""
        return subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                               self.database.cluster.dsn(self.database.name, harness.DAEMON_ROLE)],
                              input=sql, capture_output=True, text=True, timeout=60).stderr

    def keep(self):
        self.database.run("create table kept as select * from samordnad.access_entry")

    def put_back(self, sql="select"):
        self.database.run(f"""set search_path = samordnad, public; delete from access_entry; insert into access_entry
            (nr, at, client, episode, patient, unit, fact_nr, action, person) overriding system value
            select nr, at, client, episode, patient, unit, fact_nr, action, person from kept; drop table kept; {sql}""")
        self.assertEqual(self.verb("verify-log").returncode, 0)

    def sealed(self):
        """The last seal and its hash, once all that is there is sealed."""
        def all_sealed():
            return self.database.value("""select (select count(*) from samordnad.access_entry)
                = coalesce((select sum(entries) from samordnad.access_seal where forgotten_at is null), 0)""") == "t"
        self.seal_now()
        self.assertTrue(all_sealed())
        return self.database.value("select seal || ' ' || encode(hash, 'hex') from samordnad.access_seal "
                                   "order by seal desc limit 1").split()

    def seal_now(self, most=10000):
        """What the daemon does once a minute, by its own statement."""
        with open(harness.ROOT / "sql/queries/access_seal.sql", encoding="utf-8") as file:
            text = file.read().replace("$1", str(most)).replace("$2", "1440")
        self.database.run("set search_path = samordnad, public;" + text)

    def break_it(self, sql, said, mend):
        """verify-log finds a change of what is sealed; then it is undone."""
        self.database.run("set search_path = samordnad, public;" + sql)
        found = self.verb("verify-log")
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertIn(said, found.stderr)
        self.database.run("set search_path = samordnad, public;" + mend)
        self.assertEqual(self.verb("verify-log").returncode, 0)

    def test_what_was_changed_is_found(self):
        self.done(2)
        self.seal_now()
        self.done()
        seal, digest = self.sealed()
        good = self.verb("verify-log")
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        self.assertIn(f"the last seal: {seal} {digest}", good.stdout)
        self.assertEqual(self.verb("verify-log", seal, digest).returncode, 0)
        nr = self.database.value("select max(nr) from samordnad.access_entry")
        lost = f"the entries of seal {seal} are not those that were sealed"
        self.break_it(f"create table kept as select * from access_entry where nr = {nr}; delete from access_entry where nr = {nr}",
                      lost, """insert into access_entry (nr, at, client, episode, patient, unit, fact_nr, action, person)
                      overriding system value select nr, at, client, episode, patient, unit, fact_nr, action, person from kept;
                      drop table kept""")
        for column, other, mend in (("person", f"'{ANNA}'", "''"), ("client", "client + 1", "client - 1"),
                                    ("at", "at - interval '1 s'", "at + interval '1 s'"), ("unit", "unit + 1", "unit - 1")):
            self.break_it(f"update access_entry set {column} = {other} where nr = {nr}", lost,
                          f"update access_entry set {column} = {mend} where nr = {nr}")
        broken = "the chain is broken"
        self.break_it("update access_seal set sealed_at = sealed_at + interval '1 s' where seal = 1", broken,
                      "update access_seal set sealed_at = sealed_at - interval '1 s' where seal = 1")
        self.break_it(f"update access_seal set forgotten_at = now(), digest = sha256('x') where seal = {seal}", broken,
                      f"update access_seal set forgotten_at = null, digest = (access_digest(numbers)).digest where seal = {seal}")
        self.break_it("create table kept as select * from access_seal where seal = 1; delete from access_seal where seal = 1",
                      broken, "insert into access_seal select * from kept; drop table kept")

    def test_a_seal_that_was_noted(self):
        """Who owns the database can make a chain anew, or cut its end off: not that of which a seal was noted elsewhere."""
        self.done()
        seal, digest = self.sealed()
        self.database.run("create table samordnad.kept as select * from samordnad.access_seal order by seal desc limit 1")
        self.database.run(f"delete from samordnad.access_seal where seal = {seal}")
        self.assertEqual(self.verb("verify-log").returncode, 0)
        self.assertIn("which was noted, is not there", self.verb("verify-log", seal, digest).stderr)
        self.seal_now()
        self.assertIn("another hash than was noted", self.verb("verify-log", seal, digest).stderr)
        self.database.run(f"""delete from samordnad.access_seal where seal = {seal};
            insert into samordnad.access_seal select * from samordnad.kept; drop table samordnad.kept""")
        self.assertEqual(self.verb("verify-log", seal, digest).returncode, 0)
        self.assertEqual(self.verb("verify-log", seal).returncode, 64)
        self.assertEqual(self.verb("verify-log", seal, "ab").returncode, 64)

    def test_numbers_that_commit_out_of_order(self):
        """A block leaves out what is not committed, and a later one takes it up."""
        self.done()
        self.sealed()
        with self.database.session() as psql:
            psql.write(self.put(before="begin;", after="select 'put';\n"))
            self.wait_until(lambda: self.database.value("select count(*) from pg_stat_activity where "
                "state = 'idle in transaction' and query like '%put%'") == "1")
            self.done()
            self.seal_now()
            self.assertEqual(self.database.value("select entries from samordnad.access_seal order by seal desc limit 1"), "1")
            psql.write("commit;\n")
            self.wait_until(lambda: self.entries(f"nr not in (select generate_series(lower(r), upper(r) - 1) "
                "from samordnad.access_seal, unnest(numbers) r)") == 1)
        self.sealed()
        self.assertEqual(self.verb("verify-log").returncode, 0)

    def test_many_at_once(self):
        """A block has its limit; the next goes on behind it."""
        self.done(3)
        self.seal_now(most=2)
        self.assertEqual(self.database.value("select entries from samordnad.access_seal order by seal desc limit 1"), "2")
        self.sealed()
        self.assertEqual(self.verb("verify-log").returncode, 0)

    def test_unsealed_for_long(self):
        self.done()
        self.sealed()
        self.database.run(self.put("clock_timestamp() - interval '2 hours'"))
        found = self.verb("verify-log")
        self.assertEqual(found.returncode, 1)
        self.assertIn("in no seal", found.stderr)
        self.sealed()
        self.assertEqual(self.verb("verify-log").returncode, 0)

    def test_forgotten_too_early(self):
        """A block of today that is said to be forgotten, its entries changed: forgotten_at is in no hash, and is not believed."""
        self.done(3)
        seal, digest = self.sealed()
        self.keep()
        self.database.run(f"""set search_path = samordnad, public;
            update access_seal set forgotten_at = now() where seal = {seal};
            update access_entry set person = 'SE2321000016-X' where nr = (select max(nr) from access_entry);
            delete from access_entry where nr = (select max(nr) - 1 from access_entry)""")
        found = self.verb("verify-log", seal, digest)
        self.assertEqual(found.returncode, 1, found.stdout)
        self.put_back(f"update access_seal set forgotten_at = null where seal = {seal}")

    def test_a_seal_of_all_numbers_to_come(self):
        """By the daemon's login: nothing is sealed from then on, and everybody says that all is."""
        self.done(2)
        seal, _ = self.sealed()
        self.as_daemon( f"""set search_path = samordnad, public;
            insert into access_seal (seal, numbers, entries, sealed_at, digest, hash)
            select {int(seal) + 1}, n, 0, t, d,
                access_hash((select hash from access_seal where seal = {seal}), {int(seal) + 1}, n, 0, t, d)
            from (select int8multirange(int8range((select max(nr) + 1 from access_entry), null)) n, clock_timestamp() t, sha256('') d) x""")
        self.done(2)
        self.seal_now()
        self.keep()
        self.database.run("update samordnad.access_entry set person = 'SE2321000016-X' where nr = (select max(nr) from samordnad.access_entry)")
        found = self.verb("verify-log")
        self.assertNotIn("; 0 entries not sealed yet", found.stdout)
        self.put_back()

    def test_an_entry_below_nought(self):
        """By the daemon's login: in the patient's extract, in no seal, no export, and no alarm."""
        self.done(2)
        self.sealed()
        said = self.as_daemon( """insert into samordnad.access_entry (nr, at, client, episode, action, person)
            overriding system value values (-5, '2025-01-01', 1, 1, 1, '')""")
        self.assertIn("permission denied", said)

    def test_what_is_past_its_time_is_forgotten(self):
        """Whole blocks, by policy and never before five years; the chain goes on through them."""
        self.done()
        seal, _ = self.sealed()
        self.done()
        last, digest = self.sealed()
        chain = f"""with recursive aged as (
                select seal, numbers, entries, digest, sealed_at - case when seal <= {seal} then interval '59 months' else '0' end
                    - case when seal <= {seal} then make_interval(months => %d) else '0' end as sealed_at
                from access_seal
            ), c as (
                select a.*, access_hash(null, a.seal, a.numbers, a.entries, a.sealed_at, a.digest) as hash from aged a where seal = 1
                union all
                select a.*, access_hash(c.hash, a.seal, a.numbers, a.entries, a.sealed_at, a.digest)
                from c join aged a on a.seal = c.seal + 1
            )
            update access_seal s set sealed_at = c.sealed_at, hash = c.hash from c where c.seal = s.seal"""
        def age(months):
            self.database.run("set search_path = samordnad, public;" + chain % months)
        before = self.entries()
        age(0)
        self.assertIn("forgotten of the access log: 0 entries", self.verb("maintain").stdout)
        self.assertEqual(self.entries(), before)
        age(-57)  # 59 and 61 months, in all
        self.assertEqual(self.verb("verify-log").returncode, 0)
        gone = int(self.database.value(f"select sum(entries) from samordnad.access_seal where seal <= {seal}"))
        self.assertIn(f"forgotten of the access log: {gone} entries, of {seal} seals", self.verb("maintain").stdout)
        self.assertEqual(self.entries(), before - gone)
        found = self.verb("verify-log")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn(f"those of {seal} seals forgotten", found.stdout)
        self.done()
        self.sealed()
        self.assertEqual(self.verb("verify-log").returncode, 0)


if __name__ == "__main__":
    harness.main()
