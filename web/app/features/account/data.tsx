/** Export of the own data. */

import { me } from "../../core/api";
import { download } from "../../core/download";
import { dateStamp } from "../../core/format";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Submit, useForm } from "../../ui/form";
import { Section } from "./section";

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
