#!/usr/bin/python3
"""A region's days through the real daemon: hospitals, vårdcentraler and kommuner of one seed post through the HTTP door
while the legal clock steps by way of everything that falls due; then checker.py goes through the stored history.

    simulate.py --seed 1 [--days 365] [--per-day 2.0] [--grain 60] [--stories]

All that is drawn comes from the seed. Knows nothing of what must hold: that is the checker's.
"""

import argparse
import collections
import datetime
import heapq
import itertools
import json
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

import checker  # noqa: E402
import harness  # noqa: E402
import offices  # noqa: E402
import stays  # noqa: E402
import world  # noqa: E402

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 1, 5, 6, tzinfo=UTC)
DRAIN_DAYS = 35     # after the last admission, so that every stay ends
CHECKED_EVERY = 20  # of the exchanges, one so many is compared with the schemas in proto/; the other tests compare all


class Client(harness.Client):
    """The harness' client, that compares one exchange in many with the schemas."""

    exchanges = itertools.count()

    def request(self, method, target, body=None, headers=None, timeout_s=None):
        if next(self.exchanges) % CHECKED_EVERY == 0:
            return super().request(method, target, body, headers, timeout_s)
        headers = {**(headers or {}), "Authorization": f"Bearer {self.token}"}
        return self._exchange(method, target, body.encode() if body else None, headers, timeout_s)


class Simulation:
    def __init__(self, seed, days, per_day, grain_s):
        self.seed, self.days, self.per_day, self.grain_s = seed, days, per_day, grain_s
        self.world = world.World(random.Random(f"{seed} world"), START, days)
        self.queue, self.numbers = [], itertools.count()
        self.ledger = []        # every answer to every message posted
        self.answers = collections.Counter()
        self.patients = 0
        self.steps = 0
        self.now = START

    # ---- The daemon ----

    def start(self):
        self.database = harness.cluster().database()
        self.clock = harness.Clock(self.database)
        self.clock.set(START - datetime.timedelta(hours=1))
        harness.load_region(self.database, self.world.region())
        self.clients = {}
        tokens = {}
        for org in sorted({unit[2:12] for unit in self.world.units}):
            units = self.world.of_organisation(org)
            tokens[org] = harness.create_client(self.database, f"org{org}", ["hospital", "unit"], units)
        self.daemon = harness.Daemon(self.database)
        for org, token in tokens.items():
            self.clients[org] = Client(self.daemon.address, token)
            self.clients[org].wait_until_known()

    def step_to(self, instant):
        """The legal clock, by way of everything that is due until then."""
        self.steps += self.clock.advance(instant, self.grain_s)
        self.now = instant

    # ---- For hospitals and offices ----

    def at(self, instant, action):
        """action(instant) is called when the clock stands there."""
        heapq.heappush(self.queue, (max(instant, self.now), next(self.numbers), action))

    def post(self, said_at, type, source, data, id):
        event = {"specversion": "1.0", "id": id, "source": source, "type": f"samordnad.{type}.v1",
                 "time": stays.wire(said_at), "datacontenttype": "application/json", "data": data}
        answer = self.clients[source[2:12]].post_event(event)
        word = answer.json.get("result") if answer.status == 200 else "refused"
        outcome = answer.json.get("outcome")
        self.answers[(type, answer.status, outcome["code"] if outcome else word)] += 1
        self.ledger.append({"source": source, "id": id, "type": type, "status": answer.status, "result": word})
        if answer.status not in (200, 403, 404):
            raise AssertionError(f"{type} from {source}: {answer!r}\n{json.dumps(event)[:2000]}")
        return answer

    def feed(self, unit, after):
        notices = []
        while True:
            answer = self.clients[unit[2:12]].get(f"/v1/feed?unit={unit}&after={after}&limit=100")
            page = answer.json["events"]
            notices += page
            if len(page) < 100:
                return notices
            after = answer.json["next_after"]

    def view(self, unit, episode):
        answer = self.clients[unit[2:12]].get(f"/v1/episodes/{episode}")
        return answer.json if answer.status == 200 else {}

    # ---- The days ----

    def admit(self, at, patient):
        patient.stays += 1
        key = f"{self.seed} stay {patient.number} {patient.stays}"
        stay = stays.Stay(key, self.world, patient, at, f"V{patient.number}-{patient.stays}")
        for message in stay.messages:
            data = {"episode": {"encounter": stay.encounter}, **message.data}
            for delay in [message.delay] + [message.delay + more for more in message.again]:
                self.at(message.said_at + delay, lambda _at, m=message, d=data: self.post(
                    m.said_at, m.type, m.source, d, m.id))
        end = START + datetime.timedelta(days=self.days)
        rng = random.Random(f"{key} again")
        if rng.random() < 0.13 and not any(message.type == "avliden" for message in stay.messages):
            again = stay.home + stays.lognormal(rng, 8 * 24, 0.8)
            if again < end:
                self.at(again, lambda then: self.admit(then, patient))

    def plan_admissions(self):
        for day in range(self.days):
            date = START + datetime.timedelta(days=day)
            rng = random.Random(f"{self.seed} day {day}")
            mean = self.per_day * stays.WEEKDAY_WEIGHTS[date.astimezone(world.STOCKHOLM).weekday()]
            count = int(mean) + (rng.random() < mean % 1)
            for _ in range(count):
                self.patients += 1
                patient = stays.Patient(rng, self.world, self.patients)
                self.at(stays.hour_of(rng, date, stays.HOUR_WEIGHTS), lambda at, p=patient: self.admit(at, p))

    def plan_readings(self):
        for unit in self.world.units.values():
            if unit.slag == "slutenvard":
                continue
            office, rng = offices.Office(self, unit), random.Random(f"{self.seed} {unit.hsa_id}")
            for day in range(self.days + DRAIN_DAYS):
                date = (START + datetime.timedelta(days=day)).astimezone(world.STOCKHOLM)
                for hour, minute in office.hours_of(date):
                    at = date.replace(hour=hour, minute=minute + rng.randint(0, 9))
                    self.at(at.astimezone(UTC), office.read)
            if unit.is_oppenvard:
                self.plan_routine(office)

    def plan_routine(self, office):
        for routine, every_days in offices.ROUTINE:
            rng = random.Random(f"{self.seed} {office.unit.hsa_id} {routine.__name__}")
            day = rng.expovariate(1 / every_days)
            while day < self.days:
                at = START + datetime.timedelta(days=day)
                self.at(at, lambda then, r=routine, g=rng: r(office, g, then))
                day += rng.expovariate(1 / every_days)

    def someone(self, rng):
        """A patient whom the region has seen, or one it has not."""
        return {"identitet": {"system": "urn:samordnad:simulator", "varde": f"{rng.randint(1, self.patients + 20):08}"}}

    def run(self):
        self.plan_admissions()
        self.plan_readings()
        end = START + datetime.timedelta(days=self.days + DRAIN_DAYS)
        while self.queue and self.queue[0][0] <= end:
            instant, _, action = heapq.heappop(self.queue)
            if instant > self.now:
                self.step_to(instant)
            action(instant)
        self.step_to(end)

    def views(self):
        """What the hospital is shown of each stay, at the end."""
        client = self.clients[world.REGION_ORG]
        uuids = [row["uuid"] for row in self.database.rows("select uuid from samordnad.episode where org <> 0 order by episode")]
        answers = {uuid: client.get(f"/v1/episodes/{uuid}") for uuid in uuids}
        return {uuid: answer.json for uuid, answer in answers.items() if answer.status == 200}

    def stop(self):
        code = self.daemon.stop()
        if code != 0:
            raise AssertionError(f"the daemon ended with {code}:\n{self.daemon.log()[-4000:]}")


