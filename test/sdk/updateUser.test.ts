import { describe, expect, test } from "vitest";
import { setUp } from "./setUp.ts";

const fixture = setUp();

describe("updateUser", () => {
  test.each([
    ["as the server answers it", undefined],
    ["where the server answers nothing", { status: 204 }],
  ])("with null unsets a field or a value of the metadata, %s", async (_, answer) => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    await smooch.updateUser({ givenName: "Anna", surname: "Bell", metadata: { plan: "free", seats: 1 } });
    if (answer) fixture.server.fail("PUT /appusers/*", answer);
    const user = await smooch.updateUser({ givenName: null, metadata: { plan: null } });
    expect(fixture.server.calls("PUT /appusers/*")[1]?.body).toEqual({ givenName: null, properties: { plan: null } });
    expect(user).toMatchObject({ surname: "Bell", metadata: { seats: 1 } });
    expect(user).not.toHaveProperty("givenName");
    expect(user?.metadata).not.toHaveProperty("plan");
    expect(smooch.getUser()).toBe(user);
  });

  test("shows what the server made of it", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    const appUser = { _id: smooch.getUser()?.id ?? "", givenName: "Anna", properties: { from: "the server" } };
    fixture.server.fail("PUT /appusers/*", { status: 200, body: { appUser } });
    await smooch.updateUser({ givenName: " Anna " });
    expect(smooch.getUser()).toMatchObject({ givenName: "Anna", metadata: { from: "the server" } });
  });
});
