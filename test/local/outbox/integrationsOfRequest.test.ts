import { describe, expect, test } from "vitest";
import { integrationsOfRequest } from "../../../lib/local/outbox/integrationsOfRequest.ts";

const integration = (id: string, credentials: Readonly<Record<string, string>>) => ({
  ...{ id, credentials },
  appId: "an app",
  webhookUrl: `http://localhost/webhooks/${id}`,
});
const request = (fields: { url?: string; headers?: Record<string, string>; body?: string }) => ({
  method: "POST" as const,
  url: "https://api.example/send",
  headers: {},
  ...fields,
});
const found = (made: ReturnType<typeof request>, ...integrations: ReturnType<typeof integration>[]) =>
  integrationsOfRequest(made, integrations).map(({ id }) => id);

describe("the integration of a request", () => {
  const one = integration("one", { token: "123456:first" });
  const other = integration("other", { token: "123456:second" });

  test("is the one with the credentials in its path, its headers or its body", () => {
    expect(found(request({ url: "https://api.example/bot123456:second/send" }), one, other)).toEqual(["other"]);
    expect(found(request({ url: "https://api.example/bot123456%3Afirst/send" }), one, other)).toEqual(["one"]);
    expect(found(request({ headers: { authorization: "Bearer 123456:first" } }), one, other)).toEqual(["one"]);
    expect(found(request({ body: '{"auth_token":"123456:second"}' }), one, other)).toEqual(["other"]);
  });

  test("is known by a user and a password", () => {
    const authorization = `Basic ${Buffer.from("api:123456:second").toString("base64")}`;
    expect(found(request({ headers: { authorization } }), one, other)).toEqual(["other"]);
  });

  test("is the one of which the most credentials stand in the request", () => {
    const shared = integration("shared", { accountSid: "AC0000000001", token: "another-token" });
    const own = integration("own", { accountSid: "AC0000000001", token: "the-token" });
    const made = request({ url: "https://api.example/AC0000000001", headers: { authorization: "Bearer the-token" } });
    expect(found(made, shared, own)).toEqual(["own"]);
  });

  test("are all that have the same credentials, and none where none is known", () => {
    const twin = integration("twin", { token: "123456:first" });
    const made = request({ headers: { authorization: "Bearer 123456:first" } });
    expect(found(made, one, other, twin)).toEqual(["one", "twin"]);
    expect(found(request({ headers: { authorization: "Bearer nobody's" } }), one, other)).toEqual([]);
  });

  test("is none by a credential that is so short that it stands anywhere", () => {
    expect(found(request({ body: "PN1 and more" }), integration("short", { phoneNumberSid: "PN1" }))).toEqual([]);
  });
});
