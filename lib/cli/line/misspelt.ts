import { nearestWord } from "../../model/values/nearestWord.ts";
import { UsageError } from "../failures.ts";

/** What a command line may say at a place. */
export interface Choice {
  /** Begins the sentence that lists the words, e.g. `Its options are`. */
  readonly among: string;
  readonly words: readonly string[];
  /** Words that may have been meant as well, e.g. whole commands. */
  readonly alsoMeant?: readonly string[];
}

/** Makes the refusal of a word, with the one that was probably meant and all that are allowed. */
export function misspelt(refusal: string, word: string, { among, words, alsoMeant = [] }: Choice): UsageError {
  const meant = nearestWord(word, [...words, ...alsoMeant]);
  const question = meant === undefined ? "." : `; did you mean ${meant}?`;
  return new UsageError(`${refusal}${question} ${among} ${words.join(", ")}.`);
}
