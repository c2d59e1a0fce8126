"""The push's part of `make bench`: notices a second, signed and recorded, to one local receiver and to a thousand endpoints
at it; how late a notice is on an idle system; and the rate with much history, with a long transaction open elsewhere, and
while many other endpoints hang, against the rate without. Notices are put into the feeds by SQL, all of a measurement at one commit; tests/bench/sink.c
receives them. The daemon, PostgreSQL and the receiver share the machine.
"""

import base64
import contextlib
import json
import os
import random
import statistics
import subprocess
import time

import harness
import sealed

UNITS = {
    "push_one_per_s": "notices/s, one endpoint", "push_thousand_per_s": "notices/s, 1,000 endpoints",
    "push_idle_p50_ms": "ms from commit to first byte", "push_idle_p99_ms": "ms from commit to first byte",
    "push_history_ratio": "of the rate without ten million notices", "push_long_tx_ratio": "of the rate without",
    "push_hanging_ratio": "of the rate of the same 700 endpoints without 300 that hang",
}
TARGETS = {"push_one_per_s": 5000, "push_thousand_per_s": 5000, "push_idle_p99_ms": 20, "push_history_ratio": 0.85,
           "push_long_tx_ratio": 0.85, "push_hanging_ratio": 0.85}

ENDPOINTS, HANGING = 1000, 300
SECRET = "whsec_" + base64.b64encode(b"a secret of the bench, 32 bytes!").decode()

# bench_tell: so many notices more to each of some units. HISTORY: old ones, below the first of each feed.
PREPARE = """
set search_path to samordnad, public;
insert into unit (hsa_id, namn, slag) select 'SE2321000016-P' || i, 'Enhet', 'primarvard' from generate_series(1, {endpoints}) i;
insert into episode (episode, uuid, org, encounter, phase, opened_at, last_nr)
	select i, gen_random_uuid(), 2321000016, 'bench-' || i, 1, now(), 1 from generate_series(1, 10000) i;
create function bench_tell(first integer, last integer, each integer) returns void language sql as $$
	insert into samordnad.notice (unit, seq, at, type, episode, fact_nr, task_nr)
	select u, seq + nr, clock_timestamp(), 0, 1 + (u * 7919 + nr * 31) % 10000, 0, 0
	from generate_series(first, last) u,
		coalesce((select max(n.seq) from samordnad.notice n where n.unit = u), 0) seq, generate_series(1, each) nr;
	select pg_notify('samordnad_notice', case when last - first < 600 then string_agg(u::text, ',') else '' end)
	from generate_series(first, last) u;
$$;
"""
HISTORY = """
insert into samordnad.notice (unit, seq, at, type, episode, fact_nr, task_nr)
select u, -nr, timestamptz '2026-01-01Z' - nr * interval '1 minute', 0, 1 + (u * 7919 + nr * 31) % 10000, 0, 0
from generate_series({first}, {last}) u, generate_series(0, {each} - 1) nr;
"""
# The first units' endpoints hang: they take what they are sent, and never answer.
HANG = "update samordnad.endpoint set url = 'http://127.0.0.1:{port}/' || unit where unit <= {hanging}"
RECORDED = """select not exists (
	select from samordnad.endpoint_cursor c join samordnad.feed_head h using (unit) where c.next_seq <= h.seq and c.unit > {after})
	and not exists (select from samordnad.undelivered u join samordnad.endpoint_cursor c using (endpoint) where c.unit > {after})"""


class Plan:
    def __init__(self, quick):
        self.repetitions = 1 if quick else 3
        self.one, self.each = (300, 1) if quick else (30000, 30)
        self.idle = 20 if quick else 500
        self.history = 10_000 if quick else 10_000_000


