"""make run, to the end of its story: what a newcomer sees must be what the README promises."""

import os
import re
import signal
import socket
import subprocess
import unittest

import harness


class Demo(unittest.TestCase):
    COMMAND = ["/usr/bin/python3", harness.ROOT / "tests" / "demo" / "demo.py"]

    def environment(self, **more):
        return {**os.environ, "SAMORDNAD": str(harness.SAMORDNAD), "PORT": "", "DEMO_ONCE": "", **more}

    def run_demo(self, **more):
        return subprocess.run(self.COMMAND, cwd=harness.ROOT, env=self.environment(DEMO_ONCE="1", **more),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=300)

    def test_stays_up_until_interrupted(self):
        """The ready-made lines work as they stand; Ctrl-C leaves nothing behind."""
        scratch = harness.temporary_dir("demo")
        told = scratch / "told"
        left = scratch / "left"
        left.mkdir(mode=0o711)
        with open(told, "wb") as out:
            # Whoever runs the tests in the background may ignore Ctrl-C, and hand that down.
            process = subprocess.Popen(harness.bound(self.COMMAND), cwd=harness.ROOT, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=out, env=self.environment(SAMORDNAD_TMP=str(left)),
                                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        try:
            harness.wait_until(lambda: process.poll() is not None or "Ctrl-C" in told.read_text(), 200,
                               "the story to be told")
            self.assertIsNone(process.poll(), told.read_text())
            lines = re.findall(r"^  (curl (?:.*\\\n)?.*)$", told.read_text(), re.M)
            self.assertGreaterEqual(len(lines), 6)
            for line in lines:
                done = subprocess.run(["bash", "-c", line], stdout=subprocess.PIPE, text=True, timeout=30)
                self.assertEqual(done.returncode, 0, line)
                self.assertTrue(done.stdout, line)
                self.assertNotIn('"about:blank"', done.stdout, line)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
        self.assertEqual(code, 0, told.read_text()[-3000:])
        self.assertEqual(list(left.iterdir()), [])

    def test_story_is_told(self):
        done = self.run_demo()
        self.assertEqual(done.returncode, 0, done.stdout)
        for wanted in (
                r"fast vårdkontakt at Vårdcentralen Björken: (Anna Lind|Bo Ström), distriktsskoterska",
                r"by the standing decision of Karin Holm",
                r"because: ",
                r"Elsa Berg, lakare",
                r"Vårdcentralen Linden decides itself; proposed: (Per Åker|Siv Norén)",
                r"fast vårdkontakt at Vårdcentralen Linden: Siv Norén",
                r"SIP on \w{3} \d\d \w{3} \d\d:\d\d \((video|fysiskt), [^)]+\), kallelse sent",
                r"answered: parked",
                r"a breach is noted: the notice was due \w{3} \d\d \w{3} 20:15, .*; the hospital was late \(rule A5\)",
                r"betalningsansvar: the kommun pays for the bed from ",
                r"has reason to contest it\n +noted: ",
                r"is bevakad|is avslutad|is makulerad|no unit outside ever heard of it",
                r"Vårdcentralen Björken: (\d+) notices, \1 verified",
                r"Ekby kommun, hemsjukvården: (\d+) notices, \1 verified",
                r"curl -s -H 'Authorization: Bearer smd_"):
            with self.subTest(wanted):
                self.assertRegex(done.stdout, wanted)
        self.assertNotRegex(done.stdout, r"\b18\d{10}\b|19121212", "no identity on the terminal")
        self.assertIsNone(re.search(r"Traceback", done.stdout))

    def test_taken_port_is_said(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = self.run_demo(PORT=str(taken.getsockname()[1]))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("is taken by another program", done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 1, "before a cluster is made")


if __name__ == "__main__":
    harness.main()
