/** Names in sentences. */

/** A name, set apart from the sentence around it. */
export const Name = ({ of: name }: { of: string }) => (
  <b>
    <bdi>{name}</bdi>
  </b>
);
