// Reads pushes as JSON from stdin, [{secret, headers, body}], and says of each what the public packages make of it:
// {id, type} of the event, or {refused} with why.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { Webhook } = require("standardwebhooks");
const { HTTP } = require("cloudevents");

function verified({ secret, headers, body }) {
	try {
		new Webhook(secret).verify(body, headers);
		const event = HTTP.toEvent({ headers, body });
		event.validate();
		return { id: event.id, type: event.type, seq: event.data.seq };
	} catch (error) {
		return { refused: `${error.name}: ${error.message}` };
	}
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(verified)));
