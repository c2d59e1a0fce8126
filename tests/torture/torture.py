#!/usr/bin/python3
"""Two daemons, a PostgreSQL, receivers, and a load of all messages, reads and pushes; in each round something breaks.
What clients were answered and receivers got is compared with what is stored after each round, and with all of it at the end.

    torture.py --rounds 20 --seed 1

Prints a line a round and, last, `acknowledged N, lost 0, applied twice 0, undelivered 0, out of order 0, rounds N`. Exit code 1
if any of these is not 0, if a daemon ended by itself, or if the work did not go on after a fault; then what there is to look at
is kept in a folder, and its name, the seed and the round are printed. The seed decides which faults come in which order, with
which durations, and what is said; not how the threads and processes interleave.
"""

import argparse
import collections
import ctypes
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system"), str(HERE.parent / "simulate")]

import faults  # noqa: E402
import harness  # noqa: E402
import ledger as ledger_  # noqa: E402
import load as load_  # noqa: E402
import world as world_  # noqa: E402
from receiver import Receiver  # noqa: E402

CLONE_NEWNS = 0x20000
SECRET = "whsec_" + "c2FtPHJkbmFkIHRvcnR1cmVzIGl0cyBzZWNyZXQu"
START = "2026-03-02T08:00:00+01:00"
RECEIVERS = 3
PROGRESS = 20          # messages that must be acknowledged after a fault, so that the work goes on
SETTINGS = {"push_lease_ms": 2000, "push_connect_timeout_ms": 2000, "push_timeout_ms": 3000, "drain_ms": 4000}
# Every message that there is a schema of.
MESSAGES = {path.stem for path in harness.SCHEMAS.glob("*.json") if f'"samordnad.{path.stem}.v1"' in path.read_text()}
PATIENCE_S = 4 * harness.DEADLINE_S


