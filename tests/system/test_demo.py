"""make run, to the end of its story: what a newcomer sees must be what the README promises."""

import os
import re
import socket
import subprocess
import unittest

import harness


class Demo(unittest.TestCase):
    def run_demo(self, **environment):
        return subprocess.run(
            ["/usr/bin/python3", harness.ROOT / "tests" / "demo" / "demo.py"], cwd=harness.ROOT,
            env={**os.environ, "SAMORDNAD": str(harness.SAMORDNAD), "DEMO_ONCE": "1", "PORT": "", **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)

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
                r"SIP on \w{3} \d\d \w{3} \d\d:\d\d \(video\), kallelse sent",
                r"answered: parked",
                r"breach A5, cause hospital_late",
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


if __name__ == "__main__":
    harness.main()
