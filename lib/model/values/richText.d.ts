/**
 * Extracts the text of HTML: block elements end a line, scripts and styles have no text. The result is to be shown as
 * text, not as HTML. Makes one pass, which ends once `limit` characters are found.
 */
export declare function textOfHtml(html: string): string;
