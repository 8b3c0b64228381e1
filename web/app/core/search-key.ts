/** Search keys: texts are compared without case, accents, invisible characters and the number of blanks, as text.search_key of the server does. */

const MARKS =
  "\\u0300-\\u036f\\u0483-\\u0487\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670" +
  "\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f";
const INVISIBLE =
  "\\xad\\u061c\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff\\u{e0000}-\\u{e0fff}";
const IGNORED = new RegExp(`[${MARKS}${INVISIBLE}]`, "gu");
const LETTERS: Readonly<Record<string, string>> = Object.fromEntries(
  "øo łl đd ðd ħh ŧt þth æae œoe ıi ȷj ςσ ىي یي کك ةه ’' ‘' ʼ' “\" ”\" ‐- –- —-"
    .split(" ")
    .map(([letter, ...plain]) => [letter, plain.join("")]),
);
const LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");

// JavaScript has no case folding: the second turn brings together what has one capital (ß, ẞ and ss)
const folded = (text: string): string => text.toLowerCase().toUpperCase().toLowerCase();

export function searchKey(text: string): string {
  const all = folded(text.normalize("NFKD")).normalize("NFKD");
  return (all.replace(IGNORED, "") || all)
    .replace(/[ \t]+/g, " ")
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFKC");
}
