/** Language and appearance of the page. */

import { t } from "../../core/words";
import { Appearance } from "../../ui/appearance";
import { LanguageField } from "./language-field";
import { Section } from "./section";

export const Preferences = () => (
  <Section id="preferences" title={t("account.preferences")}>
    <LanguageField />
    <Appearance />
  </Section>
);
