/** Choice of the language of the page, stored with the account. */

import { signal, useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { me } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import { chooseLanguage, isOffered } from "../../core/language";
import { updateUser, user } from "../../core/session";
import { LANGUAGES, language, t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Field } from "../../ui/form";

/** True while another language is chosen: the page is drawn anew, and the new field takes the focus. */
const isChanging = signal(false);

export function LanguageField() {
  const at = useRef<HTMLDivElement>(null);
  const problem = useSignal<ApiError | null>(null);
  useEffect(() => {
    if (isChanging.peek()) at.current?.querySelector("select")?.focus();
    isChanging.value = false;
  }, []);
  const choose = async ({ currentTarget }: TargetedEvent<HTMLSelectElement>) => {
    problem.value = null;
    try {
      await saveLanguage(currentTarget.value);
    } catch (error) {
      problem.value = toApiError(error);
      currentTarget.value = user.peek()?.language ?? "";
    }
  };
  return (
    <div ref={at}>
      <ErrorMessage problem={problem.value} />
      <Field as="select" label={t("account.language")} name="language" value={user.value?.language ?? ""} onChange={choose}>
        <option value="">{t("account.languageOfBrowser")}</option>
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </Field>
    </div>
  );
}

/** Store the language, "" for that of the browser, and show the page in it. */
async function saveLanguage(chosen: string): Promise<void> {
  const next = isOffered(chosen) ? chosen : "";
  const before = language.peek();
  isChanging.value = true;
  try {
    updateUser(await me.change({ language: next }));
    await chooseLanguage(next || null);
  } finally {
    if (language.peek() === before) isChanging.value = false;
  }
}
