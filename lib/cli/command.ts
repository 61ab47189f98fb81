import type { Api } from "./api.ts";

/** An option of a command: a flag, or one that takes a value, which may be given more than once. */
export interface Option {
  /** What the help calls its value; a flag has none. */
  readonly value?: string;
  readonly summary: string;
}

/** A command line as a command sees it. */
export interface Given {
  /** What stands after the command's own words, one for each of its `parameters` that was given. */
  readonly parameters: readonly string[];
  /** The value of an option, the last one where it was repeated. */
  readonly text: (option: string) => string | undefined;
  /** Every value of an option that may be repeated. */
  readonly texts: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
  /** The server's API, with the caller's key. */
  readonly api: () => Api;
  /** The app that is meant. */
  readonly appId: () => Promise<string>;
}

/** What a command has to say: for a person and for a program. */
export type Said =
  | { readonly text: string; readonly json: unknown }
  /** JSON that is written as it comes, since it may be large. */
  | { readonly chunks: AsyncIterable<string> };

/** One command, and what its help says. */
export interface Command {
  /** Its words, e.g. `user get`. */
  readonly name: string;
  readonly summary: string;
  /** In order, e.g. `<displayName>`; one in brackets may be left out, one with dots may be repeated. */
  readonly parameters: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
  /** Whether it works within an app, and takes `--app`. */
  readonly inApp: boolean;
  /** Sentences about what is not obvious. */
  readonly notes?: readonly string[];
  /** Command lines without `sunroom`. */
  readonly examples: readonly string[];
  readonly run: (given: Given) => Promise<Said>;
}
