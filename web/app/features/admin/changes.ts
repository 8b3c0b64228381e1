/** Changes that concern several lists of the administration. */

import { signal } from "@preact/signals";

/** Number of changes of accounts since the page was loaded. Lists that show accounts load again when it grows. */
export const accountChanges = signal(0);

/** An account was changed, approved, rejected or proposed as an admin. */
export const accountChanged = (): void => void accountChanges.value++;
