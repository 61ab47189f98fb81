import { beforeEach, describe, expect, test } from "vitest";
import { variable } from "../../lib/api/environment.ts";
import { conversationsOf } from "../support/business.ts";
import type { Reply } from "../support/caller.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { sessionOf } from "../support/newDevice.ts";
import { newStage, type Stage } from "../support/stage.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import type { Call, FaultKind } from "../support/startProxy.ts";
import { unique } from "../support/unique.ts";
import { type Done, isLinearizable, type Step } from "./linearize.ts";

let stage: Stage;
process.env[variable.anonymousBurst] = "1000000";
const { proxy, server } = await startProxiedServer();
beforeEach(async () => {
  stage = await newStage(server);
  await stage.web();
});

/** Who has an externalId: nobody, somebody whose id nobody was told yet, or the user of this id. */
type Holder = string;
const nobody = "";
const somebody = "?";

const is = (state: Holder, id: string): readonly Holder[] => (state === id || state === somebody ? [id] : []);
const toldId = (reply: Reply): string | undefined => {
  // What an answer holds is the test's claim, as with every reply.
  const { user, appUser } = (reply.body ?? {}) as { user?: { id: string }; appUser?: { _id: string } };
  return user?.id ?? appUser?._id;
};

interface Operation {
  /** Answers what it was told: an id, or a word of what is no id. */
  readonly run: (externalId: string) => Promise<Reply>;
  readonly step: Step<Holder>;
}

/** Born by this operation, or there before it. */
const bornOrFound: Step<Holder> = (state, told) => {
  if (told === undefined) return [state, ...(state === nobody ? [somebody] : [])];
  return state === nobody ? [told] : is(state, told);
};

/** What clients do with an externalId, and what the design promises of it. */
const operations: Readonly<Record<string, Operation>> = {
  create: {
    run: (externalId) => stage.app.api.post(`${stage.rest}/users`, { externalId }),
    step: (state, told) =>
      told === undefined
        ? [state, ...(state === nobody ? [somebody] : [])]
        : told === "409"
          ? state === nobody
            ? []
            : [state]
          : state === nobody
            ? [told]
            : [],
  },
  find: {
    run: (externalId) => stage.app.api.get(`${stage.rest}/users/${externalId}`),
    step: (state, told) =>
      told === undefined ? [state] : told === "404" ? (state === nobody ? [state] : []) : is(state, told),
  },
  login: { run: (externalId) => stage.login(externalId), step: bornOrFound },
  /** An anonymous user gets the externalId, or is merged into who has it. */
  upgrade: {
    async run(externalId) {
      return stage.login(externalId, await guest());
    },
    step: bornOrFound,
  },
  /** The next holder of the externalId is somebody else. */
  delete: {
    run: (externalId) => stage.app.api.delete(`${stage.rest}/users/${externalId}`),
    step: (state, told) =>
      told === undefined ? [state, nobody] : (told === "404") === (state === nobody) ? [nobody] : [],
  },
  update: {
    async run(externalId) {
      const found = await stage.app.api.get(`${stage.rest}/users/${externalId}`);
      const id = toldId(found);
      if (id === undefined) return found;
      const headers = { authorization: stage.bearer(externalId) };
      return stage.anybody.put(`${stage.sdk}/appusers/${id}`, { givenName: unique("Ada") }, headers);
    },
    step: (state, told) =>
      // Forbidden is who found one user and speaks for the next one of the same externalId.
      told === undefined || told === "403"
        ? [state]
        : told === "404"
          ? state === nobody
            ? [state]
            : []
          : is(state, told),
  },
};

/** A guest, or nobody where no answer came. */
async function guest() {
  const device = await stage.device();
  const { body } = await device.create({}, { "idempotency-key": unique("key") });
  return body.appUser && { ...device, ...sessionOf(body) };
}

/** What a client makes of an answer: an id, or the status that says there is none; nothing of a fault. */
const understood = (reply: Reply): string | undefined =>
  reply.status >= 500 ? undefined : (toldId(reply) ?? String(reply.status));

