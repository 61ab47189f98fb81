import type { AccountKey } from "./accountKey.ts";

type Fields = Readonly<Record<string, unknown>>;
export type OwnCaller = ReturnType<typeof ownCaller>;

/**
 * Calls this server itself, as any client would. An answer's resource is its first field. A refused call throws an
 * `Error` that names its path.
 */
export function ownCaller(port: number, { id, secret }: AccountKey) {
  const headers = {
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
    "content-type": "application/json",
  };
  const call = async (path: string, body?: object): Promise<Fields | undefined> => {
    const request = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
    if (!body && [401, 403, 404].includes(response.status)) return undefined;
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
    // The API's own form of an answer.
    const answer = (await response.json()) as Readonly<Record<string, Fields>>;
    return Object.values(answer)[0];
  };
  return {
    /** Finds a resource; `undefined` if it is gone or is not the caller's. */
    find: (path: string) => call(path),
    /** Lists the first page of resources. */
    list: async (path: string): Promise<readonly Fields[]> => {
      const listed: unknown = await call(path);
      return Array.isArray(listed) ? listed : [];
    },
    make: async (path: string, body: object): Promise<Fields> => (await call(path, body)) ?? {},
  };
}
