// @ts-nocheck
/** Names of users: one for each at a time, also while answers with an older one arrive. */

/** The name and picture of each user in a room. */
export class Names {
  #held = new Map();

  /** Learn a name that was published: it is newer than what answers say. Returns whether it is another one. */
  publish(person) {
    return this.#learn(person, true);
  }

  /** Learn from answers, the oldest first. Returns whether a name is another one than before. */
  learn(people) {
    return people.filter((person) => this.#learn(person, false)).length > 0;
  }

  /** Published names may be old: after an absence, answers are newer. */
  doubt() {
    for (const held of this.#held.values()) held.isPublished = false;
  }

  /** The person under the name that they have now. */
  today(person) {
    const held = this.#held.get(person?.id);
    return !held || isSame(held, person) ? person : { ...person, name: held.name, avatar: held.avatar };
  }

  /** The message under the name that its sender has now. */
  ofMessage = (message) => {
    const sender = this.today(message.sender);
    return sender === message.sender ? message : { ...message, sender };
  };

  #learn({ id, name, avatar }, isPublished) {
    const held = this.#held.get(id);
    if (held?.isPublished && !isPublished) return false;
    this.#held.set(id, { name, avatar, isPublished });
    return Boolean(held) && !isSame(held, { name, avatar });
  }
}

const isSame = (one, other) => one.name === other.name && one.avatar === other.avatar;

const listening = new Set();

/** Collect the users that are published under another name until `stop()`. */
export function hearNames() {
  const heard = [];
  listening.add(heard);
  return { heard, stop: () => listening.delete(heard) };
}

/** A user was published under another name. */
export const publishName = (user) => listening.forEach((heard) => heard.push(user));

/** A value as it came from the server, with another name and picture wherever it shows the user. */
export function renamed(value, user) {
  if (Array.isArray(value)) return value.map((part) => renamed(part, user));
  if (!value || typeof value !== "object" || value instanceof Blob) return value;
  if ((value.id === user.id || value.userId === user.id) && "name" in value)
    return { ...value, name: user.name, avatar: user.avatar };
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, renamed(part, user)]));
}
