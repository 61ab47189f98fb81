import type { ContentKind } from "./contentKind.ts";
export interface Coordinates {
    readonly lat: number;
    readonly long: number;
}
/** Source: the vendor's OpenAPI description, "locationMessage". */
export interface LocationContent {
    readonly type: "location";
    /** A link to the place. Source: the example "location" of the vendor's answer. */
    readonly text?: string | undefined;
    readonly coordinates: Coordinates;
    readonly location?: {
        readonly name?: string | undefined;
        readonly address?: string | undefined;
    } | undefined;
    readonly blockChatInput?: boolean | undefined;
}
export declare const locationKind: ContentKind<LocationContent>;
