"""A database that was restored to an earlier point goes on in another epoch: no id of a notice is given to another, and who
has read further is told so.
"""

import subprocess

import harness
import region
from harness import wire


class Restored(harness.Case):
    region = region.region()

    def notices(self, daemon, database, encounter, number):
        """What the unit's feed holds after one more stay."""
        hospital, vc = (harness.Client(daemon.address, token, source, self.clock.now)
                        for token, source in zip(self.tokens, (region.H, region.VC)))
        self.addCleanup(hospital.close)
        self.addCleanup(vc.close)
        now = harness.Clock(database).now()
        hospital.post_message("inskrivningsmeddelande", region.inskrivningsmeddelande(
            wire(now), wire(now), number=number, mottagare=[region.VC]), encounter=encounter, expect="applied")
        return vc, {event["id"]: event["data"] for event in vc.feed(region.VC)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = [harness.create_client(cls.database, "h", ["hospital"], [region.H]),
                      harness.create_client(cls.database, "vc", ["unit"], [region.VC])]
        cls.daemon.stop()

    def test_a_restored_dump_goes_on_in_another_epoch(self):
        """By itself: it is another database than the feeds were told in."""
        self.daemon.start()
        _, first = self.notices(self.daemon, self.database, "r1", 0)
        self.daemon.stop()
        dump = harness.cluster().copy(self.database)
        self.daemon.start()
        _, lost = self.notices(self.daemon, self.database, "r2", 1)
        self.daemon.stop()
        self.assertEqual({data["epoch"] for data in lost.values()}, {next(iter(first.values()))["epoch"]})
        restored = harness.Daemon(dump, **self.settings)
        self.daemons.append(restored)
        vc, again = self.notices(restored, dump, "r3", 2)
        self.assertEqual(len(again), len(lost))
        self.assertFalse(again.keys() & lost.keys())
        self.assertIn("event=feeds_in_another_epoch", restored.log())
        answer = vc.get(f"/v1/feed?unit={region.VC}&after={len(again) + 1}")
        self.assertEqual((answer.status, {answer.json["epoch"]}), (409, {data["epoch"] for data in again.values()}))
        # Once: it goes on in that.
        restored.stop()
        restored.start()
        _, more = self.notices(restored, dump, "r4", 1)
        self.assertLessEqual(again.keys(), more.keys())

    def test_a_dump_restored_over_the_database_that_it_is_of(self):
        """By itself too: it is the same database, but its tables are others."""
        def run(program, *arguments):
            subprocess.run([harness.POSTGRES_BIN / program, *arguments], check=True, stdout=subprocess.DEVNULL)

        database = harness.cluster().copy(self.database)
        daemon = harness.Daemon(database, **self.settings)
        self.daemons.append(daemon)
        self.notices(daemon, database, "c1", 0)
        daemon.stop()
        dump = harness.temporary_dir("dump") / "dump"
        run("pg_dump", "-Fc", "-d", database.dsn, "-f", dump)
        daemon.start()
        _, lost = self.notices(daemon, database, "c2", 1)
        daemon.stop()
        run("pg_restore", "--clean", "--if-exists", "--exit-on-error", "-d", database.dsn, dump)
        daemon.start()
        _, again = self.notices(daemon, database, "c3", 2)
        self.assertEqual(len(again), len(lost))
        self.assertFalse(again.keys() & lost.keys())
        epoch = next(iter(again.values()))["epoch"]
        self.assertRegex(daemon.log(), f"event=feeds_in_another_epoch .*epoch={epoch}")

    def test_an_upgrade_is_no_restore(self):
        """A daemon from before migration 0018 left no table."""
        database = harness.cluster().copy(self.database)
        daemon = harness.Daemon(database, **self.settings)
        self.daemons.append(daemon)
        self.notices(daemon, database, "u1", 0)
        _, before = self.notices(daemon, database, "u2", 1)
        daemon.stop()
        database.run("update samordnad.instance set told_table = null")
        daemon.start()
        _, after = self.notices(daemon, database, "u3", 2)
        self.assertEqual({data["epoch"] for data in after.values()}, {data["epoch"] for data in before.values()})
        self.assertIsNotNone(database.value("select told_table from samordnad.instance"))

    def test_the_verb_for_one_that_was_restored_in_place(self):
        say = lambda **more: harness.command("restored", "--set", f"database={self.database.dsn}", **more)
        self.daemon.start()
        _, before = self.notices(self.daemon, self.database, "v1", 2)
        self.wait_until(lambda: self.daemon.is_ready("?door"), what="a door")
        refused = say(check=False)
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("a daemon runs on this database: stop every one first", refused.stderr)
        self.daemon.stop()
        self.database.run("update samordnad.instance set told_table = 1")  # as after a dump in place
        epoch = say().stdout.split()[-1]
        self.daemon.start()
        _, after = self.notices(self.daemon, self.database, "v2", 0)
        self.wait_until(lambda: harness.Client(self.daemon.address).get("/status").json["epoch"] == epoch, what="its epoch")
        self.daemon.stop()
        self.assertEqual({data["epoch"] for data in after.values()}, {epoch})
        self.assertRegex(self.daemon.log(), f"event=register_read .*epoch={epoch}")
        self.assertFalse(before.keys() & after.keys())
        refused = harness.command("restored", "x", "--set", f"database={self.database.dsn}", check=False)
        self.assertEqual(refused.returncode, 64)


if __name__ == "__main__":
    harness.main()
