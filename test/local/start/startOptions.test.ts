import { describe, expect, test } from "vitest";
import { readStartOptions } from "../../../lib/local/start/startOptions.ts";

const read = (...parameters: readonly string[]) => readStartOptions(parameters, {});

describe("a start", () => {
  test("without options serves the data of this folder on port 3000 of this machine alone", () => {
    expect(read()).toEqual({
      port: 3000,
      host: undefined,
      allowedHosts: [],
      data: ".local",
      fresh: false,
      seed: undefined,
      json: false,
      quiet: false,
    });
  });

  test("takes its port from --port before PORT", () => {
    expect(readStartOptions([], { PORT: "4000" }).port).toBe(4000);
    expect(readStartOptions(["--port", "0"], { PORT: "4000" }).port).toBe(0);
    expect(readStartOptions([], { PORT: "" }).port).toBe(3000);
  });

  test("with --memory keeps the data in no folder of its caller's", () => {
    expect(read("--memory").data).toBeUndefined();
    expect(read("--data=elsewhere").data).toBe("elsewhere");
  });

  test("is reached by others only where it is told", () => {
    expect(["localhost", "127.0.0.1", "::1"].map((host) => read("--host", host).host)).toEqual(
      Array(3).fill(undefined),
    );
    const parameters = ["--host", "0.0.0.0", "--allow-host", "one", "--allow-host", "two"];
    expect(readStartOptions(parameters, { SUNROOM_ALLOWED_HOSTS: "three" })).toMatchObject({
      host: "0.0.0.0",
      allowedHosts: ["one", "two", "three"],
    });
  });

  test("with --json prints nothing else", () => {
    expect(read("--json")).toMatchObject({ json: true, quiet: true });
  });

  test.each([
    [
      ["--memry"],
      'There is no option "--memry" (did you mean --memory?), only --port, --host, --allow-host, --data, --memory, --fresh, --seed, --json, --quiet.',
    ],
    [["-p", "1"], 'There is no option "-p", only'],
    [["here"], '"here" is no option of start.'],
    [["--port"], "--port needs a value."],
    [["--port", "--json"], "--port needs a value."],
    [["--memory=yes"], "--memory takes no value."],
    [["--port", "http"], '--port is "http", which is no port number.'],
    [["--port", "65536"], '--port is "65536", which is no port number.'],
    [["--memory", "--data", "a"], "--data keeps the data and --memory does not; give one of them."],
    [["--host", "sunroom"], '--host is "sunroom", which is no IP address; 0.0.0.0 stands for all of this machine.'],
    [["--host", ""], "--host needs a value."],
    [["--allow-host", "sunroom"], "--allow-host is for a server that others reach; give --host, too."],
    [["--seed", ""], "--seed needs a value."],
  ])("with %j is refused with a sentence", (parameters, sentence) => {
    expect(() => read(...parameters)).toThrow(sentence);
  });
});
