import { createHash } from "node:crypto";
import {
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { itemForm } from "../../model/itemForm.ts";
import { StartError } from "../startError.ts";
import { isOfSomeone, lockFile, makeOwnDirectory } from "./ownDirectory.ts";
import { startCommand } from "./startCommand.ts";

/** The flag of open(2), by system, that locks a file as long as it is open. */
const exclusiveLock: Readonly<Record<string, number>> = { darwin: 0x20, win32: 0x1000_0000 };

/**
 * Makes the data directory, and locks it for this process until the process ends, in whatever way: the system itself
 * releases the lock. Its content becomes readable only for its owner, and so do all files that this process and the
 * engine write from now on.
 * @throws StartError if another server has it, it holds files of something else, or this user may not write there
 */
export async function takeDataDirectory(directory: string): Promise<void> {
  // For files made without a mode, such as the engine's, which inherits it.
  process.umask(0o077);
  makeOwnDirectory(directory);
  if (!(await lock(directory)))
    throw new StartError(`Sunroom is starting or running already on the data in ${directory}; stop it first.`);
}

/** Deletes the content of the data directory. */
export function emptyDataDirectory(directory: string): void {
  for (const name of readdirSync(directory).filter(isOfSomeone))
    if (name !== lockFile) rmSync(join(directory, name), { recursive: true, force: true });
}

/**
 * Makes sure that no later version has written the data in a form that this one would misread, and notes this one's.
 * @throws StartError if one has
 */
export function refuseLaterData(directory: string): void {
  const file = join(directory, "form");
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  const noted = text === "" ? itemForm : Number(text);
  if (!Number.isInteger(noted))
    throw new StartError(
      `The data in ${directory} is of no version of Sunroom that this one knows (its file "form" is "${text.slice(0, 20)}"); choose another folder, or "${startCommand("--fresh")}" deletes the data and begins anew.`,
    );
  if (noted > itemForm)
    throw new StartError(
      `A later version of Sunroom wrote the data in ${directory} (form ${noted}, and this version reads up to ${itemForm}); start that version, or "${startCommand("--fresh")}" deletes the data and begins anew.`,
    );
  writeFileSync(file, `${itemForm}\n`, { mode: 0o600 });
}

/** Locks a directory. Node has no flock(2), so each system's own lock that ends with the process is used. */
async function lock(directory: string): Promise<boolean> {
  if (process.platform === "linux") return bind(abstractName(realpathSync(directory)));
  const flag = exclusiveLock[process.platform];
  if (flag === undefined) return true;
  const { O_RDWR, O_CREAT, O_NONBLOCK = 0 } = constants;
  try {
    // Left open until the process ends.
    openSync(join(directory, lockFile), O_RDWR | O_CREAT | O_NONBLOCK | flag, 0o600);
    return true;
  } catch {
    return false;
  }
}

/**
 * Names a directory in Linux's abstract namespace of sockets, where one process at a time can have a name. It has the
 * maximal length: shorter ones are padded by some versions of Node and not by others, which would make two names.
 */
const abstractName = (path: string): string =>
  `\0sunroom-${createHash("sha512").update(path).digest("hex").slice(0, 99)}`;

function bind(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ path: name }, () => resolve(true));
    // It must not keep a process alive that has nothing else to do.
    server.unref();
  });
}
