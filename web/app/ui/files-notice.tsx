/** The notice that files cannot be sent. */

import { t } from "../core/words";
import { dismissFilesError, filesError } from "./file-drops";

export const FilesNotice = () => (
  <div role="status" class="news-place">
    {filesError.value && (
      <div class="news">
        <p>{t("ui.noFiles")}</p>
        <button type="button" class="button quiet" onClick={dismissFilesError}>
          {t("ui.dismiss")}
        </button>
      </div>
    )}
  </div>
);
