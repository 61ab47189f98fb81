import { randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { spool } from "../../aws/spool.ts";
import { now } from "../../model/sources/clock.ts";
import { BadInput } from "../localAction.ts";

/** The folders of what could not be done, and those in which it is tried again. */
export interface DeadLetterPlaces {
  /** Deliveries of channels that could not be stored, and the queue of those to be stored. */
  readonly deadLetters: string;
  readonly queue: string;
  readonly events: {
    readonly dead: string;
    readonly deadTasks: string;
    readonly tasks: string;
    readonly deadRemovals: string;
    readonly removals: string;
    readonly records: string;
  };
}

/** Something that could not be done, as it lies in its folder. */
export interface DeadLetter {
  readonly kind: string;
  readonly name: string;
  readonly at: string;
  readonly content: unknown;
  readonly canReplay: boolean;
}

interface Kind {
  readonly folder: string;
  /** Queues it again; absent where there is no queue of it. */
  readonly replay?: (content: unknown) => Promise<void>;
  /** Tells whether this one can be done again. */
  readonly canReplay?: (content: unknown) => boolean;
}

export type DeadLetters = ReturnType<typeof deadLetters>;

const shownAtMost = 100;

/** What tries again that has no queue of its own. */
export interface Retrying {
  /** Gives the Lambda that publishes events a record of the stream, and answers whether it took it. */
  readonly tell: (record: unknown) => Promise<boolean>;
  /** Delivers an event to its webhook again, and answers whether its body is still there. */
  readonly deliver: (delivery: unknown) => Promise<boolean>;
  /** Stores the channels' deliveries that wait in their queue. */
  readonly store: () => Promise<void>;
}

/**
 * Lists what could not be done, and lets it be tried again: of the folders that are the dead letters of each queue off
 * AWS.
 */
export function deadLetters({ deadLetters: dead, queue, events }: DeadLetterPlaces, retrying: Retrying) {
  const kinds: Readonly<Record<string, Kind>> = {
    "channel delivery": {
      folder: dead,
      // Pieces that nothing could read are for a human.
      canReplay: (content) => isObject(content) && "event" in content,
      replay: async (content) => {
        await spool(queue, JSON.stringify(content));
        await retrying.store();
      },
    },
    "event for a webhook": {
      folder: events.dead,
      replay: async (content) => {
        for (const { body } of messagesIn(content))
          if (!(await retrying.deliver(body)))
            throw new BadInput("Its body is gone: it is kept for seven days, and as long as its user.");
      },
    },
    "task at a channel": { folder: events.deadTasks, replay: (content) => spool(events.tasks, renewed(content)) },
    "removed file": { folder: events.deadRemovals, replay: (content) => spool(events.removals, renewed(content)) },
    "change of the table": {
      folder: events.records,
      replay: async (content) => {
        if (!(await retrying.tell(content))) throw new BadInput("It failed again: the terminal says why.");
      },
    },
  };
  return {
    /** Lists the latest of them. */
    async list(): Promise<readonly DeadLetter[]> {
      const listed = await Promise.all(Object.entries(kinds).map(([kind, one]) => lettersIn(kind, one)));
      return listed
        .flat()
        .sort((one, other) => other.at.localeCompare(one.at))
        .slice(0, shownAtMost);
    },
    /** Tries one again, and takes it out of its folder. @throws BadInput if it is not there or cannot be */
    async replay(kind: string, name: string): Promise<void> {
      const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
      const found = known && (await lettersIn(kind, known)).find((letter) => letter.name === name);
      if (!known?.replay || !found) throw new BadInput(`There is no ${kind} ${name} any more.`);
      if (!found.canReplay) throw new BadInput("Nothing can be made of it: it is for a human to look at.");
      await known.replay(found.content);
      await rm(join(known.folder, name), { force: true });
    },
  };
}

async function lettersIn(kind: string, { folder, replay, canReplay }: Kind): Promise<readonly DeadLetter[]> {
  // The first letter makes the folder.
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d+-.+\.json$/.test(name));
  const latest = names.sort().slice(-shownAtMost);
  return Promise.all(
    latest.map(async (name) => {
      const content = readJson(await readFile(join(folder, name), "utf8").catch(() => ""));
      const at = new Date(Number(name.split("-")[0])).toISOString();
      return { kind, name, at, content, canReplay: replay !== undefined && (canReplay?.(content) ?? true) };
    }),
  );
}

/** Reads a file's JSON, and the bodies of a queue's messages in it. */
function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(withBody) : value;
  } catch {
    return text;
  }
}

const withBody = (message: unknown): unknown =>
  isObject(message) && typeof message.body === "string" ? { ...message, body: readJson(message.body) } : message;

/** Reads the messages of a queue's file, with bodies that are objects. */
const messagesIn = (content: unknown) =>
  (Array.isArray(content) ? content : [])
    .filter(isObject)
    .map((message) => ({ ...message, body: isObject(message.body) ? message.body : {} }));

/** Writes messages as new ones: a queue drops what it had lately, and attempts end a while after `queuedAt`. */
const renewed = (content: unknown): string =>
  JSON.stringify(
    messagesIn(content).map(({ body, ...message }) => ({
      ...message,
      id: randomUUID(),
      body: JSON.stringify({ ...body, ...("queuedAt" in body ? { queuedAt: now().toISOString() } : {}) }),
    })),
  );

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
