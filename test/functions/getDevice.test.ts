import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { newDevice, newGuest } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const web = await newIntegration(app);
const users = `/v2/apps/${app.id}/users`;

describe("getDevice", () => {
  test("a device is answered as the list has it", async () => {
    const person = await newGuest(newDevice(server, app, web));
    const { body } = await app.api.get<{ devices: { id: string }[] }>(`${users}/${person.appUserId}/devices`);
    const [device] = body.devices;
    const got = await app.api.get(`${users}/${person.appUserId}/devices/${device?.id}`);
    expect(got.status).toBe(200);
    expect(got.body).toEqual({ device });
  });

  test("a device of another user, a guid, and a device of an unknown user are not found", async () => {
    const [one, two] = [await newGuest(newDevice(server, app, web)), await newGuest(newDevice(server, app, web))];
    const { body } = await app.api.get<{ devices: { id: string }[] }>(`${users}/${one.appUserId}/devices`);
    const id = body.devices[0]?.id;
    for (const path of [`${two.appUserId}/devices/${id}`, `${one.appUserId}/devices/${one.clientId}`])
      expect(await app.api.get(`${users}/${path}`)).toMatchObject({
        status: 404,
        body: { errors: [{ code: "device_not_found", title: "Device not found" }] },
      });
    expect(await app.api.get(`${users}/nobody/devices/${id}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "user_not_found" }] },
    });
  });
});
