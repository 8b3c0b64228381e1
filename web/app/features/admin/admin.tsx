/** Administration of the server, in sections. */

import type { ComponentType } from "preact";
import { isAdmin } from "../../core/permissions";
import { t } from "../../core/words";
import { registration } from "../../ui/form-rules";
import { Heading } from "../../ui/heading";
import { AccountInvites } from "./account-invites";
import { Announce } from "./announce";
import { Figures } from "./figures";
import { PendingAccounts } from "./pending-accounts";
import { Promotions } from "./promotions";
import { AllReports } from "./reports";
import { AllRooms } from "./rooms";
import { Users } from "./users";

interface Section {
  title: () => string;
  Content: ComponentType;
  isOffered?: () => boolean;
}

const OVERVIEW: Section = { title: () => t("admin.overview"), Content: Overview };

/** Sections by the part of their address behind /admin/; "" is the first one. */
const SECTIONS: Readonly<Record<string, Section>> = {
  "": OVERVIEW,
  users: { title: () => t("admin.users"), Content: Users },
  rooms: { title: () => t("admin.rooms"), Content: AllRooms },
  reports: { title: () => t("admin.reports"), Content: AllReports },
  invitations: { title: () => t("admin.invitations"), Content: AccountInvites, isOffered: () => registration !== "closed" },
  announcements: { title: () => t("admin.announcements"), Content: Announce },
};

/** The administration at /admin and /admin/{id}. */
export function Admin({ id }: { id: string | null }) {
  const current = id ?? "";
  const section = SECTIONS[current] ?? OVERVIEW;
  if (!isAdmin()) {
    return (
      <section class="page narrow">
        <Heading title={t("admin.title")} />
        <p>{t("admin.onlyForAdmins")}</p>
      </section>
    );
  }
  return (
    <section class="page admin">
      <SectionLinks current={current} />
      <div class="admin-section">
        <Heading title={current ? section.title() : t("admin.title")} />
        <section.Content />
      </div>
    </section>
  );
}

const SectionLinks = ({ current }: { current: string }) => (
  <nav class="admin-nav" aria-label={t("admin.sections")}>
    <ul>
      {Object.entries(SECTIONS).map(
        ([name, { title, isOffered }]) =>
          (isOffered?.() ?? true) && (
            <li key={name}>
              <a href={name ? `/admin/${name}` : "/admin"} aria-current={name === current ? "page" : undefined}>
                {title()}
              </a>
            </li>
          ),
      )}
    </ul>
  </nav>
);

function Overview() {
  return (
    <>
      <Figures />
      <PendingAccounts />
      <Promotions hidesEmpty />
    </>
  );
}
