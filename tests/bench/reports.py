"""How quick the reports are on a million stays: `SAMORDNAD=build/samordnad /usr/bin/python3 tests/bench/reports.py`.

On a private PostgreSQL cluster: the rows that the door would have kept of STAYS stays in five years, each with three
mottagare, and half as many patients with a fast vårdkontakt and a fast läkarkontakt each; the region of bench.py. Each
report is asked for several times over HTTP, by a client that checks nothing; what is printed is the median in milliseconds.
"""

import argparse
import statistics
import sys
import time

import bench
import harness

STAYS, MONTHS, REPETITIONS = 1_000_000, 60, 5

FILL = """
insert into samordnad.follow_up (episode, month, unit, hospital, ready_days, notice_minutes, kvittens_minutes,
	fvk_lead_minutes, kommun, withdrawals, date_changes, discharge, fvk_changes, hospital_late, unit_late, kommun_late,
	system_late, psykiatrisk, sip_held, sip_followed_up, notice_in_time, fvk_in_time, kallelse_in_time, patient,
	inskriven_at, utskriven_at, unprotected)
select s, 100 * (2022 + m / 12) + 1 + m % 12, u.unit, 1 + s % {wards}, h % 9 - 1 + (h % 9 = 0)::integer,
	60 + h % 2000, case when u.unit <> 0 then h % 600 end, case when u.slag = 1 then h % 8000 end,
	1000 + s % {kommuner}, (h % 20 = 0)::integer, h % 3, h % 3, (h % 30 = 0)::integer, (h % 10 = 0)::integer,
	(h % 11 = 0)::integer, (h % 12 = 0)::integer, 0, h % 13 = 0, h % 2 = 0, h % 4 = 0, h % 10 <> 0,
	case when u.slag = 1 then h % 12 <> 0 end, case when h % 3 = 0 then h % 5 <> 0 end, h % ({stays} / 3),
	home - interval '5 days', home, true
from generate_series(1, {stays}) s
cross join lateral (select (s::bigint * {months} / ({stays} + 1))::integer as m, (hashint4(s) & 1048575) as h,
	timestamptz '2022-01-01Z' + s * interval '1826 days' / {stays} as home) r
cross join lateral (values (0, 0), ({wards} + 1 + s % {vcs}, 1), ({wards} + {vcs} + 1 + s % {kommuner}, 2),
	({wards} + {vcs} + {kommuner} + 1 + s % {kommuner}, 3)) u(unit, slag);
insert into samordnad.kontakt
select p, timestamptz '2022-01-01Z' + p * interval '1 minute', null, p, f.unit, f.staff, 1, slag
from generate_series(1, {stays} / 2) p
cross join generate_series(1, 2) slag
cross join lateral (select min(s.unit) + 0 as unit, min(s.staff) + 0 as staff from samordnad.staff s
	where s.staff = {wards} * 10 + 1 + (p * 7 + slag) % ({vcs} * 10)) f;
insert into samordnad.betalningsansvar
select s, 100 * (2022 + m / 12) + 1 + m % 12, 1 + s % {wards}, null, 1000 + s % {kommuner}, 1 + s % 9, 0, true
from generate_series(1, {stays}, 20) s
cross join lateral (select (s::bigint * {months} / ({stays} + 1))::integer as m) r;
vacuum analyze;
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stays", type=int, default=STAYS)
    stays = parser.parse_args().stays
    cluster = harness.Cluster(settings=bench.SETTINGS)
    database = cluster.database()
    harness.load_region(database, bench.region())
    begun = time.monotonic()
    for statement in FILL.format(stays=stays, months=MONTHS, wards=bench.WARDS, vcs=bench.VCS,
                                 kommuner=bench.KOMMUNER).split(";\n"):
        database.run(statement)
    print(f"filled with {stays} stays in {time.monotonic() - begun:.0f} s", flush=True)
    daemon = harness.Daemon(database)
    token = harness.create_client(database, "drift", ["ops"])
    harness.Client(daemon.address, token).wait_until_known()
    connection = daemon.address.http(60)
    vc, ward = bench.hsa_id("VC", 7, 4), bench.hsa_id("AVD", 3, 2)
    year, all_years = "from=2025-01&to=2025-12", "from=2022-01&to=2026-12"
    for name, query in (
            ("a month, all", "follow-up?from=2025-05&to=2025-05"), ("a month, by unit", "follow-up?from=2025-05&to=2025-05&by=unit"),
            ("a year, all, by month", f"follow-up?{year}"), ("a year, all, by kommun", f"follow-up?{year}&by=kommun"),
            ("a year, all, by unit", f"follow-up?{year}&by=unit"), ("a year, a unit, by month", f"follow-up?{year}&unit={vc}"),
            ("a year, a kommun, by month", f"follow-up?{year}&kommun=1007"),
            ("a year, a hospital, by month", f"follow-up?{year}&hospital={ward}"),
            ("five years, a unit", f"follow-up?{all_years}&unit={vc}"), ("five years, a kommun", f"follow-up?{all_years}&kommun=1007"),
            ("five years, all", f"follow-up?{all_years}"),
            ("betalningsansvar, a year", f"betalningsansvar?{year}"), ("betalningsansvar, five years", f"betalningsansvar?{all_years}")):
        took = []
        for _ in range(REPETITIONS):
            begun = time.monotonic()
            connection.request("GET", f"/v1/reports/{query}", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            took.append(1000 * (time.monotonic() - begun))
            if answer.status != 200:
                sys.exit(f"{name}: {answer.status}")
        print(f"{statistics.median(took):8.0f} ms  {name}", flush=True)
    daemon.stop()
    cluster.stop()


if __name__ == "__main__":
    main()