class Sink:
    def __init__(self, folder):
        program = folder / "sink"
        subprocess.run([os.environ.get("CC") or "gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror",
                        "-o", program, harness.ROOT / "tests" / "bench" / "sink.c"], check=True)
        self._process = subprocess.Popen(harness.bound([program]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port, self.hanging_port = (int(self._process.stdout.readline()) for _ in range(2))

    def close(self):
        self._process.stdin.close()
        self._process.wait()

    def came(self):
        """What came since this was asked the last time."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Push:
    def __init__(self, folder, settings):
        self.sink = Sink(folder)
        self.cluster = harness.Cluster(fsync=True, settings=settings)
        self.database = self.cluster.database(clock=False)
        self.database.run(PREPARE.format(endpoints=ENDPOINTS))
        sealed.put_endpoints(self.database, [(row["hsa_id"], f"http://127.0.0.1:{self.sink.port}/{row['unit']}", SECRET)
                                             for row in self.database.rows("select hsa_id, unit from samordnad.unit order by unit")])
        self.daemon = harness.Daemon(self.database)

    def close(self):
        self.daemon.stop()
        self.cluster.stop()
        self.sink.close()

    def rate(self, endpoints, each, after=0, told_after=None):
        """Notices a second to the endpoints whose number is above `after`, from their commit until the last one has been
        recorded as delivered. Others are told too, above `told_after`, but not waited for."""
        self.sink.came()
        begun = self.database.lines(f"select samordnad.bench_tell({1 + (after if told_after is None else told_after)}, "
                                    f"{endpoints}, {each}); select extract(epoch from clock_timestamp());")[-1]
        count, wanted = 0, (endpoints - after) * each
        while count < wanted:
            time.sleep(0.02)
            count += self.sink.came()["count"]
        recorded = RECORDED.format(after=after)
        harness.wait_until(lambda: self.database.value(recorded) == "t", 60, "all to be recorded", 0.05)
        if count + self.sink.came()["count"] != wanted:
            raise RuntimeError("some came twice")
        return count / (time.time() - float(begun))

    def thousand(self, plan):
        return statistics.median(self.rate(ENDPOINTS, plan.each) for _ in range(plan.repetitions))

    def hanging_ratio(self, plan, hanging=HANGING):
        """The rate of those that do not hang, of their rate before the others do; these are told as much each time."""
        before = statistics.median(self.rate(ENDPOINTS, plan.each, hanging) for _ in range(plan.repetitions))
        self.database.run(HANG.format(port=self.sink.hanging_port, hanging=hanging))
        self.rest()
        beside = statistics.median(self.rate(ENDPOINTS, plan.each, hanging, 0) for _ in range(plan.repetitions))
        return beside / before

    def rest(self):
        """Until all endpoints have been given back because there was nothing to do."""
        leased = "select count(*) from samordnad.endpoint_cursor where lease_until > clock_timestamp()"
        harness.wait_until(lambda: self.database.value(leased) == "0", 30, "all leases to be given back", 0.5)

    def idle(self, notices):
        """One at a time, each to an endpoint that was given back."""
        self.rest()
        self.sink.came()
        with self.database.session() as psql:
            for unit in range(1, notices + 1):
                psql.write(f"select samordnad.bench_tell({unit}, {unit}, 1);\n")
                time.sleep(random.uniform(0.02, 0.04))
        harness.wait_until(lambda: self.database.value(RECORDED.format(after=0)) == "t", 60, "all to be recorded")
        return self.sink.came()

    def fill_history(self, notices):
        each = notices // ENDPOINTS
        self.database.run(HISTORY.format(first=1, last=ENDPOINTS, each=each) + "vacuum analyze; checkpoint;")


def measure(folder, quick, settings):
    """The figures of UNITS. settings: of PostgreSQL."""
    plan = Plan(quick)
    with contextlib.closing(Push(folder, settings)) as push:
        push.rate(ENDPOINTS, plan.each)  # warm
        one = statistics.median(push.rate(1, plan.one) for _ in range(plan.repetitions))
        thousand = push.thousand(plan)
        with push.database.session() as psql:
            psql.write("begin isolation level repeatable read; select count(*) from samordnad.unit;\n")
            beside = push.thousand(plan)
        push.database.run("vacuum")
        idle = push.idle(plan.idle)
        before = push.thousand(plan)
        push.fill_history(plan.history)
        after = push.thousand(plan)
        hanging = push.hanging_ratio(plan)
    return {"push_one_per_s": one, "push_thousand_per_s": thousand, "push_idle_p50_ms": idle["p50_ms"],
            "push_idle_p99_ms": idle["p99_ms"], "push_history_ratio": after / before,
            "push_long_tx_ratio": beside / thousand, "push_hanging_ratio": hanging}
