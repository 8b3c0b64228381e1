// @ts-nocheck
/** Letting somebody in: the room's own link, and invitations that end by themselves. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { invites as api } from "../../core/api";
import { placed } from "../../core/base";
import { copy } from "../../core/clipboard";
import { count, figure, until } from "../../core/format";
import { canModerate } from "../../core/permissions";
import { PagedList, usePagedList } from "../../ui/paged-list";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";

const DAY = 86_400;
const LASTS = [
  [DAY, "a day"],
  [7 * DAY, "a week"],
  [30 * DAY, "30 days"],
];
const USES = [
  ["", "any number"],
  [1, "1 person"],
  [10, "10 people"],
  [30, "30 people"],
  [100, "100 people"],
];

export function Invite({ room, onClose }) {
  const isPrivate = room.visibility === "private";
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      {isPrivate ? (
        <p>
          {canModerate(room)
            ? "This room is private: nobody finds it, and only an invitation lets somebody in."
            : "This room is private. Its owner and moderators can invite somebody."}
        </p>
      ) : (
        <>
          <p>Whoever has an account here can join with this link. Send it to your friends.</p>
          <Link label="Link to this room" link={location.origin + placed(`/rooms/${room.id}`)} />
        </>
      )}
      {canModerate(room) && <Invitations room={room} />}
    </Dialog>
  );
}

function Invitations({ room }) {
  const rows = usePagedList(async () => ({ items: await api.list(room.id) }));
  const made = useSignal(null);
  const { busy, problem, submit } = useForm(async ({ lasts, uses }) => {
    made.value = await api.make(room.id, { expiresIn: Number(lasts), uses: uses ? Number(uses) : undefined });
    await rows.load();
  });
  const options = (choices, usual) =>
    choices.map(([value, words]) => (
      <option value={value} defaultSelected={value === usual} key={value}>
        {words}
      </option>
    ));
  return (
    <section class="invitations" aria-labelledby="invitations">
      <h3 id="invitations">Invitations</h3>
      <form onSubmit={submit}>
        <ErrorMessage problem={problem} />
        <div class="side-by-side">
          <Field as="select" label="Lasts" name="lasts">
            {options(LASTS, 7 * DAY)}
          </Field>
          <Field as="select" label="Lets in" name="uses">
            {options(USES)}
          </Field>
        </div>
        <Submit busy={busy} busyLabel="Making …" class={room.visibility === "private" ? "" : "plain"}>
          Make an invitation
        </Submit>
      </form>
      <PagedList
        rows={rows}
        label="Invitations"
        empty="There is none at the moment."
        row={(invite) => <Invitation invite={invite} rows={rows} isNew={made.value?.id === invite.id} room={room} />}
      />
    </section>
  );
}

function Invitation({ invite: { id, code, expiresAt, uses, used }, rows, isNew, room }) {
  const form = useForm(async () => {
    await api.revoke(room.id, id);
    await rows.load();
  });
  const words = `${uses ? `Used ${figure(used)} of ${count(uses, "time")}` : `Used ${count(used, "time")}`}, ends ${until(expiresAt)}`;
  return (
    <Link
      label={isNew ? "New invitation" : "Invitation"}
      link={location.origin + placed(`/invite#${code}`)}
      hint={words}
      isNew={isNew}
    >
      <ConfirmButton
        label="Revoke"
        title="Revoke this invitation?"
        confirm="Revoke it"
        busyLabel="Revoking …"
        cancel="Keep it"
        form={form}
      >
        <p>Its link stops working for everybody who has it, and cannot be made to work again. Who came in with it stays.</p>
      </ConfirmButton>
    </Link>
  );
}

/** A link that can be copied, with what else can be done with it. */
export function Link({ label, link, hint, isNew, children }) {
  const id = useId();
  const said = useSignal("");
  const act = async () => {
    said.value = (await copy(link)) ? "Copied." : "Selected: copy it with your keyboard or menu.";
    document.getElementById(id).select();
  };
  return (
    <div class={`field link ${isNew ? "new" : ""}`}>
      <label for={id}>{label}</label>
      <input
        id={id}
        readonly
        value={link}
        aria-describedby={hint ? `${id}-hint` : null}
        onFocus={(event) => event.currentTarget.select()}
      />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div class="choices">
        <button type="button" class={`button ${children ? "plain" : ""}`} onClick={act}>
          Copy the link
        </button>
        {children}
        <p role="status" class="said">
          {said.value}
        </p>
      </div>
    </div>
  );
}
