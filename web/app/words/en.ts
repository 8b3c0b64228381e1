/**
 * English: all words of the page.
 *
 * Keys are `<feature>.<what>`, sorted by feature as the folders of features/ are. `{name}` is a parameter, `<link>words</link>` a
 * part that the component wraps. Plural messages have the forms of Intl.PluralRules. Plain words: a reader of 14, or one
 * whose third language this is, understands them at once.
 */
export const en = {
  // ── ui: parts of every view ──
  "ui.close": "Close",

  // ── layout: header, navigation, notices on every view ──

  // ── auth ──

  // ── rooms: lists, home, forms of a room, notifications ──

  // ── room: an open room ──
  "room.here": { one: "{count} person here", other: "{count} people here" },

  // ── messages ──

  // ── moderation ──

  // ── account ──

  // ── admin ──

  // ── time: words around dates ──

  // ── error: by code of the server; problem: by rule of a field ──
} as const;
