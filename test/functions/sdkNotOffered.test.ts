import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

const offered = (feature: RegExp) => ({
  status: 501,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: { error: { code: "not_offered", description: expect.stringMatching(feature) } },
});

describe("a call of the vendor's SDKs that is not served", () => {
  test("is answered as not offered, by what it is for: a postback", async () => {
    const guest = await newGuest(newDevice(server, app, integrationId));
    const body = { postback: { actionId: "1-0" }, author: { role: "appUser", appUserId: guest.appUserId } };
    const path = `/conversations/${guest.conversationId}/postback`;
    expect(await guest.post(path, body)).toMatchObject(offered(/postback.* is not offered$/));
  });

  test.each([
    ["POST", "/v2/apps/APP/appusers/u/messages/validate", /^Answering a form/],
    ["POST", "/v2/apps/APP/prechatcapture", /^Prechat capture/],
    ["POST", "/v2/apps/APP/appusers/u/prechatcapture/validate", /^Prechat capture/],
    ["PUT", "/v2/apps/APP/appusers/u/clients/c", /^A push notification/],
    ["DELETE", "/v2/apps/APP/appusers/u/clients/c", /^Unlinking/],
    ["POST", "/v2/apps/APP/appusers/u/referral", /^A referral/],
    ["POST", "/v2/apps/APP/appusers/authcode", /^Signing in with an auth code/],
    ["GET", "/v2/apps/APP/appusers/u/linkrequest", /^Linking a channel/],
    ["GET", "/v2/apps/APP/appusers/u/integrations/i/qrcode", /^Linking a channel/],
    ["POST", "/v2/apps/APP/appusers/u/stripe/transaction", /^Paying/],
    ["GET", "/apps/APP/locationmap?lat=1&long=2", /^A map/],
  ])("is answered as not offered, by what it is for: %s %s", async (method, path, feature) => {
    expect(await server.as().send(method, `/sdk${path.replace("APP", app.id)}`)).toMatchObject(offered(feature));
  });

  test.each([
    ["GET", "/v2/apps/APP/conversations/c/postback"],
    ["POST", "/v2/apps/APP/conversations/postback"],
    ["POST", "/v2/apps/APP/conversations/c/postback/more"],
    ["POST", "/v2/apps/APP/conversations/c/postbacks"],
    ["POST", "/v2/apps/postback"],
  ])("is another than one that is mistyped: %s %s", async (method, path) => {
    expect(await server.as().send(method, `/sdk${path.replace("APP", app.id)}`)).toMatchObject({
      status: 404,
      body: { error: { code: "not_found" } },
    });
  });
});
