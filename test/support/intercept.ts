import type { Db } from "../../lib/db/db.ts";

/** A call of DynamoDB, such as `PutItem` or `TransactWriteItems`. */
export interface DbCall {
  readonly name: string;
  // The input is DynamoDB's own, of any call.
  readonly input: Readonly<Record<string, unknown>>;
}

/** Hands every call of a table to a test first, which makes the call, or acts before, after or instead of it. */
export function intercept(db: Db, handle: (call: DbCall, send: () => Promise<unknown>) => Promise<unknown>): Db {
  const client = Object.create(db.client, {
    send: {
      value: (command: { readonly constructor: { readonly name: string }; readonly input: DbCall["input"] }) =>
        handle({ name: command.constructor.name.replace(/Command$/, ""), input: command.input }, () =>
          // The client gets the command itself.
          db.client.send(command as never),
        ),
    },
  });
  return { ...db, client };
}

/** Acts before the calls of a name; the count tells which one it is. */
export function before(db: Db, name: string, act: (count: number) => Promise<unknown>): Db {
  let count = 0;
  return intercept(db, async (call, send) => {
    if (call.name === name) await act(count++);
    return send();
  });
}
