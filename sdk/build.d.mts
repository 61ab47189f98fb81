/** The minified bundles by file name: `smooch.js` (global `Smooch`) and `index.js` (module). */
export function bundle(options?: { configBaseUrl?: string }): Promise<Map<string, string>>;
