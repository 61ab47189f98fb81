import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelTypes } from "../../lib/model/channel.ts";
import { readExamples } from "../channels/examples.ts";
import { connect, deliver } from "../support/channelPeople.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { newStage } from "../support/stage.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";
import { oddValue, withOdd } from "./arbitraryBody.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 1);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_124);

const server = await startTestServer();
const stage = await newStage(server);

/** Every credential that any channel asks for; a channel takes its own. */
const credentials = () => ({
  ...Object.fromEntries(
    ["appSecret", "verifyToken", "channelSecret", "channelAccessToken", "signingKey", "apiKey", "authToken"].map(
      (name) => [name, unique("secret")],
    ),
  ),
  token: unique("bot"),
  accessToken: unique("access"),
  accessKey: unique("access"),
  pageAccessToken: unique("access"),
  accountSid: "AC1",
  phoneNumberSid: "PN1",
  messagingServiceSid: "MG1",
  phoneNumberId: "106540352242922",
  accountId: "1",
  appId: "1",
  pageId: "106731941223392",
  businessId: "17841444303043201",
  businessName: "Shop",
  businessUsername: "shop",
  originator: "12262121021",
  incomingAddress: "us@example.org",
  domain: "example.org",
  userId: "1",
});

describe("a genuine delivery with something odd in it is acknowledged or refused, never a fault, on", () => {
  test.each(channelTypes)("%s", async (type) => {
    const integration = await connect(stage.app, type, credentials());
    const payloads = readExamples(type).flatMap(([, { request }]) => request.payload ?? []);
    const payload = fc
      .tuple(fc.constantFrom(...payloads), fc.nat(), oddValue, fc.nat(), oddValue)
      .map(([one, at, odd, at2, odd2]) => withOdd(withOdd(one, at, odd), at2, at2 % 3 === 0 ? odd2 : odd));
    await fc.assert(
      fc.asyncProperty(payload, async (sent) => {
        // Whatever it is by now, it is signed as it goes over the wire.
        const text = typeof sent === "string" ? sent : JSON.stringify(sent ?? null);
        const form = type === "twilio" || type === "mailgun";
        const fields = Object.entries(form && typeof sent === "object" && sent ? sent : {});
        const said = form
          ? Object.fromEntries(
              fields.map(([name, part]) => [name, typeof part === "string" ? part : JSON.stringify(part)]),
            )
          : text;
        const reply = await deliver(server, integration, said);
        const where = `${JSON.stringify(said).slice(0, 500)} → ${reply.text}`;
        expect(reply.status, where).toBeLessThan(500);
        expect(reply.status, where).not.toBe(401);
      }),
      { numRuns: 40 * runs, seed },
    );
  });

  test("leaves the table in order", async () => {
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });
});
