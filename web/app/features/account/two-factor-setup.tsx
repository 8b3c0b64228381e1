/** Dialogs that turn two-factor authentication on: password, code of the app, recovery codes. */

import { type Signal, useSignal } from "@preact/signals";
import { secondFactor } from "../../core/api";
import { copy } from "../../core/clipboard";
import type { RouteData } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Words } from "../../ui/words";
import { AppCode } from "./app-code";
import { CurrentPassword } from "./current-password";

interface Enrolment extends RouteData<"POST /api/auth/second-factor"> {
  /** Squares of the QR code by row, true for dark ones. */
  squares: boolean[][];
}
type Codes = RouteData<"PUT /api/auth/second-factor">["recoveryCodes"];

export function TwoFactorSetup({ close }: { close: () => void }) {
  const enrolment = useSignal<Enrolment | null>(null);
  const codes = useSignal<Codes | null>(null);
  if (codes.value) return <RecoveryCodes codes={codes.value} close={close} />;
  if (enrolment.value) return <AddToApp enrolment={enrolment.value} codes={codes} close={close} />;
  return <ConfirmPassword enrolment={enrolment} close={close} />;
}

function ConfirmPassword({ enrolment, close }: { enrolment: Signal<Enrolment | null>; close: () => void }) {
  const { busy, problem, submit } = useForm<"currentPassword">(async (fields) => {
    const [begun, { encode }] = await Promise.all([secondFactor.begin(fields), import("./qr")]);
    enrolment.value = { ...begun, squares: encode(begun.uri, { border: 4 }).data };
  });
  return (
    <Dialog title={t("account.turnOnTwoFactor")} key="password" onClose={close}>
      <p>{t("account.turnOnTwoFactorText")}</p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["currentPassword"]} />
        <CurrentPassword problem={problem} autofocus />
        <div class="choices">
          <Submit busy={busy} class="primary">
            {t("auth.continue")}
          </Submit>
        </div>
      </form>
    </Dialog>
  );
}

interface AddToAppProps {
  enrolment: Enrolment;
  codes: Signal<Codes | null>;
  close: () => void;
}

function AddToApp({ enrolment: { secret, uri, squares }, codes, close }: AddToAppProps) {
  const { busy, problem, submit } = useForm<"code">(async (fields) => {
    codes.value = (await secondFactor.confirm(fields)).recoveryCodes;
  });
  return (
    <Dialog title={t("account.addToApp")} key="app" onClose={close}>
      <p>
        <Words of="account.scanCode" link={(words) => <a href={uri}>{words}</a>} />
      </p>
      <QrCode squares={squares} />
      <p>
        <Words of="account.typeKey" secret={<code class="secret">{secret.match(/.{1,4}/g)?.join(" ")}</code>} />
      </p>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["code"]} />
        <AppCode problem={problem} hint={t("account.codeHint")} />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("account.turningOn")} class="primary">
            {t("account.turnOn")}
          </Submit>
        </div>
      </form>
    </Dialog>
  );
}

// neither Escape nor Back closes it: the codes are shown only once
function RecoveryCodes({ codes, close }: { codes: Codes; close: () => void }) {
  const copied = useSignal<boolean | null>(null);
  const copyAll = async () => {
    copied.value = await copy(codes.join("\n"));
  };
  return (
    <Dialog title={t("account.recoveryCodes")} key="codes" stays>
      <p>{t("account.recoveryCodesText")}</p>
      <ul class="recovery" aria-label={t("account.recoveryCodes")}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="choices">
        <button type="button" class="button primary" autofocus onClick={close}>
          {t("account.recoveryCodesStored")}
        </button>
        <button type="button" class="button" onClick={copyAll}>
          {t("account.copyCodes")}
        </button>
        <p role="status" class="form-status">
          {copied.value !== null && t(copied.value ? "account.copied" : "account.copyFailed")}
        </p>
      </div>
    </Dialog>
  );
}

/** A QR code, dark on light also in the dark theme, because some readers take no other. */
function QrCode({ squares }: { squares: boolean[][] }) {
  const size = squares.length;
  const path = squares.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      class="squares"
      role="img"
      aria-label={t("account.qrCode")}
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