/** Lets several clients at once do so many things each with an externalId. */
async function play(
  externalId: string,
  clients: number,
  each: number,
  names: readonly string[] = Object.keys(operations),
): Promise<readonly Done[]> {
  const history: Done[] = [];
  const client = async (first: number) => {
    for (let turn = 0; turn < each; turn++) {
      // Each begins elsewhere, and all begin with what may give birth.
      const operation = names[(first + turn * (first + 1)) % names.length] ?? "find";
      const began = performance.now();
      const reply = await operations[operation]?.run(externalId);
      history.push({ operation, began, ended: performance.now(), told: reply && understood(reply) });
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, first) => client(first)));
  return history;
}

const steps = Object.fromEntries(Object.entries(operations).map(([name, { step }]) => [name, step]));
const holds = (history: readonly Done[]): boolean => isLinearizable(history, steps, nobody);

/** Lets a part of the calls fail, half of them after they have had their effect. */
function trouble(): () => void {
  const kinds: readonly FaultKind[] = ["refuse", "reset after", "fail", "reset after"];
  let calls = 0;
  return proxy.faultBy(() => {
    calls++;
    return calls % 5 === 0 || calls % 7 < 2 ? kinds[calls % kinds.length] : undefined;
  });
}

/** The store as it would be if its conditions always held. */
const withoutConditions =
  (action: string) =>
  (call: Call): string =>
    call.action === action
      ? JSON.stringify(
          JSON.parse(call.body, (name, value) =>
            // What the condition names must still be used, or the engine refuses it.
            // OR binds less than AND, and the engine refuses parentheses around parentheses.
            name === "ConditionExpression" ? `${value} OR attribute_not_exists(nowhere)` : value,
          ),
        )
      : call.body;

const rounds = Array.from({ length: 4 }, (_, index) => index);

describe("what many clients at once are told of one externalId", () => {
  test.each([
    ["undisturbed", false],
    ["while calls to the table fail", true],
  ])("can have happened one after another: %s", async (_, disturbed) => {
    const lift = disturbed ? trouble() : () => {};
    const histories = await Promise.all(rounds.map(() => play(unique("person"), 4, 6)));
    lift();
    for (const history of histories) expect(holds(history), JSON.stringify(history, null, 1)).toBe(true);
    if (disturbed) expect(histories.flat().some((done) => done.told === undefined)).toBe(true);
  });

  test("is the same once the trouble is over", async () => {
    const externalId = unique("person");
    const lift = trouble();
    const history = await play(externalId, 4, 5);
    lift();
    expect(holds([...history, ...(await play(externalId, 2, 5))])).toBe(true);
  });

  test("has left every invariant whole", async () => {
    expect(await brokenInvariants(server.tableName)).toEqual([]);
  });
});

describe("what many deliveries at once make of one person on a channel", () => {
  test.each([
    ["undisturbed", false],
    ["while calls to the table fail", true],
  ])("is one user with each message once, in spite of redeliveries: %s", async (_, disturbed) => {
    await stage.telegram();
    const lift = disturbed ? trouble() : () => {};
    const messages = Array.from({ length: 8 }, (_, index) => index + 1);
    await Promise.all(
      messages.map(async (id) => {
        // A provider delivers until it is answered, and sometimes once more.
        for (let again = 0, answered = 0; again < 20 && answered < 1 + (id % 2); again++)
          if ((await stage.write(4711, id, `Message ${id}`)).status === 200) answered++;
      }),
    );
    lift();
    for (const id of messages) await stage.write(4711, id, `Message ${id}`);
    const userId = await stage.userOnTelegram(4711);
    const conversations = await conversationsOf(stage.app, userId);
    expect(conversations).toHaveLength(1);
    const texts = await stage.texts(conversations[0] ?? "");
    expect([...texts].sort()).toEqual(messages.map((id) => `Message ${id}`).sort());
  });
});

describe("a bug in the store is caught", () => {
  test.each([
    ["PutItem", ["create", "login"]],
    ["TransactWriteItems", ["upgrade"]],
  ])("a %s that has forgotten its conditions", async (action, names) => {
    proxy.rewrite(withoutConditions(action));
    const histories = await Promise.all(rounds.map(() => play(unique("person"), 4, 3, names)));
    proxy.rewrite(undefined);
    expect(histories.some((history) => !holds(history))).toBe(true);
  });
});
