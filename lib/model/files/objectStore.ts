/** A form by which a client sends a file to the store itself; the fields come first, then the file as `file`. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The type and disposition under which a file is handed out. */
export interface Serving {
  readonly type: string;
  readonly disposition: string;
}

/** The store of files, by keys that hold no more than letters, digits and slashes. */
export interface ObjectStore {
  /** Bytes of a file that the API's own form takes. */
  readonly formLimit: number;
  readonly put: (key: string, bytes: Uint8Array, mediaType: string) => Promise<void>;
  /** Deletes a file; it need not exist. */
  readonly remove: (key: string) => Promise<void>;
  /** Answers a link to a file that is valid for a while, or the file itself; `undefined` if there is none. */
  readonly read: (
    key: string,
    serving: Serving,
    method: "GET" | "HEAD",
  ) => Promise<{ readonly link: string } | { readonly bytes: Buffer } | undefined>;
  /** Makes the form of a file of this type and this many bytes at most; `undefined` if the store itself takes none. */
  readonly uploadForm: (
    key: string,
    limits: { readonly mediaType: string; readonly bytes: number; readonly until: Date },
  ) => UploadForm | undefined;
}
