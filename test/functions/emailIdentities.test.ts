import { describe, expect, test } from "vitest";
import { newWebPage } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const page = await newWebPage(server, app);

interface Listed {
  readonly users: readonly { readonly id: string; readonly externalId: string }[];
}
const users = () => `/v2/apps/${app.id}/users`;
const listed = (email: string, more = "") =>
  app.api.get<Listed>(`${users()}?filter[identities.email]=${encodeURIComponent(email)}${more}`);
const verified = (email: string) => ({ email, email_verified: true });
const identity = (value: string) => ({ type: "email", value, verification: "embed" });
const freshEmail = () => `${unique("sue")}@example.org`;

describe("listUsers", () => {
  test("a verified email finds its user, whatever the case it is written in", async () => {
    const email = freshEmail();
    const externalId = unique("person");
    await page.signIn(externalId, verified(email));
    const { body } = await app.api.get<{ user: object }>(`${users()}/${externalId}`);
    expect(body.user).toMatchObject({ externalId, identities: [identity(email)] });
    for (const asked of [email, email.toUpperCase()])
      expect(await listed(asked)).toMatchObject({ status: 200, body: { users: [body.user] } });
  });

  test("an address with a plus is found, encoded or not", async () => {
    const email = `${unique("sue+shop")}@example.org`;
    await page.signIn(unique("person"), verified(email));
    expect((await listed(email)).body.users).toHaveLength(1);
    expect((await app.api.get<Listed>(`${users()}?filter[identities.email]=${email}`)).body.users).toHaveLength(1);
  });

  test("the email of a profile, a part of an address and an unverified one find nobody", async () => {
    const email = freshEmail();
    await app.api.post(users(), { profile: { email } });
    await page.signIn(unique("person"), { email });
    await page.signIn(unique("person"), { email, email_verified: "true" });
    await page.signIn(unique("person"), verified(`x${email}`));
    expect(await listed(email)).toMatchObject({ status: 200, body: { users: [] } });
  });

  test("another app's user is not found", async () => {
    const email = freshEmail();
    const other = await server.newApp();
    await (await newWebPage(server, other)).signIn("theirs", verified(email));
    expect((await listed(email)).body).toEqual({ users: [] });
  });

  test("a brand's users are looked for apart", async () => {
    const email = freshEmail();
    await page.signIn(unique("person"), verified(email));
    expect((await listed(email, "&brandId=7")).body).toEqual({ users: [] });
  });

  test.each(["", "?filter[identities.email]="])("the query %j lacks the filter and is refused", async (query) => {
    expect(await app.api.get(users() + query)).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title: "should have required property 'filter[identities.email]'" }] },
    });
  });

  test.each(["x".repeat(5000), "\u0000", "💥", "a@b\ud800"])("the odd address %j finds nobody", async (email) => {
    expect(
      (await app.api.get(`${users()}?filter[identities.email]=${encodeURIComponent(email.toWellFormed())}`)).body,
    ).toEqual({
      users: [],
    });
  });
});

