import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { spool } from "../../../lib/aws/spool.ts";
import { deadLetters } from "../../../lib/local/inspector/deadLetters.ts";

let directory: string;
const told: unknown[] = [];
let isTaken = true;
let stored = 0;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sunroom-"));
  [told.length, isTaken, stored] = [0, true, 0];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const place = (name: string) => join(directory, name);
const taking = async (content: unknown) => isTaken && told.push(content) > 0;
const open = () =>
  deadLetters(
    {
      ...{ deadLetters: place("dead"), queue: place("queue") },
      events: {
        ...{ dead: place("dead-events"), deadTasks: place("dead-tasks"), tasks: place("tasks") },
        ...{ deadRemovals: place("dead-removals"), removals: place("removals"), records: place("records") },
      },
    },
    {
      ...{ tell: taking, deliver: taking },
      store: async () => {
        stored++;
      },
    },
  );

/** Replays the only letter. */
async function replayed() {
  const letters = open();
  const [only, another] = await letters.list();
  expect(another).toBeUndefined();
  await letters.replay(only?.kind ?? "", only?.name ?? "");
  return only;
}

/** The only file of a folder. */
function onlyFile(name: string): unknown {
  const [file = "", another] = readdirSync(place(name));
  expect(another).toBeUndefined();
  return JSON.parse(readFileSync(join(place(name), file), "utf8"));
}

const message = (body: object) => JSON.stringify([{ id: "m1", group: "g", body: JSON.stringify(body) }]);

test("there are none where no folder is", async () => {
  expect(await open().list()).toEqual([]);
});

describe("a replay", () => {
  test("of a channel's delivery queues it as it was, and has it stored", async () => {
    await spool(place("dead"), JSON.stringify({ appId: "a", event: { kind: "message" }, reason: "TimeoutError" }));
    await replayed();
    expect(onlyFile("queue")).toEqual({ appId: "a", event: { kind: "message" }, reason: "TimeoutError" });
    expect(stored).toBe(1);
    expect(await open().list()).toEqual([]);
  });

  test("of a task at a channel queues it under another id, with a time of its own", async () => {
    await spool(place("dead-tasks"), message({ kind: "message", queuedAt: "2020-01-01T00:00:00.000Z" }));
    await replayed();
    const [task] = onlyFile("tasks") as { id: string; group: string; body: string }[];
    expect(task).toMatchObject({ group: "g" });
    expect(task?.id).not.toBe("m1");
    expect(JSON.parse(task?.body ?? "")).toMatchObject({
      kind: "message",
      queuedAt: expect.stringMatching(/^202[^0]/),
    });
  });

  test("of a removed file queues its record unchanged", async () => {
    await spool(place("dead-removals"), message({ eventName: "REMOVE" }));
    await replayed();
    const [record] = onlyFile("removals") as { body: string }[];
    expect(JSON.parse(record?.body ?? "")).toEqual({ eventName: "REMOVE" });
  });

  test("of a change of the table gives it to the Lambda, and of an event its delivery", async () => {
    await spool(place("records"), JSON.stringify({ eventName: "INSERT" }));
    await replayed();
    await spool(place("dead-events"), message({ webhookId: "w" }));
    await replayed();
    expect(told).toEqual([{ eventName: "INSERT" }, { webhookId: "w" }]);
    expect(await open().list()).toEqual([]);
  });

  test("that fails again leaves the letter where it is", async () => {
    isTaken = false;
    await spool(place("records"), JSON.stringify({ eventName: "INSERT" }));
    await expect(replayed()).rejects.toThrow("It failed again");
    expect(await open().list()).toHaveLength(1);
  });

  test("of what is not there, or is of no kind, is refused", async () => {
    await expect(open().replay("task at a channel", "1-gone.json")).rejects.toThrow("any more");
    await expect(open().replay("constructor", "1-gone.json")).rejects.toThrow("any more");
    await expect(open().replay("task at a channel", "../../etc/passwd")).rejects.toThrow("any more");
  });
});

test("what no replay helps is shown, and refused", async () => {
  await spool(place("dead"), JSON.stringify({ appId: "a", pieces: ["?"], reason: "unreadable" }));
  const [letter] = await open().list();
  expect(letter).toMatchObject({ canReplay: false, content: { reason: "unreadable" } });
  await expect(replayed()).rejects.toThrow("for a human");
});

test("a file that is no JSON is shown as it is, the latest letter first, and other files are left alone", async () => {
  await spool(place("dead"), "{}", 1_000);
  await spool(place("records"), "{", 2_000);
  writeFileSync(join(place("dead"), "note.txt"), "x");
  const letters = await open().list();
  expect(letters.map(({ kind, content }) => [kind, content])).toEqual([
    ["change of the table", "{"],
    ["channel delivery", {}],
  ]);
});
