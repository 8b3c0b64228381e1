/** The part of a list's state that its rows use. */
export interface ListActions {
  /** Id of the item that an action is running on. */
  readonly busy: string | null;
  /** Run an action on an item, then load the list again. */
  act(id: string, work: () => Promise<unknown>): Promise<void>;
  load(): Promise<void>;
}