describe("sdkLogin with an email", () => {
  const taken = { status: 409, body: { error: { code: "conflict", description: expect.any(String) } } };

  test("a verified email that another user holds is a conflict, and nothing changes", async () => {
    const email = freshEmail();
    const [holder, known, unknown] = [unique("holder"), unique("known"), unique("unknown")];
    await page.signIn(holder, verified(email));
    await page.signIn(known);
    const before = await app.api.get(`${users()}/${known}`);
    const guest = await page.visit("hello");
    expect(await page.signIn(known, verified(email.toUpperCase()))).toMatchObject(taken);
    expect(await page.signIn(known, verified(email), guest)).toMatchObject(taken);
    expect(await page.signIn(unknown, verified(email))).toMatchObject(taken);
    expect(await page.signIn(unknown, verified(email), guest)).toMatchObject(taken);
    expect((await app.api.get(`${users()}/${known}`)).body).toEqual(before.body);
    expect(await app.api.get(`${users()}/${unknown}`)).toMatchObject({ status: 404 });
    expect(await app.api.get(`${users()}/${guest.appUserId}`)).toMatchObject({ status: 200 });
    expect((await listed(email)).body.users).toMatchObject([{ externalId: holder }]);
    // Without the email there is no conflict.
    expect(await page.signIn(unknown)).toMatchObject({ status: 200 });
  });

  test("a conversation that is started with a token signs in with its email, and conflicts alike", async () => {
    const email = freshEmail();
    const externalId = unique("person");
    expect(await page.start(externalId, verified(email))).toMatchObject({ status: 201 });
    expect((await listed(email)).body.users).toMatchObject([{ externalId, identities: [identity(email)] }]);
    expect(await page.start(unique("person"), verified(email))).toMatchObject(taken);
  });

  test("a further verified email is one more identity, at sign-in, upgrade and merge", async () => {
    const emails = [freshEmail(), freshEmail(), freshEmail()];
    const externalId = unique("person");
    await page.signIn(externalId, verified(emails[0] ?? ""), await page.visit("first"));
    await page.signIn(externalId, verified(emails[1] ?? ""));
    await page.signIn(externalId, verified(emails[2] ?? ""), await page.visit("second"));
    for (const email of emails) expect((await listed(email)).body.users).toMatchObject([{ externalId }]);
    expect((await app.api.get(`${users()}/${externalId}`)).body).toMatchObject({
      user: { identities: emails.map(identity) },
    });
  });

  test("a token's name and email fill what is empty, and nothing else", async () => {
    const email = freshEmail();
    const externalId = unique("person");
    expect((await page.signIn(externalId, { email, name: "Sue van Dyke" })).body.appUser).toMatchObject({
      givenName: "Sue",
      surname: "van Dyke",
      email,
    });
    await app.api.patch(`${users()}/${externalId}`, { profile: { surname: null } });
    const again = await page.signIn(externalId, { ...verified(freshEmail()), name: "Somebody Else" });
    expect(again.body.appUser).toMatchObject({ givenName: "Sue", email });
    expect(again.body.appUser).not.toHaveProperty("surname");
  });

  test.each([
    { email: 7, email_verified: true, name: {} },
    { email: "", email_verified: true, name: "" },
    { email: "no address", email_verified: true, name: " " },
    { email: `${"x".repeat(130)}@example.org`, email_verified: true, name: "\ud800" },
  ])("claims that can be no email are no identity and no error: %j", async (claims) => {
    const externalId = unique("person");
    expect(await page.signIn(externalId, claims)).toMatchObject({ status: 200 });
    expect((await app.api.get(`${users()}/${externalId}`)).body).toMatchObject({ user: { identities: [] } });
  });

  test("a name of any length fits the profile", async () => {
    const { body } = await page.signIn(unique("person"), { name: `${"x".repeat(300)} ${"y".repeat(900)}` });
    expect([body.appUser.givenName?.length, body.appUser.surname?.length]).toEqual([128, 128]);
  });

  test("of 20 people who sign in with one verified email at once, one gets it and 19 conflict", async () => {
    const email = freshEmail();
    const names = Array.from({ length: 20 }, () => unique("rival"));
    const answers = await Promise.all(names.map((name) => page.signIn(name, verified(email))));
    expect(answers.map((one) => one.status).sort()).toEqual([200, ...Array(19).fill(409)]);
    const winner = names[answers.findIndex((one) => one.status === 200)];
    expect((await listed(email)).body.users).toMatchObject([{ externalId: winner }]);
    const found = await Promise.all(names.map((name) => app.api.get(`${users()}/${name}`)));
    expect(found.filter((one) => one.status === 200)).toHaveLength(1);
  });

  test("of 20 devices that sign in with one new externalId and email at once, all find one user", async () => {
    const email = freshEmail();
    const externalId = unique("person");
    const answers = await Promise.all(Array.from({ length: 20 }, () => page.signIn(externalId, verified(email))));
    expect(new Set(answers.map((one) => `${one.status} ${one.body.appUser?._id}`)).size).toBe(1);
    expect((await listed(email)).body.users).toMatchObject([{ id: answers[0]?.body.appUser._id }]);
  });
});
