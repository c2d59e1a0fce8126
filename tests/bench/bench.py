"""Measures samordnad on this machine: `make bench`, or --quick for a few seconds that only prove that it measures.

On a private PostgreSQL cluster with durable commits, in one run, so that the figures stand beside each other: whole
inskrivningsmeddelanden per second over 256 keep-alive connections, `pgbench -N`, COPY of the same final rows, CPU,
rows, WAL, memory and latency, this also beside thousands of slow connections; then what leaves (push.py). Several
repetitions of each in turn; what is printed and written is the median. The last lines are the figures; build/bench.json
has them by name. It ends by itself and takes away what it made.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))
sys.dont_write_bytecode = True
import harness  # noqa: E402: it lies in the folder named above
import push  # noqa: E402: beside this file

# The register: 1,000 units and 10,000 staff.
WARDS, VCS, KOMMUNER, STAFF_A_UNIT = 20, 580, 200, 10
KINDS = [("AVD", WARDS, 2, "slutenvard"), ("VC", VCS, 4, "primarvard"), ("KH", KOMMUNER, 4, "kommunal_hsl"),
         ("KB", KOMMUNER, 4, "socialtjanst")]
PROFESSIONS = ("distriktsskoterska", "sjukskoterska", "lakare", "fysioterapeut", "kurator")

CONNECTIONS = 256
PGBENCH_CLIENTS = 32
COPY_MESSAGES = 1000  # a commit
SLOW_CONNECTIONS, SLOW_BYTE_MS = 5000, 4000  # each sends a byte so often
WAL_BATCH = 50
# No checkpoint falls into a measurement by chance; the rest is PostgreSQL's default, durable.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "1h"}

# What the door writes a message's rows to, and how they are found by its episode.
TABLES = {
    "episode": "episode", "fact": "episode", "participant": "episode", "task": "episode", "breach": "episode",
    "notice": "episode", "booking": "episode", "identitet": "patient", "kontakt": "patient",
}
TARGETS = {"daemon_cpu_us": 60, "pg_cpu_us": 150, "wal_bytes": 7000, "rss_mb": 30, "slow_conns_p99_ratio": 2,
           **push.TARGETS}
UNITS = {
    "ingest_per_s": "messages/s, 256 connections", "pgbench_per_s": f"transactions/s, -N, {PGBENCH_CLIENTS} clients",
    "copy_per_s": "messages/s, 1,000 a commit", "daemon_cpu_us": "us a message", "pg_cpu_us": "us a message",
    "rows": "a message", "wal_bytes": "bytes a message, batches of 50", "rss_mb": "MB, 1,000 units, 10,000 staff",
    "p50_ms": "ms, at a tenth of the top rate", "p99_ms": "ms, at a tenth of the top rate",
    "slow_conns_p99_ratio": "of that p99 without 5,000 slow connections", "rss_slow_conns_mb": "MB, with them", **push.UNITS,
}


class Plan:
    """How long each part takes."""

    def __init__(self, quick):
        self.repetitions = 1 if quick else 5
        self.warm_s, self.ingest_s, self.latency_s = (1, 1, 1) if quick else (4, 6, 5)
        # A second of pgbench may be over before its clients are connected.
        self.pgbench_until = ("-t", 20) if quick else ("-T", 4)
        self.pgbench_scale = 1 if quick else 20
        self.copy_commits = 1 if quick else 10
        self.slow_connections, self.slow_byte_ms = (200, 500) if quick else (SLOW_CONNECTIONS, SLOW_BYTE_MS)
        # With and without: long enough that most slow connections are cut in between, and come again.
        self.slow_s = 1 if quick else 10
        self.until_cut = not quick
        self.wal_batches = 4 if quick else 40


# ---- The region and the message -----------------------------------------------------------------------------------


def hsa_id(kind, number, digits):
    # The marks of the load generator's template have as many letters as the numbers have digits.
    return f"SE2321000016-{kind}{number if isinstance(number, str) else format(number, f'0{digits}')}"


def staff(unit, number):
    hsa = f"{unit}P{number}"
    return {"hsa_id": hsa, "namn": f"Person {number}", "profession": PROFESSIONS[number % len(PROFESSIONS)],
            "legitimerad": True, "telefon": "08-000 00 00", "fvk": True, "kapacitet": 40}


def region():
    hours = {"week": {day: [["08:00", "12:00"], ["13:00", "17:00"]]
                      for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}, "closed_on_holidays": True}
    units = []
    for kind, count, digits, slag in KINDS:
        for number in range(count):
            unit = hsa_id(kind, number, digits)
            row = {"hsa_id": unit, "namn": f"Enhet {kind} {number}", "slag": slag, "region": "01",
                   "staff": [staff(unit, each) for each in range(STAFF_A_UNIT)]}
            if slag != "slutenvard":
                row.update(kommun=f"{1000 + number % KOMMUNER}", hours=hours)
            if slag == "primarvard":
                row.update(
                    verksamhetschef=f"{unit}P1",
                    slots=[{"weekday": day, "from": "13:00", "to": "15:00", "length_minutes": 60, "form": "video"}
                           for day in ("tuesday", "thursday")],
                    standing_decisions=[{"beslutad_av": f"{unit}P1", "kriterier": "Rangordningen B5"}],
                    policies=[{"policy": "fvk_mode", "value": "auto"}])
            units.append(row)
    return {"units": units}


def template():
    """An inskrivningsmeddelande of the usual size, with the load generator's marks."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def at(hours):
        return harness.wire((now + datetime.timedelta(hours=hours)).replace(microsecond=0))
    vc = hsa_id("VC", "VVVV", 4)
    return json.dumps({
        "specversion": "1.0",
        "id": "MSG-NNNNNNNNNN",
        "source": hsa_id("AVD", "WW", 2),
        "type": "samordnad.inskrivningsmeddelande.v1",
        "time": at(0),
        "datacontenttype": "application/json",
        "data": {
            "episode": {"encounter": "VT-NNNNNNNNNN"},
            "patient": {
                # Opaque numbers: the tax agency's test persons are too few to be one a message.
                "identitet": {"system": "urn:samordnad:bench", "varde": "NNNNNNNNNN"},
                "namn": "Test Testsson",
                "folkbokforingsadress": {"gata": "Provgatan 1, lagenhet 1101", "postnummer": "100 00",
                                         "ort": "Provstad"},
                "folkbokforingskommun": "0180",
                "listad_pa": vc,
                "skyddade_personuppgifter": "nej",
            },
            "inskriven_at": at(-10),
            "behov_bedomt_at": at(-1),
            "beraknad_utskrivning_at": at(120),
            "avdelning": "Provstads sjukhus, medicinkliniken, avdelning 21",
            "mottagare": [{"hsa_id": vc}, {"hsa_id": hsa_id("KH", "KKKK", 4)}, {"hsa_id": hsa_id("KB", "KKKK", 4)}],
            "behov": ["oppenvard", "kommunal_hsl", "socialtjanst"],
            "samtycke": {"informationsdelning": "lamnat", "sip": "lamnat"},
            "verksamhet": "somatisk",
            "vardform": "HSL",
            "livshotande": False,
            "behovsprofil": ["omvardnad"],
        },
    }, ensure_ascii=False, separators=(",", ":"))


