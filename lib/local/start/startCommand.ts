/** Writes the command that starts this server, in a clone or from the package, with options. */
export const startCommand = (...options: readonly string[]): string =>
  import.meta.url.endsWith(".ts")
    ? ["npm start", ...(options.length > 0 ? ["--"] : []), ...options].join(" ")
    : ["npx sunroom start", ...options].join(" ");
