/** Two-factor authentication: its state, and how to turn it on and off. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { secondFactor } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import type { TwoFactorState } from "../../core/types";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { useForm } from "../../ui/form";
import { AppCode } from "./app-code";
import { CurrentPassword } from "./current-password";
import { Section } from "./section";
import { TwoFactorSetup } from "./two-factor-setup";

interface TwoFactorProps {
  /** Number of times that other sessions were ended: each may have used a recovery code. */
  endings: number;
  /** Called after other sessions have ended. */
  sessionsEnded: () => void;
}

export function TwoFactor({ endings, sessionsEnded }: TwoFactorProps) {
  const state = useSignal<TwoFactorState | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const load = async () => {
    try {
      state.value = await secondFactor.get();
      problem.value = null;
    } catch (error) {
      problem.value = toApiError(error);
    }
  };
  useEffect(() => void load(), [endings]);
  return (
    <Section id="second-factor" title={t("account.twoFactor")}>
      <p>{t("account.twoFactorText")}</p>
      <ErrorMessage problem={problem.value} retry={load} />
      {state.value?.active === true && <TurnOff codesLeft={state.value.recoveryCodesLeft} changed={load} />}
      {state.value?.active === false && <TurnOn changed={sessionsEnded} />}
    </Section>
  );
}

function TurnOff({ codesLeft, changed }: { codesLeft: number; changed: () => Promise<void> }) {
  const form = useForm<"currentPassword" | "code">(async (fields) => {
    await secondFactor.end(fields);
    await changed();
  });
  return (
    <>
      <p>
        <b>{t("account.twoFactorOn")}</b>{" "}
        {codesLeft ? t("account.recoveryCodesLeft", { count: codesLeft }) : t("account.recoveryCodesUsed")}
      </p>
      <ConfirmButton
        label={t("account.turnOff")}
        title={t("account.turnOffTwoFactor")}
        confirm={t("account.turnOff")}
        busyLabel={t("account.turningOff")}
        form={form}
        fields={["currentPassword", "code"]}
      >
        <p>{t("account.turnOffTwoFactorText")}</p>
        <CurrentPassword problem={form.problem} />
        <AppCode problem={form.problem} hint={t("account.codeOrRecoveryHint")} />
      </ConfirmButton>
    </>
  );
}

function TurnOn({ changed }: { changed: () => void }) {
  const isOpen = useSignal(false);
  const close = () => {
    isOpen.value = false;
    changed();
  };
  return (
    <>
      <button type="button" class="button" onClick={() => (isOpen.value = true)}>
        {t("account.turnOn")}
      </button>
      {isOpen.value && <TwoFactorSetup close={close} />}
    </>
  );
}
