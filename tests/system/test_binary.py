"""The program is hardened as Debian 12's own packages may be (dpkg-buildflags, hardening=+all): by what it holds, not by what the
Makefile says."""

import re
import subprocess
import unittest

import harness

SANITIZED = "/san-" in str(harness.SAMORDNAD)


class Binary(unittest.TestCase):
    def read(self, *options):
        return subprocess.run(["readelf", "-W", *options, harness.SAMORDNAD], capture_output=True, text=True, check=True,
                              timeout=60).stdout

    def test_any_address(self):
        self.assertRegex(self.read("-h"), r"Type: +DYN ")

    def test_nothing_writable_is_executable(self):
        segments = re.findall(r"^ +(LOAD|GNU_STACK) .* ([R ][W ][E ]) 0x", self.read("-l"), re.M)
        self.assertEqual(sum(name == "GNU_STACK" for name, _ in segments), 1)
        for name, flags in segments:
            self.assertFalse("W" in flags and "E" in flags, (name, flags))

    def test_relocations_are_read_only(self):
        self.assertIn("GNU_RELRO", self.read("-l"))
        self.assertRegex(self.read("-d"), r"FLAGS.*\bNOW\b")

    def test_stack_and_buffers_are_guarded(self):
        symbols = self.read("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        fortified = set(re.findall(r"\b(__\w+_chk)@", symbols))
        if SANITIZED:  # which has checks of its own in their place
            self.assertIn("__asan_init", symbols)
        else:
            self.assertGreaterEqual(len(fortified), 4, fortified)

    def test_no_search_path_of_its_own(self):
        self.assertNotRegex(self.read("-d"), r"RPATH|RUNPATH")


if __name__ == "__main__":
    unittest.main(verbosity=2)
