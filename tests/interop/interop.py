"""`make interop`: what a running daemon pushes, as others' packages read it: signatures by standardwebhooks, notices by cloudevents
(their versions are in package.json). Takes the folder in which they are installed.
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

import harness  # noqa: E402
import test_push  # noqa: E402

TYPES = (test_push.NORMAL, test_push.URGENT, test_push.KALLELSE, test_push.AVLIDEN)
MODULES = sys.argv.pop(1)


class Interop(test_push.PushCase):
    def verify(self, pushes):
        """What verify.mjs says of each push."""
        done = subprocess.run(["node", str(HERE / "verify.mjs"), MODULES], input=json.dumps(pushes), text=True,
                              stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    def test_pushes(self):
        hsa, path, endpoint = self.endpoint()
        self.receiver.script(path, [("status", 500)])  # its second attempt has the same id and another timestamp
        self.tell(hsa, range(1, 9), TYPES)
        self.wait_for_all(path, 8, endpoint)
        pushes = [{"secret": test_push.SECRET, "headers": request.headers, "body": request.body.decode()}
                  for request in self.receiver.received(path)]
        read = self.verify(pushes)
        for push, event in zip(pushes, read):
            self.assertNotIn("refused", event)
            self.assertEqual(event["id"], push["headers"]["webhook-id"])
        self.assertEqual({event["seq"] for event in read}, set(range(1, 9)))
        self.assertEqual(len({event["type"] for event in read}), len(TYPES))
        one = pushes[0]
        spoilt = {
            "the body": {**one, "body": one["body"].replace('"seq":', '"seq": ', 1)},
            "the id": {**one, "headers": {**one["headers"], "webhook-id": one["headers"]["webhook-id"] + "0"}},
            "the time": {**one, "headers": {**one["headers"], "webhook-timestamp": str(
                int(one["headers"]["webhook-timestamp"]) + 1)}},
            "the secret": {**one, "secret": "whsec_" + "A" * 43 + "="},
        }
        for what, said in zip(spoilt, self.verify(list(spoilt.values()))):
            self.assertIn("WebhookVerificationError", said.get("refused", f"{what} was altered, and it was taken"))
        print(f"{len(read)} pushes of {len(TYPES)} types verified, {len(spoilt)} altered ones refused", flush=True)


if __name__ == "__main__":
    harness.main()
