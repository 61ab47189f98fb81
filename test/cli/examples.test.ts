import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { newProject, newUser, packSunroom } from "../support/packedSunroom.ts";

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), "sunroom-examples-"));
const tarball = await packSunroom(directory);
const env = newUser(directory);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a command in the project of an example, and answers all that it prints. */
async function output(project: string, command: string, ...parameters: string[]): Promise<string> {
  const { stdout, stderr } = await run(command, parameters, { cwd: project, env });
  return `${stdout}${stderr}`;
}

/** Generous, for busy machines. */
const patience = "300000";

const runs = (command: string, ...parameters: string[]): boolean =>
  spawnSync(command, parameters, { env }).status === 0;

test("the example of Vitest passes, and is rightly typed", async () => {
  const project = await newProject("vitest", directory, tarball);
  const waiting = [`--testTimeout=${patience}`, `--hookTimeout=${patience}`];
  expect(await output(project, "npm", "test", "--", ...waiting)).toMatch(/Tests .*3 passed/);
  const compiler = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));
  expect(await output(project, process.execPath, compiler, "-p", project)).toBe("");
});

test("the example of Jest passes, without flags", async () => {
  const project = await newProject("jest", directory, tarball);
  expect(await output(project, "npm", "test", "--", `--testTimeout=${patience}`)).toMatch(/Tests: +2 passed, 2 total/);
});

test("the example of node:test passes, with the official Node client", async () => {
  const project = await newProject("nodeTest", directory, tarball);
  expect(await output(project, "npm", "test")).toMatch(/pass 2\n.*fail 0/);
});

if (runs("python3", "-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))"))
  test("the example of pytest passes, with the official Python client", async () => {
    const project = await newProject("pytest", directory, tarball);
    await output(project, "python3", "-m", "venv", "environment");
    const python = join(project, "environment", "bin", "python");
    await output(project, python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt");
    expect(await output(project, python, "-m", "pytest")).toMatch(/2 passed/);
  });
else console.warn("Skipped: the example of pytest, because there is no Python 3.10 or later with venv.");

if (runs("mvn", "--version"))
  test("the example of JUnit passes, with the official Java client", async () => {
    const project = await newProject("junit", directory, tarball);
    expect(await output(project, "mvn", "--batch-mode", "test")).toMatch(/Tests run: 2, Failures: 0, Errors: 0/);
  });
else console.warn("Skipped: the example of JUnit, because there is no Maven.");
