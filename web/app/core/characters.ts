/** Control characters: the server refuses them, so they are removed as they are pasted or typed. See text/normalise.py. */

// vertical tab, form feed, next line, line and paragraph separator: line breaks of word processors
const BREAKS = /\r\n?|[\v\f\x85\u2028\u2029]/g;
const CONTROLS = /[\0-\x08\x0e-\x1f\x7f-\x9f]|\p{Cs}/gu; // and halves of surrogate pairs
const BLANKS = /[\t\n]/g;

/** Text of several lines: tabs and line breaks stay. */
export const cleanParagraph = (text: string): string => text.replace(BREAKS, "\n").replace(CONTROLS, "");

/** Text of one line: tabs and line breaks become blanks. */
export const cleanLine = (text: string): string => cleanParagraph(text).replace(BLANKS, " ");