def simulate(seed, days, per_day, grain_s=60, out=sys.stdout):
    """The days, to their end. Returns the database, and what the checker takes: the region, the ledger, what is
    shown of each stay."""
    simulation = Simulation(seed, days, per_day, grain_s)
    begun = time.monotonic()
    simulation.start()
    try:
        simulation.run()
    except BaseException:
        print(f"at {simulation.now}; the daemon's log ends:\n{simulation.daemon.log()[-4000:]}", file=out)
        raise
    views = simulation.views()
    simulation.stop()
    print(f"seed {seed}: {days} days, {simulation.patients} patients, {len(simulation.ledger)} messages posted, "
          f"{simulation.steps} steps of the clock, {time.monotonic() - begun:.0f} s", file=out)
    for (type, status, word), count in sorted(simulation.answers.items()):
        print(f"  {type:26} {status} {word:32} {count:6}", file=out)
    return simulation.database, simulation.world.region(), simulation.ledger, views


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--per-day", type=float, default=2.0, help="first admissions a day, about")
    parser.add_argument("--grain", type=float, default=60, help="seconds within which due instants go together")
    parser.add_argument("--stories", action="store_true", help="show the stored history of what the checker found")
    chosen = parser.parse_args()
    harness.install_signal_handlers()
    database, region, ledger, views = simulate(chosen.seed, chosen.days, chosen.per_day, chosen.grain)
    found = checker.check(database.dsn, region, ledger, views, chosen.grain, sys.stdout, chosen.stories)
    print(f"{len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
