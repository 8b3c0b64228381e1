/** Devices on which the user is signed in, and the buttons that end their sessions. */

import { sessions } from "../../core/api";
import type { Session } from "../../core/types";
import { t } from "../../core/words";
import { ActionLabel } from "../../ui/action-label";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { RelativeTime } from "../../ui/relative-time";
import { Words } from "../../ui/words";
import { deviceName } from "./device";
import { Section } from "./section";

const currentFirst = (sessions: readonly Session[]) => [...sessions].sort((a, b) => Number(b.current) - Number(a.current));

export function Sessions() {
  const rows = usePagedList<Session>(async () => ({ items: currentFirst(await sessions.list()) }));
  const others = rows.items?.filter(({ current }) => !current).length ?? 0;
  return (
    <Section id="sessions" title={t("account.sessions")}>
      <p>{t("account.sessionsText")}</p>
      <PagedList
        rows={rows}
        label={t("account.sessions")}
        empty=""
        row={(session) => <SessionRow session={session} reload={rows.load} />}
      />
      {others > 1 && <EndOthers count={others} reload={rows.load} />}
    </Section>
  );
}

type Reload = () => Promise<void>;

const SessionRow = ({ session, reload }: { session: Session; reload: Reload }) => {
  const device = deviceName(session.client);
  return (
    <>
      <span class="row-text">
        <b title={session.client || undefined}>{device}</b>
        <SessionFacts {...session} />
      </span>
      {!session.current && <End id={session.id} device={device} reload={reload} />}
    </>
  );
};

const SessionFacts = ({ current, lastUsed, createdAt, address }: Session) => (
  <span class="hint">
    {current ? <b>{t("account.thisDevice")}</b> : <Words of="account.sessionActive" time={<RelativeTime at={lastUsed} />} />}
    {" · "}
    <Words of="account.sessionStarted" time={<RelativeTime at={createdAt} />} />
    {address && ` · ${address}`}
  </span>
);

function End({ id, device, reload }: { id: string; device: string; reload: Reload }) {
  const form = useForm(async () => {
    await sessions.end(id);
    await reload();
  });
  return (
    <ConfirmButton
      label={<ActionLabel short={t("auth.signOut")} full={t("account.signOutDevice", { device })} />}
      class=""
      title={t("account.endSession")}
      confirm={t("auth.signOut")}
      busyLabel={t("auth.signingOut")}
      form={form}
    >
      <p>
        <Words of="account.endSessionText" device={<b>{device}</b>} />
      </p>
    </ConfirmButton>
  );
}

function EndOthers({ count, reload }: { count: number; reload: Reload }) {
  const form = useForm(async () => {
    await sessions.endOthers();
    await reload();
  });
  return (
    <p>
      <ConfirmButton
        label={t("account.endOtherSessions")}
        class=""
        title={t("account.endOtherSessionsTitle")}
        confirm={t("auth.signOut")}
        busyLabel={t("auth.signingOut")}
        form={form}
      >
        <p>{t("account.endOtherSessionsText", { count })}</p>
      </ConfirmButton>
    </p>
  );
}
