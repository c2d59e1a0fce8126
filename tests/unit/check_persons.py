#!/usr/bin/python3
"""The search for patients in logs, metrics, status, problems and pushes finds them, and nothing else."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

import region
from persons import check_no_person


class Search(unittest.TestCase):
    def test_found(self):
        patient = region.patient()
        forms = [patient["namn"], patient["folkbokforingsadress"], *region.PERSONS]
        forms += [f"{number[:8]}-{number[8:]}" for number in region.PERSONS] + ["121212-1212", "121212+1212"]
        for form in forms:
            for text in (form, f"<4>event=x why=\"{form}\"", f"{{\"a\": \"{form}\"}}".encode()):
                with self.subTest(text=text), self.assertRaises(AssertionError):
                    check_no_person(text, "a text")

    def test_nothing_else(self):
        for text in ("", "189001019802001", "1718900101980217", "01a221f9-cdf0-7000-8000-189001019802ab", "batch=18900101"):
            with self.subTest(text=text):
                check_no_person(text, "a text")


if __name__ == "__main__":
    unittest.main()
