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
  "messages.label": "Messages",
  "messages.loadingOlder": "Older messages are loading",
  "messages.beginning": "This is the beginning of the room.",
  "messages.beginningHidden": "Only people who joined before {date} can see older messages.",
  "messages.beginningDeleted": "Older messages have been deleted.",
  "messages.retention": { one: "Messages are deleted after {count} day.", other: "Messages are deleted after {count} days." },
  "messages.none": "No messages yet",
  "messages.noneLeft": "All messages have been deleted",
  "messages.noneHint": "Say hello, or write what you are working on. Everyone in the room can read it.",
  "messages.new": "New messages",
  "messages.newCount": { one: "{count} new message", other: "{count} new messages" },
  "messages.jumpToLatest": "Jump to latest",
  "messages.you": "(you)",
  "messages.unknownSender": "Unknown user",
  "messages.report": "Report message from {name}",
  "messages.actions": "Actions for message from {name}",
  "messages.reportNotice": "Report notice",
  "messages.from": "Message from {name}",
  "messages.notice": "Notice of the room",
  "messages.manageSender": "Manage {name}",
  "messages.sending": "Sending …",
  "messages.waiting": "Waiting for the connection",
  "messages.slowDown": "You write very fast. It will be sent in {seconds}.",
  "messages.notSent": "Not sent. {reason}",
  "messages.tryAgain": "Try again",
  "messages.remove": "Remove",
  "messages.removing": "Removing …",
  "messages.keep": "Keep",
  "messages.removeQuestion": "Remove this message?",
  "messages.removeHint": "It was not sent. You cannot get it back.",
  "messages.noLongerMember": "You are no longer a member of this room.",
  "messages.roomGone": "This room was deleted, or you are no longer a member.",
  "messages.composerLabel": "Message to {room}",
  "messages.thisRoom": "this room",
  "messages.placeholder": "Write a message",
  "messages.send": "Send",
  "messages.mutedUntil": "You are muted until {time}. Your text is saved.",
  "messages.refused": "Not sent. {reason} Change the text, then send it again.",
  "messages.length": "{length} of {max} characters",
  "messages.keys": "Enter to send, Shift + Enter for a new line",
  "messages.keysTouch": "Enter for a new line",
  "messages.keysTouchKeyboard": "Enter for a new line, Ctrl + Enter to send",
  "messages.unsentTitle": "Not sent",
  "messages.unsentHere": "You wrote this in the room, but it was not sent. It is only on this device.",
  "messages.unsent": "You wrote this, but it was not sent. It is only on this device.",
  "messages.unsentFor": "For {room}, {time}.",
  "messages.unsentForUnknown": "For a room, {time}.",
  "messages.unsentAt": "{time}.",
  "messages.draft": "A draft.",
  "messages.draftNoMember": "A draft. You are no longer a member of this room.",
  "messages.copy": "Copy",
  "messages.copied": "Copied",
  "messages.copyYourself": "Select the text and copy it.",
  "messages.removeTextQuestion": "Remove this text?",
  "messages.removeTextHint": "It is only on this device. You cannot get it back.",
  "messages.unsentNotice": { one: "{count} text could not be sent.", other: "{count} texts could not be sent." },
  "messages.show": "Show",

  // ── moderation ──

  // ── account ──

  // ── admin ──

  // ── time: words around dates ──

  // ── error: by code of the server; problem: by rule of a field ──
} as const;
