/** An email address in a sentence, shown whole. */
export const Email = ({ of: address }: { of: string }) => (
  <b class="email">
    <bdi>{address}</bdi>
  </b>
);
