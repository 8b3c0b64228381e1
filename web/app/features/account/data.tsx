/** Export of the own data. */

import { me } from "../../core/api";
import { dateStamp } from "../../core/format";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Section } from "./section";

/** Milliseconds until the memory of a downloaded file is freed. */
const FILE_LIFETIME = 60_000;

export function Data() {
  const { busy, problem, submit } = useForm(async () => download(await me.export(), `studyhall-${dateStamp()}.json`));
  return (
    <Section id="data" title={t("account.data")}>
      <p>{t("account.dataText")}</p>
      <form onSubmit={submit}>
        <ErrorMessage problem={problem} />
        <Submit busy={busy} busyLabel={t("account.downloading")}>
          {t("account.downloadData")}
        </Submit>
      </form>
    </Section>
  );
}

function download(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), FILE_LIFETIME);
}
