import { afterAll, describe, expect, test } from "vitest";
import { newIntegration, newUser } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { type Run, runSunroom } from "../support/runSunroom.ts";
import { startControlled } from "../support/startControlled.ts";
import { startTestServer } from "../support/startTestServer.ts";

const deployed = await startTestServer();
const local = await startControlled();
afterAll(local.stop);

/** Runs `sunroom user list` about an app of a server. */
const list = (server: typeof deployed | typeof local, appId: string, ...words: readonly string[]): Promise<Run> =>
  runSunroom(["user", "list", ...words], {
    SUNROOM_URL: server.url,
    SUNROOM_KEY_ID: server.accountKey.id,
    SUNROOM_KEY_SECRET: server.accountKey.secret,
    SUNROOM_APP_ID: appId,
  });

/** Reads what a command says with `--json`; fails unless it did what it was asked. */
function said({ code, stdout, stderr }: Run): { readonly id: string }[] {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

describe("sunroom user list", () => {
  test("finds the user of a verified email with every server", async () => {
    const app = await deployed.newApp();
    const device = newDevice(deployed, app, await newIntegration(app));
    const environment = { SUNROOM_URL: deployed.url, SUNROOM_KEY_ID: app.key.id, SUNROOM_KEY_SECRET: app.key.secret };
    const token = await runSunroom(["token", "jane", "--email", "jane@example.org"], environment);
    await device.login("jane", undefined, token.stdout.trim());
    expect(said(await list(deployed, app.id, "--email", "jane@example.org", "--json"))).toMatchObject([
      { externalId: "jane" },
    ]);
    expect((await list(deployed, app.id, "--email", "jane@example.org")).stdout).toMatch(/\n\w{24} {2}jane /);
    expect((await list(deployed, app.id, "--email", "joe@example.org")).stdout).toBe("There is no such user.\n");
  });

  test("says that only a local server lists users", async () => {
    expect(await list(deployed, (await deployed.newApp()).id)).toMatchObject({
      code: 1,
      stderr: `${deployed.url} is no local server; only one that is started with npm start or sunroom start does that.\n`,
    });
  });

  test.each([
    [["--email", "jane@example.org", "--search", "jane"], "give one of them"],
    [["--brand-id", "1"], "--brand-id belongs to --email."],
  ])("refuses %j", async (words, refusal) => {
    expect(await list(local, "0".repeat(24), ...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(refusal),
    });
  });

  test("lists the users of an app beside a local server, and those in whom a text occurs", async () => {
    const app = await local.newApp();
    expect((await list(local, app.id)).stdout).toBe("There is no such user.\n");
    const jane = await newUser(app, { externalId: "jane", profile: { givenName: "Jane", surname: "Doe" } });
    const joe = await newUser(app);
    const ids = said(await list(local, app.id, "--json")).map(({ id }) => id);
    expect(ids.sort()).toEqual([jane.id, joe.id].sort());
    expect(said(await list(local, app.id, "--search", "doe", "--json"))).toMatchObject([{ externalId: "jane" }]);
    expect((await list(local, app.id, "--search", "doe")).stdout).toMatch(
      new RegExp(`^id +externalId +name +signedUpAt\n${jane.id} +jane +Jane Doe +2.*\n$`),
    );
  });

  test("says how many there are where it shows the latest hundred", async () => {
    const app = await local.newApp();
    await Promise.all(Array.from({ length: 101 }, () => newUser(app)));
    expect((await list(local, app.id)).stdout).toMatch(
      /\n\nThese are the latest of 101; --search finds the others\.\n$/,
    );
  });
});
