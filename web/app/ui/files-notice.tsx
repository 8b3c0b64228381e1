// @ts-nocheck
/** The notice that files cannot be sent. */

import { dismissFilesRefusal, filesRefusal } from "./file-drops";

export function FilesRefusal() {
  return (
    <div role="status" class="news-place">
      {filesRefusal.value && (
        <div class="news">
          <p>{filesRefusal.value}</p>
          <button type="button" class="button quiet" onClick={dismissFilesRefusal}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
