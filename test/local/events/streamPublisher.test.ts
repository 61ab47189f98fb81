import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { eventFilter } from "../../../lib/api/eventFilter.ts";
import { type Db, openDb } from "../../../lib/db/db.ts";
import { putItem } from "../../../lib/db/writeItems.ts";
import { createTable, deleteTable } from "../../../lib/local/createTable.ts";
import { canRun, type Engine, startEngine } from "../../../lib/local/engine.ts";
import type { PacedLoop } from "../../../lib/local/events/pacedLoop.ts";
import { openStreamPublisher } from "../../../lib/local/events/streamPublisher.ts";
import { engineEndpoint } from "../../support/engineEndpoint.ts";

let folder: string;
let loops: PacedLoop[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sunroom-events-"));
});
afterEach(async () => {
  await Promise.all(loops.map((loop) => loop.stop()));
  loops = [];
  rmSync(folder, { recursive: true, force: true });
});

let tables = 0;
const newName = () => `stream-${process.pid}-${Date.now()}-${tables++}`;
const soon = { timeout: 60_000, interval: 5 };

/** A Lambda that writes down what it is given. */
function publisher(failing: (record: DynamoDBRecord) => boolean = () => false) {
  const batches: string[][] = [];
  const records: DynamoDBRecord[] = [];
  const nameOf = ({ dynamodb }: DynamoDBRecord) => `${dynamodb?.Keys?.pk?.S} ${dynamodb?.Keys?.sk?.S}`;
  return {
    batches,
    records,
    seen: () => batches.flat(),
    publish: async ({ Records }: DynamoDBStreamEvent) => {
      batches.push(Records.map(nameOf));
      records.push(...Records);
      return {
        batchItemFailures: Records.filter(failing).map(({ dynamodb }) => ({
          itemIdentifier: dynamodb?.SequenceNumber ?? "",
        })),
      };
    },
  };
}

async function start(
  endpoint: string,
  tableName: string,
  publish: (event: DynamoDBStreamEvent) => Promise<unknown>,
  alsoKeep: (records: readonly DynamoDBRecord[]) => Promise<void> = async () => {},
): Promise<PacedLoop> {
  const begin = await openStreamPublisher({
    filter: eventFilter,
    endpoint,
    tableName,
    publish,
    alsoKeep,
    positionFile: join(folder, "position.json"),
    deadLetters: join(folder, "untold"),
  });
  const loop = begin();
  loops.push(loop);
  return loop;
}
const stop = async (loop: PacedLoop) => {
  loops = loops.filter((one) => one !== loop);
  await loop.stop();
};

/** Puts users of these names, one after another. */
const put = async (db: Db, ...names: readonly string[]) => {
  for (const pk of names) await putItem(db, { pk, sk: "user" });
};

describe.each([
  ["embedded", canRun("embedded")],
  ["dynamodbLocal", canRun("dynamodbLocal")],
] as const)("the stream of a table on the engine %s", (only, available) => {
  let engine: Engine;
  beforeAll(async () => {
    if (available) engine = await startEngine({ only, accessKey: "streams" });
  });
  afterAll(async () => {
    if (available) await engine.stop();
  });
  const streamed = async () => {
    const name = newName();
    await createTable(engine.endpoint, name, { streamed: true });
    return { name, db: openDb(name, engine.endpoint) };
  };

  test.runIf(available)("is told in Lambda's form: users, conversations and messages, with both images", async () => {
    const { name, db } = await streamed();
    const { publish, seen, records } = publisher();
    const loop = await start(engine.endpoint, name, publish);
    for (const sk of ["user", "user#1", "deletion", "conversation", "conversation#1", "message#1", "message", "links"])
      await putItem(db, { pk: "a", sk, at: 1 });
    await putItem(db, { pk: "a", sk: "user", at: 2 });
    loop.kick();
    const expected = ["a user", "a conversation", "a message#1", "a user"];
    await vi.waitFor(() => expect(seen()).toEqual(expected), soon);
    expect(records.at(-1)).toMatchObject({
      eventName: "MODIFY",
      eventSource: "aws:dynamodb",
      eventSourceARN: expect.stringMatching(/^arn:aws:dynamodb:.*\/stream\//),
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        SequenceNumber: expect.stringMatching(/^\d+$/),
        OldImage: { pk: { S: "a" }, sk: { S: "user" }, at: { N: "1" } },
        NewImage: { pk: { S: "a" }, sk: { S: "user" }, at: { N: "2" } },
      },
    });
  });

  test.runIf(available)("is told from its end on at the first start, and from where it was at the next", async () => {
    const { name, db } = await streamed();
    await put(db, "before");
    const first = publisher();
    const loop = await start(engine.endpoint, name, first.publish);
    await put(db, "one");
    loop.kick();
    await vi.waitFor(() => expect(first.seen()).toEqual(["one user"]), soon);
    await stop(loop);
    await put(db, "two", "three");
    const second = publisher();
    await start(engine.endpoint, name, second.publish);
    await vi.waitFor(() => expect(second.seen()).toEqual(["two user", "three user"]), soon);
    expect(first.seen()).toEqual(["one user"]);
  });

  test.runIf(available)("tells nothing of a table of the same name that was deleted", async () => {
    const { name, db } = await streamed();
    await put(db, "deleted");
    await deleteTable(engine.endpoint, name);
    await createTable(engine.endpoint, name, { streamed: true });
    const { publish, seen } = publisher();
    const loop = await start(engine.endpoint, name, publish);
    await put(db, "new");
    loop.kick();
    await vi.waitFor(() => expect(seen()).toEqual(["new user"]), soon);
  });

  test.runIf(available)("begins where the table had none before", async () => {
    const name = newName();
    await createTable(engine.endpoint, name);
    const db = openDb(name, engine.endpoint);
    await put(db, "before");
    await expect(start(engine.endpoint, name, publisher().publish)).rejects.toThrow(
      `The table "${name}" has no stream of its changes.`,
    );
    expect(await createTable(engine.endpoint, name, { streamed: true })).toEqual({ gotStream: true });
    expect(await createTable(engine.endpoint, name, { streamed: true })).toEqual({ gotStream: false });
    const { publish, seen } = publisher();
    const loop = await start(engine.endpoint, name, publish);
    await put(db, "after");
    loop.kick();
    await vi.waitFor(() => expect(seen()).toEqual(["after user"]), soon);
  });
});

