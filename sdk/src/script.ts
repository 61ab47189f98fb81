import { createSmooch } from "./smooch.ts";
import type { Smooch } from "./types.ts";

/** Replaced at build time; empty unless the build was given a base URL. */
declare const CONFIG_BASE_URL: string;

declare global {
  interface Window {
    Smooch: Smooch;
  }
}

// `<script src="…/smooch.js">` makes `window.Smooch`, which finds the server by the attribute `data-config-base-url`,
// by the build's base URL, or by the script's own address.
const script = document.currentScript as HTMLScriptElement | null;
const servedFrom = script?.src ? new URL(".", script.src).href : undefined;
window.Smooch = createSmooch(window, script?.dataset.configBaseUrl || CONFIG_BASE_URL || servedFrom);
