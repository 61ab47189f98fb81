import { describe, expect, test } from "vitest";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const offered = (feature: RegExp) => ({
  status: 501,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: { error: { code: "not_offered", description: expect.stringMatching(feature) } },
});

describe("a call of the vendor's SDKs that is not served", () => {
  test.each([
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
    ["GET", "/v2/apps/APP/conversations/c/files"],
    ["POST", "/v2/apps/APP/conversations/files"],
    ["POST", "/v2/apps/APP/conversations/c/files/more"],
    ["POST", "/v2/apps/APP/conversations/c/postbacks"],
    ["POST", "/v2/apps/files"],
  ])("is another than one that is mistyped: %s %s", async (method, path) => {
    expect(await server.as().send(method, `/sdk${path.replace("APP", app.id)}`)).toMatchObject({
      status: 404,
      body: { error: { code: "not_found" } },
    });
  });
});
