/** My rooms, and public rooms to join. */

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { rooms as api } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import { searchKey } from "../../core/search-key";
import type { ListedRoom } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { usePageCount } from "../../ui/entry-state";
import { ErrorMessage, StaleNotice } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { fetchPages } from "../../ui/paged-list";
import { TYPING_DELAY, useSearchText } from "../../ui/search-text";
import { Skeleton } from "../../ui/skeleton";
import { Words } from "../../ui/words";
import { Unsent } from "../messages/unsent-notice";
import { myRooms, refresh, roomsError, roomsLoadedAt } from "./my-rooms";
import { RoomRows } from "./room-row";

const PAGE_SIZE = 20;

export function Rooms(): JSX.Element {
  const search = useSearchText().text;
  useEffect(() => void refresh(), []);
  const mine = matching(search.value);
  return (
    <section class="page">
      <header class="page-head">
        <Heading title={t("rooms.title")} />
        <a class="button primary" href="/rooms/new">
          {t("rooms.create")}
        </a>
      </header>
      <Unsent />
      <Search search={search} />
      <section aria-labelledby="my-rooms">
        <h2 id="my-rooms">{t("rooms.mine")}</h2>
        <MyRooms rooms={mine} search={search.value} />
      </section>
      <PublicRooms search={search} mine={mine?.length ?? 0} />
    </section>
  );
}

/** My rooms whose name, subject or description contains these words, by the rule of the server; null until they are loaded. */
function matching(words: string): readonly ListedRoom[] | null {
  const key = searchKey(words.trim());
  if (!key || !myRooms.value) return myRooms.value;
  return myRooms.value.filter(({ name, subject, description }) =>
    searchKey(`${name}\n${subject}\n${description}`).includes(key),
  );
}

const Search = ({ search }: { search: Signal<string> }) => (
  <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
    <input
      type="search"
      aria-label={t("rooms.search")}
      placeholder={t("rooms.searchHint")}
      maxlength={100}
      dir="auto"
      value={search.value}
      onInput={(event) => {
        search.value = event.currentTarget.value;
      }}
    />
  </form>
);

interface MyRoomsProps {
  rooms: readonly ListedRoom[] | null;
  search: string;
}

function MyRooms({ rooms, search }: MyRoomsProps) {
  const problem = roomsError.value;
  if (!rooms) return problem ? <ErrorMessage problem={problem} retry={refresh} /> : <Skeleton rows={4} />;
  if (rooms.length)
    return (
      <>
        {problem && <StaleNotice at={roomsLoadedAt.value} problem={problem} retry={refresh} />}
        <RoomRows rooms={rooms} isBrief />
      </>
    );
  if (myRooms.value?.length) return <NoMatch of="rooms.noneOfMine" search={search} />;
  return (
    <EmptyState title={t("rooms.none")}>
      <p>{t("rooms.noneHint")}</p>
    </EmptyState>
  );
}

const NoMatch = ({ of, search }: { of: "rooms.noneOfMine" | "rooms.noOtherPublic"; search: string }) => (
  <p class="hint">
    <Words of={of} search={<q dir="auto">{search}</q>} />
  </p>
);

/** Public rooms to join, with a search of their own. */
export function Discover(): JSX.Element {
  const search = useSearchText().text;
  return <PublicRooms search={search} head={<Search search={search} />} />;
}

interface PublicRoomsProps {
  search: Signal<string>;
  head?: JSX.Element;
  /** The number of the user's own rooms that match the search. */
  mine?: number;
}

function PublicRooms({ search, head, mine = 0 }: PublicRoomsProps) {
  const { found, hasMore, problem, isLoading, load } = usePublicRooms(search);
  const status = found && !isLoading ? t("rooms.found", { count: found.length + (search.value ? mine : 0) }) : "";
  return (
    <section aria-labelledby="discover">
      <header class="row-head">
        <h2 id="discover">{t("rooms.public")}</h2>
        {head}
      </header>
      <ErrorMessage problem={problem} retry={() => load()} />
      <p class="hidden" role="status">
        {status}
      </p>
      {found && <Found rooms={found} search={search.value} mine={mine} />}
      {!found && !problem && <Skeleton rows={4} />}
      {hasMore && (
        <p class="more">
          <button type="button" class="button" onClick={() => load(true)}>
            {isLoading ? t("rooms.loading") : t("rooms.showMore")}
          </button>
        </p>
      )}
    </section>
  );
}

/** Public rooms that match a search, page by page; after Back, as many pages as before. */
function usePublicRooms(search: Signal<string>) {
  const found = useSignal<readonly ListedRoom[] | null>(null);
  /** Search of the list that is shown. */
  const shownSearch = useSignal("");
  const cursor = useSignal<string | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const isLoading = useSignal(false);
  const pageCount = usePageCount("public-rooms");
  const latest = useRef(0);
  const fetch = async (after?: string) => {
    const { discoverRooms, nextCursor } = await api.list({ search: search.value, limit: PAGE_SIZE, cursor: after });
    return { items: discoverRooms, next: nextCursor };
  };
  const load = async (more = false) => {
    const turn = ++latest.current;
    const wanted = search.value;
    isLoading.value = true;
    problem.value = null;
    try {
      const page = more && cursor.value ? await fetch(cursor.value) : await fetchPages(fetch, pageCount.peek());
      if (turn !== latest.current) return; // a later request is under way
      if (more) pageCount.value += 1;
      found.value = more ? [...(found.value ?? []), ...page.items] : page.items;
      cursor.value = page.next ?? null;
      shownSearch.value = wanted;
    } catch (error) {
      const failed = toApiError(error);
      if (turn === latest.current && failed.code !== "signed_out") problem.value = failed;
    } finally {
      if (turn === latest.current) isLoading.value = false;
    }
  };
  useEffect(() => {
    if (found.value) pageCount.value = 1; // of another search
    const timer = setTimeout(load, found.value ? TYPING_DELAY : 0);
    return () => clearTimeout(timer);
  }, [search.value]);
  return {
    found: found.value,
    // the next page of another search does not belong to this list
    hasMore: cursor.value !== null && shownSearch.value === search.value,
    problem: problem.value,
    isLoading: isLoading.value,
    load,
  };
}

interface FoundProps {
  rooms: readonly ListedRoom[];
  search: string;
  mine: number;
}

function Found({ rooms, search, mine }: FoundProps) {
  if (rooms.length) return <RoomRows rooms={rooms} />;
  if (search && mine) return <NoMatch of="rooms.noOtherPublic" search={search} />;
  return (
    <EmptyState title={search ? t("rooms.noMatch") : t("rooms.noPublic")}>
      <p>{search ? t("rooms.noMatchHint") : t("rooms.noPublicHint")}</p>
    </EmptyState>
  );
}