# ---- What is measured ---------------------------------------------------------------------------------------------


def build(folder, name):
    program = folder / name
    subprocess.run([os.environ.get("CC") or "gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror",
                    "-o", program, ROOT / "tests" / "bench" / f"{name}.c"], check=True)
    return program


def cpu_us(pid):
    """utime + stime of a process; 0 if it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0
    return (int(fields[11]) + int(fields[12])) * 1_000_000 / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    return int(re.search(r"^VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]) / 1024


class Bench:
    """A cluster, a database with the register, and a daemon, under the load generator."""

    def __init__(self, folder, load, settings):
        self.folder, self.load = folder, load
        self.cluster = harness.Cluster(fsync=True, settings={**SETTINGS, **settings})
        self.database = self.cluster.database(clock=False)
        harness.load_region(self.database, region())
        self.token = harness.create_client(
            self.database, "hospital", ["hospital"], [hsa_id("AVD", number, 2) for number in range(WARDS)])
        # All slow connections are held: none makes room for another.
        self.daemon = harness.Daemon(self.database, "tcp", client_rate_per_s=0, connections_max=SLOW_CONNECTIONS + 1000)
        harness.wait_until(lambda: self.daemon.is_ready("?door"), what="the door to open")
        self.posted = 0

    def close(self):
        self.daemon.stop()
        self.cluster.stop()

    def post(self, **options):
        """Runs the load generator; every message must be applied."""
        path = self.folder / "template.json"
        path.write_text(template())
        command = [self.load, "-f", self.posted, "-v", VCS, "-k", KOMMUNER, "-w", WARDS]
        for name, value in options.items():
            command += [f"-{name}", value]
        done = subprocess.run([str(each) for each in [*command, self.daemon.address.text, path]], input=self.token,
                              stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"the load failed: {done.stdout}\n{self.daemon.log()[-2000:]}")
        result = json.loads(done.stdout)
        self.posted += result["applied"]
        return result

    def processes(self):
        """The processes whose CPU is counted: what each is, by process id."""
        named = {self.daemon.process.pid: "daemon"}
        for row in self.database.rows("select pid, backend_type, application_name, datname from pg_stat_activity "
                                      "where pid <> pg_backend_pid()"):
            if row["application_name"].startswith("samordnad"):
                named[int(row["pid"])] = row["application_name"]
            elif row["backend_type"] != "client backend":
                named[int(row["pid"])] = row["backend_type"]
        return named

    def ingest(self, seconds):
        named = self.processes()
        before = {pid: cpu_us(pid) for pid in named}
        result = self.post(c=CONNECTIONS, s=seconds)
        cpu = {}
        for pid, name in named.items():
            cpu[name] = cpu.get(name, 0) + (cpu_us(pid) - before[pid]) / result["applied"]
        return {**result, "per_s": result["applied"] / result["seconds"], "cpu": cpu}

    def rows_a_message(self):
        rows = (int(self.database.value(f"select count(*) from samordnad.{table}")) for table in TABLES)
        return sum(rows) / self.posted

    def wal_bytes(self, batches):
        self.post(c=1, b=WAL_BATCH, n=batches // 4)
        lsn = self.database.value("select pg_current_wal_insert_lsn()")
        result = self.post(c=1, b=WAL_BATCH, n=batches)
        return float(self.database.value("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), :'lsn')", lsn=lsn)
                     ) / result["applied"]


class Slow:
    """The slow clients of slow.c, from when all are connected, or from when the first was cut."""

    def __init__(self, program, address, plan):
        self._process = subprocess.Popen(
            harness.bound([program, plan.slow_connections, plan.slow_byte_ms, address]), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        for _ in range(2 if plan.until_cut else 1):
            self._process.stdout.readline()

    def end(self):
        """How often one was cut for being slow; nothing else may have become of any."""
        said = json.loads(self._process.communicate()[0])
        if said["other_answers"] or said["silent_ends"]:
            raise RuntimeError(f"slow connections were not held: {said}")
        return said["timeouts"]


class Pgbench:
    """pgbench -N on the same cluster: an update, a select and an insert a transaction."""

    def __init__(self, cluster, scale):
        self.dsn = cluster.empty_database().dsn
        self._run("-i", "-s", scale, "-q")

    def _run(self, *options):
        done = subprocess.run([str(each) for each in ["pgbench", *options, self.dsn]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"pgbench failed: {done.stdout[-2000:]}")
        return done.stdout

    def per_s(self, until):
        text = self._run("-N", "-n", "-M", "prepared", "-c", PGBENCH_CLIENTS, "-j", 2, *until)
        return float(re.search(r"^tps = ([0-9.]+) \(without", text, re.M)[1])


class Copy:
    """The rows that the first messages came to, into the same tables of an empty database."""

    def __init__(self, bench, commits):
        self.database = bench.cluster.database(clock=False)
        self.messages = min(commits, bench.posted // COPY_MESSAGES) * COPY_MESSAGES or bench.posted
        folder = bench.cluster.path  # the server reads and writes the files
        export, self.script = [], []
        for number, first in enumerate(range(0, self.messages, COPY_MESSAGES)):
            self.script.append("begin;")
            for table, key in TABLES.items():
                file = folder / f"copy-{table}-{number}"
                export.append(
                    f"copy (select t.* from samordnad.{table} t join samordnad.episode e on e.{key} = t.{key} where "
                    f"e.episode > {first} and e.episode <= {min(first + COPY_MESSAGES, self.messages)}) to '{file}';")
                self.script.append(f"copy samordnad.{table} from '{file}';")
            self.script.append("commit;")
        bench.database.run("\n".join(export))

    def per_s(self):
        self.database.run(f"truncate {', '.join(f'samordnad.{table}' for table in TABLES)}")
        clock = "select extract(epoch from clock_timestamp());"
        begun, ended = self.database.lines("\n".join([clock, *self.script, clock]))
        return self.messages / (float(ended) - float(begun))


# ---- The run ------------------------------------------------------------------------------------------------------


def measure(folder, quick):
    plan, load = Plan(quick), build(folder, "load")
    wal = Bench(folder, load, {"full_page_writes": "off", "autovacuum": "off"})
    with contextlib.closing(wal):
        figures = {"wal_bytes": wal.wal_bytes(plan.wal_batches)}
    bench = Bench(folder, load, {})
    with contextlib.closing(bench):
        figures["rss_mb"] = rss_mb(bench.daemon.process.pid)
        pgbench = Pgbench(bench.cluster, plan.pgbench_scale)
        warm = bench.ingest(plan.warm_s)
        print(f"body of {warm['body_bytes']} bytes; load generator {warm['own_cpu_us']:.1f} us a message")
        copy = Copy(bench, plan.copy_commits)
        runs = [repetition(bench, pgbench, copy, plan) for _ in range(plan.repetitions)]
        figures["rows"] = bench.rows_a_message()
        rate = max(1, int(statistics.median(run["ingest_per_s"] for run in runs) / 10))
        figures.update(beside_slow(bench, build(folder, "slow"), rate, plan))
    figures.update({name: statistics.median(run[name] for run in runs) for name in runs[0]})
    figures.update(push.measure(folder, quick, SETTINGS))
    return {name: round(figures[name], 3) for name in UNITS}


def repetition(bench, pgbench, copy, plan):
    ingest = bench.ingest(plan.ingest_s)
    cpu = ingest["cpu"]
    door = next(name for name in cpu if name.startswith("samordnad door"))
    run = {
        "ingest_per_s": ingest["per_s"], "daemon_cpu_us": cpu["daemon"], "pg_cpu_us": cpu[door],
        "pgbench_per_s": pgbench.per_s(plan.pgbench_until), "copy_per_s": copy.per_s(),
    }
    slow = bench.post(c=CONNECTIONS, s=plan.latency_s, r=max(1, int(ingest["per_s"] / 10)))
    run.update(p50_ms=slow["p50_ms"], p99_ms=slow["p99_ms"])
    others = ", ".join(f"{name} {value:.0f}" for name, value in sorted(cpu.items(), key=lambda each: -each[1])
                       if name not in ("daemon", door) and value >= 0.5)
    print(f"{run['ingest_per_s']:7.0f}/s ({run['ingest_per_s'] / run['pgbench_per_s']:.2f} pgbench, "
          f"{run['ingest_per_s'] / run['copy_per_s']:.2f} COPY), daemon {cpu['daemon']:.0f} us, door's backend "
          f"{cpu[door]:.0f} us; others: {others or 'none'}; p99 {slow['p99_ms']:.1f} ms", flush=True)
    return run


def beside_slow(bench, program, rate, plan):
    """p99 at this rate beside the slow connections, of p99 without, in turn."""
    p99_ms, rss = {"without": [], "beside": []}, []
    for _ in range(plan.repetitions):
        p99_ms["without"].append(bench.post(c=CONNECTIONS, s=plan.slow_s, r=rate)["p99_ms"])
        slow = Slow(program, bench.daemon.address.text, plan)
        p99_ms["beside"].append(bench.post(c=CONNECTIONS, s=plan.slow_s, r=rate)["p99_ms"])
        rss.append(rss_mb(bench.daemon.process.pid))
        cut = slow.end()
        harness.wait_until(lambda: harness.gauge(bench.daemon, "http_connections") < 10, what="them to be gone")
        print(f"p99 {p99_ms['without'][-1]:.1f} ms, beside slow connections {p99_ms['beside'][-1]:.1f} ms; {cut} of these "
              f"were cut; {rss[-1]:.1f} MB", flush=True)
    without, beside = (statistics.median(each) for each in p99_ms.values())
    return {"slow_conns_p99_ratio": beside / without, "rss_slow_conns_mb": statistics.median(rss)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a few seconds: proves that it measures, no more")
    parser.add_argument("--out", type=pathlib.Path, default=harness.SAMORDNAD.parent / "bench.json")
    chosen = parser.parse_args()
    harness.install_signal_handlers()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the daemon's too
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; fsync and synchronous_commit on", flush=True)
    figures = measure(harness.temporary_dir("bench"), chosen.quick)
    for name, value in figures.items():
        target = f"   (to reach: {TARGETS[name]})" if name in TARGETS else ""
        print(f"{name:19} {value:12,.2f}  {UNITS[name]}{target}")
    chosen.out.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"written to {chosen.out}")


if __name__ == "__main__":
    main()
