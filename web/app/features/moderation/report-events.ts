/** Notifications of new reports. */

import { on } from "../../core/connection";

/** Call `listener` for each new report, only of the room `roomId` if given. Returns a function that ends it. */
export const onReport = (listener: () => void, roomId?: string): (() => void) =>
  on("notification", (notification) => {
    if (notification.type.endsWith("-reported") && (!roomId || notification.roomId === roomId)) listener();
  });
