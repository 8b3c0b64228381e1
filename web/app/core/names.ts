/** Names of users: one for each at a time, also while answers with an older one arrive. */

/** A user with a name and a picture, as many types of the API have them. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly avatar: string | null;
}

/** The name and picture of each user in a room. */
export class Names {
  #known = new Map<string, { readonly name: string; readonly avatar: string | null; isPublished: boolean }>();

  /** Learn a published name, which is newer than those in answers. Returns whether it differs from the one before. */
  publish(user: Named): boolean {
    return this.#learn(user, true);
  }

  /** Learn names from answers, the oldest first. Returns whether one differs from the one before. */
  learn(users: readonly Named[]): boolean {
    return users.filter((user) => this.#learn(user, false)).length > 0;
  }

  /** Prefer the names in answers from now on: after an absence, published names may be old. */
  markOutdated(): void {
    for (const known of this.#known.values()) known.isPublished = false;
  }

  /** The user under the current name. */
  current<T extends Named>(user: T): T;
  current<T extends Named>(user: T | null): T | null;
  current<T extends Named>(user: T | null): T | null {
    const known = user && this.#known.get(user.id);
    return !known || isSame(known, user) ? user : { ...user, name: known.name, avatar: known.avatar };
  }

  /** The message with the current name of its sender. */
  ofMessage = <M extends { readonly sender: Named | null }>(message: M): M => {
    const sender = this.current(message.sender);
    return sender === message.sender ? message : { ...message, sender };
  };

  #learn({ id, name, avatar }: Named, isPublished: boolean): boolean {
    const known = this.#known.get(id);
    if (known?.isPublished && !isPublished) return false;
    this.#known.set(id, { name, avatar, isPublished });
    return known !== undefined && !isSame(known, { name, avatar });
  }
}

type Look = Pick<Named, "name" | "avatar">;
const isSame = (one: Look, other: Look): boolean => one.name === other.name && one.avatar === other.avatar;

const collections = new Set<Named[]>();

/** Collect users whose names are published until `stop()`. */
export function collectNames(): { readonly published: readonly Named[]; readonly stop: () => void } {
  const published: Named[] = [];
  collections.add(published);
  return { published, stop: () => collections.delete(published) };
}

/** Announce a name that the server published. */
export function publishName(user: Named): void {
  for (const published of collections) published.push(user);
}

/** A value of the server with the current name and picture of a user in all places that show them. */
export function renamed<T>(value: T, user: Named): T {
  return renamedValue(value, user) as T;
}

function renamedValue(value: unknown, user: Named): unknown {
  if (Array.isArray(value)) return value.map((part) => renamedValue(part, user));
  if (!value || typeof value !== "object" || value instanceof Blob) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if ((fields.id === user.id || fields.userId === user.id) && "name" in fields) {
    return { ...fields, name: user.name, avatar: user.avatar };
  }
  return Object.fromEntries(Object.entries(fields).map(([field, part]) => [field, renamedValue(part, user)]));
}
