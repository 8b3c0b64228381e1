/** German. Messages that are missing here are shown in English; see en.ts for the rules. */

import type { Catalogue } from "../core/words";

export const de: Partial<Catalogue> = {
  // ── ui: parts of every view ──
  "ui.close": "Schließen",

  // ── start: index.html, until the page has started; preview: for link previews and installation ──
  "start.noScript": "Studyhall braucht JavaScript. Bitte schalte es ein und lade die Seite neu.",
  "start.notStarted": "Studyhall ist nicht gestartet. Prüfe deine Verbindung und lade die Seite neu.",
  "start.tellAdmin":
    "Wenn das nicht hilft, sag es der Person, die diesen Server betreibt. (Hilfe steht in docs/operating.md, „Below a path“.)",
  "start.browsers":
    "Studyhall braucht Chrome oder Edge 109, Firefox 121, Safari 16.4, iOS oder iPadOS 16.4 oder eine neuere Version.",
  "start.reload": "Seite neu laden",
  "start.unreachable": "Der Server ist nicht erreichbar. Prüfe deine Verbindung und versuch es noch einmal.",
  "preview.app": "Gemeinsam lernen in ruhigen Räumen.",
  "preview.home": "Studyhall",
  "preview.homeDescription": "Lernt gemeinsam in ruhigen Räumen: sieh, wer da ist, schreib mit und verpasse nichts.",
  "preview.room": "Lernraum · Studyhall",
  "preview.roomDescription": "Ein Raum, um gemeinsam zu lernen. Öffne den Link, um ihn zu sehen und beizutreten.",
  "preview.invite": "Einladung · Studyhall",
  "preview.inviteDescription": "Du bist eingeladen, gemeinsam zu lernen. Öffne den Link, um dem Raum beizutreten.",

  // ── room: an open room ──
  "room.here": { one: "{count} Person hier", other: "{count} Personen hier" },
};
