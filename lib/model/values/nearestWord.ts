/**
 * Finds the word that was probably meant by a misspelt one: the nearest, if no more than every third letter is wrong, or
 * one of which it is the beginning.
 */
export function nearestWord(misspelt: string, words: readonly string[]): string | undefined {
  const typed = misspelt.toLowerCase();
  const limit = Math.max(1, Math.min(3, Math.floor(typed.length / 3)));
  const isBeginning = (word: string) => typed.length > 2 && word.startsWith(typed);
  const [nearest] = words
    .map((word) => ({ word, wrong: isBeginning(word.toLowerCase()) ? 1 : wrongLetters(typed, word.toLowerCase()) }))
    .filter(({ wrong }) => wrong <= limit)
    .sort((one, other) => one.wrong - other.wrong);
  return nearest?.word;
}

/**
 * Counts the letters that are missing, too many, replaced or swapped with the next one: the optimal string alignment
 * distance (https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance).
 */
function wrongLetters(one: string, other: string): number {
  let [beforeLast, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let at = 1; at <= one.length; at++) {
    const row = [at];
    for (let to = 1; to <= other.length; to++) {
      const replaced = (last?.[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      const swapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      row[to] = Math.min(
        replaced,
        (last?.[to] ?? 0) + 1,
        (row[to - 1] ?? 0) + 1,
        swapped ? (beforeLast?.[to - 2] ?? 0) + 1 : replaced,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last?.[other.length] ?? 0;
}
