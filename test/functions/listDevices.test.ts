import { describe, expect, test } from "vitest";
import { newIntegration, newUser } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const web = await newIntegration(app);
const users = `/v2/apps/${app.id}/users`;

interface Listing {
  readonly devices: readonly { readonly id: string; readonly guid: string; readonly lastSeen: string }[];
}

describe("listDevices", () => {
  test("the browser of a person is listed as it described itself, and never its session", async () => {
    const person = await newGuest(newDevice(server, app, web, { info: { vendor: "sunroom", sdkVersion: "1" } }));
    const clients = await app.api.get<{ clients: { id: string }[] }>(`${users}/${person.appUserId}/clients`);
    const listed = await app.api.get<Listing>(`${users}/${person.appUserId}/devices`);
    expect(listed.status).toBe(200);
    expect(listed.body).toEqual({
      devices: [
        {
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          type: "web",
          guid: person.clientId,
          clientId: clients.body.clients[0]?.id,
          status: "active",
          integrationId: web,
          lastSeen: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          info: { vendor: "sunroom", sdkVersion: "1" },
        },
      ],
    });
  });

  test("the device seen last comes first", async () => {
    const guids: string[] = [];
    for (let index = 0; index < 3; index++) {
      const device = newDevice(server, app, web);
      guids.push(device.clientId);
      await device.login("many devices");
    }
    const listed = await app.api.get<Listing>(`${users}/many%20devices/devices`);
    expect(listed.body.devices.map((one) => one.guid)).toEqual(guids.reverse());
    expect(listed.body.devices.map((one) => one.lastSeen)).toEqual(
      listed.body.devices.map((one) => one.lastSeen).sort((a, b) => (a < b ? 1 : -1)),
    );
  });

  test("a user without devices has an empty list, an unknown user is not found", async () => {
    const user = await newUser(app);
    expect(await app.api.get(`${users}/${user.id}/devices`)).toMatchObject({ status: 200, body: { devices: [] } });
    expect(await app.api.get(`${users}/nobody/devices`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "user_not_found" }] },
    });
  });
});
