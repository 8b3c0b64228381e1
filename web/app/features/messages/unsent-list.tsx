/** Unsent text, with buttons to copy it, to try again, or to remove it. */

import { useSignal } from "@preact/signals";
import { copy } from "../../core/clipboard";
import { moment } from "../../core/format";
import { t } from "../../core/words";
import { Words } from "../../ui/words";
import { DeleteTextButton } from "./delete-text-button";
import { resend } from "./outbox";
import { type UnsentText, unsent } from "./unsent-text";

/** All unsent text, or that of one room. */
export function UnsentList({ roomId }: { roomId?: string }) {
  const shown = unsent.value.filter((one) => !roomId || one.roomId === roomId);
  if (!shown.length) return null;
  return (
    <section class="unsent" aria-labelledby="unsent">
      <h2 id="unsent">{t("messages.unsentTitle")}</h2>
      <p>{t(roomId ? "messages.unsentHere" : "messages.unsent")}</p>
      <ul>
        {shown.map((one) => (
          <Unsent key={one.id} unsent={one} namesRoom={!roomId} />
        ))}
      </ul>
    </section>
  );
}

/** Room and time of an unsent text. */
function Origin({ unsent: { roomId, roomName, at, isMember }, namesRoom }: { unsent: UnsentText; namesRoom: boolean }) {
  const time = <time datetime={new Date(at).toISOString()}>{moment(at)}</time>;
  if (!namesRoom) return <Words of="messages.unsentAt" time={time} />;
  if (!roomName) return <Words of="messages.unsentForUnknown" time={time} />;
  const name = <bdi>{roomName}</bdi>;
  return <Words of="messages.unsentFor" time={time} room={isMember ? <a href={`/rooms/${roomId}`}>{name}</a> : name} />;
}

function Unsent({ unsent, namesRoom }: { unsent: UnsentText; namesRoom: boolean }) {
  const { id, text, reason, isMember, remove } = unsent;
  const state = useSignal("");
  const copyText = async () => {
    state.value = t((await copy(text)) ? "messages.copied" : "messages.copyYourself");
  };
  return (
    <li class="unsent-one">
      <p class="hint">
        <Origin unsent={unsent} namesRoom={namesRoom} /> {reason ?? t(isMember ? "messages.draft" : "messages.draftNoMember")}
      </p>
      <p class="words" dir="auto">
        {text}
      </p>
      <p class="choices">
        <button type="button" class="button" onClick={copyText}>
          {t("messages.copy")}
        </button>
        {reason && isMember && (
          <button type="button" class="button" onClick={() => resend(id)}>
            {t("messages.tryAgain")}
          </button>
        )}
        <DeleteTextButton
          title={t("messages.deleteTextQuestion")}
          hint={t("messages.deleteTextHint")}
          text={text}
          remove={remove}
        />
        <span role="status" class="hint">
          {state.value}
        </span>
      </p>
    </li>
  );
}
