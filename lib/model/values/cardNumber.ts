/** Masks the digits of payment cards in a text except for the last four: 13 to 19 digits that pass Luhn's check. */
export function maskCardNumbers(text: string): string {
  return text.replace(/(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, (match) => {
    const digits = match.replace(/\D/g, "");
    if (!passesLuhn(digits)) return match;
    let open = digits.length - 4;
    return match.replace(/\d/g, (digit) => (open-- > 0 ? "*" : digit));
  });
}

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
