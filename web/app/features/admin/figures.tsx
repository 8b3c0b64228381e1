/** Figures of the server. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { type ApiError, toApiError } from "../../core/http";
import { figure, t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Skeleton } from "../../ui/skeleton";
import { type Figures as Answer, admin as api } from "./api";

const INTERVAL = 15_000;
const CHART_HEIGHT = 48;

type Amount = "users" | "rooms" | "messages" | "onlineNow" | "sockets" | "openReports";
const AMOUNTS: { readonly [amount in Amount]: { name: () => string; link?: string } } = {
  users: { name: () => t("admin.figure.users"), link: "/admin/users" },
  rooms: { name: () => t("admin.figure.rooms"), link: "/admin/rooms" },
  messages: { name: () => t("admin.figure.messages") },
  onlineNow: { name: () => t("admin.figure.onlineNow") },
  sockets: { name: () => t("admin.figure.sockets") },
  openReports: { name: () => t("admin.figure.openReports"), link: "/admin/reports" },
};

/** Numbers of users, rooms, messages, connections and reports, loaded again while the page is visible. */
export function Figures() {
  const figures = useSignal<Answer | null>(null);
  const problem = useSignal<ApiError | null>(null);
  useEffect(() => {
    const load = async () => {
      try {
        figures.value = await api.figures();
        problem.value = null;
      } catch (error) {
        problem.value = toApiError(error);
      }
    };
    void load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), INTERVAL);
    return () => clearInterval(timer);
  }, []);
  const found = figures.value;
  if (!found) return problem.value ? <ErrorMessage problem={problem.value} /> : <Skeleton rows={1} />;
  return (
    <>
      <dl class="amounts">
        {(Object.keys(AMOUNTS) as Amount[]).map((amount) => (
          <div key={amount}>
            <dt>{AMOUNTS[amount].name()}</dt>
            <dd class="figures">
              <MaybeLink to={AMOUNTS[amount].link}>{figure(found[amount])}</MaybeLink>
            </dd>
          </div>
        ))}
      </dl>
      <SignUpChart days={found.signUps} />
    </>
  );
}

const MaybeLink = ({ to, children }: { to?: string; children: ComponentChildren }) =>
  to ? <a href={to}>{children}</a> : children;

function SignUpChart({ days }: { days: Answer["signUps"] }) {
  const most = Math.max(1, ...days.map((day) => day.count));
  const text = t("admin.newAccounts", { count: days.reduce((sum, day) => sum + day.count, 0), days: days.length });
  const height = (count: number) => (count ? Math.max(2, (count / most) * CHART_HEIGHT) : 1);
  return (
    <figure class="sign-ups">
      <svg viewBox={`0 0 ${days.length * 10} ${CHART_HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={text}>
        {days.map(({ count, date }, at) => (
          <rect
            class={count ? "some" : ""}
            x={at * 10 + 1}
            y={CHART_HEIGHT - height(count)}
            width="8"
            height={height(count)}
            key={date}
          />
        ))}
      </svg>
      <figcaption class="hint">{text}</figcaption>
    </figure>
  );
}