class Torture:
    DISK_BYTES = 4 << 30  # of memory, as far as it is used
    DOOR_PID = "select pid from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid() limit 1"

    def __init__(self, seed, out=sys.stdout):
        self.seed, self.out = seed, out
        self.rng = random.Random(f"{seed} faults")
        self.world = world_.World(random.Random(f"{seed} world"), harness.local(START), 60)
        self.ledger = ledger_.Ledger()
        self.points = collections.Counter()  # the chosen points at which it was killed
        self.rounds = 0
        self.daemons, self.receivers, self.endpoints = [], [], []
        self._trap = threading.Lock()  # held: no trap is set
        self._trap.acquire()
        self._trapped = None
        self._trap_sprung = threading.Event()

    # ---- What stands ----

    def start(self):
        self.disk = harness.temporary_dir("disk")
        self.has_disk = self._mount()
        self.cluster = harness.Cluster()  # a process that is killed loses nothing that it gave to the system: without fsync
        self.database = self.cluster.database()
        if self.has_disk:
            shutil.chown(self.disk, harness.POSTGRES_USER, harness.POSTGRES_USER)
            postgres = harness.Database(self.cluster, "postgres")
            postgres.run(f"create tablespace small location '{self.disk}'")
            postgres.run(f"alter database {self.database.name} set tablespace small")
        self.clock = harness.Clock(self.database)
        self.clock.set(START)
        self.receivers = [Receiver(SECRET, on_request=self._arrived).start() for _ in range(RECEIVERS)]
        for receiver in self.receivers:
            harness._at_exit(receiver.stop)
        harness.load_region(self.database, self._region())
        numbers = {(row["hsa_id"], row["url"]): row["endpoint"] for row in self.database.rows(
            "select u.hsa_id, e.url, e.endpoint from samordnad.endpoint e join samordnad.unit u using (unit)")}
        for row in self.endpoints:
            row["endpoint"] = numbers[row["unit"], row["receiver"].url(row["path"])]
        self.by_path = {row["path"]: row for row in self.endpoints}
        tokens = {unit.hsa_id: harness.create_client(
            self.database, unit.hsa_id, ["hospital" if unit.slag == "slutenvard" else "unit"], [unit.hsa_id])
            for unit in self.world.units.values()}
        self.daemons = [harness.Daemon(self.database, **SETTINGS) for _ in range(2)]
        self.load = load_.Load(self.seed, self.world, self.clock, self.ledger,
                               [daemon.address for daemon in self.daemons], tokens)

    def _mount(self):
        """A file system of its own for the tables, if this user may; else the disk is never full. In a mount namespace of this
        process and its children, so that nothing is left however it ends.
        """
        commands = (["mount", "--make-rprivate", "/"],
                    ["mount", "-t", "tmpfs", "-o", f"size={self.DISK_BYTES}", "tmpfs", self.disk])
        may = ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0 and all(
            subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0 for command in commands)
        if may:
            harness._at_exit(lambda: subprocess.run(["umount", "-l", self.disk], check=True))
        else:
            print("disk_full is left out: this user may not mount a file system", file=self.out)
        return may

    def resize_disk(self, size):
        return subprocess.run(["mount", "-o", f"remount,size={size}", self.disk], stderr=subprocess.DEVNULL).returncode == 0

    def fill_disk(self):
        """No room is left. It may grow between the look and the change, which is refused then."""
        harness.wait_until(lambda: self.resize_disk(shutil.disk_usage(self.disk).used), what="the disk to be full")

    def _region(self):
        """Every unit outside the hospital has an endpoint, one of them two, and one ward has one."""
        units = [unit for unit in self.world.units.values() if unit.slag != "slutenvard"]
        for number, unit in enumerate([*units, units[0], self.world.wards[0]]):
            row = {"unit": unit.hsa_id, "path": f"/hook/{number}", "receiver": self.receivers[number % RECEIVERS]}
            self.endpoints.append(row)
            unit.row.setdefault("endpoints", []).append({"url": row["receiver"].url(row["path"]), "secret": SECRET})
        return self.world.region()

    # ---- For the faults ----

    def _arrived(self, request):
        if self._trap.acquire(blocking=False):  # sprung once; the receiver answers after this
            faults.stop_(self.daemons)
            self._trapped = {"endpoint": self.by_path[request.path]["endpoint"], "seq": request.json["data"]["seq"]}
            self._trap_sprung.set()
        self.ledger.arrived(request)

    def trap(self):
        """The next notice that reaches a receiver stops the daemons; which notice."""
        self._trap_sprung.clear()
        self._trap.release()
        if not self._trap_sprung.wait(harness.DEADLINE_S):
            raise AssertionError("no notice reached a receiver")
        return self._trapped

    def door(self):
        """The daemon that is the door."""
        return harness.wait_until(lambda: next((daemon for daemon in self.daemons if daemon.is_ready("?door")), None),
                                  what="a daemon to be the door")

    def stored(self, keys):
        """Which of these messages the database holds."""
        rows = self.database.rows("""select u.hsa_id, f.message_id from json_to_recordset(:'keys') as k (source text, id text)
            join samordnad.unit u on u.hsa_id = k.source join samordnad.fact f on f.source = u.unit and f.message_id = k.id""",
                                  keys=json.dumps([{"source": source, "id": id} for source, id in keys]))
        return [(row["hsa_id"], row["message_id"]) for row in rows]

    def cluster_children(self):
        postmaster, children = self.cluster.server.pid, []
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(status.read_text().rsplit(")", 1)[1].split()[1]) == postmaster:
                    children.append(int(status.parent.name))
            except OSError:
                continue  # it ended meanwhile
        return children

    def progress(self, when):
        """The work goes on: so many messages more are acknowledged."""
        goal = len(self.ledger.acknowledged) + PROGRESS
        harness.wait_until(lambda: len(self.ledger.acknowledged) >= goal or self.load.ending.is_set(), PATIENCE_S,
                           f"messages to be acknowledged {when}")

    # ---- Rounds ----

    def deck(self):
        """The faults, each once in an order of its own, over and over."""
        kinds = [fault for fault in faults.FAULTS if fault is not faults.disk_full or self.has_disk]
        while True:
            yield from self.rng.sample(kinds, len(kinds))

    def round(self, fault):
        self.rounds += 1
        begun = time.monotonic()
        did = fault(self, random.Random(f"{self.seed} round {self.rounds}"))
        for daemon in self.daemons:
            harness.wait_until(daemon.is_ready, PATIENCE_S, "a daemon to be ready")
        self.door()
        self.progress(f"after {fault.__name__}")
        self.load.compared.set()
        self.compare(self.ledger.compare)
        self.load.compared.clear()
        print(f"round {self.rounds}: {fault.__name__} ({did}), {time.monotonic() - begun:.1f} s; "
              f"{self.ledger.line(self.rounds)}", file=self.out, flush=True)

    def heads(self):
        heads = {row["unit"]: 0 for row in self.endpoints}
        heads.update((row["hsa_id"], int(row["seq"])) for row in self.database.rows(
            "select u.hsa_id, h.seq from samordnad.feed_head h join samordnad.unit u using (unit)") if row["hsa_id"] in heads)
        return heads

    def compare(self, comparison):
        """What is in the feeds now must reach every receiver; then all is compared. What waits for its next attempt, minutes and
        hours, has it now."""
        heads, left = self.heads(), {row["path"]: 1 for row in self.endpoints}

        def delivered():
            self.database.rows("""update samordnad.undelivered u set next_at = now() from (select endpoint, seq
                from samordnad.undelivered where state = 0 and next_at > now() for update skip locked) w
                where u.endpoint = w.endpoint and u.seq = w.seq""")  # those that a daemon writes, next time: it waits for nobody
            for row in self.endpoints:
                path, head = row["path"], heads[row["unit"]]
                if left[path] > head:
                    continue
                taken = self.ledger.taken(path) | {int(row["seq"]) for row in self.database.rows(
                    f"select seq from samordnad.undelivered where endpoint = {row['endpoint']} and state = 2")}
                while left[path] in taken:
                    left[path] += 1
            return all(left[row["path"]] > heads[row["unit"]] for row in self.endpoints)
        try:
            harness.wait_until(delivered, PATIENCE_S, interval_s=0.1)
        except AssertionError:
            pass  # which, the comparison tells
        comparison(self.database, self.endpoints, heads)

    def run(self, rounds):
        self.start()
        self.load.start()
        try:
            harness.wait_until(lambda: self.ledger.types.keys() >= MESSAGES, PATIENCE_S, "every message to be taken")
            for fault, _ in zip(self.deck(), range(rounds)):
                self.round(fault)
                if not self.ledger.is_clean() or self.load.faults:
                    break
        finally:
            all_answered = self.load.end(PATIENCE_S)
        if not all_answered:
            self.ledger.unexpected.append("messages were not answered after the last fault was over")
        self.load.read_to_the_end()
        self.compare(self.ledger.compare_all)
        for daemon in self.daemons:
            code = daemon.stop()
            if code != 0:
                self.ledger.unexpected.append(f"a daemon ended with {code}")
        self.ledger.unexpected += self.load.faults

    def keep(self):
        """A folder with what there is to look at: the ledger, the logs, a dump of the database."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"samordnad-torture-{self.seed}-"))
        (folder / "found").write_text("".join(f"{line}\n" for line in self.ledger.describe()))
        (folder / "ledger.json").write_text(json.dumps({
            "messages": [{**vars(message)} for message in self.ledger.messages.values()],
            "arrivals": {path: [(seq, taken) for seq, _, _, taken in arrivals] for path, arrivals in self.ledger.arrivals.items()},
            "endpoints": [{**row, "receiver": row["receiver"].port} for row in self.endpoints]}))
        for number, daemon in enumerate(self.daemons):
            shutil.copy(daemon.log_path, folder / f"daemon-{number}.log")
        shutil.copy(self.cluster.path / "log", folder / "postgres.log")
        if self.cluster.server is not None:
            with open(folder / "database.sql", "wb") as dump:
                subprocess.run(["pg_dump", "-d", self.database.dsn], stdout=dump, check=False, timeout=harness.DEADLINE_S * 4)
        return folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    harness.install_signal_handlers()
    torture = Torture(chosen.seed)
    try:
        torture.run(chosen.rounds)
    except Exception as error:  # it is told, with all else that was found
        torture.ledger.unexpected.append(f"{type(error).__name__}: {error}")
    print("messages: " + ", ".join(f"{type} {count}" for type, count in sorted(torture.ledger.types.items()))
          + "; refused " + ", ".join(f"{status} {count}" for status, count in sorted(torture.ledger.refusals.items())))
    print("killed at the chosen points: " + (", ".join(f"{what} {count}" for what, count in torture.points.items()) or "none"))
    for line in torture.ledger.describe():
        print(line)
    clean = torture.ledger.is_clean()
    if not clean:
        print(f"kept in {torture.keep()}; again: make torture SEED={chosen.seed} ROUNDS={torture.rounds}")
    print(torture.ledger.line(torture.rounds))
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
