"""B4: a standing decision ends by itself, and its end is announced a month before, to the unit, without any stay."""

import harness
import region
from region import CECILIA, VC


class StandingDecision(harness.Case):
    region = region.region()
    start_at = "2026-11-01T08:00"

    def test_announced(self):
        vc = self.client("vardcentralen", ["unit"], [VC])
        self.clock.advance("2026-11-30T12:00")
        self.wait_until(lambda: self.database.value(
            "select count(*) from samordnad.episode where org = 0 and encounter like 'unit/%'") == "1",
            what="the unit's own file")
        self.assertEqual(vc.tasks(VC), [])
        self.clock.advance("2026-12-01T12:00")  # the decision ends on 2026-12-31
        task, = vc.tasks(VC)
        self.assertEqual((task["kind"], task["staff"]), ("fornya_staende_beslut", CECILIA))
        self.assertEqual(harness.local(task["due_at"]), harness.local("2026-12-31T00:00"))
        self.assertEqual([notice["type"] for notice in vc.feed(VC)], ["samordnad.task.created.v1"])
        self.assertEqual(vc.get(f"/v1/episodes/{task['episode']}").status, 200, "the unit's own file is the unit's")
        self.clock.advance("2026-12-31T12:00")
        self.assertIn("samordnad.task.overdue.v1", [notice["type"] for notice in vc.feed(VC)])

        # A new decision is the answer.
        renewed = region.region()
        renewed["units"][1]["standing_decisions"].append(
            {"beslutad_av": CECILIA, "kriterier": "Rangordningen B5", "from_at": "2026-12-31T00:00:00+01:00",
             "to_at": "2027-12-31T00:00:00+01:00"})
        harness.load_region(self.database, renewed)
        self.wait_until(lambda: vc.tasks(VC) == [], what="the task to end")


if __name__ == "__main__":
    harness.main()
