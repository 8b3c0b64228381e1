// @ts-nocheck
/** The notice that files cannot be sent. */

import { dismissFilesError, filesError } from "./file-drops";

export function FilesNotice() {
  return (
    <div role="status" class="news-place">
      {filesError.value && (
        <div class="news">
          <p>{filesError.value}</p>
          <button type="button" class="button quiet" onClick={dismissFilesError}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
