import { execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { engineVersion } from "../../../lib/local/engineBinary.ts";
import { buildContext, execForm, stagesOf } from "../../support/container.ts";
import { newUser, sizeOf } from "../../support/packedSunroom.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const textOf = (name: string) => readFileSync(join(root, name), "utf8");
const stages = stagesOf(textOf("Dockerfile"));
const [build, install, image] = stages;
const instructions = stages.flatMap((stage) => stage.instructions);

/** Lists the texts of a stage's instructions of a name. */
const textsIn = (stage: typeof image, name: string): readonly string[] =>
  stage?.instructions.filter((instruction) => instruction.name === name).map(({ text }) => text) ?? [];
const commandIn = (name: string) => execForm(textsIn(image, name)[0]?.replace(/^.*? CMD /, "") ?? "");

describe("the Dockerfile", () => {
  test("has named stages of images with a tag, and the last one serves", () => {
    expect(stages.map(({ name }) => name)).toEqual(["build", "install", "standin"]);
    expect(stages.map(({ image: from }) => from.split(":")[1] ?? "latest")).not.toContain("latest");
  });

  test("fetches nothing by address, and holds no secret", () => {
    expect(instructions.map(({ name }) => name)).not.toContain("ADD");
    const set = instructions.filter(({ name }) => name === "ENV" || name === "ARG").map(({ text }) => text);
    expect(set.filter((text) => /secret|token|password|key/i.test(text))).toEqual([]);
    expect(instructions.filter(({ text }) => /\b(sudo|curl|wget)\b/.test(text))).toEqual([]);
  });

  test("takes only from stages that there are", () => {
    const sources = textsIn(image, "COPY").concat(textsIn(install, "COPY"));
    expect(sources.map((text) => /^--from=(\w+) /.exec(text)?.[1])).toEqual(["install", "install", "build"]);
  });

  test("ends as a user without rights, who alone has the data", () => {
    const names = image?.instructions.map(({ name }) => name) ?? [];
    expect(textsIn(image, "USER")).toEqual(["1000:1000"]);
    expect(names.lastIndexOf("USER")).toBeGreaterThan(names.lastIndexOf("RUN"));
    expect(textsIn(image, "RUN")[0]).toContain("useradd --uid 1000");
    const [workFolder] = textsIn(image, "WORKDIR");
    expect(textsIn(image, "VOLUME")).toEqual([`${workFolder}/.local`]);
  });

  test("starts without a shell, so that signals reach the server", () => {
    expect(commandIn("ENTRYPOINT")).toEqual(["sunroom"]);
    expect(commandIn("CMD")).toEqual(["start", "--host", "0.0.0.0"]);
    expect(commandIn("HEALTHCHECK")?.slice(0, 2)).toEqual(["node", "-e"]);
    expect(textsIn(image, "EXPOSE")).toEqual(["3000"]);
  });

  test("installs the engine's version of this repository, and npm's packages by the lockfile", () => {
    expect(textsIn(install, "RUN")[0]).toContain(`@dynoxide/linux-$(node -p process.arch)@${engineVersion}"`);
    expect(textsIn(build, "RUN")[0]).toBe("npm ci --ignore-scripts");
    expect(textOf(".nvmrc").trim().split(".")[0]).toBe(/^ARG NODE=(\d+)$/m.exec(textOf("Dockerfile"))?.[1]);
  });
});

describe("the compose file", () => {
  const compose = textOf("compose.yaml");

  test("names the service as the image allows it to be called", () => {
    expect(compose).toMatch(/^services:\n {2}sunroom:\n/m);
    expect(textsIn(image, "ENV")).toContain("SUNROOM_ALLOWED_HOSTS=sunroom");
  });

  test("opens the port to this machine alone, and gives the container nothing else", () => {
    expect(compose).toContain('ports: ["127.0.0.1:3000:3000"]');
    for (const line of ["read_only: true", "cap_drop: [ALL]", '"no-new-privileges:true"', "init: true"])
      expect(compose).toContain(line);
    expect(compose).toContain(`volumes: ["data:${textsIn(image, "VOLUME")[0]}"]`);
  });
});

describe("the build's context", () => {
  const context = buildContext(root);

  test("has the sources of the package and nothing else", () => {
    expect([...new Set(context.map((path) => path.split("/")[0]))]).toEqual([
      ...[".npmrc", "bin", "cli", "docs", "functions", "lib", "package-lock.json", "package.json"],
      ...["sdk", "tsconfig.json"],
    ]);
    expect(context.filter((path) => path.startsWith("docs/"))).toEqual(["docs/openapi.json"]);
    expect(context.filter((path) => /(^|\/)(node_modules|dist|\.env[^/]*|\.local)(\/|$)/.test(path))).toEqual([]);
  });

  test("is small", () => {
    expect(context.reduce((sum, path) => sum + statSync(join(root, path)).size, 0)).toBeLessThan(8e6);
  });
});

/** Asks the server at an address under a host, and answers the status and the body. */
const ask = (port: number, path: string, headers: Readonly<Record<string, string>>, method = "GET") =>
  new Promise<readonly [number | undefined, string]>((resolve, reject) => {
    const asked = request({ host: "127.0.0.9", port, path, method, headers }, async (answer) => {
      resolve([answer.statusCode, String(Buffer.concat(await answer.toArray()))]);
    });
    asked.once("error", reject).end();
  });

describe.runIf(process.platform === "linux")("the Dockerfile's commands in a plain folder", () => {
  // Below this repository, so that its packages serve instead of those that `npm ci` would install once more.
  mkdirSync(join(root, "reports"), { recursive: true });
  const source = mkdtempSync(join(root, "reports", "context-"));
  const place = mkdtempSync(join(tmpdir(), "sunroom-container-"));
  afterAll(() => {
    for (const folder of [source, place]) rmSync(folder, { recursive: true, force: true });
  });
  const environment = newUser(place);
  /** Runs a command of the Dockerfile, with its absolute paths below the folder. */
  const inPlace = (command: string, cwd: string) =>
    run("sh", ["-c", command.replaceAll(/(?<=\s)\/(?=opt|sunroom|$)/g, `${place}/`)], { cwd, env: environment });

  test("build, install and serve what answers to allowed hosts alone, and is healthy", async () => {
    for (const path of buildContext(root)) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      cpSync(join(root, path), join(source, path));
    }
    await inPlace(textsIn(build, "RUN")[1] ?? "", source);
    await inPlace(textsIn(install, "RUN")[0] ?? "", place);
    const installed = join(place, "opt", "sunroom");
    // Debian's slim image has 75 MB, Node's program 121 MB.
    expect(sizeOf(installed)).toBeLessThan(60e6);

    const [program = "", ...parameters] = [...(commandIn("ENTRYPOINT") ?? []), ...(commandIn("CMD") ?? [])];
    const path = `${join(installed, "node_modules", ".bin")}:${environment.PATH}`;
    const variables = { PORT: "0", SUNROOM_ALLOWED_HOSTS: "sunroom", SUNROOM_CONTROL_TOKEN: "token" };
    const child = spawn(join(installed, "node_modules", ".bin", program), [...parameters, "--json"], {
      ...{ cwd: place, env: { ...environment, ...variables, PATH: path, SUNROOM_CACHE: join(place, "none") } },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const line = await new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve));
    const { url, accountKey } = JSON.parse(line);
    const port = Number(new URL(url).port);
    const authorization = `Basic ${btoa(`${accountKey.id}:${accountKey.secret}`)}`;

    const [, check = "", code = ""] = commandIn("HEALTHCHECK") ?? [];
    await run(process.execPath, [check, code], { env: { PORT: String(port) } });
    await expect(run(process.execPath, [check, code], { env: { PORT: "1" } })).rejects.toMatchObject({ code: 1 });

    const statusFor = async (host: string) => (await ask(port, "/v2/apps", { host, authorization }))[0];
    expect(await Promise.all(["sunroom:3000", "127.0.0.9", "evil.example"].map(statusFor))).toEqual([200, 200, 403]);
    const reset = async (headers: Readonly<Record<string, string>>) =>
      (await ask(port, "/local/control/reset", { host: "sunroom:3000", ...headers }, "POST"))[0];
    expect(await reset({ "x-sunroom-control": "token" })).toBe(200);
    expect(await reset({ "x-sunroom-control": "other" })).toBe(401);
    expect(await reset({ "x-sunroom-control": "token", origin: "http://sunroom:3000" })).toBe(403);
    expect((await ask(port, "/", { host: "sunroom:3000" }))[0]).toBe(403);
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
  });
});
