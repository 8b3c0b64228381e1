/** Source files of the page, parsed, and the English in them. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Path of web/; tools/test.mjs sets it. */
export const WEB = process.env.WEB ?? "";
const APP = join(WEB, "app");
const GENERATED = "core/api-types.ts";

/** All files of the page but the catalogues. */
export function sources(): ts.SourceFile[] {
  const names = readdirSync(APP, { recursive: true, encoding: "utf-8" }).map((name) => name.replaceAll("\\", "/"));
  const chosen = names.filter((name) => /\.tsx?$/.test(name) && !name.startsWith("words/") && name !== GENERATED);
  return chosen.sort().map((name) => parse(name, readFileSync(join(APP, name), "utf-8")));
}

export function parse(name: string, text: string): ts.SourceFile {
  const kind = name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true, kind);
}

/** All strings in a file, as they are in the code; a template is given up to its first expression. */
export function strings(source: ts.SourceFile): { text: string; isWhole: boolean }[] {
  const found: { text: string; isWhole: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push({ text: node.text, isWhole: true });
    if (ts.isTemplateHead(node)) found.push({ text: node.text, isWhole: false });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Attributes that people read or hear; of components, too. */
const READ = new Set(
  `title alt placeholder label hint confirm busyLabel cancel called question heading text words summary
  aria-label aria-description aria-roledescription aria-valuetext aria-placeholder`.split(/\s+/),
);

/** Attributes for browsers. */
const UNREAD = /^(class|style|d|viewBox|transform|rel|sizes|id|name|key|type|role|href|for|autocomplete|media|data-\w+)$/;

/** Functions whose arguments are for browsers and developers: selectors, media queries, names of errors and of exports. */
const FOR_MACHINES = new Set(
  `querySelector querySelectorAll closest matches matchMedia Error TypeError RangeError DOMException RegExp lazy supports
  error warn log debug setAttribute getAttribute`.split(/\s+/),
);

/** Files whose texts are no words: pairs of letters that a search takes for the same. */
const FILES_WITHOUT_WORDS: readonly string[] = ["core/search-key.ts", "core/notices.ts"];

/** Strings that look like words and are none. */
const NO_WORDS = new Set([
  // KeyboardEvent.key
  ..."Enter Escape Tab Home End PageUp PageDown ArrowUp ArrowDown ArrowLeft ArrowRight".split(" "),
  ..."Backspace Delete Shift Control Alt Meta AltGraph".split(" "),
  // headers of HTTP, and a value of one
  ..."Accept Authorization Content-Type Bearer".split(" "),
  // DataTransfer.types
  "Files",
  // a reason of socket.io-client
  "io server disconnect",
  // names that no language translates: of the product, of languages in themselves, of browsers and of systems
  ..."Studyhall English Deutsch Edge Opera Firefox Chrome Safari Android Chromebook Windows Mac Linux".split(" "),
  "Samsung Internet",
  // the name that the server gives to users who deleted their account
  "Deleted user",
]);
/** Selectors with an attribute, media queries, names of exceptions, and keys with modifiers. */
const OF_BROWSERS = /^(Alt|Control|Meta|Shift)\+|\[[\w-]+(=\w+)?\]|^\([\w-]+: [\w-]+\)$|^\w+Error$/;

const hasLetters = (text: string): boolean => /\p{L}/u.test(text.replaceAll("Studyhall", ""));
/** Two words with a blank between them, or one that begins with a capital. */
const isPhrase = (text: string): boolean => /\p{L}{2}[,.:;!?…]?\s+\p{L}/u.test(text) || /(^|\s)\p{Lu}\p{Ll}+/u.test(text);

/** A text in the code that people would read, with its place. */
export interface English {
  readonly line: number;
  readonly text: string;
}

/**
 * Words in a file that belong into the catalogue.
 *
 * @param source the file.
 * @param keys keys of the catalogue, which are no words.
 */
export function english(source: ts.SourceFile, keys: ReadonlySet<string>): English[] {
  const found: English[] = [];
  if (FILES_WITHOUT_WORDS.includes(source.fileName)) return found;
  const add = (node: ts.Node, text: string) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    found.push({ line, text: text.trim().replaceAll(/\s+/g, " ") });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      visitCall(node);
      return;
    }
    if (ts.isJsxText(node) && hasLetters(node.text)) add(node, node.text);
    else if (isText(node) && !keys.has(textOf(node)) && (isRead(node) ? hasLetters(textOf(node)) : looksRead(node)))
      add(node, textOf(node));
    else ts.forEachChild(node, visit);
  };
  const visitCall = (node: ts.CallExpression | ts.NewExpression) => {
    visit(node.expression);
    const isForMachines = FOR_MACHINES.has(calledName(node.expression));
    for (const argument of node.arguments ?? []) if (!isForMachines || !isText(argument)) visit(argument);
  };
  visit(source);
  return found;
}

type Text = ts.StringLiteralLike | ts.TemplateExpression;

const isText = (node: ts.Node): node is Text => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);

/** The words of a text; expressions in a template are blanks. */
const textOf = (node: Text): string =>
  ts.isTemplateExpression(node)
    ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(" ")
    : node.text;

const calledName = (called: ts.Expression): string =>
  ts.isPropertyAccessExpression(called) ? called.name.text : ts.isIdentifier(called) ? called.text : "";

const looksRead = (node: Text): boolean => {
  const text = textOf(node).trim();
  return isPhrase(text) && !NO_WORDS.has(text) && !OF_BROWSERS.test(text) && !isOfMachine(node);
};

/** A name of classes or styles, a key of an object, or one side of a comparison. */
function isOfMachine(node: Text): boolean {
  const attribute = attributeOf(node);
  if (attribute !== null && UNREAD.test(attribute)) return true;
  const { parent } = node;
  return (
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isElementAccessExpression(parent) && parent.argumentExpression === node) ||
    (ts.isBindingElement(parent) && parent.propertyName?.getText() === "class") ||
    ts.isCaseClause(parent)
  );
}

/** True for text that stands in a component, or in an attribute that people read. */
function isRead(node: Text): boolean {
  const attribute = attributeOf(node);
  if (attribute !== null) return READ.has(attribute);
  return isChild(node);
}

/** The expression that a text is the value of, with the choices between texts: `condition && "text"`, `a ? "text" : "other"`. */
function choiceOf(node: ts.Node): ts.Node {
  const { parent } = node;
  const isBranch = ts.isConditionalExpression(parent) && parent.condition !== node;
  const isChoice =
    ts.isBinaryExpression(parent) &&
    [ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken].includes(
      parent.operatorToken.kind,
    );
  return isBranch || isChoice || ts.isParenthesizedExpression(parent) ? choiceOf(parent) : node;
}

function attributeOf(node: ts.Node): string | null {
  const { parent } = choiceOf(node);
  if (ts.isJsxAttribute(parent)) return parent.name.getText();
  return ts.isJsxExpression(parent) && ts.isJsxAttribute(parent.parent) ? parent.parent.name.getText() : null;
}

function isChild(node: ts.Node): boolean {
  const { parent } = choiceOf(node);
  return ts.isJsxExpression(parent) && (ts.isJsxElement(parent.parent) || ts.isJsxFragment(parent.parent));
}
