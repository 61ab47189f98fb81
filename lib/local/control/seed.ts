import { BadInput, type Fields } from "../localAction.ts";

/** Makes a call of the API with the account key; ids and secrets that are given are those of what it makes. */
export type SeedCall = (
  path: string,
  body: object,
  fixed?: { readonly id?: string; readonly secret?: string },
) => Promise<{ readonly status: number; readonly body: Fields }>;

/** What was made of an app. */
export interface SeededApp {
  readonly id: string;
  readonly displayName: string;
  readonly keys: readonly object[];
  readonly integrations: readonly object[];
  readonly users: readonly object[];
  readonly conversations: readonly object[];
}

/**
 * Makes what a seed says, by calls of the API: apps with keys, integrations, users, and conversations with messages. Each
 * entry is the body of the call that makes it; an app, a key and an integration may have an `id`, and a key a `secret`.
 * @throws BadInput that names the entry which is refused
 */
export async function seedAll(seed: Fields, call: SeedCall): Promise<{ readonly apps: readonly SeededApp[] }> {
  requireFields("The seed", seed, ["apps"]);
  const apps: SeededApp[] = [];
  for (const [index, app] of listOf(seed, "apps", "apps").entries())
    apps.push(await seedApp(app, `apps[${index}]`, call));
  return { apps };
}

const parts = ["keys", "integrations", "users", "conversations"] as const;

async function seedApp(app: Fields, at: string, call: SeedCall): Promise<SeededApp> {
  const body = Object.fromEntries(Object.entries(app).filter(([name]) => !["id", ...parts].includes(name)));
  const make = maker(call);
  const made = await make(at, "/v2/apps", body, { id: idIn(app.id, at) });
  const path = `/v2/apps/${made.id}`;
  const result = { id: String(made.id), displayName: String(made.displayName), ...noParts() };
  for (const part of parts)
    for (const [index, entry] of listOf(app, part, `${at}.${part}`).entries())
      result[part].push(await seedPart[part](entry, { at: `${at}.${part}[${index}]`, path, make }));
  return result;
}

const noParts = (): Record<(typeof parts)[number], object[]> => ({
  keys: [],
  integrations: [],
  users: [],
  conversations: [],
});

type Make = ReturnType<typeof maker>;
interface Place {
  readonly at: string;
  readonly path: string;
  readonly make: Make;
}

const seedPart: Readonly<Record<(typeof parts)[number], (entry: Fields, place: Place) => Promise<object>>> = {
  keys: ({ id, secret, displayName = "Key" }, { at, path, make }) =>
    make(at, `${path}/keys`, { displayName }, { id: keyIdIn(id, at), secret: textIn(secret, `${at}.secret`) }),
  integrations: ({ id, ...body }, { at, path, make }) => make(at, `${path}/integrations`, body, { id: idIn(id, at) }),
  users: (body, { at, path, make }) => make(at, `${path}/users`, body),
  async conversations({ messages, ...body }, { at, path, make }) {
    const made = await make(at, `${path}/conversations`, body);
    for (const [index, message] of listOf({ messages }, "messages", `${at}.messages`).entries())
      await make(`${at}.messages[${index}]`, `${path}/conversations/${made.id}/messages`, message);
    return made;
  },
};

/** Makes a function that makes a resource, and answers it. */
function maker(call: SeedCall) {
  return async (
    at: string,
    path: string,
    body: object,
    fixed: { readonly id?: string | undefined; readonly secret?: string | undefined } = {},
  ): Promise<Fields> => {
    const { id, secret } = fixed;
    const answer = await call(path, body, {
      ...(id === undefined ? {} : { id }),
      ...(secret === undefined ? {} : { secret }),
    });
    if (answer.status >= 300) throw new BadInput(`${at} is refused (${answer.status}): ${reasonOf(answer.body)}`);
    const [resource] = Object.values(answer.body);
    return typeof resource === "object" && resource !== null && !Array.isArray(resource) ? { ...resource } : {};
  };
}

/** Reads why the API refuses a body. */
function reasonOf({ errors }: Fields): string {
  const titles = Array.isArray(errors) ? errors.map((error: { title?: unknown }) => String(error?.title)) : [];
  return titles.length > 0 ? titles.join("; ") : "no reason is given";
}

function listOf(fields: Fields, name: string, at: string): readonly Fields[] {
  const { [name]: value = [] } = fields;
  const isObject = (one: unknown) => typeof one === "object" && one !== null && !Array.isArray(one);
  if (!Array.isArray(value) || !value.every(isObject)) throw new BadInput(`${at} has to be a list of objects.`);
  return value;
}

function requireFields(what: string, fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new BadInput(`${what} has no field ${unknown}, only ${known.join(", ")}.`);
}

function textIn(value: unknown, at: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "") throw new BadInput(`${at} has to be a text.`);
  return value;
}

function idIn(value: unknown, at: string): string | undefined {
  const id = textIn(value, `${at}.id`);
  if (id !== undefined && !/^[0-9a-f]{24}$/.test(id))
    throw new BadInput(`${at}.id has to be 24 of the digits 0 to 9 and a to f.`);
  return id;
}

function keyIdIn(value: unknown, at: string): string | undefined {
  const id = textIn(value, `${at}.id`);
  if (id !== undefined && !/^app_[0-9a-f]{24}$/.test(id))
    throw new BadInput(`${at}.id has to be app_ and 24 of the digits 0 to 9 and a to f.`);
  return id?.slice("app_".length);
}
