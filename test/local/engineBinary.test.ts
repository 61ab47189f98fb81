import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { spawnEngine } from "../../lib/local/engine.ts";
import { engineVersion, findEngineProgram, installEngine, packageOf } from "../../lib/local/engineBinary.ts";

/** Writes a tar file of npm's form: everything below `package/`. */
function tarball(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const header = Buffer.alloc(512);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
    body.write(text);
    header.write(`package/${name}`, 0);
    header.write("0000755\0", 100);
    header.write(`${Buffer.byteLength(text).toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        ", 148);
    header.write("0", 156);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, body];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** What the registry holds: one program for each system, whose text names the system. */
const programOf = (name: string) => (name.includes("win32") ? "dynoxide.exe" : "dynoxide");
const [, scope = "", own = ""] = /^(@[^/]+)\/(.+)$/.exec(packageOf({ platform: "linux", arch: "x64" }) ?? "") ?? [];

let registry: string;
let isTampered = false;
let fetched: string[] = [];
const server = createServer(({ url = "" }, answer) => {
  const [, platform = "", file] = /^\/@dynoxide(?:%2f|\/)([a-z0-9-]+)(?:\/-\/(.+))?$/i.exec(url) ?? [];
  const name = `@dynoxide/${platform}`;
  const [os = "", cpu = ""] = platform.split("-");
  const description = { name, version: engineVersion, os: [os], cpu: [cpu] };
  const archive = tarball({ "package.json": JSON.stringify(description), [programOf(name)]: `for ${platform}` });
  fetched.push(url);
  if (file !== undefined) return answer.end(isTampered ? gzipSync("other") : archive);
  const integrity = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  const dist = { tarball: `${registry}/${name}/-/${platform}-${engineVersion}.tgz`, integrity };
  answer.setHeader("content-type", "application/json");
  return answer.end(
    JSON.stringify({
      name,
      "dist-tags": { latest: engineVersion },
      versions: { [engineVersion]: { ...description, dist } },
    }),
  );
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sunroom-engine-"));
  fetched = [];
  isTampered = false;
  vi.stubEnv("SUNROOM_CACHE", join(folder, "cache"));
  vi.stubEnv("npm_config_registry", registry);
  vi.stubEnv("npm_config_cache", join(folder, "npm"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Systems other than this one, whose program is among the dependencies. */
const others = [
  ["darwin", "arm64"],
  ["darwin", "x64"],
  ["linux", "arm64"],
  ["win32", "x64"],
].filter(([platform, arch]) => platform !== process.platform || arch !== process.arch);

describe("the embedded engine", () => {
  test.each(others)(
    "of %s-%s is installed by npm, from the registry that npm is set up for",
    async (platform = "", arch = "") => {
      const system = { platform, arch };
      expect(findEngineProgram(system)).toBeUndefined();
      await installEngine(system);
      expect(readFileSync(findEngineProgram(system) ?? "", "utf8")).toBe(`for ${platform}-${arch}`);
      const calls = fetched.length;
      await installEngine(system);
      expect(fetched).toHaveLength(calls);
    },
  );

  test("is installed once by several processes at once", async () => {
    const [platform = "", arch = ""] = others[0] ?? [];
    await Promise.all([installEngine({ platform, arch }), installEngine({ platform, arch })]);
    expect(readdirSync(join(folder, "cache"))).toEqual([`engine-${engineVersion}-${platform}-${arch}`]);
  });

  test("of other bytes than the registry's digest is refused, and nothing is left of it", async () => {
    isTampered = true;
    const [platform = "", arch = ""] = others[0] ?? [];
    const installed = installEngine({ platform, arch });
    await expect(installed).rejects.toThrow(
      /^npm could not install the database, @dynoxide\/\S+@1\.2\.1: .*(integrity|EINTEGRITY)/i,
    );
    expect(readdirSync(join(folder, "cache"))).toEqual([]);
  });

  test.each([
    ["linux", "arm"],
    ["linux", "riscv64"],
    ["freebsd", "x64"],
    ["win32", "arm64"],
  ])("of %s-%s does not exist, and nothing is fetched", async (platform, arch) => {
    expect(packageOf({ platform, arch })).toBeUndefined();
    await installEngine({ platform, arch });
    expect(findEngineProgram({ platform, arch })).toBeUndefined();
    expect(fetched).toEqual([]);
  });

  test("is the version that a clone's dependencies name", () => {
    const { optionalDependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(optionalDependencies[`${scope}/${own}`]).toBe(engineVersion);
  });
});

describe.each([
  ["a shell", true],
  ["a Node, for systems without a shell,", false],
])("a program below %s", (_, hasShell) => {
  const waiting = [process.execPath, "-e", 'console.log("begun"); setInterval(() => {}, 1000)'];

  test("ends when it is told to", async () => {
    const child = spawnEngine(waiting, hasShell);
    await expect.poll(() => child.output()).toBe("begun");
    await child.stop();
    expect(child.ended()).toBe(true);
  });

  test("that cannot be started has ended, with a reason", async () => {
    const child = spawnEngine([join(folder, "missing")], hasShell);
    await expect.poll(() => child.ended()).toBe(true);
    expect(child.output()).toMatch(/not found|ENOENT/);
  });
});
