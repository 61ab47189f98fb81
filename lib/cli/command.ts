import type { Api } from "./server/api.ts";

/** An option of a command: a flag, or one that takes a value, which may be given more than once. */
export interface Option {
  /** The name of its value in the help; a flag has none. */
  readonly value?: string;
  /** The values that it may have, if they are few. */
  readonly values?: readonly string[];
  /** Its letter, if it has one. */
  readonly short?: string;
  readonly summary: string;
}

/** The option without which nothing is deleted that people said. */
export const yes: Readonly<Record<string, Option>> = { yes: { summary: "Yes, for good" } };

/** A command line as a command reads it. */
export interface Invocation {
  /** The words after the command's own, one for each of its `parameters` that was given. */
  readonly parameters: readonly string[];
  /** Answers the value of an option, the last one if it was repeated. */
  readonly text: (option: string) => string | undefined;
  /** Lists every value of an option that may be repeated. */
  readonly texts: (option: string) => readonly string[];
  readonly flag: (option: string) => boolean;
  /** Answers the server's API, with the caller's key. */
  readonly api: () => Api;
  /** Answers the id of the app that is named, if one is. */
  readonly namedApp: () => string | undefined;
  /** Answers the id of the app that the command is about. */
  readonly appId: () => Promise<string>;
  /** Asks for `--yes`, after a sentence about what would be lost. @throws UsageError without it */
  readonly confirm: (consequence: string) => void;
}

/** The output of a command: for a person and for a program. */
export type Output =
  | { readonly text: string; readonly json: unknown }
  /** JSON that is written as it comes, since it may be large. */
  | { readonly chunks: AsyncIterable<string> };

/** One command, with its help. */
export interface Command {
  /** Its words, e.g. `user get`. */
  readonly name: string;
  readonly summary: string;
  /** In order, e.g. `<displayName>`; one in brackets may be left out, one with dots may be repeated. */
  readonly parameters: readonly string[];
  /** The values of its parameters, at their places, where they are few. */
  readonly choices?: readonly (readonly string[] | undefined)[];
  readonly options?: Readonly<Record<string, Option>>;
  /** Whether it works within an app, and takes `--app`. */
  readonly inApp: boolean;
  /** Sentences about anything that is not obvious. */
  readonly notes?: readonly string[];
  /** Command lines without `sunroom`. */
  readonly examples: readonly string[];
  readonly run: (invocation: Invocation) => Promise<Output>;
}
