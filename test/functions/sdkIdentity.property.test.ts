import { fc } from "@fast-check/vitest";
import { expect, test } from "vitest";
import {
  conversationsOf,
  messagesOf,
  newIntegration,
  newMultiApp,
  participantsOf,
  type RestUser,
  seenByBusiness,
} from "../support/business.ts";
import type { Credentials } from "../support/caller.ts";
import { newDevice, type Session } from "../support/newDevice.ts";
import { bearer, userToken } from "../support/signToken.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";

/**
 * People on several devices in any order: they begin anonymously, say something, sign in as this or that externalId,
 * log out; the business makes users and deletes keys; some of it at the same instant. After each run the design's
 * invariants hold, as seen through HTTP.
 */

const server = await startTestServer();
const app = await server.newApp();
/** An app whose users have one conversation, and one whose users have several. */
const places = [{ app, integrationId: await newIntegration(app) }, await newMultiApp(server)];

const devices = 3;
const names = ["ann", "bob"] as const;

type Step =
  | { readonly kind: "create" | "logout"; readonly device: number }
  | { readonly kind: "say"; readonly device: number; readonly tag: number }
  | { readonly kind: "login"; readonly device: number; readonly name: number; readonly without: "nothing" | "proof" }
  | { readonly kind: "createUser"; readonly name: number }
  | { readonly kind: "deleteKey" };

const device = fc.nat(devices - 1);
const name = fc.nat(names.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("create" as const), device }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("say" as const), device, tag: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("login" as const),
      device,
      name,
      without: fc.constantFrom("nothing" as const, "nothing" as const, "proof" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("logout" as const), device }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("createUser" as const), name }) },
  { weight: 1, arbitrary: fc.constant({ kind: "deleteKey" as const }) },
);
/** Steps that happen one after another; those of a list at the same instant. */
const run = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 8 });

let runs = 0;

type Browser = ReturnType<typeof newDevice>;

/** What the test knows to be true, from the answers alone. */
class World {
  readonly #run = ++runs;
  readonly #app: TestApp;
  readonly #devices: readonly Browser[];
  /** Who a device last was: an anonymous session, or the name it is signed in as. */
  readonly #holds: ({ session: Session; conversationId: string } | { externalId: string } | undefined)[] = [];
  /** Every user id that an externalId was ever answered with. */
  readonly #told = new Map<string, Set<string>>();
  /** The texts that were acknowledged. */
  readonly #said: string[] = [];
  readonly #ended: { session: Session; device: number }[] = [];
  readonly #anonymous = new Set<string>();
  /** A key of its own, so that deleting it harms nobody else. */
  #key: Promise<Credentials> | undefined;
  readonly #dead: string[] = [];

  constructor({ app, integrationId }: (typeof places)[number]) {
    this.#app = app;
    this.#devices = Array.from({ length: devices }, () => newDevice(server, app, integrationId));
  }

  externalId = (index: number): string => `${names[index]}-${this.#run}`;

  async #jwt(externalId: string): Promise<string> {
    this.#key ??= server.account
      .post<{ key: Credentials }>(`/v2/apps/${this.#app.id}/keys`, { displayName: "Of one run" })
      .then((made) => made.body.key);
    return userToken({ key: await this.#key }, externalId);
  }

  async #deleteKey(): Promise<void> {
    const key = await this.#key;
    this.#key = undefined;
    if (!key) return;
    await server.account.delete(`/v2/apps/${this.#app.id}/keys/${key.id}`);
    this.#dead.push(userToken({ key }, this.externalId(0)));
  }