describe("the position in a stream", () => {
  const streamed = async () => {
    const name = newName();
    await createTable(engineEndpoint(), name, { streamed: true });
    return { name, db: openDb(name, engineEndpoint()) };
  };

  test("does not move past what could not be queued", async () => {
    const { name, db } = await streamed();
    const faults = vi.spyOn(console, "error").mockImplementation(() => {});
    const down = async () => {
      throw new Error("The queue is out of reach.");
    };
    const loop = await start(engineEndpoint(), name, down);
    await put(db, "one", "two");
    loop.kick();
    await vi.waitFor(() => expect(faults).toHaveBeenCalledWith(new Error("The queue is out of reach.")), soon);
    await stop(loop);
    faults.mockRestore();
    const { publish, seen } = publisher();
    await start(engineEndpoint(), name, publish);
    await vi.waitFor(() => expect(seen()).toEqual(["one user", "two user"]), soon);
  });

  test("moves up to a record on which the Lambda failed, which is told again with what is behind it", async () => {
    const { name, db } = await streamed();
    let failures = 2;
    const { publish, batches, seen } = publisher(({ dynamodb }) => dynamodb?.Keys?.pk?.S === "two" && failures-- > 0);
    await put(db, "zero");
    const loop = await start(engineEndpoint(), name, publish);
    await put(db, "one", "two", "three");
    loop.kick();
    await vi.waitFor(() => expect(batches.at(-1)).toEqual(["two user", "three user"]), soon);
    await vi.waitFor(() => expect(failures).toBe(-1), soon);
    expect(seen().filter((one) => one === "one user")).toHaveLength(1);
  });

  test("moves past a record on which the Lambda fails each time, which is kept", async () => {
    const { name, db } = await streamed();
    const { publish, seen } = publisher(({ dynamodb }) => dynamodb?.Keys?.pk?.S === "bad");
    const loop = await start(engineEndpoint(), name, publish);
    await put(db, "bad", "good");
    loop.kick();
    await vi.waitFor(() => expect(readdirSync(join(folder, "untold"))).toHaveLength(1), soon);
    await put(db, "next");
    loop.kick();
    await vi.waitFor(() => expect(seen().at(-1)).toBe("next user"), soon);
    expect(seen().filter((one) => one === "bad user")).toHaveLength(5);
    const [file = ""] = readdirSync(join(folder, "untold"));
    expect(JSON.parse(readFileSync(join(folder, "untold", file), "utf8"))).toMatchObject({
      dynamodb: { NewImage: { pk: { S: "bad" }, sk: { S: "user" } } },
    });
  });

  test("moves past no record of which something else could not be kept", async () => {
    const { name, db } = await streamed();
    const faults = vi.spyOn(console, "error").mockImplementation(() => {});
    const full = async () => {
      throw new Error("The disk is full.");
    };
    const { publish, seen } = publisher(({ dynamodb }) => dynamodb?.Keys?.pk?.S === "two");
    const loop = await start(engineEndpoint(), name, publish, full);
    await put(db, "one", "two", "three");
    await putItem(db, { pk: "four", sk: "attachment" });
    loop.kick();
    await vi.waitFor(() => expect(faults).toHaveBeenCalledWith(new Error("The disk is full.")), soon);
    await stop(loop);
    faults.mockRestore();
    const kept: string[] = [];
    const keep = async (records: readonly DynamoDBRecord[]) => {
      kept.push(...records.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S ?? ""));
    };
    const before = seen().length;
    await start(engineEndpoint(), name, publish, keep);
    await vi.waitFor(() => expect(kept).toEqual(["one", "two", "three", "four"]), soon);
    expect(seen()[before]).toBe("one user");
  });

  test("is kept once a second at most while there is much to tell, and when the loop stops", async () => {
    const { name, db } = await streamed();
    const { publish, seen } = publisher();
    const file = join(folder, "position.json");
    const loop = await start(engineEndpoint(), name, publish);
    const positions = new Set<string>();
    const began = performance.now();
    for (let index = 0; index < 60; index++) {
      await put(db, String(index));
      loop.kick();
      await vi.waitFor(() => expect(seen()).toHaveLength(index + 1), soon);
      positions.add(readFileSync(file, "utf8"));
    }
    expect(positions.size).toBeLessThanOrEqual(2 + (performance.now() - began) / 1_000);
    await stop(loop);
    const next = publisher();
    await start(engineEndpoint(), name, next.publish);
    await put(db, "next");
    await vi.waitFor(() => expect(next.seen()).toEqual(["next user"]), soon);
  });

  test("is told in batches of a hundred records, all of a thousand and more", async () => {
    const { name, db } = await streamed();
    const { publish, batches, seen } = publisher();
    const loop = await start(engineEndpoint(), name, publish);
    const names = Array.from({ length: 1_050 }, (_, index) => String(index));
    await put(db, ...names);
    loop.kick();
    await vi.waitFor(() => expect(seen()).toEqual(names.map((pk) => `${pk} user`)), soon);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(100);
  });
});
