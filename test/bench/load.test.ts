import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Clock, openLoop } from "../../bench/openLoad/openLoop.ts";
import { runLoad } from "../../bench/openLoad/runLoad.ts";
import { serviceLevel } from "../../bench/openLoad/serviceLevel.ts";
import { summarize } from "../../bench/openLoad/summary.ts";
import { startReceiver } from "../support/startReceiver.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();

async function load(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const output = { stdout: "", stderr: "" };
  const code = await runLoad(words, environment, {
    write(text) {
      output.stdout += text;
    },
    complain(text) {
      output.stderr += text;
    },
  });
  return { code, ...output };
}

const key = `${server.accountKey.id}:${server.accountKey.secret}`;
/** A level that any machine meets, since no test measures time. */
const lenient = ["--p99", "60000"];

describe("npm run load", () => {
  test("sends all four ways and reads at the rate, and leaves no app behind", async () => {
    const { code, stdout, stderr } = await load([
      ...["--url", server.url, "--key", key, "--rate", "100", "--seconds", "0.6"],
      ...lenient,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const numbers = Object.fromEntries(
      [...stdout.matchAll(/^\| (\w+) \| (\d+) \|.* \| (\d+) \| [^|]+ \|$/gm)].map(([, name, number, failed]) => [
        name,
        [Number(number), Number(failed)],
      ]),
    );
    expect(numbers).toEqual({
      createUser: [12, 0],
      channelWebhook: [18, 0],
      sdkLogin: [12, 0],
      sdkCreateConversation: [6, 0],
      getUser: [6, 0],
      listMessages: [6, 0],
      together: [60, 0],
    });
    const { body } = await server.account.get<{ apps: unknown[] }>("/v2/apps");
    expect(body.apps).toEqual([]);
  });

  test("takes server and key from the environment, as the command line does", async () => {
    const environment = {
      SUNROOM_URL: server.url,
      SUNROOM_KEY_ID: server.accountKey.id,
      SUNROOM_KEY_SECRET: server.accountKey.secret,
    };
    expect(await load(["--rate", "20", "--seconds", "0.5", ...lenient], environment)).toMatchObject({ code: 0 });
  });

  test("ends with 1 where a server does not make the app", async () => {
    await using receiver = await startReceiver();
    receiver.answer(503);
    const { code, stderr } = await load(["--url", receiver.url, "--key", key]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("answered 503") });
  });

  test.each([
    [["--rate", "fast"], "--rate is a number above 0 and up to 5000, and not fast."],
    [["--seconds", "0"], "--seconds is a number above 0 and up to 86400, and not 0."],
    [["--answered", "101"], "--answered is a number above 0 and up to 100, and not 101."],
    [["--key", "act_1"], "--key is of the form <id>:<secret>."],
    [["--url", "http://localhost", "--key", "app_1:2"], "The load makes an app of its own"],
    [["--url", "localhost", "--key", "act_1:2"], '"localhost" is no URL of a server'],
    [["--width", "3"], "Unknown option '--width'."],
  ])("refuses %j", async (words, sentence) => {
    expect(await load(words)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(sentence) });
  });
});

/** A clock that goes on only by being waited for. */
function heldClock() {
  let time = 0;
  const clock: Clock = {
    now: () => time,
    until: async (next) => {
      time = Math.max(time, next);
    },
  };
  return { clock, goOn: (milliseconds: number) => (time += milliseconds) };
}

const answered = { name: "any", outcome: "200", isExpected: true } as const;

describe("an open loop", () => {
  test("counts each request from the time it was due, also those that were due while the client was held up", async () => {
    const { clock, goOn } = heldClock();
    const samples = await openLoop({ perSecond: 10, seconds: 1, mostAtOnce: 100, clock }, async (index) => {
      // Nothing can be sent for a second after the first request.
      if (index === 0) goOn(1_000);
      return answered;
    });
    expect(samples.map(({ milliseconds }) => milliseconds)).toEqual([
      1000, 900, 800, 700, 600, 500, 400, 300, 200, 100,
    ]);
  });

  test("sends what is due though nothing is answered, up to a limit beyond which requests fail", async () => {
    const { clock } = heldClock();
    const release = Promise.withResolvers<void>();
    let sent = 0;
    const samples = await openLoop({ perSecond: 10, seconds: 1, mostAtOnce: 4, clock }, async () => {
      if (++sent === 4) setImmediate(release.resolve);
      await release.promise;
      return answered;
    });
    expect(samples.filter(({ isExpected }) => !isExpected).length + sent).toBe(10);
    expect(samples).toHaveLength(10);
    expect(sent).toBeGreaterThanOrEqual(4);
  });

  test("ends when it is told to", async () => {
    const { clock } = heldClock();
    const stop = new AbortController();
    const arrivals = { perSecond: 10, seconds: 1, mostAtOnce: 4, clock, signal: stop.signal };
    const samples = await openLoop(arrivals, async (index) => {
      if (index === 2) stop.abort();
      return answered;
    });
    expect(samples).toHaveLength(3);
  });
});

describe("the service level of a load", () => {
  test("is the documented one", () => {
    const text = readFileSync(new URL("../../docs/serviceLevel.md", import.meta.url), "utf8");
    const { answered, p99Milliseconds } = serviceLevel;
    expect(text).toMatch(new RegExp(`not with 5xx .*\\| ${answered * 100} % `));
    expect(text).toMatch(new RegExp(`within ${p99Milliseconds / 1_000} second, .*\\| 99 % `));
  });

  const samplesOf = (failed: number, milliseconds: number) =>
    Array.from({ length: 1_000 }, (_, index) => ({ ...answered, isExpected: index >= failed, milliseconds }));

  test("is met by one failed request in a thousand, answered in time", () => {
    expect(summarize(samplesOf(1, serviceLevel.p99Milliseconds)).isMet).toBe(true);
  });

  test("is not met by more failures, by later answers, or by nothing at all", () => {
    expect(summarize(samplesOf(2, 1)).isMet).toBe(false);
    expect(summarize(samplesOf(0, serviceLevel.p99Milliseconds + 1)).isMet).toBe(false);
    expect(summarize([]).isMet).toBe(false);
  });
});
