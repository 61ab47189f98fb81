import { Session } from "node:inspector";

/**
 * Counts the steps of some work, without a clock: the executions of each block of the product's code and of the
 * packages it bundles, as V8 counts them, and the characters that built-in functions read, which V8 does not count. A
 * regular expression counts as one read of each character up to the end of its match; `test/regularExpressions.test.ts`
 * proves that none reads more.
 */
export async function countSteps(work: () => unknown): Promise<number> {
  const session = new Session();
  session.connect();
  const post = <T>(method: string, parameters: object = {}): T => {
    let answer: unknown;
    // Within one thread the answer is there when the call returns.
    session.post(method, parameters, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer as T;
  };
  const builtIn = countBuiltIns();
  try {
    post("Profiler.enable");
    post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    await work();
    const { result } = post<{ result: readonly Script[] }>("Profiler.takePreciseCoverage");
    return (
      builtIn.looks() + result.filter(({ url }) => isCounted(url)).reduce((sum, script) => sum + blocks(script), 0)
    );
  } finally {
    builtIn.restore();
    post("Profiler.stopPreciseCoverage");
    session.disconnect();
  }
}

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
}

const isCounted = (url: string): boolean =>
  /\/(lib|functions)\/|\/node_modules\/(marked|postal-mime|jose|valibot)\/|^node:(querystring|url|buffer)/.test(url);

const blocks = ({ functions }: Script): number =>
  functions.reduce((sum, { ranges }) => sum + ranges.reduce((executed, { count }) => executed + count, 0), 0);

/** Counts the characters that built-in functions read, until they are restored. */
function countBuiltIns() {
  let looks = 0;
  const restorers: (() => void)[] = [];
  /** Replaces a function by one that counts the characters that a call reads. */
  const watch = (
    owner: object,
    name: string,
    lookedAt: (self: unknown, parameters: unknown[], found: unknown) => number,
  ) => {
    const original: unknown = Reflect.get(owner, name);
    if (typeof original !== "function") throw new Error(`There is no ${name}.`);
    const watched = function (this: unknown, ...parameters: unknown[]): unknown {
      const found: unknown = Reflect.apply(original, this, parameters);
      looks += lookedAt(this, parameters, found);
      return found;
    };
    Reflect.set(owner, name, watched);
    restorers.push(() => Reflect.set(owner, name, original));
  };
  const sizeOf = (value: unknown): number =>
    typeof value === "string" || value instanceof Uint8Array || Array.isArray(value) ? value.length : 0;
  const search = (self: unknown, [needle, from]: unknown[], found: unknown): number =>
    (typeof found === "number" && found >= 0 ? found + sizeOf(needle) : sizeOf(self)) -
    (typeof from === "number" ? Math.min(from, sizeOf(self)) : 0);
  for (const owner of [String.prototype, Buffer.prototype, Array.prototype]) watch(owner, "indexOf", search);
  for (const owner of [String.prototype, Buffer.prototype, Array.prototype]) watch(owner, "includes", sizeOf);
  for (const name of ["split", "replaceAll", "trim", "toLowerCase", "isWellFormed", "toWellFormed"])
    watch(String.prototype, name, sizeOf);
  watch(Buffer.prototype, "toString", (_, __, text) => sizeOf(text));
  watch(Buffer, "from", (_, [source]) => sizeOf(source));
  watch(JSON, "parse", (_, [text]) => sizeOf(text));
  watch(TextDecoder.prototype, "decode", (_, [bytes]) => sizeOf(bytes));
  // `match`, `replace`, `search`, `split` and `test` of a regular expression call this, too.
  watch(RegExp.prototype, "exec", (self, [text], found) => {
    const { lastIndex, global, sticky } = self as RegExp;
    const match = found as RegExpExecArray | null;
    // A sticky one reads at its position: if it finds nothing there, its use ends.
    if (sticky) return 1 + (match?.[0].length ?? 0);
    return match ? match[0].length + (global ? 1 : match.index) : sizeOf(text) - (global ? lastIndex : 0);
  });
  const Original = globalThis.URLSearchParams;
  // On Node 24 the time to read a text grows with the square of its fields, measurably from some thousands on.
  globalThis.URLSearchParams = class extends Original {
    constructor(...parameters: ConstructorParameters<typeof Original>) {
      super(...parameters);
      const [source] = parameters;
      if (typeof source === "string") looks += source.length + (source.split("&").length - 1) ** 2 / 500;
    }
  };
  restorers.push(() => {
    globalThis.URLSearchParams = Original;
  });
  return { looks: () => looks, restore: () => restorers.forEach((restore) => void restore()) };
}
