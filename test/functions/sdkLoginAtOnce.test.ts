import { expect, test } from "vitest";
import { newUser } from "../support/business.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

/** Apart from the other tests of sdkLogin: on a busy machine DynamoDB Local does not answer so many calls in time. */
const server = await startTestServer();
const app = await server.newApp();
const page = await newWebPage(server, app);

test.each(["unknown", "known"])(
  "80 devices on which somebody %s signs in at once are all let in, as one user",
  async (kind) => {
    const externalId = kind === "known" ? (await newUser(app)).externalId : unique("someone");
    const replies = await Promise.all(Array.from({ length: 80 }, () => page.signIn(externalId)));
    expect(new Set(replies.map((reply) => `${reply.status} ${reply.body.appUser?._id}`)).size).toBe(1);
    expect(replies[0]?.status).toBe(200);
  },
);
