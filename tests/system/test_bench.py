"""The benchmark measures: every figure is there and is a positive number. How large they are is for `make bench`."""

import json
import pathlib
import subprocess
import unittest

import harness

FIGURES = {"ingest_per_s", "pgbench_per_s", "copy_per_s", "daemon_cpu_us", "pg_cpu_us", "rows", "wal_bytes", "rss_mb",
           "p50_ms", "p99_ms", "slow_conns_p99_ratio", "rss_slow_conns_mb", "push_one_per_s", "push_thousand_per_s", "push_history_ratio", "push_long_tx_ratio",
           "push_hanging_ratio", "push_idle_p50_ms", "push_idle_p99_ms"}


class Bench(unittest.TestCase):
    def test_quick(self):
        out = pathlib.Path(harness.temporary_dir("bench")) / "bench.json"
        done = subprocess.run(
            harness.bound(["/usr/bin/python3", harness.ROOT / "tests" / "bench" / "bench.py", "--quick", "--out", out],
                          dies_by="TERM"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        figures = json.loads(out.read_text())
        self.assertEqual(set(figures), FIGURES)
        for name, value in figures.items():
            self.assertGreater(value, 0, name)


if __name__ == "__main__":
    harness.main()
