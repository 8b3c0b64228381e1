// @ts-nocheck
/** My rooms, and those open to everybody. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { rooms as api } from "../../core/api";
import { count } from "../../core/format";
import { searchKey } from "../../core/search-key";
import { EmptyState } from "../../ui/empty-state";
import { StaleNotice, ErrorMessage } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { useRovingFocus } from "../../ui/roving-focus";
import { Unsent } from "../messages/unsent-notice";
import { myRooms, refresh, roomsAt, roomsProblem } from "./my-rooms";
import { RoomCard } from "./room-card";

const PAGE = 20;
const TYPING = 250;

export function Rooms() {
  const search = useSignal("");
  useEffect(() => void refresh(), []);
  const mine = matching(search.value);
  return (
    <section class="page">
      <header class="page-head">
        <Heading title="Rooms" />
        <a class="button" href="/rooms/new">
          Open a room
        </a>
      </header>
      <Unsent />
      <Search search={search} />
      <section aria-labelledby="my-rooms">
        <h2 id="my-rooms">Yours</h2>
        <Mine rooms={mine} search={search.value} />
      </section>
      <Others search={search} mine={mine?.length ?? 0} />
    </section>
  );
}

/** My rooms whose name, subject or description has these words in it, by the rule of the server; null until they are loaded. */
function matching(words) {
  const key = searchKey(words.trim());
  if (!key || !myRooms.value) return myRooms.value;
  return myRooms.value.filter(({ name, subject, description }) =>
    searchKey(`${name}\n${subject}\n${description}`).includes(key),
  );
}

const Search = ({ search }) => (
  <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
    <input
      type="search"
      aria-label="Search rooms"
      placeholder="Name, subject or description"
      maxlength="100"
      dir="auto"
      value={search.value}
      onInput={(event) => (search.value = event.currentTarget.value)}
    />
  </form>
);

function Mine({ rooms, search }) {
  if (!rooms && roomsProblem.value) return <ErrorMessage problem={roomsProblem.value} retry={refresh} />;
  if (!rooms) return <Skeleton kind="card" />;
  const stale = roomsProblem.value && <StaleNotice at={roomsAt.value} problem={roomsProblem.value} retry={refresh} />;
  if (rooms.length)
    return (
      <>
        {stale}
        <Cards rooms={rooms} />
      </>
    );
  if (myRooms.value.length)
    return (
      <p class="hint">
        None of your rooms matches <q dir="auto">{search}</q>.
      </p>
    );
  return (
    <EmptyState title="You are in no room yet.">
      <p>Join one below, or open your own and send its link around.</p>
    </EmptyState>
  );
}

const Cards = ({ rooms }) => (
  <ul class="cards" ref={useRovingFocus(".card")}>
    {rooms.map((room) => (
      <li key={room.id}>
        <RoomCard room={room} />
      </li>
    ))}
  </ul>
);

/** Rooms to join, with a search of their own. */
export function Discover() {
  const search = useSignal("");
  return <Others search={search} head={<Search search={search} />} />;
}

/** Rooms to join. `mine` is how many of my rooms match the search, too. */
function Others({ search, head, mine = 0 }) {
  const found = useSignal(null);
  const cursor = useSignal(null);
  const problem = useSignal(null);
  const busy = useSignal(false);
  const latest = useRef(0);

  const load = async (more = false) => {
    const turn = ++latest.current;
    busy.value = true;
    problem.value = null;
    try {
      const { discoverRooms, nextCursor } = await api.list({
        search: search.value,
        limit: PAGE,
        cursor: more ? cursor.value : null,
      });
      if (turn !== latest.current) return; // a later question was asked meanwhile
      found.value = more ? [...found.value, ...discoverRooms] : discoverRooms;
      cursor.value = nextCursor;
    } catch (failed) {
      if (turn === latest.current && failed.code !== "signed_out") problem.value = failed;
    } finally {
      if (turn === latest.current) busy.value = false;
    }
  };
  useEffect(() => {
    const timer = setTimeout(load, found.value ? TYPING : 0);
    return () => clearTimeout(timer);
  }, [search.value]);

  return (
    <section aria-labelledby="discover">
      <header class="row-head">
        <h2 id="discover">Open to everybody</h2>
        {head}
      </header>
      <ErrorMessage problem={problem.value} retry={() => load()} />
      <p class="hidden" role="status">
        {found.value && !busy.value ? `${count(found.value.length + (search.value ? mine : 0), "room")} found` : ""}
      </p>
      {found.value && <Found rooms={found.value} search={search.value} mine={mine} />}
      {!found.value && !problem.value && <Skeleton kind="card" />}
      {cursor.value && (
        <p class="more">
          <button type="button" class="button plain" onClick={() => load(true)}>
            {busy.value ? "Loading …" : "Show more rooms"}
          </button>
        </p>
      )}
    </section>
  );
}

function Found({ rooms, search, mine }) {
  if (rooms.length) return <Cards rooms={rooms} />;
  if (search && mine)
    return (
      <p class="hint">
        No other open room matches <q dir="auto">{search}</q>.
      </p>
    );
  if (search)
    return (
      <EmptyState title="No room matches.">
        <p>Try a shorter word, or open a room for it yourself.</p>
      </EmptyState>
    );
  return (
    <EmptyState title="There is no other open room.">
      <p>Open one: everybody here will find it.</p>
    </EmptyState>
  );
}
