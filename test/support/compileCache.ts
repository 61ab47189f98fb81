/**
 * The module that `npm start` and `npm run sunroom` import first (`node --import`), so that each process starts sooner.
 */
export const compileCache = new URL("../../scripts/compileCache.mjs", import.meta.url).href;
