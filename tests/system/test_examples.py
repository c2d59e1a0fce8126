"""The contract's good examples, each in a stay of its own, through the daemon: taken, the same when sent again, and
what they leave behind is read by those who take part, as the schemas say.
"""

import json

import harness
import region

EXAMPLES = harness.ROOT / "proto" / "examples" / "ok"
H, V = (region.EXAMPLES_REGION + unit for unit in ("H0001", "V0001"))
K, S = (region.EXAMPLES_KOMMUN + unit for unit in ("K0001", "S0001"))
# They open a stay, or are said before anything else of it.
FIRST = ("inskrivning", "behovsbedomning", "inskrivningsmeddelande")


class Examples(harness.Case):
    region = region.of_the_examples()
    start_at = "2026-05-29T08:00"  # after all of them

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hospital = cls.client("sjukhuset", ["hospital"], [H])
        cls.units = cls.client("oppenvarden", ["unit"], [V])
        cls.kommun = cls.client("kommunen", ["unit"], [K, S])
        cls.speakers = {H: cls.hospital, V: cls.units, K: cls.kommun, S: cls.kommun}
        for unit, client in cls.speakers.items():
            harness.wait_until(lambda: client.get(f"/v1/tasks?unit={unit}").status == 200,
                               what="the tokens to be known")

    def stay(self, number):
        """The uuid of a stay of which all units of the examples have been told."""
        data = region.inskrivningsmeddelande("2026-05-03T20:00:00+02:00", "2026-05-10T12:00:00+02:00",
                                             mottagare=(V, K, S))
        data["patient"]["identitet"] = {"system": "reserv", "varde": f"R-{number}"}
        return self.hospital.post_message("inskrivningsmeddelande", data, encounter=f"E-{number}", source=H,
                                          time="2026-05-03T21:00:00+02:00", expect="applied").json["episode"]["id"]

    def in_a_stay(self, event, number):
        """The event said of a stay of its own, unless it begins one, or is said of none."""
        message, data = event["type"].split(".")[1], event["data"]
        if "episode" not in data or message in FIRST:
            return event
        uuid = self.stay(number)
        data["episode"] = {"id": uuid} if "id" in data["episode"] else {"encounter": f"E-{number}"}
        if "task" in data:
            task = next(task["id"] for task in self.kommun.tasks(K) if task["id"].startswith(uuid))
            data["task"] = task
        return event

    def test_good_examples(self):
        paths = sorted(EXAMPLES.glob("*.json"))
        self.assertGreater(len(paths), 50)
        for number, path in enumerate(paths):
            with self.subTest(path.stem):
                event = self.in_a_stay(json.loads(path.read_text()), number)
                client = self.speakers[event["source"]]
                first = client.post_event(event)
                self.assertEqual(first.status, 200, first)
                again = client.post_event(event).json
                self.assertEqual((again["result"], again["first"]["result"]), ("duplicate", first.json["result"]))
                reader = client.get(f"/v1/episodes/{first.json['episode']['id']}")
                self.assertIn(reader.status, (200, 404), reader)
        for unit, client in self.speakers.items():
            self.assertGreater(len(client.feed(unit)) + len(client.tasks(unit)), 0)


if __name__ == "__main__":
    harness.main()
