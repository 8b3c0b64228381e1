/** The notice that files cannot be sent. */

import { t } from "../core/words";
import { dismissFilesError, filesError } from "./file-drops";

export const FilesNotice = () => (
  <div role="status" class="notice-place">
    {filesError.value && (
      <div class="notice">
        <p>{t("ui.noFiles")}</p>
        <button type="button" class="button quiet" onClick={dismissFilesError}>
          {t("ui.dismiss")}
        </button>
      </div>
    )}
  </div>
);
