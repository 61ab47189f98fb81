/**
 * A request and its answer, as they went over the wire.
 * @typedef {{ method: string, path: string, headers: [string, string][], body: string, status: number, answer: string }} Exchange
 */

const original = window.fetch.bind(window);
/** @type {Exchange[] | undefined} */
let recording;

/** The header of a request that only looks whether something is new. */
export const watching = "x-sunroom-watching";

/**
 * Tells whether a request is left out: the page's calls of the local server are no part of the API, and what only looks
 * for news, as the SDK's polls do, changes nothing.
 * @param {Request} request
 * @param {string} path
 */
const isAside = ({ method, headers }, path) =>
  path.startsWith("/local/") || (method === "GET" && (headers.has(watching) || /^\/sdk\/.+\/messages$/.test(path)));

/** Records every request of the page, including those of the SDK. */
window.fetch = async (input, init) => {
  const list = recording;
  const request = new Request(input, init);
  const body = typeof init?.body === "string" ? init.body : "";
  const response = await original(input, init);
  const { pathname, search } = new URL(request.url);
  if (list && !isAside(request, pathname)) {
    const answer = await response.clone().text();
    const headers = [...request.headers];
    list.push({ method: request.method, path: pathname + search, headers, body, status: response.status, answer });
  }
  return response;
};

/**
 * Does some work, and adds its requests to `list`, also when it fails.
 * @template T
 * @param {Exchange[]} list
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function record(list, work) {
  recording = list;
  try {
    return await work();
  } finally {
    recording = undefined;
  }
}

const secretHeaders = /^authorization$|secret/;
const secretFields = /secret|token|jwt/i;
const dots = "••••••••";

/**
 * Masks the secret in a header's value; the kind of credentials stays.
 * @param {string} name
 * @param {string} value
 */
function maskedHeader(name, value) {
  if (!secretHeaders.test(name)) return value;
  return /^(Basic|Bearer) /.test(value) ? `${value.split(" ")[0]} ${dots}` : dots;
}

/**
 * Writes the request's head as it goes over the wire, without its secrets.
 * @param {Exchange} exchange
 */
export function headOf({ method, path, headers }) {
  const lines = headers.map(([name, value]) => `${name}: ${maskedHeader(name, value)}`);
  return [`${method} ${decodePath(path)}`, `host: ${location.host}`, ...lines].join("\n");
}

/**
 * Decodes a path for people.
 * @param {string} path
 */
function decodePath(path) {
  return path.replaceAll("%5B", "[").replaceAll("%5D", "]");
}

/**
 * Shortens the ids in a path to their last digits, without a line break before them.
 * @param {string} path
 */
export function shortPath(path) {
  return decodePath(path).replace(/[0-9a-f]{20}([0-9a-f]{4})/g, "…\u2060$1");
}

/**
 * Formats JSON without its secrets; answers any other text as it is.
 * @param {string} text
 */
export function readable(text) {
  try {
    const hide = (/** @type {string} */ name, /** @type {unknown} */ value) =>
      secretFields.test(name) && typeof value === "string" ? dots : value;
    return JSON.stringify(JSON.parse(text, hide), null, 2);
  } catch {
    return text;
  }
}

/**
 * Writes a command for a terminal that sends the same request, its secrets included.
 * @param {Exchange} exchange
 */
export function curlOf({ method, path, headers, body }) {
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;
  const options = headers.map(([name, value]) => {
    const basic = /^Basic (.+)$/.exec(value)?.[1];
    return name === "authorization" && basic ? `-u ${quoted(atob(basic))}` : `-H ${quoted(`${name}: ${value}`)}`;
  });
  if (body) options.push(`--data-binary ${quoted(body)}`);
  return ["curl -g", `-X ${method}`, quoted(location.origin + decodePath(path)), ...options].join(" \\\n  ");
}
