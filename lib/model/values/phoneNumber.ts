/**
 * Formats a phone number for people. Numbers of the North American plan are grouped like the platform's own examples
 * (`+1 514-000-0000`); others stay in E.164, since their grouping takes a table per country. Any other text is answered
 * as it is.
 */
export function internationalFormat(number: string): string {
  const digits = number.match(/^\+?(\d{7,15})$/)?.[1];
  if (digits === undefined) return number;
  const northAmerican = digits.match(/^1([2-9]\d\d)(\d{3})(\d{4})$/);
  return northAmerican ? `+1 ${northAmerican.slice(1).join("-")}` : `+${digits}`;
}
