// @ts-nocheck
/** Where one is signed in, and ending that from here. */

import { sessions } from "../../core/api";
import { ago, count, moment } from "../../core/format";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { useForm } from "../../ui/form";

export function SignIns() {
  const rows = usePagedList(async () => ({ items: (await sessions.list()).sort((a, b) => b.current - a.current) }));
  const others = rows.items?.filter(({ current }) => !current).length ?? 0;
  return (
    <section class="part" aria-labelledby="sign-ins">
      <h2 id="sign-ins">Where you are signed in</h2>
      <p>You do not know one of these? End it, then change the password.</p>
      <PagedList rows={rows} label="Sign-ins" empty="" row={(session) => <SignIn session={session} rows={rows} />} />
      {others > 1 && <EndOthers number={others} rows={rows} />}
    </section>
  );
}

function SignIn({ session: { id, client, address, createdAt, lastUsed, current }, rows }) {
  const name = device(client);
  return (
    <>
      <span class="row-text">
        <b title={client || null}>{name}</b>
        <span class="hint">
          {current ? (
            "This one"
          ) : (
            <>
              Renewed{" "}
              <time datetime={lastUsed} title={moment(lastUsed)}>
                {ago(lastUsed)}
              </time>
            </>
          )}
          {address && `, from ${address}`}, signed in{" "}
          <time datetime={createdAt} title={moment(createdAt)}>
            {ago(createdAt)}
          </time>
        </span>
      </span>
      {!current && <End id={id} name={name} rows={rows} />}
    </>
  );
}

function End({ id, name, rows }) {
  const form = useForm(async () => {
    await sessions.end(id);
    await rows.load();
  });
  return (
    <ConfirmButton
      label={
        <>
          End<span class="hidden"> {name}</span>
        </>
      }
      title="End this sign-in?"
      confirm="End it"
      busyLabel="Ending …"
      cancel="Keep it"
      form={form}
    >
      <p>
        <b>{name}</b> is signed out at once. What was written there and not sent may be lost.
      </p>
    </ConfirmButton>
  );
}

function EndOthers({ number, rows }) {
  const form = useForm(async () => {
    await sessions.endOthers();
    await rows.load();
  });
  return (
    <p>
      <ConfirmButton
        label="End all others"
        title="End all other sign-ins?"
        confirm="End them"
        busyLabel="Ending …"
        cancel="Keep them"
        form={form}
      >
        <p>
          {count(number, "device")} are signed out at once: all but this one. What was written there and not sent may be lost.
        </p>
      </ConfirmButton>
    </p>
  );
}

// The order matters: most browsers name others, too.
const BROWSERS = [
  [/\bEdg/, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/(Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS = [
  [/\biPhone\b/, "an iPhone"],
  [/\biPad\b/, "an iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "a Chromebook"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "a Mac"],
  [/\bLinux\b/, "Linux"],
];

function device(client) {
  const of = (known) => known.find(([pattern]) => pattern.test(client))?.[1];
  const browser = of(BROWSERS);
  const system = of(SYSTEMS);
  if (browser) return system ? `${browser} on ${system}` : browser;
  return client || "An unknown device";
}