  #tell(externalId: string, id: string): void {
    this.#told.set(externalId, (this.#told.get(externalId) ?? new Set()).add(id));
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "createUser") {
      const externalId = this.externalId(step.name);
      const made = await this.#app.api.post<{ user: RestUser }>(`/v2/apps/${this.#app.id}/users`, { externalId });
      expect([201, 409]).toContain(made.status);
      if (made.status === 201) this.#tell(externalId, made.body.user.id);
      return;
    }
    if (step.kind === "deleteKey") {
      await this.#deleteKey();
      return;
    }
    const browser = this.#devices[step.device];
    if (!browser) return;
    switch (step.kind) {
      case "create":
        return this.#create(browser, step.device);
      case "say":
        return this.#say(browser, step);
      case "login":
        return this.#login(browser, step);
      case "logout":
        return this.#logout(browser, step.device);
    }
  }

  async #create(browser: Browser, device: number): Promise<void> {
    // A client starts anonymously only when it is nobody.
    if (this.#holds[device]) return;
    const made = await browser.begin();
    this.#anonymous.add(made.appUserId);
    this.#holds[device] = { session: made, conversationId: made.conversationId };
  }

  async #say(browser: Browser, { device, tag }: Extract<Step, { kind: "say" }>): Promise<void> {
    const held = this.#holds[device];
    if (!held || !("session" in held)) return;
    const text = `${device}-${this.#said.length}-${tag}`;
    const reply = await browser.say(held.conversationId, text, held.session);
    // Refused only when another step of this instant ended the session.
    expect([201, 401, 404]).toContain(reply.status);
    if (reply.status === 201) this.#said.push(text);
  }

  async #login(browser: Browser, { device, name, without }: Extract<Step, { kind: "login" }>): Promise<void> {
    const held = this.#holds[device];
    const session = held && "session" in held ? held.session : undefined;
    const externalId = this.externalId(name);
    const proof = without === "proof" ? session && { appUserId: session.appUserId } : session;
    const reply = await browser.login(externalId, proof, await this.#jwt(externalId));
    // The key may have been deleted at this instant.
    expect([200, 401]).toContain(reply.status);
    if (reply.status !== 200) return;
    expect(reply.body.appUser.userId).toBe(externalId);
    this.#tell(externalId, reply.body.appUser._id);
    if (session && proof === session) this.#ended.push({ session, device });
    this.#holds[device] = { externalId };
  }

  async #logout(browser: Browser, device: number): Promise<void> {
    const held = this.#holds[device];
    if (!held) return;
    if ("session" in held) {
      await browser.call("POST", `/appusers/${held.session.appUserId}/logout`, {
        body: { client: browser.client },
        as: held.session,
      });
      this.#ended.push({ session: held.session, device });
    }
    this.#holds[device] = undefined;
  }

  async check(): Promise<void> {
    // An app has room for few keys.
    await this.#deleteKey();
    const users = new Map<string, string>();
    for (const [externalId, ids] of this.#told) {
      // Whoever was told who they are is that user for ever after, and each externalId names one.
      expect([...ids], `who ${externalId} is`).toHaveLength(1);
      const found = await seenByBusiness(this.#app, externalId);
      expect(found).toMatchObject({ id: [...ids][0], externalId });
      const token = bearer(this.#app, externalId);
      const resumed = await this.#devices[0]?.call("GET", `/appusers/${[...ids][0]}`, { as: token });
      expect(resumed?.status).toBe(200);
      users.set([...ids][0] ?? "", token);
    }
    expect(users.size).toBe(this.#told.size);
    await this.#checkEnded();
    await this.#checkStored([...users.keys()]);
  }

  /** An ended session opens nothing, and a deleted key's token neither. */
  async #checkEnded(): Promise<void> {
    for (const { session, device } of this.#ended)
      expect((await this.#devices[device]?.resume(session))?.status).toBe(401);
    for (const dead of this.#dead) {
      const reply = await this.#devices[0]?.login(this.externalId(0), undefined, dead);
      expect(reply).toMatchObject({ status: 401, body: { error: { code: "invalid_auth" } } });
    }
  }

  /** What was acknowledged is stored, once, and each conversation has one participant, who is there. */
  async #checkStored(userIds: readonly string[]): Promise<void> {
    // An anonymous user is itself, or was upgraded, or is gone into the one who proved its session.
    for (const id of this.#anonymous) {
      const found = await seenByBusiness(this.#app, id);
      if (typeof found === "number") expect(found).toBe(404);
      else expect(found.authenticated).toBe(found.externalId !== undefined);
    }
    const texts: string[] = [];
    for (const id of new Set([...this.#anonymous, ...userIds])) {
      if (typeof (await seenByBusiness(this.#app, id)) === "number") continue;
      for (const conversationId of await conversationsOf(this.#app, id)) {
        expect(await participantsOf(this.#app, conversationId)).toEqual([id]);
        for (const { author, content } of await messagesOf(this.#app, conversationId)) {
          texts.push(content.text);
          expect(author.userId).toBe(id);
        }
      }
    }
    expect(texts.sort()).toEqual([...this.#said].sort());
  }
}

test("in any order and at any instant, everybody is one user for ever, and nothing acknowledged is lost", async () => {
  // The seed is printed with a failure, and `FAST_CHECK_SEED` runs it again.
  const seed = Number(process.env.FAST_CHECK_SEED ?? 20_260_101);
  await fc.assert(
    fc.asyncProperty(run, fc.nat(1), async (instants, several) => {
      const place = places[several];
      if (!place) throw new Error("no such place");
      const world = new World(place);
      for (const steps of instants) await Promise.all(steps.map((step) => world.take(step)));
      await world.check();
    }),
    { seed, numRuns: 60, interruptAfterTimeLimit: 18_000, markInterruptAsFailure: false, endOnFailure: false },
  );
}, 60_000);
