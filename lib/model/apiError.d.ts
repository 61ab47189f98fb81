/** The stable codes of the platform's errors. Only `lib/http/errors.ts` knows the HTTP status of each. */
export type ApiErrorCode = "bad_request" | "unauthorized" | "invalid_auth" | "forbidden" | "app_not_found" | "user_not_found" | "conversation_not_found" | "client_not_found" | "device_not_found" | "integration_not_found" | "not_found" | "conflict" | "request_entity_too_large" | "locked" | "too_many_requests" | "not_offered";
/** An error of the request, answered in the documented form: the caller can correct it. */
export declare class ApiError extends Error {
    readonly code: ApiErrorCode;
    /** One sentence each; several only with `bad_request`. */
    readonly titles: readonly string[];
    constructor(code: ApiErrorCode, ...titles: readonly string[]);
}
/** The errors that have the same words everywhere. */
export declare const apiError: {
    readonly unauthorized: () => ApiError;
    readonly invalidAuth: (why: string) => ApiError;
    readonly forbidden: (why?: string) => ApiError;
    readonly appNotFound: () => ApiError;
    readonly userNotFound: () => ApiError;
    readonly conversationNotFound: () => ApiError;
    readonly clientNotFound: () => ApiError;
    readonly deviceNotFound: () => ApiError;
    readonly integrationNotFound: () => ApiError;
    readonly notFound: (what?: string) => ApiError;
    readonly badRequest: (...titles: readonly string[]) => ApiError;
    readonly tooManyWebhooks: (limit: number) => ApiError;
    readonly emailTaken: () => ApiError;
    readonly linkedElsewhere: (why: string) => ApiError;
    /** Refuses features of the vendor's platform that this one lacks, named in the plural or by a phrase. */
    readonly notOffered: (...features: readonly string[]) => ApiError;
    readonly formAnswered: () => ApiError;
    readonly userExists: () => ApiError;
};
