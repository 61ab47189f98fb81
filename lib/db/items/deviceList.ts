import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Device } from "../../model/client.ts";

/**
 * A user's devices are stored compressed, because what browsers send of themselves is long and much alike, and a user
 * who signs in is written whole. With three devices the user still costs one write unit instead of three.
 */

/**
 * The compression dictionary: text that devices have in common, the most frequent last. It never changes, since stored
 * devices can only be read with it.
 */
const common = Buffer.from(
  [
    '"serial":"","buildNumber":"1","wifi":"","radioAccessTechnology":"none","carrier":"","installer":"com.android.vending",',
    '"os":"iOS","osVersion":"17.5","devicePlatform":"iPhone15,2","Google Pixel","appName":"","appId":"com.","vendor":"zendesk",',
    "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0 (Windows NT 10.0; Win64; x64) AppleWebKit/605.1.15 ",
    "(iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1 (Linux; Android 10; K) ",
    '[{"id":"","type":"android","ios","web","guid":"","clientId":"","status":"inactive","status":"active","integrationId":"",',
    '"lastSeen":"2026-01-01T00:00:00.000Z","appVersion":"1.0","pushNotificationToken":"","info":{"vendor":"smooch","sunroom",',
    '"sdkVersion":"","URL":"www..com","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 ',
    '(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36","referrer":"https://www.google.com/","browserLanguage":"en-US",',
    '"currentUrl":"https://www.","currentTitle":""},"sessions":[""]}]',
  ].join(""),
);

/** Compresses a user's devices; `undefined` if there are none. */
export const packDevices = (devices: readonly Device[]): Uint8Array | undefined =>
  devices.length === 0 ? undefined : deflateRawSync(JSON.stringify(devices), { dictionary: common });

export const unpackDevices = (packed: Uint8Array | undefined): readonly Device[] =>
  packed === undefined ? [] : JSON.parse(inflateRawSync(packed, { dictionary: common }).toString());
