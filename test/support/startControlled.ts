import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Caller, caller, type Reply } from "./caller.ts";
import { serverAt } from "./serverAt.ts";
import { startLocal } from "./startLocal.ts";

/** What a call of the test-control API answers, as far as tests read it. */
type Answer = Readonly<Record<string, unknown>>;

/** Starts the local server in a process of its own, with a caller of its test-control API; `stop` ends it. */
export async function startControlled(...options: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-control-"));
  const local = await startLocal(directory, {}, ...options);
  const stop = async () => {
    local.kill("SIGTERM");
    await local.exited;
    rmSync(directory, { recursive: true, force: true });
  };
  const found = (pattern: RegExp) => pattern.exec(local.stdout())?.[1] ?? "";
  const url = found(/ready at (\S+)/);
  const note: { readonly url: string; readonly token: string } = JSON.parse(
    readFileSync(join(directory, ".local", "control.json"), "utf8"),
  );
  const callers: Caller = caller(url);
  const control = <Body = Answer>(method: string, name: string, body?: object): Promise<Reply<Body>> =>
    callers.send<Body>(method, `/local/control/${name}`, {
      ...(body === undefined ? {} : { body }),
      headers: { "x-sunroom-control": note.token },
    });
  return {
    ...serverAt(url, { id: found(/key id +(\S+)/), secret: found(/key secret +(\S+)/) }),
    directory,
    stop,
    note,
    control,
    /** Calls, and answers the body of a call that succeeded. */
    async done<Body = Answer>(method: string, name: string, body?: object): Promise<Body> {
      const reply = await control<Body>(method, name, body);
      if (reply.status !== 200) throw new Error(`${method} ${name} was answered with ${reply.status}: ${reply.text}`);
      return reply.body;
    },
  };
}
